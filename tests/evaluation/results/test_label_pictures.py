from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from refinenet_mmseg.evaluation.results.label_pictures import LabelPictures


class Images:
    def __len__(self):
        return 10

    def get_data_info(self, index):
        return dict(img_path=f'folder/{index}.jpg')


def predict(index):
    return SimpleNamespace(
        img_path=f'folder/{index}.jpg',
        pred_sem_seg=SimpleNamespace(data=torch.full((1, 2, 3), index)),
    )


@pytest.mark.parametrize(
    ('count', 'chosen'),
    [(0, []), (1, [0]), (3, [0, 4, 9]), (20, list(range(10)))],
)
def test_keeps_evenly_spaced_images(tmp_path, count, chosen):
    pictures = LabelPictures(count)
    pictures.choose(Images())
    for index in range(10):
        pictures.keep([predict(index)])
    pictures.collect()
    folder = tmp_path / 'predictions'
    assert pictures.write(folder) == [
        dict(name=f'{index}', prediction=f'predictions/{index}.png')
        for index in chosen
    ]
    for index in chosen:
        labels = np.array(Image.open(folder / f'{index}.png'))
        assert labels.dtype == np.uint8
        assert (labels == index).all()
        assert labels.shape == (2, 3)
    assert not list(folder.glob('.*'))


def test_forgets_the_images_of_the_validation_before(tmp_path):
    pictures = LabelPictures(2)
    pictures.choose(Images())
    pictures.keep([predict(0)])
    pictures.choose(Images())
    assert pictures.write(tmp_path) == []
