import numpy as np
import pytest
from mmseg.datasets import PascalVOCDataset
from mmseg.registry import DATASETS
from PIL import Image

from refinenet_mmseg.datasets import PascalPersonPartDataset
from refinenet_mmseg.datasets.pascal_voc import voc_colors

PREFIX = dict(
    img_path='JPEGImages',
    seg_map_path='SegmentationClass',
    seg_map_path_aug='SegmentationClassAug',
)


def test_colors_are_those_of_mmseg_for_voc():
    assert voc_colors(range(21)) == PascalVOCDataset.METAINFO['palette']


def test_every_label_has_a_color_of_its_own():
    colors = voc_colors(range(256))
    assert len(set(map(tuple, colors))) == 256
    assert colors[255] == [224, 224, 192]


@pytest.fixture
def voc(tmp_path):
    """Image a is labeled by VOC and by SBD, image b by SBD alone."""
    for folder in PREFIX.values():
        (tmp_path / folder).mkdir()
    picture = Image.fromarray(np.zeros((4, 4, 3), np.uint8))
    label = Image.fromarray(np.zeros((4, 4), np.uint8))
    for name in 'ab':
        picture.save(tmp_path / 'JPEGImages' / f'{name}.jpg')
        label.save(tmp_path / 'SegmentationClassAug' / f'{name}.png')
    label.save(tmp_path / 'SegmentationClass' / 'a.png')
    (tmp_path / 'trainaug.txt').write_text('a\nb\n')
    return tmp_path


def build(root, **arguments):
    config = dict(
        type='PascalVOCAugDataset',
        data_root=str(root),
        data_prefix=PREFIX,
        ann_file='trainaug.txt',
    )
    return DATASETS.build({**config, **arguments})


def test_prefers_vocs_own_label_maps(voc):
    dataset = build(voc)
    assert [item['seg_map_path'] for item in dataset] == [
        str(voc / 'SegmentationClass' / 'a.png'),
        str(voc / 'SegmentationClassAug' / 'b.png'),
    ]
    assert dataset.metainfo['classes'] == PascalVOCDataset.METAINFO['classes']


def test_names_a_label_that_neither_folder_has(voc):
    (voc / 'SegmentationClassAug' / 'b.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'1 of 2.*Aug/b\.png'):
        build(voc)


def test_without_the_second_folder_vocs_own_must_do(voc):
    prefix = {k: v for k, v in PREFIX.items() if k != 'seg_map_path_aug'}
    with pytest.raises(FileNotFoundError, match=r'SegmentationClass/b\.png'):
        build(voc, data_prefix=prefix)


def test_classes_and_colors_of_person_part():
    assert DATASETS.get('PascalPersonPartDataset') is PascalPersonPartDataset
    meta = PascalPersonPartDataset.METAINFO
    assert meta['classes'][0] == 'background'
    assert meta['classes'][3:5] == ('upper arms', 'lower arms')
    assert meta['palette'][:2] == [[0, 0, 0], [128, 0, 0]]
    assert len(meta['palette']) == len(meta['classes']) == 7
