"""The color map of Pascal VOC, in which many data sets are drawn."""


def voc_colors(labels: range) -> list[list[int]]:
    """Compute the RGB colors of label values in Pascal VOC's color map.

    The development kit of Pascal VOC (Everingham et al., "The PASCAL Visual
    Object Classes Challenge", IJCV 88, 2010) spreads the bits of a label over
    the channels, the lowest three over their highest bits, and so on.

    Args:
        labels: Label values, 0 to 255.
    """
    return [[_channel(label, shift) for shift in range(3)] for label in labels]


def _channel(label: int, shift: int) -> int:
    """Collect every third bit of a label, the lowest one first."""
    return sum(
        (label >> (3 * step + shift) & 1) << (7 - step) for step in range(8)
    )
