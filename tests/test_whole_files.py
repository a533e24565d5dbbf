import pytest

from refinenet_mmseg.whole_files import written_beside


def test_a_file_gets_its_name_when_it_is_complete(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('old')
    with written_beside(path) as beside:
        assert beside.suffix == '.json'
        beside.write_text('new')
        assert path.read_text() == 'old'
    assert path.read_text() == 'new'
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('old')

    def fail():
        with written_beside(path) as beside:
            beside.write_text('ne')
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]
