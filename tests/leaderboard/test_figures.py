import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.results import make_result, write_board, write_result

from refinenet_mmseg.leaderboard.figures import make_figures, pareto_front
from refinenet_mmseg.leaderboard.ranking import make_rankings
from refinenet_mmseg.leaderboard.reading import read_runs

NUMBERS = st.integers(0, 6)


def draw(folder):
    (ranking,) = make_rankings(read_runs([folder]))
    return {figure.key: figure for figure in make_figures(ranking)}


def traces(figure, role):
    return [
        trace
        for trace in figure.content['data']
        if trace.get('meta', {}).get('role') == role
    ]


def test_draws_means_deviations_and_the_pareto_front(tmp_path):
    figures = draw(write_board(tmp_path))
    assert list(figures) == [
        'latency',
        'multiply_adds',
        'boundary',
        'classes',
    ]
    (front,) = traces(figures['latency'], 'front')
    assert (front['x'], front['y']) == (
        [7.0, 9.0, 20.0],
        [51.25, 52.25, 55.25],
    )
    refinenet = traces(figures['latency'], 'entry')[0]
    assert (refinenet['x'], refinenet['y']) == ([20.0], [55.25])
    assert refinenet['error_y']['array'] == [pytest.approx(0.5 / 2**0.5)]
    assert 'mIoU 55.2 ± 0.4' in refinenet['hovertext'][0]
    curve = traces(figures['boundary'], 'entry')[0]
    assert curve['x'] == [1, 2, 4, 8]
    assert curve['y'] == [30.25, 35.25, 41.25, 46.25]
    (heat, numbers) = figures['classes'].content['data']
    assert heat['z'][0] == [90.0, 55.25, None]
    assert len(numbers['text']) == 4 * 2


def test_each_set_of_conditions_has_its_own_pareto_front(tmp_path):
    write_result(tmp_path / 'a')
    cost = make_result('PSPHead')['cost'] | {'dtype': 'bf16'}
    write_result(tmp_path / 'b', head='PSPHead', cost=cost)
    figures = draw(tmp_path)
    assert len(traces(figures['latency'], 'front')) == 2
    # Multiply-adds of the same image size are the same count.
    assert len(traces(figures['multiply_adds'], 'front')) == 1
    assert 'under different conditions' in figures['latency'].note


def test_omits_what_was_not_measured(tmp_path):
    write_result(tmp_path, cost=None, boundary=None)
    assert list(draw(tmp_path)) == ['classes']


def test_escapes_names(tmp_path):
    write_result(tmp_path, head='<b>Bold</b>Head', name='<script>')
    name = '&lt;b&gt;Bold&lt;/b&gt;'
    figures = draw(tmp_path)
    assert (
        f'<b>{name}</b>'
        in figures['latency'].content['data'][1]['hovertext'][0]
    )
    assert figures['classes'].content['data'][0]['y'] == [name]


def test_says_which_extra_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'plotly.graph_objects', None)
    write_result(tmp_path)
    with pytest.raises(ImportError, match=r"'\.\[leaderboard\]'"):
        draw(tmp_path)


def test_pareto_front_is_sorted_by_cost():
    points = [(5, 60), (1, 40), (2, 39), (3, 55), (6, 60), (3, 55)]
    assert pareto_front(points) == [1, 3, 5, 0]


@given(st.lists(st.tuples(NUMBERS, NUMBERS)))
def test_pareto_front_agrees_with_its_definition(points):
    def dominates(a, b):
        return a[0] <= b[0] and a[1] >= b[1] and a != b

    expected = [
        index
        for index, point in enumerate(points)
        if not any(dominates(other, point) for other in points)
    ]
    assert sorted(pareto_front(points)) == expected
