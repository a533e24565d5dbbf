from mmseg.datasets import PascalVOCDataset

from refinenet_mmseg.datasets.voc_color_map import voc_colors


def test_is_the_map_that_mmseg_holds_for_voc():
    assert voc_colors(range(21)) == PascalVOCDataset.METAINFO['palette']


def test_labels_have_colors_of_their_own():
    colors = voc_colors(range(256))
    assert len(set(map(tuple, colors))) == 256
    assert colors[255] == [224, 224, 192]
