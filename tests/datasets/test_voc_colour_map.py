from mmseg.datasets import PascalVOCDataset

from refinenet_mmseg.datasets.voc_colour_map import voc_colours


def test_is_the_map_that_mmseg_holds_for_voc():
    assert voc_colours(range(21)) == PascalVOCDataset.METAINFO['palette']


def test_labels_have_colours_of_their_own():
    colours = voc_colours(range(256))
    assert len(set(map(tuple, colours))) == 256
    assert colours[255] == [224, 224, 192]
