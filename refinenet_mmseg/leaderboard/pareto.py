"""What nothing else beats in both cost and score."""

from collections.abc import Sequence


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Find the points that no other one beats.

    A point is beaten by one that costs no more and scores no less, and is
    better in at least one of the two.

    Args:
        points: Cost (less is better) and score (more is better) of each.

    Returns:
        Indices of the front, the cheapest first.
    """
    front: list[int] = []
    order = sorted(
        range(len(points)), key=lambda i: (points[i][0], -points[i][1])
    )
    for index in order:
        if front and points[index] == points[front[-1]]:
            front.append(index)  # equals stand side by side
        elif not front or points[index][1] > points[front[-1]][1]:
            front.append(index)
    return front
