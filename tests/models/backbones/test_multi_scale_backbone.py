import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

BACKBONE = dict(
    type='ResNet',
    depth=18,
    stem_channels=8,
    base_channels=8,
    norm_cfg=dict(type='BN'),
    style='pytorch',
)
WIDTHS = [8, 16, 32, 64]


def build(scales=(0.6, 1.2), backbone=BACKBONE, **arguments):
    return MODELS.build(
        dict(
            type='MultiScaleBackbone',
            backbone=backbone,
            scales=scales,
            **arguments,
        )
    )


def resized(image, size, align_corners=False):
    return F.interpolate(
        image, size, mode='bilinear', align_corners=align_corners
    )


def assert_same(given, expected):
    assert len(given) == len(expected)
    for one, other in zip(given, expected, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize('align_corners', [False, True])
@pytest.mark.parametrize(
    ('size', 'smaller', 'larger'),
    [
        ((40, 60), (24, 36), (48, 72)),
        # 20.4 and 29.4 down, 31.8 and 22.2; 40.8 up and 58.8, 63.6 and 44.4
        ((34, 49), (20, 29), (41, 59)),
        ((53, 37), (32, 22), (64, 44)),
        # 22.5 is rounded up, as by mmcv
        ((75, 35), (45, 21), (90, 42)),
    ],
)
def test_is_the_backbone_on_resized_images(
    size, smaller, larger, align_corners
):
    model = build(align_corners=align_corners).eval()
    image = torch.randn(2, 3, *size)
    first, second = model.backbones
    assert_same(
        model(image),
        [
            *first(resized(image, smaller, align_corners)),
            *second(resized(image, larger, align_corners)),
        ],
    )


def test_halves_are_rounded_up():
    model = build(scales=(0.5,)).eval()
    image = torch.randn(1, 3, 33, 45)
    assert_same(model(image), model.backbones[0](resized(image, (17, 23))))


@pytest.mark.parametrize('size', [(1, 1), (1, 40)])
def test_an_image_keeps_at_least_a_pixel(size):
    paths = build(scales=(0.1, 1.2)).eval()(torch.randn(1, 3, *size))
    assert [path.shape[1] for path in paths] == WIDTHS * 2


def test_all_paths_of_the_first_scale_come_first():
    paths = build()(torch.randn(2, 3, 160, 80))
    assert [path.shape[1] for path in paths] == WIDTHS * 2
    assert [tuple(path.shape[2:]) for path in paths] == [
        (24, 12),
        (12, 6),
        (6, 3),
        (3, 2),
        (48, 24),
        (24, 12),
        (12, 6),
        (6, 3),
    ]


@pytest.mark.parametrize('scale', [1, 1.0])
def test_a_scale_of_1_keeps_the_image(scale):
    model = build(scales=(scale, 1.2))
    seen = []
    model.backbones[0].register_forward_pre_hook(
        lambda module, inputs: seen.append(inputs[0])
    )
    image = torch.randn(1, 3, 41, 32)
    model(image)
    assert seen[0] is image


def test_weights_are_separate():
    model = build()
    model.init_weights()
    first, second = (
        dict(backbone.named_parameters()) for backbone in model.backbones
    )
    assert not {id(p) for p in first.values()} & {
        id(p) for p in second.values()
    }
    assert not torch.equal(first['conv1.weight'], second['conv1.weight'])


def test_every_copy_starts_from_the_pretrained_weights(tmp_path):
    source = MODELS.build(BACKBONE)
    for parameter in source.parameters():
        torch.nn.init.normal_(parameter)
    file = tmp_path / 'weights.pth'
    torch.save(source.state_dict(), file)
    model = build(
        backbone=dict(
            **BACKBONE, init_cfg=dict(type='Pretrained', checkpoint=str(file))
        )
    )
    model.init_weights()
    for backbone in model.backbones:
        state = backbone.state_dict()
        assert all(
            torch.equal(value, state[name])
            for name, value in source.state_dict().items()
        )


def test_its_own_init_cfg_reaches_every_backbone():
    model = build(
        backbone=dict(**BACKBONE, init_cfg=[]),
        init_cfg=dict(type='Constant', layer='Conv2d', val=0.25),
    )
    model.init_weights()
    for backbone in model.backbones:
        assert (backbone.conv1.weight == 0.25).all()


def test_norm_eval_holds_in_every_backbone():
    model = build(backbone=dict(**BACKBONE, norm_eval=True))
    assert model.train() is model
    for backbone in model.backbones:
        assert backbone.training
        assert not backbone.bn1.training
    before = [
        backbone.bn1.running_mean.clone() for backbone in model.backbones
    ]
    model(torch.randn(2, 3, 32, 32))
    after = [backbone.bn1.running_mean for backbone in model.backbones]
    assert_same(after, before)


def test_a_backbone_of_a_single_level():
    # which it hands over as a map, not as a sequence
    backbone = dict(
        type='MobileNetV2', widen_factor=0.1, out_indices=(6,), init_cfg=[]
    )
    paths = build(backbone=backbone)(torch.randn(2, 3, 64, 64))
    assert [path.ndim for path in paths] == [4, 4]


class UsingUp(torch.nn.Module):
    def __init__(self, extra):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, extra.pop('width'), 1)


def test_a_backbone_may_use_up_its_arguments():
    config = dict(type=UsingUp, extra=dict(width=5))
    widths = [
        one.conv.out_channels for one in build(backbone=config).backbones
    ]
    assert widths == [5, 5]
    assert config['extra'] == dict(width=5)


@pytest.mark.parametrize(
    ('scales', 'message'),
    [
        (1.2, r'a sequence of numbers such as \(0\.6, 1\.2\), got 1\.2'),
        ('1.2', r"a sequence of numbers .* got '1\.2'"),
        (None, 'a sequence of numbers .* got None'),
        ((), 'at least one scale, got none'),
        ((1.2, 0), r'got \[0\] in scales=\[1\.2, 0\]'),
        ((-0.6, 1.2), r'got \[-0\.6\]'),
        ((float('nan'), float('inf')), r'got \[nan, inf\]'),
        (('0.6', True), r"got \['0\.6', True\]"),
    ],
)
def test_refuses_wrong_scales(scales, message):
    with pytest.raises(ValueError, match=message):
        build(scales=scales)


def test_2_scale_cascade():
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            backbone=dict(
                type='MultiScaleBackbone',
                backbone=dict(**BACKBONE, zero_init_residual=False),
                scales=(0.6, 1.2),
            ),
            decode_head=dict(
                type='RefineNetHead',
                in_channels=WIDTHS * 2,
                in_index=list(range(8)),
                wiring=((3, 7), (2, 6), (1, 5), (0, 4)),
                channels=8,
                path_channels=[8, 8, 8, 16] * 2,
                num_classes=3,
                init_cfg=None,
            ),
        )
    )
    model.init_weights()
    assert [block.channels for block in model.decode_head.blocks] == [
        16,
        8,
        8,
        8,
    ]
    image = torch.randn(2, 3, 75, 64)
    # the finest path: 90 by 77 pixels at stride 4
    assert model._forward(image).shape == (2, 3, 23, 20)
    sample = SegDataSample(
        gt_sem_seg=PixelData(data=torch.randint(3, (1, 75, 64)))
    )
    loss = model.loss(image, [sample, sample])
    loss['decode.loss_ce'].backward()
    without = [
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    assert without == []
