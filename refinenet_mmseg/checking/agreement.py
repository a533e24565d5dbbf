"""What the model of a config and the data sets have to agree on."""

from collections.abc import Sequence
from typing import Any

from mmengine.config import Config

from .decoding import NUM_VALUES
from .findings import Finding
from .splits import Part

_IGNORED = 255  # default of mmseg's heads and data sets


def decode_heads(config: Config) -> list[dict[str, Any]]:
    """Find the configs of the model's decode heads, none without a model.

    Args:
        config: Any mmseg config.
    """
    heads = (config.get('model') or {}).get('decode_head') or []
    return list(heads) if isinstance(heads, Sequence) else [heads]


def name_classes(parts: Sequence[Part], config: Config) -> Sequence[str]:
    """Give the class names of a split.

    Args:
        parts: Its data sets.
        config: The whole config; its model's number of classes serves where
            the data sets name none.

    Raises:
        ValueError: If neither knows, or there are more than 8 bits hold.
    """
    names: Sequence[str] = ()
    for head in decode_heads(config):
        names = [f'class {i}' for i in range(head.get('num_classes', 0))]
    for part in parts:
        names = names if part.classes is None else part.classes
    if not names:
        raise ValueError(
            'the data set names no classes: set metainfo=dict(classes=...)'
        )
    if len(names) > NUM_VALUES:
        raise ValueError(
            f'the data set has {len(names)} classes; label maps are loaded '
            f'in 8 bits, for {NUM_VALUES} at most'
        )
    return names


def ignored_value(parts: Sequence[Part], config: Config) -> int:
    """Find the label value that training leaves out.

    The loss takes it from the head, whatever the data set says.

    Args:
        parts: Data sets of a split.
        config: The whole config.
    """
    for head in decode_heads(config):
        return head.get('ignore_index', _IGNORED)
    return getattr(parts[0].dataset, 'ignore_index', _IGNORED)


def compare_with_model(
    splits: dict[str, list[Part]], config: Config
) -> list[Finding]:
    """Find what the model and the data sets of all splits disagree on.

    A binary head of one channel (``num_classes=1``) goes with two classes.

    Args:
        splits: Data sets of each split.
        config: The whole config.
    """
    found = []
    first: tuple[str, Sequence[str]] | None = None
    for split, parts in splits.items():
        for part in parts:
            if part.classes is None:
                continue
            if first is None:
                first = (split, part.classes)
            elif part.classes != first[1]:
                message = (
                    f'other classes than in {first[0]}: '
                    f'{_difference(part.classes, first[1])}'
                )
                found.append(Finding(split, 'classes', message))
        classes = name_classes(parts, config)
        for head in decode_heads(config):
            number = head.get('num_classes', len(classes))
            if (number, len(classes)) != (1, 2) and number != len(classes):
                message = (
                    f'the data set has {len(classes)} classes, '
                    f'model.decode_head.num_classes={number}'
                )
                found.append(Finding(split, 'num_classes', message))
        own = getattr(parts[0].dataset, 'ignore_index', _IGNORED)
        value = ignored_value(parts, config)
        if own != value:
            message = (
                f'the data set ignores {own}, the loss {value}: set '
                f'model.decode_head.ignore_index={own}'
            )
            found.append(Finding(split, 'ignore_index', message))
    return found


def _difference(classes: Sequence[str], first: Sequence[str]) -> str:
    if len(classes) != len(first):
        return f'{len(classes)} and not {len(first)}'
    names = zip(classes, first, strict=True)
    index, (name, other) = next(
        (i, pair) for i, pair in enumerate(names) if pair[0] != pair[1]
    )
    return f'{index} is {name!r} and not {other!r}'
