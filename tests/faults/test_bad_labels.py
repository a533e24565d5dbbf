"""Label maps that are damaged or of another image."""

from types import SimpleNamespace

import numpy as np
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.registry import DATASETS, HOOKS, METRICS, MODELS
from mmseg.structures import SegDataSample
from PIL import Image
from support.faults import FaultRows
from support.networks import encode, make_refinenet_config, pixels

from refinenet_mmseg.configs import use_strict_loading

ROWS = FaultRows()
TURNED_TAG = 0x0112
LABELS = (np.arange(40 * 56).reshape(40, 56) // 90).astype(np.uint8)
TRUE_LABELS = LABELS % 3


def load(folder, label, suffix='.png', image=None):
    """Load an image and its label map as training does."""
    for name, content in (
        ('in/a.jpg', image or encode(pixels(), '.jpg')),
        (f'ann/a{suffix}', label),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        if content is not None:
            (folder / name).write_bytes(content)
    config = dict(
        type='FolderDataset',
        data_root=str(folder),
        data_prefix=dict(img_path='in', seg_map_path='ann'),
        seg_map_suffix=suffix,
        metainfo=dict(classes=('a', 'b', 'c')),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
            dict(type='PackSegInputs'),
        ],
    )
    # as SafeRunner does
    return DATASETS.build(use_strict_loading(config))[0]


def loaded_labels(*arguments, **options):
    sample = load(*arguments, **options)['data_samples']
    return sample.gt_sem_seg.data[0].numpy()


def same(fault, label, expected, **options):
    @ROWS.right(fault, 'training', 'the labels as they were saved')
    def compare(folder):
        np.testing.assert_array_equal(
            loaded_labels(folder, label, **options), expected
        )


def refuse(fault, error, match, names, label, **options):
    @ROWS.refused(fault, 'training', error, match, names)
    def load_it(folder):
        load(folder, label, **options)


def with_palette(labels):
    image = Image.fromarray(labels)
    image.putpalette([value for c in range(256) for value in (c, 9, 255 - c)])
    return encode(image)


TURNED = Image.Exif()
TURNED[TURNED_TAG] = 6
TURNED_IMAGE = encode(pixels(), '.jpg', exif=TURNED)
PNG = encode(TRUE_LABELS)
UNREADABLE = r'cannot read the label map \S*/ann/a\.png: '
NO_PAIR = r'label map \S*ann/a\.png is of {} pixels, its image \S*in/a\.jpg of'
DEEP = (TRUE_LABELS.astype(np.uint16), LABELS.astype(np.uint16) + 250)

refuse(
    'PNG cut in half', OSError, UNREADABLE, 'the file', PNG[: len(PNG) // 2]
)
refuse('empty file', OSError, UNREADABLE, 'the file', b'')
refuse('text', OSError, UNREADABLE, 'the file', b'no label map')
refuse(
    *('label map of another size', ValueError),
    *(NO_PAIR.format('30x20'), 'both files, both sizes'),
    encode(TRUE_LABELS[:20, :30]),
)
refuse(
    *('image turned by its EXIF tag, label map not', ValueError),
    *(NO_PAIR.format('56x40') + ' 40x56', 'both files, both sizes'),
    PNG,
    image=TURNED_IMAGE,
)
same(
    'image turned by its EXIF tag, label map upright',
    encode(np.ascontiguousarray(TRUE_LABELS.T)),
    TRUE_LABELS.T,
    image=TURNED_IMAGE,
)
refuse(
    *('label map painted in colors', ValueError),
    r'ann/a\.png has the shape \(40, 56, 3\) rather than \(H, W\)',
    'the file',
    encode(pixels()),
)
refuse(
    *('label map as JPEG', ValueError),
    r'ann/a\.jpg is a JPEG, which changes values',
    'the file',
    encode(LABELS, '.jpg'),
    suffix='.jpg',
)
same('16-bit label map of small values', encode(DEEP[0]), TRUE_LABELS)
refuse(
    *('16-bit label map of values beyond 255', ValueError),
    r'ann/a\.png has values from 250 to 274; labels have 8 bits',
    'the file and the values',
    encode(DEEP[1]),
)
same('label map with a palette', with_palette(TRUE_LABELS), TRUE_LABELS)
same(
    '1-bit label map',
    encode(Image.fromarray(TRUE_LABELS == 1)),
    TRUE_LABELS == 1,
)
for _height, _width in ((1, 56), (40, 1), (1, 1)):
    _short = np.ascontiguousarray(TRUE_LABELS[:_height, :_width])
    same(
        f'label map of {_width}x{_height} pixels',
        encode(_short),
        _short,
        image=encode(pixels(_height, _width), '.jpg'),
    )
refuse(
    *('label map that is missing', FileNotFoundError),
    r'1 of 1 label maps of the images are missing: \S*ann/a\.png',
    'the file',
    None,
)


def run_hook(stage, sample, head=None):
    """Pass a batch to the hook that checks labels, as a loop does."""
    head = head or SimpleNamespace(num_classes=3, ignore_index=255)
    evaluator = Evaluator(METRICS.build(dict(type='IoUMetric')))
    runner = SimpleNamespace(
        model=SimpleNamespace(decode_head=head),
        val_evaluator=evaluator,
        test_evaluator=evaluator,
    )
    hook = HOOKS.build(dict(type='CheckInvalidLabelHook'))
    batch = dict(inputs=[], data_samples=[sample])
    getattr(hook, f'before_{stage}_iter')(runner, 0, data_batch=batch)


def wrong_value(stage, met_by):
    @ROWS.refused(
        *('label that is no class', met_by, ValueError),
        r'ann/a\.png of \S*in/a\.jpg holds the values \[3, 200\].*3 classes',
        'both files, the values and the remedy',
    )
    def check(folder):
        labels = TRUE_LABELS.copy()
        labels[0, :3] = 3, 200, 255
        run_hook(stage, load(folder, encode(labels))['data_samples'])


for _stage, _met_by in (
    *(('train', 'training'), ('val', 'validation')),
    ('test', '`test.py`'),
):
    wrong_value(_stage, _met_by)


@ROWS.right(
    'label of the ignored value, test-time augmentation, a binary head',
    'training',
    'no error',
)
def ignored_value(folder):
    labels = TRUE_LABELS.copy()
    labels[0] = 255
    sample = load(folder, encode(labels))['data_samples']
    for stage in ('train', 'val', 'test'):
        run_hook(stage, sample)
    run_hook('test', [sample])
    binary = SimpleNamespace(num_classes=1, ignore_index=255)
    run_hook('train', load(folder, encode(LABELS % 2))['data_samples'], binary)


LOSSES = {
    'cross entropy': dict(type='CrossEntropyLoss'),
    'cross entropy over labeled pixels': dict(
        type='CrossEntropyLoss', avg_non_ignore=True
    ),
    'class-weighted cross entropy': dict(
        type='ClassWeightedCrossEntropyLoss',
        class_weight=[1.0, 2.0, 3.0],
        avg_non_ignore=True,
    ),
    'binary cross entropy': dict(type='CrossEntropyLoss', use_sigmoid=True),
    'Tversky loss': dict(type='TverskyLoss'),
    'Dice loss': dict(type='DiceLoss'),
}


def all_ignored(name, loss, **head):
    @ROWS.right(
        *(f'crop without a labeled pixel, {name}', 'training'),
        'a finite loss, finite gradients',
    )
    def train(folder):
        config = make_refinenet_config(loss_decode=loss, **head)
        model = MODELS.build(config.model).train()
        sample = SegDataSample(
            gt_sem_seg=PixelData(data=torch.full((1, 32, 32), 255))
        )
        losses = model.loss(torch.randn(2, 3, 32, 32), [sample] * 2)
        total, _ = model.parse_losses(losses)
        total.backward()
        assert total.isfinite()
        for parameter in model.parameters():
            assert parameter.grad.isfinite().all()


for _name, _loss in LOSSES.items():
    all_ignored(_name, _loss)
all_ignored(
    'hard pixels alone',
    LOSSES['cross entropy'],
    sampler=dict(type='OHEMPixelSampler', min_kept=10),
)


@ROWS.parametrize()
def test_bad_label(row, tmp_path):
    row.run(tmp_path)
