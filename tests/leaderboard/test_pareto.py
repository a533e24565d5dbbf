from hypothesis import given
from hypothesis import strategies as st

from refinenet_mmseg.leaderboard.pareto import pareto_front

NUMBERS = st.integers(0, 6)


def test_keeps_what_nothing_beats_cheapest_first():
    points = [(5, 60), (1, 40), (2, 39), (3, 55), (6, 60), (3, 55)]
    assert pareto_front(points) == [1, 3, 5, 0]


@given(st.lists(st.tuples(NUMBERS, NUMBERS)))
def test_agrees_with_the_definition(points):
    def beats(a, b):
        return a[0] <= b[0] and a[1] >= b[1] and a != b

    expected = [
        index
        for index, point in enumerate(points)
        if not any(beats(other, point) for other in points)
    ]
    assert sorted(pareto_front(points)) == expected
