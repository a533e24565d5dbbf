"""Checkpoints that are damaged or of another network."""

import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from support.faults import FaultRows
from support.networks import (
    encode,
    make_refinenet_config,
    pixels,
    refinenet_weights,
    save_refinenet_weights,
)
from support.runs import resume, run_test, start_from

from refinenet_mmseg.inference import Predictor, load_segmentor

ROWS = FaultRows()
NAN, INF = float('nan'), float('inf')
WEIGHT, MOMENT = 'backbone.conv1.weight', 'backbone.bn1.running_var'
CLASSIFIER = 'decode_head.conv_seg.bias'


def load(folder, content):
    path = folder / 'bad.pth'
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    return load_segmentor(make_refinenet_config(), path, 'cpu')


def changed(name, value):
    return {name: torch.full_like(refinenet_weights()[name], value)}


def saved(folder, changes={}):
    return save_refinenet_weights(folder / 'bad.pth', changes)


def other_network():
    init_default_scope('mmseg')
    config = make_refinenet_config(channels=8)
    config.model.backbone.base_channels = 8
    config.model.decode_head.in_channels = [8, 16, 32, 64]
    return MODELS.build(config.model).state_dict()


def strangers_weights():
    return {f'layers.{i}.weight': torch.ones(3, 3) for i in range(5)}


def whole_file(folder):
    return saved(folder).read_bytes()


def refuse_file(fault, make, match=r'bad\.pth (is damaged|into the model)'):
    @ROWS.refused(fault, '`predict`', ValueError, match, 'the file')
    def load_it(folder):
        load(folder, make(folder))


