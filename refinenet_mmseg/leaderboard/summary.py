"""What a ranking says, in a sentence or two."""

from .entry import Entry
from .ranking import Ranking


def summarize_ranking(ranking: Ranking) -> str:
    """Tell who leads, and where this package's networks stand.

    A lead is called one only where it exceeds the deviations over seeds.

    Args:
        ranking: The ranking.
    """
    first, *others = ranking.entries
    text = f'{first.label} has the highest mIoU, {_score(first)}'
    if not others:
        return f'{text}; nothing else was measured in the same way.'
    second = others[0]
    text += f', before {second.label}, {_score(second)}. '
    lead = _difference(first, second)
    noise = _noise(first, second)
    if noise is None:
        text += (
            f'The difference is {lead:.1f} points; with a single seed there '
            'is no deviation to compare it with. '
        )
    elif lead <= noise:
        text += (
            f'The difference of {lead:.1f} points is within one deviation '
            f'over seeds ({noise:.1f}). '
        )
    else:
        text += (
            f'The difference of {lead:.1f} points exceeds one deviation over '
            f'seeds ({noise:.1f}). '
        )
    for entry in others:
        if entry.is_subject and entry is not second:
            text += (
                f'{entry.label} is number {entry.rank} of '
                f'{len(ranking.entries)}, {_difference(first, entry):.1f} '
                'points below the first. '
            )
    return text.strip()


def _score(entry: Entry) -> str:
    seeds = len(entry.runs)
    number = f'{seeds} seeds' if seeds > 1 else 'one seed'
    return f'{entry.metrics["mIoU"]} ({number})'


def _difference(first: Entry, other: Entry) -> float:
    return first.metrics['mIoU'].mean - other.metrics['mIoU'].mean


def _noise(*entries: Entry) -> float | None:
    """Deviation of the difference; None where a seed stands alone."""
    deviations = [entry.metrics['mIoU'].deviation for entry in entries]
    known = [value for value in deviations if value is not None]
    if len(known) < len(deviations):
        return None
    return sum(value**2 for value in known) ** 0.5
