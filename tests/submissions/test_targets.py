import re

import pytest

from refinenet_mmseg.submissions import TARGETS, get_target


@pytest.mark.parametrize(
    ('name', 'num_images', 'num_classes', 'stem'),
    [
        ('cityscapes', 1525, 19, 'berlin_000000_000019_leftImg8bit'),
        ('voc2012', 1456, 21, '2008_000006'),
        ('ade20k', 3352, 150, 'ADE_test_00003352'),
    ],
)
def test_numbers_and_names(name, num_images, num_classes, stem):
    target = get_target(name)
    assert target.num_images == num_images
    assert len(target.classes) == len(target.labels) == num_classes
    assert len(set(target.labels)) == num_classes
    assert re.fullmatch(target.stem, stem)
    assert target.member(stem).endswith(f'{stem}.png')


@pytest.mark.parametrize(
    ('name', 'stem'),
    [
        ('cityscapes', 'berlin_000000_000019_gtFine_labelIds'),
        ('cityscapes', 'berlin_0_19_leftImg8bit'),
        ('voc2012', '000006'),
        ('ade20k', 'ADE_val_00000001'),
        ('ade20k', 'ADE_test_1'),
    ],
)
def test_names_of_other_files(name, stem):
    assert not re.fullmatch(TARGETS[name].stem, stem)


def test_competitions():
    folder = 'results/VOC2012/Segmentation/{}_test_cls/'
    assert get_target('voc2012').folder == folder.format('comp6')
    for name in ('comp5', 'comp6'):
        assert get_target('voc2012', name).folder == folder.format(name)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('camvid',), "no target 'camvid'; there are: cityscapes, voc2012"),
        (('voc2012', 'comp4'), "no competition 'comp4'; there are: comp5"),
        (('ade20k', 'comp6'), "ADE20K has no competitions; leave out 'comp6'"),
    ],
)
def test_unknown_names(arguments, message):
    with pytest.raises(ValueError, match=message):
        get_target(*arguments)
