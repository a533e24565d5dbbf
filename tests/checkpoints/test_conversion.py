import functools
import importlib.util
import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmseg.apis import init_model
from support import published_networks
from support.commands import run_tool

import refinenet_mmseg
from refinenet_mmseg.checkpoints import (
    convert,
    convert_file,
    print_report,
)
from refinenet_mmseg.checkpoints.recognition import recognize

# The last residual block but one of either backbone and all of that stage.
LAST_BLOCK = re.compile(r'layer(4\.2|7\.2)\.')
SHARED = Path(__file__).resolve().parents[3] / 'shared' / 'reference'


def converted_model(checkpoint, folder, config=None):
    """Load a converted checkpoint as a user does, by name and strictly."""
    path = folder / 'converted.pth'
    torch.save(checkpoint, path)
    assert torch.load(path, weights_only=True)['meta'] == checkpoint['meta']
    meta = checkpoint['meta']
    config = config or refinenet_mmseg.config_path(meta['config'])
    options = meta['cfg_options']
    model = init_model(config, str(path), 'cpu', cfg_options=options)
    names = checkpoint['state_dict']
    assert list(names) == list(model.state_dict())
    return model


def logits_of(model, image):
    with torch.no_grad():
        return model.decode_head(model.backbone(image)).float()


def assert_parity(model, image, logits):
    assert (logits_of(model, image) - logits).abs().max() < 1e-4
    model.to(memory_format=torch.channels_last)
    image = image.contiguous(memory_format=torch.channels_last)
    assert (logits_of(model, image) - logits).abs().max() < 1e-4
    model.bfloat16()
    computed = logits_of(model, image.bfloat16())
    assert (computed - logits).norm() < 0.02 * logits.norm()


def test_logits_equal_the_snapshots(snapshot, tmp_path):
    weights, image, logits, config = snapshot
    checkpoint = convert(weights)
    assert checkpoint['meta']['num_classes'] == 5
    assert 'dataset_meta' not in checkpoint['meta']
    model = converted_model(checkpoint, tmp_path, config)
    assert_parity(model, image, logits)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f'needs {SHARED}')
@pytest.mark.parametrize(
    'name',
    [
        'refinenet_r101_21cls.npz',
        'light_weight_refinenet_r50_21cls.npz',
    ],
)
def test_logits_equal_the_published_networks(name, tmp_path):
    spec = importlib.util.spec_from_file_location(
        'reference_weights', SHARED / 'reference_weights.py'
    )
    reference_weights = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference_weights)
    with np.load(SHARED / name) as content:
        weights = reference_weights.fill(content['keys'], content['shapes'])
        image = torch.from_numpy(content['image'])
        logits = torch.from_numpy(content['logits'])
    weights = {key: torch.as_tensor(w) for key, w in weights.items()}
    checkpoint = convert(weights)
    assert checkpoint['meta']['cfg_options'] == {}
    model = converted_model(checkpoint, tmp_path)
    assert model.dataset_meta['classes'][1] == 'aeroplane'
    assert_parity(model, image, logits)


def test_meta_describes_the_weights(snapshot):
    weights, *_ = snapshot
    meta = convert(weights)['meta']
    assert refinenet_mmseg.config_path(meta['config'])
    assert meta['cfg_options'] == {'model.decode_head.num_classes': 5}
    assert 'non-commercial' in meta['license']
    assert meta['refinenet_mmseg_version'] == refinenet_mmseg.__version__


def test_the_source_is_unchanged(snapshot):
    weights, *_ = snapshot
    before = {name: w.clone() for name, w in weights.items()}
    checkpoint = convert({'model': weights})
    for tensor in checkpoint['state_dict'].values():
        tensor.add_(1)
    assert all(torch.equal(weights[name], w) for name, w in before.items())


def test_parameters_become_tensors_of_their_own(snapshot):
    weights, *_ = snapshot
    parameters = {
        name: torch.nn.Parameter(w) if w.is_floating_point() else w
        for name, w in weights.items()
    }
    for tensor in convert(parameters)['state_dict'].values():
        assert type(tensor) is torch.Tensor
        assert not tensor.requires_grad


def test_checkpoints_without_batch_counters_are_complete(snapshot, tmp_path):
    # as torch wrote them before 0.4.1
    weights, image, logits, config = snapshot
    old = {
        name: w
        for name, w in weights.items()
        if not name.endswith('num_batches_tracked')
    }
    assert len(old) < len(weights)
    model = converted_model(convert(old), tmp_path, config)
    assert (logits_of(model, image) - logits).abs().max() < 1e-4


