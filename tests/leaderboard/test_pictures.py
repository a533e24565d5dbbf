import base64
import io
import json

import numpy as np
import pytest
from PIL import Image
from support.made_up_results import (
    CLASSES,
    write,
    write_board,
    write_labels,
    write_photos,
)

from refinenet_mmseg.leaderboard.label_maps import (
    IGNORED,
    RIGHT,
    WRONG,
    read_label_map,
)
from refinenet_mmseg.leaderboard.loading import find_runs
from refinenet_mmseg.leaderboard.pictures import make_pictures
from refinenet_mmseg.leaderboard.ranking import make_rankings


@pytest.fixture
def folders(tmp_path):
    return write_photos(tmp_path / 'photos'), write_labels(tmp_path / 'truth')


def rank(folder):
    (ranking,) = make_rankings(find_runs([folder]))
    return ranking


def decode(uri):
    content = base64.b64decode(uri.partition(',')[2])
    return np.array(Image.open(io.BytesIO(content)).convert('RGB'))


def test_shows_truth_prediction_and_errors(tmp_path, folders):
    write(tmp_path / 'run')
    write_labels(tmp_path / 'run' / 'predictions', shift=4)
    ranking = rank(tmp_path / 'run')
    pictures = make_pictures(ranking, *folders)
    assert [picture.name for picture in pictures] == ['a', 'b']
    picture = pictures[0]
    assert picture.photo.startswith('data:image/webp')
    truth = np.array(Image.open(folders[1] / 'a.png'))
    counted = truth < len(CLASSES)
    palette = np.array(ranking.palette)
    drawn = decode(picture.truth)
    np.testing.assert_array_equal(drawn[counted], palette[truth[counted]])
    (prediction,) = picture.predictions
    moved = np.roll(truth, 4, axis=1)
    np.testing.assert_array_equal(
        decode(prediction.labels)[counted], palette[moved[counted]]
    )
    wrong = (moved != truth)[counted]
    assert wrong.any()
    errors = decode(prediction.errors)
    np.testing.assert_array_equal(
        errors[counted], np.where(wrong[:, None], WRONG, RIGHT)
    )
    assert prediction.accuracy == pytest.approx(100 * (1 - wrong.mean()))
    # What is not labeled is striped, in the truth and in the errors.
    for picture in (drawn, errors):
        assert len(np.unique(picture[~counted], axis=0)) == 2


def test_first_seed_of_each_network_best_network_first(tmp_path, folders):
    ranking = rank(write_board(tmp_path / 'board'))
    picture, _ = make_pictures(ranking, *folders)
    assert [p.entry.rank for p in picture.predictions] == [1, 2, 3, 4]
    assert {p.seed for p in picture.predictions} == {0}


def test_at_most_eight_pictures_and_no_more_than_fit(tmp_path, folders):
    write(tmp_path / 'run')
    predictions = write_labels(tmp_path / 'run' / 'predictions')
    for folder in (*folders, predictions):
        content = (folder / 'a.png').read_bytes()
        for index in range(20):
            (folder / f'c{index:02}.png').write_bytes(content)
    ranking = rank(tmp_path / 'run')
    pictures = make_pictures(ranking, *folders)
    assert len(pictures) == 8
    assert (pictures[0].name, pictures[-1].name) == ('a', 'c19')
    budget = 3 * pictures[-1].characters
    assert 0 < len(make_pictures(ranking, *folders, budget)) <= 3


def test_nothing_to_show_without_a_photo(tmp_path, folders):
    write(tmp_path / 'run')
    write_labels(tmp_path / 'run' / 'predictions')
    (tmp_path / 'none').mkdir()
    ranking = rank(tmp_path / 'run')
    assert make_pictures(ranking, tmp_path / 'none', folders[1]) == []


@pytest.mark.parametrize(
    'path', ['../../x.png', 'predictions/../../x.png', 'link/x.png']
)
def test_refuses_paths_out_of_the_folder(tmp_path, folders, path):
    write_labels(tmp_path / 'elsewhere')
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'link').symlink_to(tmp_path / 'elsewhere')
    write(tmp_path / 'run', pictures=[dict(name='a', prediction=path)])
    with pytest.raises(ValueError, match=r'run.result\.json: .*leads out'):
        make_pictures(rank(tmp_path / 'run'), *folders)


def test_names_files_that_are_missing_or_do_not_fit(tmp_path, folders):
    listed = [dict(name='a', prediction='predictions/a.png')]
    path = write(tmp_path / 'run', pictures=listed)
    with pytest.raises(FileNotFoundError, match=r'no file .*a\.png'):
        make_pictures(rank(tmp_path), *folders)
    predictions = write_labels(path.parent / 'predictions')
    label = predictions / 'a.png'
    Image.new('L', (4, 4)).save(label)
    with pytest.raises(ValueError, match=r'a\.png is 4 x 4, but the image'):
        make_pictures(rank(tmp_path / 'run'), *folders)
    Image.new('RGB', (48, 36)).save(label)
    with pytest.raises(ValueError, match=r'a\.png is no label map.*RGB'):
        make_pictures(rank(tmp_path / 'run'), *folders)
    label.write_text('no picture')
    with pytest.raises(ValueError, match=r'cannot read the label map .*a\.p'):
        make_pictures(rank(tmp_path / 'run'), *folders)
    write_labels(predictions)
    (folders[1] / 'a.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'truth.a\.png'):
        make_pictures(rank(tmp_path / 'run'), *folders)


def test_zero_may_mean_no_class(tmp_path):
    path = tmp_path / 'labels.png'
    Image.fromarray(np.array([[0, 1, 3, 4, 255]], np.uint8)).save(path)
    assert read_label_map(path, 3, True).tolist() == [
        [IGNORED, 0, 2, IGNORED, IGNORED]
    ]
    assert read_label_map(path, 3).tolist() == [
        [0, 1, IGNORED, IGNORED, IGNORED]
    ]


def test_results_list_their_pictures_by_name(tmp_path, folders):
    path = write(
        tmp_path / 'run',
        pictures=[dict(name='b', prediction='predictions/a.png')],
    )
    write_labels(path.parent / 'predictions')
    assert json.loads(path.read_text())['pictures']
    (picture,) = make_pictures(rank(tmp_path / 'run'), *folders)
    assert picture.name == 'b'
