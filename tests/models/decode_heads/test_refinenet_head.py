import copy
import pickle

import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from support.heads import CHANNELS, SIZES, build_head, features
from torch import nn

WIRINGS = {
    '4-cascaded': dict(),
    '2-cascaded': dict(wiring=((3, 2), (1, 0))),
    'single': dict(wiring=((3, 2, 1, 0),)),
    '2-scale': dict(
        in_channels=list(CHANNELS * 2),
        wiring=((3, 7), (2, 6), (1, 5), (0, 4)),
        path_channels=(8, 8, 8, 16) * 2,
    ),
    'six paths': dict(
        in_channels=[4, 6, 8, 8, 10, 10],
        wiring=((5, 4), (3, 2), (1,), (0,)),
        path_channels=(8,) * 6,
        path_fusion_conv=False,
        act_cfg=dict(type='ReLU6'),
    ),
    'one level': dict(in_channels=[4]),
    'five levels': dict(in_channels=[4, 4, 6, 8, 10]),
}
PATH_SIZES = {
    '2-scale': SIZES + tuple((2 * h, 2 * w) for h, w in SIZES),
    'six paths': ((17, 13), (9, 7), (5, 4), (5, 4), (3, 2), (3, 2)),
    'one level': ((17, 13),),
    'five levels': ((33, 25), *SIZES),
}


@pytest.mark.parametrize(
    'head_type', ['RefineNetHead', 'LightWeightRefineNetHead']
)
@pytest.mark.parametrize('name', WIRINGS)
def test_every_wiring_gives_logits_of_the_finest_size(name, head_type):
    head = build_head(head_type, **WIRINGS[name])
    sizes = PATH_SIZES.get(name, SIZES)
    inputs = features(2, head.in_channels, sizes)
    before = [x.clone() for x in inputs]
    logits = head(inputs)
    finest = max(sizes)
    assert logits.shape == (2, 3, *finest)
    assert all(map(torch.equal, inputs, before))

    logits.sum().backward()
    without = [n for n, p in head.named_parameters() if p.grad is None]
    assert not without


def test_walks_the_blocks_from_coarse_to_fine():
    head = build_head().eval()
    inputs = features()
    paths = [conv(x) for conv, x in zip(head.reductions, inputs, strict=True)]
    x = head.blocks[0]([paths[3]])
    for block, path in zip(head.blocks[1:], (2, 1, 0), strict=True):
        x = block([paths[path]], x)
    torch.testing.assert_close(head._forward_feature(inputs), x)
    torch.testing.assert_close(head(inputs), head.conv_seg(x))


