import json
from pathlib import Path

import pytest

from refinenet_mmseg.leaderboard.published import read_published

COMMITTED = Path(__file__).parents[2] / 'results' / 'published.json'


def test_the_committed_numbers_are_those_of_their_sources():
    tables = {table.title: table.rows for table in read_published(COMMITTED)}
    assert {
        title: {row['name']: row['mIoU'] for row in rows}
        for title, rows in tables.items()
    } == {
        'CamVid, test, 360x480': {
            'FC-DenseNet103': 66.9,
            'SegNet': 60.1,
            'ENet': 51.3,
            'FCN-Basic-NoDimReduction': 50.1,
            'SegNet-Basic': 47.7,
            'FCN-Basic': 47.3,
        },
        'CamVid, test, 720x960': {'PSPNet50': 69.1, 'ICNet': 67.1},
    }
    for rows in tables.values():
        scores = [row['mIoU'] for row in rows]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ('field', 'value'),
    [('mIoU', 670), ('url', 'javascript:alert(1)'), ('split', 'valid')],
)
def test_names_what_is_wrong(tmp_path, field, value):
    content = json.loads(COMMITTED.read_text())
    content['rows'][1][field] = value
    path = tmp_path / 'numbers.json'
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf'numbers\.json: rows\.1\.{field}'):
        read_published(path)


def test_names_a_file_that_is_missing_or_no_json(tmp_path):
    path = tmp_path / 'numbers.json'
    with pytest.raises(FileNotFoundError, match=r'numbers\.json'):
        read_published(path)
    path.write_text('rows:')
    with pytest.raises(ValueError, match=r'numbers\.json is no valid JSON'):
        read_published(path)