def first(weights, ending):
    return next(name for name in weights if name.endswith(ending))


def test_missing_weights_are_named(snapshot):
    weights, *_ = snapshot
    name = first(weights, 'running_var')
    weights.pop(name)
    with pytest.raises(ValueError, match=re.escape(f'1 missing: {name}')):
        convert(weights)


def test_a_missing_classifier_is_named(snapshot):
    weights, *_ = snapshot
    weights.pop(list(weights)[-2])
    with pytest.raises(
        ValueError, match=r'(clf_conv|segm)\.weight, the classifier'
    ):
        convert(weights)


def test_left_over_weights_are_named(snapshot):
    weights, *_ = snapshot
    name = first(weights, '4_outvar_dimred.weight')
    extra = name.replace('4_outvar', '5_outvar')
    weights[extra] = weights[name]
    with pytest.raises(ValueError, match=re.escape(f'1 left over: {extra}')):
        convert(weights)


def test_weights_of_another_shape_are_named(snapshot):
    weights, *_ = snapshot
    name = first(weights, 'running_var')
    weights[name] = torch.ones(9)
    message = re.escape(f'1 of another shape: {name} (9,) rather than (8,)')
    with pytest.raises(ValueError, match=message):
        convert(weights)


def test_weights_that_are_not_finite_are_named(snapshot):
    weights, *_ = snapshot
    name = first(weights, 'running_mean')
    weights[name][3] = torch.nan
    with pytest.raises(ValueError, match=f'1 with .* not finite: {name}'):
        convert(weights)


def test_an_unknown_depth_is_refused(snapshot):
    weights, *_ = snapshot
    shorter = {
        name: w
        for name, w in weights.items()
        if LAST_BLOCK.match(name) is None
    }
    with pytest.raises(ValueError, match=r'residual blocks, as in no network'):
        convert(shorter)


def test_file_is_written_atomically(snapshot, tmp_path, monkeypatch):
    weights, *_ = snapshot
    source, destination = tmp_path / 'a.pth.tar', tmp_path / 'new' / 'b.pth'
    torch.save({'segmenter': weights, 'best_val': 0.4}, source)
    written, recognition = convert_file(source, destination)
    assert recognition.ignored == ['best_val']
    assert len(written['meta']['source_sha256']) == 64
    assert os.listdir(destination.parent) == ['b.pth']
    content = destination.read_bytes()
    loaded = torch.load(destination, weights_only=True)
    assert loaded['meta'] == written['meta']

    def fail(checkpoint, file):
        file.write(b'the first half')
        raise RuntimeError('file write failed')  # what torch says

    monkeypatch.setattr(torch, 'save', fail)
    with pytest.raises(OSError, match=r'cannot write .*b\.pth'):
        convert_file(source, destination)
    assert os.listdir(destination.parent) == ['b.pth']
    assert destination.read_bytes() == content


def test_refused_sources_leave_nothing(snapshot, tmp_path):
    weights, *_ = snapshot
    source, destination = tmp_path / 'a.pth', tmp_path / 'b.pth'
    weights.pop(next(iter(weights)))
    torch.save(weights, source)
    with pytest.raises(ValueError, match='1 missing'):
        convert_file(source, destination)
    assert not destination.exists()


def test_the_source_is_not_overwritten(snapshot, tmp_path):
    weights, *_ = snapshot
    source = tmp_path / 'a.pth'
    torch.save(weights, source)
    with pytest.raises(ValueError, match='overwrite its own source'):
        convert_file(source, source)


def test_scripted_models_are_refused(tmp_path):
    source = tmp_path / 'scripted.pt'
    torch.jit.script(torch.nn.Linear(1, 1)).save(source)
    with pytest.raises(ValueError, match=r'no checkpoint|no state dict'):
        convert_file(source, tmp_path / 'b.pth')


def test_destinations_that_are_no_files_are_refused(snapshot, tmp_path):
    weights, *_ = snapshot
    source, folder = tmp_path / 'a.pth', tmp_path / 'folder'
    torch.save(weights, source)
    folder.mkdir()
    for destination in (folder, '/dev/null'):
        with pytest.raises(ValueError, match='is not a file'):
            convert_file(source, destination)