def test_one_logits_tensor_in_training_and_evaluation():
    head = build_head()
    inputs = features()
    assert head.train()(inputs).shape == head.eval()(inputs).shape


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(wiring=((3,), (2,), (1,))), r'leaves out \[0\]'),
        (dict(wiring=((3,), (2,), (1,), (1,))), r'uses \[1\] twice'),
        (dict(wiring=((4,), (2,), (1,), (0,))), r'names the paths \[4\]'),
        (dict(path_channels=(8, 8, 8)), 'one width for each of the 4 paths'),
        (
            dict(path_channels=(16, 16, 16, 16)),
            r'channels=8 must be the width of the last block, 16',
        ),
        (dict(in_index=[0, 1, 2]), r'one level of the backbone for each'),
        (dict(in_index=[0, 1, 2, 2]), 'different levels'),
        (dict(in_index=-1), 'one level of the backbone for each'),
        (dict(classifier_kernel_size=2), 'kernel_size must be odd'),
        (dict(in_channels=8), 'in_channels must list the channels'),
        (dict(in_channels=[]), 'in_channels must list the channels'),
        (dict(input_transform='resize_concat'), "got 'resize_concat'"),
    ],
)
def test_refuses_what_does_not_go_together(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_head(**arguments)


def test_unknown_arguments_still_raise():
    with pytest.raises(TypeError, match='num_adapt_unit'):
        build_head(num_adapt_unit=1)


def test_names_a_level_that_the_backbone_does_not_give():
    head = build_head(in_index=[0, 1, 2, 4])
    with pytest.raises(ValueError, match=r'gives 4 levels.*\[0, 1, 2, 4\]'):
        head(features())


def test_names_channels_that_the_backbone_does_not_give():
    head = build_head(in_channels=[4, 6, 8, 12])
    with pytest.raises(ValueError, match=r'\[4, 6, 8, 520\] channels.*12\]'):
        head(features())


def test_in_index_selects_levels():
    head = build_head(in_channels=[6, 520], in_index=[1, 3])
    assert head(features()).shape[2:] == SIZES[1]


def test_wide_paths_lose_single_elements_in_training_only():
    head = build_head()
    kinds = [type(dropout) for dropout in head.feature_dropouts]
    assert kinds == [nn.Identity, nn.Identity, nn.Identity, nn.Dropout]
    drop = head.feature_dropouts[3]
    assert drop.p == 0.5
    inputs = features()
    head.train()
    head.dropout = None
    assert not torch.equal(head(inputs), head(inputs))
    head.eval()
    assert torch.equal(head(inputs), head(inputs))


@pytest.mark.parametrize(
    ('arguments', 'kind'),
    [
        (dict(), nn.Dropout),
        (dict(elementwise_dropout=False), nn.Dropout2d),
        (dict(dropout_ratio=0.0), type(None)),
    ],
)
def test_dropout_before_the_classifier(arguments, kind):
    assert type(build_head(**arguments).dropout) is kind


def test_the_classifier_is_3x3_or_1x1():
    assert build_head().conv_seg.kernel_size == (3, 3)
    head = build_head(classifier_kernel_size=1)
    assert head.conv_seg.weight.shape == (3, 8, 1, 1)
    assert head(features()).shape[2:] == SIZES[0]


def test_draws_its_weights_from_the_released_codes_normal():
    head = build_head(
        channels=64,
        init_cfg=dict(type='Normal', layer='Conv2d', std=0.01),
    )
    default = MODELS.build(
        dict(
            type='RefineNetHead', in_channels=[64], channels=64, num_classes=3
        )
    )
    for built in (head, default):
        built.init_weights()
        weight = built.blocks[0].output[0].conv1.weight
        assert weight.std().item() == pytest.approx(0.01, rel=0.05)
        assert built.conv_seg.weight.std().item() == pytest.approx(
            0.01, rel=0.1
        )


def test_init_cfg_none_leaves_torchs_default():
    head = build_head()
    before = copy.deepcopy(head.state_dict())
    head.init_weights()
    torch.testing.assert_close(head.state_dict(), before)


def test_norm_and_activation_reach_every_part():
    head = build_head(norm_cfg=dict(type='BN'), act_cfg=dict(type='ReLU6'))
    kinds = [type(module) for module in head.modules()]
    assert nn.ReLU not in kinds
    assert nn.ReLU6 in kinds
    convs = kinds.count(nn.Conv2d) - 1  # the classifier has none
    assert kinds.count(nn.BatchNorm2d) == convs
    assert head(features()).shape[2:] == SIZES[0]


def labels(size, values):
    sample = SegDataSample()
    sample.gt_sem_seg = PixelData(data=torch.randint(0, values, (1, *size)))
    return sample


@pytest.mark.parametrize(
    ('arguments', 'names', 'values'),
    [
        (dict(), {'loss_ce', 'acc_seg'}, 3),
        (
            dict(
                loss_decode=[
                    dict(type='CrossEntropyLoss', loss_name='loss_ce'),
                    dict(type='DiceLoss', loss_name='loss_dice'),
                ]
            ),
            {'loss_ce', 'loss_dice', 'acc_seg'},
            3,
        ),
        (
            dict(sampler=dict(type='OHEMPixelSampler', min_kept=50)),
            {'loss_ce', 'acc_seg'},
            3,
        ),
        (
            dict(
                num_classes=2,
                out_channels=1,
                threshold=0.4,
                loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True),
            ),
            {'loss_ce', 'acc_seg'},
            2,
        ),
    ],
)
def test_losses_of_the_base_head(arguments, names, values):
    head = build_head(**arguments)
    samples = [labels((65, 49), values) for _ in range(2)]
    losses = head.loss(features(), samples, None)
    assert set(losses) == names
    total = sum(losses[name] for name in names - {'acc_seg'})
    total.backward()
    assert torch.isfinite(total)
    assert head.conv_seg.weight.grad.abs().sum() > 0


@pytest.mark.parametrize(
    'copied', [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_and_pickles(copied):
    head = build_head().eval()
    inputs = features()
    torch.testing.assert_close(copied(head)(inputs), head(inputs))
