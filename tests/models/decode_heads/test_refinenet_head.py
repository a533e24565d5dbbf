import copy
import pickle

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from support.heads import CHANNELS, HEADS, SIZES, build_head, features
from torch import nn

from refinenet_mmseg.models import RefineNetHead, ResidualConvUnit
from refinenet_mmseg.models.decode_heads.refinenet_head import (
    downsample_labels,
)

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


@pytest.mark.parametrize('head_type', HEADS)
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
        (dict(pooling=[{}, {}]), r'pooling .* wiring has 4 blocks, got 2'),
        (dict(in_channels=8), 'in_channels must list the channels'),
        (dict(in_channels=[]), 'in_channels must list the channels'),
        (dict(input_transform='resize_concat'), "got 'resize_concat'"),
    ],
)
def test_refuses_what_does_not_go_together(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_head(**arguments)


@pytest.mark.parametrize('brackets', ['()', '[]'])
def test_a_config_file_lists_the_parts_of_each_block(brackets, tmp_path):
    start, end = brackets
    path = tmp_path / 'config.py'
    path.write_text(
        "head = dict(type='LightWeightRefineNetHead', num_classes=3,\n"
        '    in_channels=(4, 6, 8, 520), channels=8,\n'
        f'    unit={start}None, dict(kernel_size=3), None, None{end},\n'
        f'    fusion={start}{{}}, {{}}, dict(kernel_size=3), {{}}{end},\n'
        f'    pooling={start}{{}}, dict(num_stages=2), None,\n'
        f'        dict(depthwise=True){end})\n'
    )
    config = Config.fromfile(path)
    head = MODELS.build(config.head)

    poolings = [block.pool for block in head.blocks]
    assert isinstance(poolings[2], nn.Identity)
    weights = [
        [stage.conv.weight.shape for stage in poolings[index].stages]
        for index in (0, 1, 3)
    ]
    # Blocks of 16, 8, 8 and 8 channels
    assert weights == [
        [(16, 16, 1, 1)] * 4,
        [(8, 8, 1, 1)] * 2,
        [(8, 1, 1, 1)] * 4,
    ]
    units = [len(block.output) for block in head.blocks]
    assert units == [0, 3, 0, 0]
    kernels = [block.fuse.convs[0].kernel_size for block in head.blocks[1:]]
    assert kernels == [(1, 1), (3, 3), (1, 1)]
    assert head(features()).shape == (2, 3, *SIZES[0])


def test_an_option_of_the_command_line_changes_one_block():
    head = dict(
        type='LightWeightRefineNetHead',
        in_channels=[4, 6, 8, 520],
        channels=8,
        num_classes=3,
        pooling=[{}, {}, {}, {}],
    )
    config = Config(dict(head=head))
    config.merge_from_dict({'head.pooling.3.depthwise': True})
    blocks = MODELS.build(config.head).blocks
    groups = [block.pool.stages[0].conv.groups for block in blocks]
    assert groups == [1, 1, 1, 8]


def test_a_list_of_equal_configs_is_the_one_config():
    one = build_head(pooling=dict(num_stages=2)).eval()
    each = build_head(pooling=[dict(num_stages=2)] * 4).eval()
    each.load_state_dict(one.state_dict())
    inputs = features()
    assert torch.equal(each(inputs), one(inputs))


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


def labeled_samples(labels):
    return [
        SegDataSample(gt_sem_seg=PixelData(data=label[None]))
        for label in labels
    ]


@pytest.mark.parametrize('dtype', [torch.int64, torch.uint8])
def test_downsampled_labels_are_those_of_the_center_pixels(dtype):
    label = torch.arange(12 * 9).reshape(12, 9).to(dtype)
    given = labeled_samples([label])
    (downsampled,) = downsample_labels(given, (4, 3))
    assert downsampled.gt_sem_seg.data.dtype == dtype
    assert torch.equal(downsampled.gt_sem_seg.data[0], label[1::3, 1::3])
    assert torch.equal(given[0].gt_sem_seg.data[0], label)


def logits_and_labels():
    labels = torch.randint(0, 3, (2, 12, 9))
    labels[:, :4] = 255
    return torch.randn(2, 3, 4, 3, requires_grad=True), labels


def test_loss_at_the_logits_size():
    head = build_head(loss_at_logits_size=True)
    logits, labels = logits_and_labels()
    logits = logits.detach()
    losses = head.loss_by_feat(logits, labeled_samples(labels))
    small = labels[:, 1::3, 1::3]
    expected = F.cross_entropy(
        logits, small, ignore_index=255, reduction='sum'
    )
    assert losses['loss_ce'] == pytest.approx(expected.item() / small.numel())
    right = (logits.argmax(1) == small)[small != 255].float().mean()
    assert losses['acc_seg'].item() == pytest.approx(100 * right.item())
    default = build_head().loss_by_feat(logits, labeled_samples(labels))
    assert default['loss_ce'] != pytest.approx(losses['loss_ce'].item())


@pytest.mark.parametrize(
    'arguments',
    [
        dict(sampler=dict(type='OHEMPixelSampler', thresh=0.7, min_kept=3)),
        dict(
            loss_decode=[
                dict(type='CrossEntropyLoss', loss_name='loss_ce'),
                dict(type='DiceLoss', loss_name='loss_dice'),
            ]
        ),
    ],
)
def test_loss_at_the_logits_size_with_hard_examples_or_several_losses(
    arguments,
):
    head = build_head(loss_at_logits_size=True, **arguments)
    logits, labels = logits_and_labels()
    losses = head.loss_by_feat(logits, labeled_samples(labels))
    sum(v for name, v in losses.items() if 'loss' in name).backward()
    assert logits.grad.abs().sum() > 0


def test_loss_at_the_logits_size_with_one_logit_for_two_classes():
    head = build_head(
        loss_at_logits_size=True,
        num_classes=2,
        out_channels=1,
        threshold=0.5,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True),
    )
    logits, labels = logits_and_labels()
    labels = labels.clamp(max=1)
    losses = head.loss_by_feat(logits[:, :1], labeled_samples(labels))
    expected = F.binary_cross_entropy_with_logits(
        logits[:, 0], labels[:, 1::3, 1::3].float()
    )
    assert losses['loss_ce'].item() == pytest.approx(expected.item())


def test_light_weight_is_the_same_head_with_1x1_kernels_and_no_units():
    light = build_head('LightWeightRefineNetHead')
    plain = build_head(kernel_size=1, unit=None, dropout_ratio=0.0)
    assert isinstance(light, RefineNetHead)
    plain.load_state_dict(light.state_dict())
    inputs = features()
    light.eval()
    plain.eval()
    torch.testing.assert_close(light(inputs), plain(inputs))


def test_light_weight_has_only_a_3x3_classifier():
    head = build_head('LightWeightRefineNetHead')
    sizes = {
        name: module.kernel_size
        for name, module in head.named_modules()
        if isinstance(module, nn.Conv2d)
    }
    assert sizes.pop('conv_seg') == (3, 3)
    assert set(sizes.values()) == {(1, 1)}
    assert not any(isinstance(m, ResidualConvUnit) for m in head.modules())
    assert head.dropout is None


def test_light_weight_may_have_units():
    head = build_head(
        'LightWeightRefineNetHead', unit=dict(type='ResidualConvUnit')
    )
    assert head.blocks[0].output[0].conv1.kernel_size == (1, 1)
    assert head(features()).shape[2:] == SIZES[0]
