import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from mmseg.apis import inference_model, init_model
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image
from support.tiny_model import draw_image, make_config

from refinenet_mmseg.inference import Predictor


@pytest.fixture
def model():
    return init_model(make_config(), device='cpu')


def test_predicts_as_mmseg_does(model, tmp_path):
    path = draw_image(tmp_path / 'in' / 'a.png', (50, 30))
    pipeline = list(model.cfg.test_pipeline)
    predicted = Predictor(model, pipeline)(path)
    assert predicted.dtype == np.uint8
    expected = inference_model(model, str(path)).pred_sem_seg.data[0]
    np.testing.assert_array_equal(predicted, expected)
    # The steps themselves are left as they were.
    assert pipeline[2] == {'type': 'LoadAnnotations'}
    assert pipeline[0] == {'type': 'LoadImageFromFile'}


def test_label_steps_are_left_out_wherever_they_are(model):
    steps = [
        {'type': LoadImageFromFile},
        {
            'type': 'TestTimeAug',
            'transforms': [
                [{'type': 'Resize', 'scale_factor': 0.5}],
                [{'type': LoadAnnotations}],
                [{'type': 'mmseg.LoadAnnotations'}, {'type': 'PackSegInputs'}],
            ],
        },
    ]
    augmentation = Predictor(model, steps).pipeline.transforms[1]
    names = [
        [type(step).__name__ for step in branch.transforms]
        for branch in augmentation.subroutines
    ]
    assert names == [['Resize', 'PackSegInputs']]


@pytest.mark.parametrize(
    ('options', 'shape'), [({}, (30, 40)), ({'color_type': 'color'}, (40, 30))]
)
def test_images_are_read_as_stored_unless_asked(
    model, tmp_path, options, shape
):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    path = draw_image(tmp_path / 'in' / 'a.jpg', (40, 30), exif=exif)
    pipeline = [
        {'type': 'LoadImageFromFile', **options},
        {'type': 'PackSegInputs'},
    ]
    assert Predictor(model, pipeline)(path).shape == shape


def test_unreadable_image_is_named(model, tmp_path):
    (tmp_path / 'a.png').write_bytes(b'no image')
    with pytest.raises(OSError, match=r'cannot read the image .*a\.png'):
        Predictor(model, model.cfg.test_pipeline)(tmp_path / 'a.png')
