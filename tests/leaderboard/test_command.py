import argparse
import json
import re
import runpy
import sys
from pathlib import Path

import pytest
from support.results import (
    make_result,
    write_board,
    write_images,
    write_labels,
    write_result,
)

from refinenet_mmseg.leaderboard import (
    add_leaderboard_arguments,
    run_leaderboard,
)

REPOSITORY = Path(__file__).parents[2]


def run(*arguments):
    parser = argparse.ArgumentParser()
    add_leaderboard_arguments(parser)
    return run_leaderboard(parser.parse_args(list(map(str, arguments))))


def test_writes_three_files_that_agree(tmp_path):
    board = write_board(tmp_path / 'results')
    out = tmp_path / 'new' / 'out'
    run(
        *(board, '--out', out),
        *('--published', REPOSITORY / 'results' / 'published.json'),
    )
    assert sorted(path.name for path in out.iterdir()) == [
        'leaderboard.html',
        'leaderboard.json',
        'leaderboard.md',
    ]
    content = json.loads((out / 'leaderboard.json').read_text())
    (ranking,) = content['rankings']
    first = ranking['entries'][0]
    assert first['metrics']['mIoU'] == dict(
        mean=55.25, deviation=pytest.approx(0.5 / 2**0.5), n=2
    )
    # Every number can be traced to a file and a command.
    assert [entry['file'] for entry in first['runs']] == [
        f'{board}/RefineNetHead/{seed}/result.json' for seed in range(2)
    ]
    assert (
        first['runs'][0]['command'] == make_result('RefineNetHead')['command']
    )
    assert len(content['published'][0]['rows']) == 6
    markdown = (out / 'leaderboard.md').read_text()
    rows = re.findall(r'^\| (\d) \| (.+?) \|', markdown, re.MULTILINE)
    assert rows == [
        ('1', 'RefineNet'),
        ('2', 'FCN'),
        ('3', 'Light-weight RefineNet'),
        ('4', 'PSPNet'),
    ]
    assert '**55.2 ± 0.4**' in markdown
    assert '**7.0**' in markdown
    assert markdown.index('## CamVid, val') < markdown.index('## Published')
    again = tmp_path / 'again'
    run(board, '--out', again)
    page = (again / 'leaderboard.html').read_text()
    assert page.count('id="published"') == 0


def test_no_best_among_latencies_measured_differently(tmp_path):
    write_result(tmp_path / 'results' / 'a')
    cost = make_result('PSPHead')['cost'] | {'compiled': True}
    write_result(tmp_path / 'results' / 'b', head='PSPHead', cost=cost)
    run(tmp_path / 'results', '--out', tmp_path / 'out')
    markdown = (tmp_path / 'out' / 'leaderboard.md').read_text()
    assert '| **25.0** | 9.0 |' in markdown
    assert (
        'under different conditions: compare latencies only'
        in (tmp_path / 'out' / 'leaderboard.html').read_text()
    )


def test_markdown_escapes_names(tmp_path):
    write_result(tmp_path / 'results', backbone='<img>|*x*', cost=None)
    run(tmp_path / 'results', '--out', tmp_path / 'out')
    markdown = (tmp_path / 'out' / 'leaderboard.md').read_text()
    assert r'\<img\>\|\*x\*' in markdown


def test_refuses_arguments_that_do_not_fit(tmp_path):
    board = write_board(tmp_path / 'results', seeds=1)
    out = tmp_path / 'out'
    with pytest.raises(ValueError, match='give both'):
        run(board, '--out', out, '--images', tmp_path)
    with pytest.raises(FileNotFoundError, match=r'--images.*missing'):
        run(
            *(board, '--out', out, '--images', tmp_path / 'missing'),
            *('--labels', tmp_path),
        )
    with pytest.raises(ValueError, match='no result has a prediction'):
        run(board, '--out', out, '--images', tmp_path, '--labels', tmp_path)
    file = tmp_path / 'file'
    file.touch()
    with pytest.raises(ValueError, match='is a file; name a folder'):
        run(board, '--out', file)
    assert not out.exists()


def test_a_broken_label_map_leaves_nothing_half_written(tmp_path):
    board = write_board(tmp_path / 'results', seeds=1)
    images = write_images(tmp_path / 'images')
    truth = write_labels(tmp_path / 'truth')
    (board / 'FCNHead' / '0' / 'predictions' / 'a.png').write_text('')
    out = tmp_path / 'out'
    with pytest.raises(ValueError, match=r'FCNHead.0.predictions.a\.png'):
        run(board, '--out', out, '--images', images, '--labels', truth)
    assert not out.exists()


def test_the_tool_ends_with_one_line_and_a_status(
    tmp_path, monkeypatch, capsys
):
    tool = REPOSITORY / 'tools' / 'leaderboard.py'
    arguments = [str(tool), str(tmp_path), '--out', str(tmp_path)]
    monkeypatch.setattr(sys, 'argv', arguments)
    with pytest.raises(SystemExit, match='2'):
        runpy.run_path(str(tool), run_name='__main__')
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(r'error: .* holds no result\.json', line)
    write_result(tmp_path / 'a')
    with pytest.raises(SystemExit, match='0'):
        runpy.run_path(str(tool), run_name='__main__')
    assert 'leaderboard.html' in capsys.readouterr().out
