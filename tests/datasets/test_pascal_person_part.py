from mmseg.registry import DATASETS

from refinenet_mmseg.datasets import PascalPersonPartDataset


def test_classes_and_colors():
    assert DATASETS.get('PascalPersonPartDataset') is PascalPersonPartDataset
    meta = PascalPersonPartDataset.METAINFO
    assert meta['classes'][0] == 'background'
    assert meta['classes'][3:5] == ('upper arms', 'lower arms')
    assert meta['palette'][:2] == [[0, 0, 0], [128, 0, 0]]
    assert len(meta['palette']) == len(meta['classes']) == 7
