"""Unusual input tensors of heads, and images of segmentors."""

import torch
from mmseg.registry import MODELS
from support.faults import FaultRows
from support.networks import make_refinenet_config

ROWS = FaultRows()
CHANNELS, SIZES = (4, 6, 8, 10), ((17, 13), (9, 7), (5, 4), (3, 2))
HEADS = ('RefineNetHead', 'LightWeightRefineNetHead')


def build_head(kind, **arguments):
    torch.manual_seed(0)
    config = dict(
        type=kind,
        in_channels=list(CHANNELS),
        channels=8,
        num_classes=3,
        init_cfg=None,
    )
    return MODELS.build({**config, **arguments}).eval()


def features(batch_size=2, sizes=SIZES):
    return [
        torch.randn(batch_size, width, *size)
        for width, size in zip(CHANNELS, sizes, strict=True)
    ]


def same_logits(fault, change, outcome='the same logits', error=1e-5):
    """Register inputs that both heads take as they take plain ones."""

    @ROWS.right(fault, 'heads', outcome)
    def compare(folder):
        for kind in HEADS:
            head = build_head(kind)
            inputs = features()
            with torch.no_grad():
                plain = head(inputs)
                head, inputs = change(head, inputs)
                logits = head(inputs)
            assert (logits.float() - plain).abs().max() <= error
            assert plain.abs().max() > 0.1


def refuse(fault, error, match, names, change, **arguments):
    @ROWS.refused(fault, 'heads', error, match, names)
    def run_it(folder):
        change(build_head('RefineNetHead', **arguments), features())


def in_dtype(dtype):
    return lambda head, inputs: (head.to(dtype), [x.to(dtype) for x in inputs])


def strided(x):
    wide = torch.zeros(*x.shape[:2], 2 * x.shape[2], 3 * x.shape[3])
    view = wide[:, :, ::2, 1::3]
    view.copy_(x)
    assert not view.is_contiguous()
    return view


def channels_last(x):
    return x.contiguous(memory_format=torch.channels_last)


same_logits(
    'non-contiguous features', lambda head, xs: (head, list(map(strided, xs)))
)
same_logits(
    'channels_last features, plain weights',
    lambda head, xs: (head, list(map(channels_last, xs))),
)
same_logits(
    'channels_last weights, plain features',
    lambda head, xs: (head.to(memory_format=torch.channels_last), xs),
)
same_logits(
    'bf16 weights and features',
    in_dtype(torch.bfloat16),
    'the same logits within the precision',
    0.1,
)
same_logits(
    'fp16 weights and features',
    in_dtype(torch.float16),
    'the same logits within the precision',
    0.02,
)


@ROWS.right('fp32 weights under autocast', 'heads', 'as in bf16')
def autocast(folder):
    for kind in HEADS:
        head, inputs = build_head(kind), features()
        plain = head(inputs)
        with torch.autocast('cpu', torch.bfloat16):
            logits = head([x.bfloat16() for x in inputs])
        assert (logits - plain).abs().max() < 0.1


refuse(
    *('fp16 features, fp32 weights', RuntimeError),
    r'Half.*[Ff]loat',
    'both types',
    lambda head, xs: head([x.half() for x in xs]),
)
refuse(
    *('level without pixels', ValueError),
    r'\(0, 2\)\] pixels \(height, width\): one has none',
    'the sizes of all levels',
    lambda head, xs: head([*xs[:3], xs[3][:, :, :0]]),
)
refuse(
    *('wrong channels', ValueError),
    r'4 levels of \[4, 6, 8, 3\] channels, but decode_head\.in_index=',
    '`decode_head.in_channels`',
    lambda head, xs: head([*xs[:3], xs[3][:, :3]]),
)
refuse(
    *('level missing', ValueError),
    r'gives 3 levels .* decode_head\.in_index=\[0, 1, 2, 3\]',
    '`decode_head.in_index`',
    lambda head, xs: head(xs[:3]),
)


@ROWS.right('empty batch', 'heads', 'empty logits of the right shape')
def empty_batch(folder):
    for kind in HEADS:
        logits = build_head(kind)([x[:0] for x in features()])
        assert logits.shape == (0, 3, *SIZES[0])


@ROWS.right(
    'NaN or Inf in one image of a batch', 'heads', 'the others as without it'
)
def one_bad_image(folder):
    for kind in HEADS:
        for value in (float('nan'), float('inf')):
            head, inputs = build_head(kind), features(3)
            plain = head(inputs)
            for x in inputs:
                x[1, :, :1] = value
            logits = head(inputs)
            assert torch.equal(logits[[0, 2]], plain[[0, 2]])
            assert not logits[1].isfinite().all()


@ROWS.right('images in fp16', 'segmentors', 'the same loss as in fp32')
def half_images(folder):
    model = MODELS.build(make_refinenet_config().model).eval()
    images = torch.randint(0, 256, (2, 3, 32, 32))
    results = [
        model.data_preprocessor(dict(inputs=list(images.to(dtype))))['inputs']
        for dtype in (torch.float32, torch.float16, torch.uint8)
    ]
    assert all(torch.equal(result, results[0]) for result in results)


@ROWS.parametrize()
def test_bad_tensor(row, tmp_path):
    row.run(tmp_path)
