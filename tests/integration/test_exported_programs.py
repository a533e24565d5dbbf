"""Exported files run where nothing of OpenMMLab's, or of ours, can."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from support.commands import CONFIG, REPOSITORY, TOOLS, run

from refinenet_mmseg.deployment import (
    ExportOptions,
    export_model,
    load_program,
)
from refinenet_mmseg.deployment.formats import OLDEST_TORCH
from refinenet_mmseg.deployment.program import normalize
from refinenet_mmseg.deployment.verification import (
    compute_logits,
    label_logits,
)
from refinenet_mmseg.inference import load_segmentor
from refinenet_mmseg.inference.drawing import read_image

pytestmark = pytest.mark.skipif(
    torch.torch_version.TorchVersion(torch.__version__) < OLDEST_TORCH,
    reason=f'needs torch {OLDEST_TORCH}',
)
NARROW = {'model.decode_head.channels': 16}
# A process in which neither OpenMMLab nor this package can be imported
ALONE = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in (
            'mmseg', 'mmengine', 'mmcv', 'mmpretrain', 'refinenet_mmseg'
        ):
            raise ImportError(f'{name} is blocked')

sys.meta_path.insert(0, Blocker())
import json
import torch

files = {'metadata.json': ''}
program = torch.export.load(sys.argv[1], extra_files=files).module()
assert len(json.loads(files['metadata.json'])['classes']) == 7
images = torch.load(sys.argv[2])
torch.save([program(x) for x in images], sys.argv[3])
assert not {'mmseg', 'mmengine', 'refinenet_mmseg'} & set(sys.modules)
"""


@pytest.fixture(scope='session')
def python_for_onnx(make_once):
    """A new environment: numpy, Pillow and onnxruntime, as in this one."""
    python = Path('environment', 'bin', 'python')

    def install(folder):
        run(sys.executable, '-m', 'venv', folder / 'environment', cwd=folder)
        versions = run(sys.executable, '-m', 'pip', 'freeze', cwd=folder)
        constraints = [line for line in versions.splitlines() if '==' in line]
        (folder / 'constraints.txt').write_text('\n'.join(constraints))
        run(
            *(folder / python, '-m', 'pip', 'install', '--quiet'),
            *('--constraint', 'constraints.txt'),
            *('numpy', 'pillow', 'onnxruntime'),
            cwd=folder,
        )

    return make_once('onnx', install) / python


@pytest.fixture
def model(trained):
    checkpoint = trained / 'iter_2.pth'
    return load_segmentor(CONFIG, checkpoint, 'cpu', NARROW).eval()


def test_a_torch_program_runs_without_this_package(model, tmp_path):
    program = tmp_path / 'program.pt2'
    options = ExportOptions(dynamic=True, shape=(96, 80))
    export_model(model, program, 'torch-export', options)
    images = [torch.randn(1, 3, 64, 72), torch.randn(3, 3, 75, 65)]
    torch.save(images, tmp_path / 'images.pt')
    run(
        *(sys.executable, '-c', ALONE, program),
        *(tmp_path / 'images.pt', tmp_path / 'logits.pt'),
        cwd=tmp_path,
    )
    logits = torch.load(tmp_path / 'logits.pt')
    for x, computed in zip(images, logits, strict=True):
        for image, of_image in zip(x, computed, strict=True):
            expected = compute_logits(model, image.permute(1, 2, 0).numpy())
            assert np.abs(of_image.numpy() - expected[0]).max() < 1e-4


@pytest.mark.parametrize('raw', [True, False])
def test_the_example_needs_three_packages(
    model, trained, shapes, python_for_onnx, tmp_path, raw
):
    folder = shapes / 'img_dir' / 'val'
    images = sorted(folder.iterdir())
    program = tmp_path / 'program.onnx'
    options = ['--with-preprocessing', '--with-argmax']
    tool = (sys.executable, TOOLS / 'export.py')
    run(
        *(('mim', 'run', 'refinenet_mmseg', 'export') if raw else tool),
        CONFIG,
        *(trained / 'iter_2.pth', program, '--shape', 64, 64),
        *(options if raw else []),
        *('--verify', images[0]),
        *('--cfg-options', 'model.decode_head.channels=16'),
        cwd=tmp_path,
    )
    output = run(
        *(python_for_onnx, REPOSITORY / 'examples' / 'onnx_predict.py'),
        *(program, 'out', *images),
        cwd=tmp_path,
    )
    metadata = load_program(program).metadata
    for path in images:
        written = Image.open(tmp_path / 'out' / f'{path.stem}.png')
        palette = np.reshape(written.getpalette(), (-1, 3))
        assert (
            palette[: len(metadata['palette'])].tolist()
            == (metadata['palette'])
        )
        image = normalize(read_image(path), metadata)
        expected = label_logits(compute_logits(model, image), None)[0]
        assert (np.asarray(written) == expected).mean() >= 0.999
        assert str(path) in output
    for module in ('torch', 'mmseg', 'refinenet_mmseg', 'onnx'):
        run(
            *(python_for_onnx, '-c', f'import {module}'),
            cwd=tmp_path,
            fails=True,
        )


def test_the_example_is_short():
    text = (REPOSITORY / 'examples' / 'onnx_predict.py').read_text()
    assert len(text.splitlines()) < 40