def test_a_link_stays_a_link(snapshot, tmp_path):
    weights, *_ = snapshot
    torch.save(weights, tmp_path / 'a.pth')
    (tmp_path / 'link.pth').symlink_to('b.pth')
    convert_file(tmp_path / 'a.pth', tmp_path / 'link.pth')
    assert (tmp_path / 'link.pth').is_symlink()
    assert torch.load(tmp_path / 'b.pth', weights_only=True)['meta']


@pytest.mark.parametrize(
    'change',
    [
        lambda tensor: tensor.to_sparse(),
        lambda tensor: tensor.to(torch.complex64),
        lambda tensor: tensor.to(torch.int64),
        lambda tensor: tensor.to('meta'),
        lambda tensor: torch.quantize_per_tensor(tensor, 1, 0, torch.qint8),
    ],
)
def test_weights_of_other_kinds_are_named(snapshot, change):
    weights, *_ = snapshot
    name = list(weights)[-1]
    weights[name] = change(weights[name])
    with pytest.raises(ValueError, match=rf'no dense tensors .*{name}'):
        convert(weights)


@pytest.mark.parametrize(
    'classifier', [torch.ones(()), torch.ones(0, 32, 3, 3)]
)
def test_a_classifier_without_classes_is_refused(snapshot, classifier):
    weights, *_ = snapshot
    weights[list(weights)[-2]] = classifier
    with pytest.raises(ValueError, match='classifier has the shape'):
        convert(weights)


def test_half_precision_weights_are_converted(snapshot, tmp_path):
    weights, image, logits, config = snapshot
    half = {
        name: w.half() if w.is_floating_point() else w
        for name, w in weights.items()
    }
    model = converted_model(convert(half), tmp_path, config)
    assert (logits_of(model, image) - logits).norm() < 0.02 * logits.norm()


def test_same_source_same_bytes(snapshot, tmp_path):
    weights, *_ = snapshot
    source = tmp_path / 'a.pth'
    torch.save(weights, source)
    convert_file(source, tmp_path / 'b.pth')
    convert_file(source, tmp_path / 'c.pth')
    first, second = (tmp_path / name for name in ('b.pth', 'c.pth'))
    assert first.read_bytes() == second.read_bytes()


def report_of(content, destination, monkeypatch):
    monkeypatch.setenv('COLUMNS', '200')
    file = io.StringIO()
    print_report(convert(content), recognize(content), destination, file)
    return file.getvalue()


def test_every_tensor_is_counted_and_the_rest_listed(snapshot, monkeypatch):
    weights, *_ = snapshot
    text = report_of(
        {'model': weights, '[/b]': 3}, 'b [/c] :x:.pth', monkeypatch
    )
    counts = re.findall(r'│ +(\d+) │ +([\d,]+) │$', text, re.MULTILINE)
    assert sum(int(count) for count, _ in counts) == len(weights)
    values = sum(int(value.replace(',', '')) for _, value in counts)
    assert values == sum(tensor.numel() for tensor in weights.values())
    assert 'ignored entries: [/b]\n' in text
    assert 'non-commercial' in text
    command = text.splitlines()[-1]
    assert command.startswith('mim run refinenet_mmseg predict /')
    assert "'b [/c] :x:.pth' IMAGES" in command
    assert command.endswith('--cfg-options model.decode_head.num_classes=5')


def test_a_backbone_says_how_to_train_from_it(monkeypatch):
    weights = published_networks.Weights()
    blocks = published_networks.RESNET_BLOCKS[50]
    published_networks.resnet(weights, torch.zeros(1, 3, 33, 33), blocks, 64)
    text = report_of(
        {**weights, 'fc.bias': torch.zeros(1)}, 'b.pth', monkeypatch
    )
    assert 'ignored entries: fc.bias\n' in text
    assert 'load_from=b.pth model.backbone.init_cfg=None' in text


def test_the_tool(snapshot, tmp_path, monkeypatch, capsys):
    weights, *_ = snapshot
    run = functools.partial(
        run_tool, monkeypatch, capsys, 'convert_checkpoint.py'
    )
    torch.save(weights, tmp_path / 'a.pth')
    status, output, _ = run(tmp_path / 'a.pth', tmp_path / 'b.pth')
    assert status == 0
    assert 'mim run refinenet_mmseg predict' in output
    status, _, error = run(tmp_path / 'b.pth', tmp_path / 'c.pth')
    assert status == 2
    assert 'there is nothing to convert' in error
