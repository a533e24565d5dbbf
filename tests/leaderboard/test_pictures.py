import base64
import io

import numpy as np
import pytest
from PIL import Image
from support.results import (
    CLASSES,
    write_board,
    write_images,
    write_labels,
    write_result,
)

from refinenet_mmseg.images import IGNORED_LABEL
from refinenet_mmseg.leaderboard.pictures import (
    CORRECT_COLOR,
    ERROR_COLOR,
    make_pictures,
    read_label_map,
)
from refinenet_mmseg.leaderboard.ranking import make_rankings
from refinenet_mmseg.leaderboard.reading import read_runs


@pytest.fixture
def folders(tmp_path):
    return write_images(tmp_path / 'images'), write_labels(tmp_path / 'truth')


def rank(folder):
    (ranking,) = make_rankings(read_runs([folder]))
    return ranking


def draw(folder, *arguments):
    ranking = rank(folder)
    return make_pictures([ranking], *arguments)[ranking.identifier]


def decode(uri):
    content = base64.b64decode(uri.partition(',')[2])
    return np.array(Image.open(io.BytesIO(content)).convert('RGB'))


def test_shows_truth_prediction_and_errors(tmp_path, folders):
    write_result(tmp_path / 'run')
    write_labels(tmp_path / 'run' / 'predictions', shift=4)
    pictures = draw(tmp_path / 'run', *folders)
    assert [picture.name for picture in pictures] == ['a', 'b']
    picture = pictures[0]
    assert picture.image.startswith('data:image/webp')
    truth = np.array(Image.open(folders[1] / 'a.png'))
    counted = truth < len(CLASSES)
    palette = np.array(rank(tmp_path / 'run').palette)
    drawn = decode(picture.ground_truth)
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
        errors[counted], np.where(wrong[:, None], ERROR_COLOR, CORRECT_COLOR)
    )
    assert prediction.accuracy == pytest.approx(100 * (1 - wrong.mean()))
    # Ignored pixels are striped, in the ground truth and in the errors.
    for picture in (drawn, errors):
        assert len(np.unique(picture[~counted], axis=0)) == 2


def test_first_seed_of_each_network_best_network_first(tmp_path, folders):
    picture, _ = draw(write_board(tmp_path / 'board'), *folders)
    assert [p.entry.rank for p in picture.predictions] == [1, 2, 3, 4]
    assert {p.seed for p in picture.predictions} == {0}


def test_at_most_eight_pictures_and_no_more_than_fit(tmp_path, folders):
    write_result(tmp_path / 'run')
    predictions = write_labels(tmp_path / 'run' / 'predictions')
    for folder in (*folders, predictions):
        content = (folder / 'a.png').read_bytes()
        for index in range(20):
            (folder / f'c{index:02}.png').write_bytes(content)
    pictures = draw(tmp_path / 'run', *folders)
    assert len(pictures) == 8
    assert (pictures[0].name, pictures[-1].name) == ('a', 'c19')
    limit = 3 * pictures[-1].characters
    assert 0 < len(draw(tmp_path / 'run', *folders, limit)) <= 3


def test_all_rankings_share_the_space(tmp_path, folders):
    for name, split in (('a', 'val'), ('b', 'test')):
        write_result(tmp_path / 'runs' / name, split=split)
        write_labels(tmp_path / 'runs' / name / 'predictions')
    rankings = make_rankings(read_runs([tmp_path / 'runs']))
    pictures = make_pictures(rankings, *folders)
    assert list(map(len, pictures.values())) == [2, 2]
    limit = 3 * max(p.characters for made in pictures.values() for p in made)
    pictures = make_pictures(rankings, *folders, limit)
    assert list(map(len, pictures.values())) == [2, 1]


def test_says_that_no_image_has_a_prediction(tmp_path, folders):
    write_result(tmp_path / 'run')
    write_labels(tmp_path / 'run' / 'predictions')
    (tmp_path / 'none').mkdir()
    with pytest.raises(ValueError, match=r'no result has a prediction .*none'):
        draw(tmp_path / 'run', tmp_path / 'none', folders[1])


def test_names_files_that_are_missing_or_do_not_fit(tmp_path, folders):
    write_result(tmp_path / 'run')
    predictions = write_labels(tmp_path / 'run' / 'predictions')
    label = predictions / 'a.png'
    Image.new('L', (4, 4)).save(label)
    with pytest.raises(ValueError, match=r'a\.png is 4 x 4, but the image'):
        draw(tmp_path / 'run', *folders)
    Image.new('RGB', (48, 36)).save(label)
    with pytest.raises(ValueError, match=r'a\.png is no label map.*RGB'):
        draw(tmp_path / 'run', *folders)
    label.write_text('no picture')
    with pytest.raises(ValueError, match=r'cannot read the label map .*a\.p'):
        draw(tmp_path / 'run', *folders)
    write_labels(predictions)
    (folders[1] / 'a.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'truth.a\.png'):
        draw(tmp_path / 'run', *folders)


def test_zero_may_be_ignored(tmp_path):
    path = tmp_path / 'labels.png'
    Image.fromarray(np.array([[0, 1, 3, 4, 255]], np.uint8)).save(path)
    assert read_label_map(path, 3, True).tolist() == [
        [IGNORED_LABEL, 0, 2, IGNORED_LABEL, IGNORED_LABEL]
    ]
    assert read_label_map(path, 3).tolist() == [
        [0, 1, IGNORED_LABEL, IGNORED_LABEL, IGNORED_LABEL]
    ]
