import numpy as np
import pytest
from mmseg.apis import MMSegInferencer, inference_model, init_model
from support.commands import CONFIG

OPTIONS = {'model.decode_head.channels': 16}


@pytest.fixture
def image(shapes):
    return str(next((shapes / 'img_dir' / 'val').iterdir()))


@pytest.fixture
def checkpoint(trained):
    return str(trained / 'iter_2.pth')


def test_init_model_and_inference_model(checkpoint, image):
    model = init_model(CONFIG, checkpoint, 'cpu', cfg_options=OPTIONS)
    result = inference_model(model, image)
    assert result.pred_sem_seg.data.shape == (1, 64, 64)
    assert model.dataset_meta['classes'][-1] == 'stroke'


def test_inferencer_takes_the_configs_path(tmp_path, checkpoint, image):
    path = tmp_path / 'narrow.py'
    path.write_text(
        f'_base_ = {CONFIG!r}\nmodel = dict(decode_head=dict(channels=16))\n'
    )
    inferencer = MMSegInferencer(str(path), checkpoint, device='cpu')
    result = inferencer(image, out_dir=str(tmp_path / 'out'))
    assert np.asarray(result['predictions']).shape == (64, 64)
    assert list((tmp_path / 'out').rglob('*.png'))
