"""Lists of files that lead out of the folders they are meant for."""

import numpy as np
import pytest
import torch
from mmseg.registry import DATASETS, METRICS
from PIL import Image

from refinenet_mmseg.datasets.converters.conversion import Pair, write_pairs
from refinenet_mmseg.datasets.converters.sunrgbd import _relative_path

ROUTES = ('../../evil', '/evil', 'a/../../evil', 'a/b', './evil')


@pytest.fixture
def inner(tmp_path):
    """A folder to fill, two levels below the one that is watched."""
    folder = tmp_path / 'a' / 'b'
    folder.mkdir(parents=True)
    return folder


def files_outside(root, inner):
    return {path for path in root.rglob('*') if inner not in path.parents}


@pytest.mark.parametrize('route', ROUTES)
def test_no_converter_writes_outside_its_folder(tmp_path, inner, route):
    name = route.replace('/evil', f'{tmp_path}/evil', route[0] == '/')
    image = np.zeros((2, 2, 3), np.uint8)
    pair = Pair('train', name, lambda: (image, image[..., 0]))
    before = files_outside(tmp_path, inner)
    with pytest.raises(ValueError, match='by paths') as info:
        write_pairs([pair], inner, '.png', {'train': 1}, [0], False)
    assert repr(name) in str(info.value)
    assert files_outside(tmp_path, inner) == before
    assert not list(inner.rglob('*'))


def test_no_path_of_sun_rgbd_leads_out_of_it():
    assert _relative_path('/n/data/SUNRGBD/kv2//a.jpg') == 'SUNRGBD/kv2/a.jpg'
    with pytest.raises(ValueError, match='leads out of SUN RGB-D'):
        _relative_path('/n/data/SUNRGBD/kv2/../../../etc/passwd')


@pytest.mark.parametrize(
    'entry', ['../../../evil', '{}/evil', 'x/../../../../evil']
)
def test_predictions_of_listed_files_stay_in_their_folder(
    tmp_path, inner, entry
):
    """A list may name images elsewhere; results go where they are told."""
    Image.new('RGB', (4, 4)).save(tmp_path / 'evil.jpg')
    (inner / 'img' / 'x').mkdir(parents=True)
    Image.new('RGB', (4, 4)).save(inner / 'img' / 'a.jpg')
    (inner / 'list.txt').write_text(f'{entry.format(tmp_path)}\n')
    dataset = DATASETS.build(
        dict(
            type='FolderDataset',
            data_root=str(inner),
            data_prefix=dict(img_path='img'),
            ann_file='list.txt',
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='PackSegInputs'),
            ],
        )
    )
    sample = dataset[0]['data_samples']
    before = files_outside(tmp_path, inner)
    metric = METRICS.build(
        dict(type='IoUMetric', output_dir=str(inner / 'out'), format_only=True)
    )
    metric.dataset_meta = dict(classes=('a', 'b'))
    result = sample.to_dict()
    result['pred_sem_seg'] = dict(data=torch.zeros(1, 4, 4))
    metric.process(None, [result])
    assert [path.name for path in (inner / 'out').iterdir()] == ['evil.png']
    assert files_outside(tmp_path, inner) == before


def test_a_list_with_a_missing_file_elsewhere_names_it(inner):
    (inner / 'img').mkdir()
    Image.new('RGB', (4, 4)).save(inner / 'img' / 'a.jpg')
    (inner / 'list.txt').write_text('../../../nowhere/passwd\n')
    with pytest.raises(FileNotFoundError, match=r'\.\./nowhere/passwd\.jpg'):
        DATASETS.build(
            dict(
                type='FolderDataset',
                data_root=str(inner),
                data_prefix=dict(img_path='img'),
                ann_file='list.txt',
            )
        )