refuse_file('cut in half', lambda f: whole_file(f)[: len(whole_file(f)) // 2])
refuse_file(
    'its second half zeros', lambda f: whole_file(f)[:9000] + bytes(9000)
)
refuse_file('empty file', lambda f: b'')
refuse_file('web page under its name', lambda f: b'<html>404</html>')
refuse_file(
    'list instead of weights',
    lambda f: [1, 2],
    r'bad\.pth is no checkpoint: .* it holds \[1, 2\]',
)
refuse_file(
    'weights that are numbers', lambda f: {'state_dict': {WEIGHT: 1.0}}
)
refuse_file(
    'weights without a part of the network',
    lambda f: {
        k: v for k, v in refinenet_weights().items() if k != CLASSIFIER
    },
    r'bad\.pth lacks 1 parameters of the model, decode_head\.conv_seg\.bias',
)
refuse_file(
    'weights of another width',
    lambda f: other_network(),
    r'cannot load \S*bad\.pth into the model: .*size mismatch',
)
refuse_file(
    "a stranger's weights",
    lambda f: strangers_weights(),
    r'bad\.pth lacks \d+ parameters',
)
for _met_by, _load in (
    (
        '`predict`',
        lambda path: load_segmentor(make_refinenet_config(), path, 'cpu'),
    ),
    ('`test.py`', run_test),
    ('`--resume`', lambda path: resume(path.parent, weights=path)),
):
    for _fault, _name, _value in (
        ('NaN in a weight', WEIGHT, NAN),
        ('Inf in a moment of batch norm', MOMENT, INF),
    ):

        @ROWS.refused(
            *(_fault, _met_by, ValueError),
            rf'1 weights in \S*\.pth are not finite, {_name} among them',
            'the file and the weight',
        )
        def load_bad_numbers(folder, load=_load, name=_name, value=_value):
            load(saved(folder, changed(name, value)))


@ROWS.refused(
    *('numbers so large that scores overflow', '`predict`', ValueError),
    r'scores for \S*a\.png that are not finite',
    'the image',
)
def overflow(folder):
    model = load(folder, {**refinenet_weights(), **changed(WEIGHT, 3e38)})
    (folder / 'a.png').write_bytes(encode(pixels()))
    Predictor(model)(folder / 'a.png')


@ROWS.right(
    *('meta that is a list, classes that are numbers', '`predict`'),
    'names and colors are generated',
)
def odd_meta(folder):
    odd = [1], None, 'text', {1: 2}, {'classes': 5}, {'classes': 'abc'}
    for meta in (*odd, *({'dataset_meta': each} for each in odd)):
        model = load(folder, {'state_dict': refinenet_weights(), 'meta': meta})
        assert len(model.dataset_meta['classes']) == 3
        assert len(model.dataset_meta['palette']) == 3


@ROWS.right('weights saved in fp16', '`predict`', 'weights of the same values')
def half_weights(folder):
    half = {
        k: v.half() if v.is_floating_point() else v
        for k, v in refinenet_weights().items()
    }
    model = load(folder, half)
    loaded = model.state_dict()[WEIGHT]
    assert loaded.dtype == torch.float32
    assert torch.equal(loaded, half[WEIGHT].float())


@ROWS.right(
    'names with `module.` before them', '`predict`, `test.py`', 'the weights'
)
def wrapped_names(folder):
    wrapped = {
        f'module.{name}': value for name, value in refinenet_weights().items()
    }
    model = load(folder, wrapped)
    assert torch.equal(model.state_dict()[WEIGHT], refinenet_weights()[WEIGHT])
    torch.save(wrapped, folder / 'bad.pth')
    run_test(folder / 'bad.pth')


for _fault, _make, _match in (
    (
        "a stranger's weights",
        strangers_weights,
        'no weight of the checkpoint fits EncoderDecoder: the one has layers',
    ),
    ('weights of another width', other_network, 'bad.pth has .* of shape'),
):

    @ROWS.refused(
        *(_fault, '`test.py`', ValueError),
        *(_match, 'the first weights that differ'),
    )
    def evaluate_foreign(folder, make=_make):
        torch.save(make(), folder / 'bad.pth')
        run_test(folder / 'bad.pth')


@ROWS.refused(
    *("a stranger's weights", '`load_from`', ValueError),
    r'no weight of the checkpoint fits EncoderDecoder: the one has layers\.0',
    'the first weights of both, `load_from`',
)
def start_from_foreign(folder):
    torch.save(strangers_weights(), folder / 'bad.pth')
    start_from(folder, load_from=str(folder / 'bad.pth'))


@ROWS.refused(
    *("a stranger's weights", '`init_cfg.checkpoint`', ValueError),
    r'no weight of the checkpoint fits ResNet: the one has layers\.0',
    'the first weights of both, `init_cfg.checkpoint`',
)
def initialize_from_foreign(folder):
    torch.save(strangers_weights(), folder / 'bad.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(folder / 'bad.pth'))
    start_from(folder, **{'model.backbone.init_cfg': init_cfg})


@ROWS.right(
    *('weights of other classes', '`load_from`'),
    'a training from all weights but the classifier',
)
def other_classes(folder):
    changes = {
        'decode_head.conv_seg.weight': torch.ones(7, 4, 3, 3),
        CLASSIFIER: torch.ones(7),
    }
    model = start_from(folder, load_from=str(saved(folder, changes)))
    assert torch.equal(model.state_dict()[WEIGHT], refinenet_weights()[WEIGHT])


@ROWS.refused(
    *('weights without a training', '`--resume`', ValueError),
    r'bad\.pth holds no training to resume: it lacks message_hub',
    'the file and what it lacks',
)
def resume_weights_alone(folder):
    start_from(folder, load_from=str(saved(folder)), resume=True)


for _fault, _met_by, _load in (
    ('cut in half', '`test.py`', run_test),
    (
        'cut in half',
        '`load_from`',
        lambda path: start_from(path.parent, load_from=str(path)),
    ),
):

    @ROWS.refused(
        *(_fault, _met_by, ValueError),
        r'bad\.pth is damaged or no checkpoint',
        'the file',
    )
    def load_half(folder, load=_load):
        content = whole_file(folder)
        (folder / 'bad.pth').write_bytes(content[: len(content) // 2])
        load(folder / 'bad.pth')


@ROWS.refused(
    *('missing file', '`test.py`', FileNotFoundError),
    r'There is no checkpoint \S*nowhere\.pth',
    'the file',
)
def missing_file(folder):
    run_test(folder / 'nowhere.pth')


@ROWS.parametrize()
def test_bad_checkpoint(row, tmp_path):
    row.run(tmp_path)


def test_a_training_resumes_from_its_own_checkpoint(tmp_path):
    """The runs above fail only because of the planted faults."""
    assert resume(tmp_path).iter == 2
