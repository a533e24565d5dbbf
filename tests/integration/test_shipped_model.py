"""The model in the repository has the scores of its result."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from refinenet_mmseg import config_path
from refinenet_mmseg.datasets import CamVidDataset
from refinenet_mmseg.evaluation.results import read_result
from refinenet_mmseg.inference import predict_folder

ROOT = Path(__file__).parents[2]
NAME = 'light_weight_refinenet_r18-scratch_1xb4-3k_camvid-192x256'
FOLDER = ROOT / 'results' / 'camvid' / NAME / '0'
CONFIG = config_path(f'refinenet/{NAME}.py')
MODEL = FOLDER / 'model.pth'
PHOTOS = ROOT.parent / 'shared' / 'camvid' / 'val'


def test_it_is_small_and_names_its_classes():
    assert MODEL.stat().st_size <= 30e6
    checkpoint = torch.load(MODEL, map_location='cpu', weights_only=True)
    meta = checkpoint['meta']['dataset_meta']
    assert tuple(meta['classes']) == CamVidDataset.METAINFO['classes']
    assert set(checkpoint) <= {'meta', 'state_dict', 'refinenet_mmseg_result'}


def test_it_segments_a_photo_of_any_size(tmp_path):
    photo = np.full((300, 200, 3), 120, np.uint8)
    photo[:100] = 250
    Image.fromarray(photo).save(tmp_path / 'photo.png')
    (labels,) = predict_folder(
        CONFIG, MODEL, tmp_path / 'photo.png', tmp_path / 'out', 'cpu'
    )
    values = np.array(Image.open(labels))
    assert values.shape == (300, 200)
    assert values.max() < 11


@pytest.mark.skipif(not PHOTOS.is_dir(), reason=f'needs {PHOTOS}')
def test_it_predicts_what_its_result_shows(tmp_path):
    picture = read_result(FOLDER / 'result.json')['pictures'][0]
    (labels,) = predict_folder(
        CONFIG,
        MODEL,
        PHOTOS / f'{picture["name"]}.png',
        tmp_path / 'out',
        'cpu',
    )
    shown = np.array(Image.open(FOLDER / picture['prediction']))
    assert len(np.unique(shown)) > 5
    # Weights of 16 bits move a border pixel here and there.
    assert (np.array(Image.open(labels)) == shown).mean() > 0.998
