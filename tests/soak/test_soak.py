"""Many predictions by one process, without leaks.

``pytest -m reliability -s tests/soak`` prints the figures of
docs/reliability.md.
"""

import gc
import mmap
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine import Config
from mmseg.registry import MODELS
from PIL import Image

from refinenet_mmseg.inference import (
    Predictor,
    load_segmentor,
    predict_folder,
)

pytestmark = pytest.mark.skipif(
    sys.platform != 'linux', reason='reads what Linux tells of a process'
)
NUM_SIZES = 20
CONFIG = dict(
    model=dict(
        type='EncoderDecoder',
        data_preprocessor=dict(
            type='SegDataPreProcessor',
            mean=[127.0] * 3,
            std=[50.0] * 3,
            bgr_to_rgb=True,
        ),
        backbone=dict(
            type='ResNet', depth=18, base_channels=4, norm_cfg=dict(type='BN')
        ),
        decode_head=dict(
            type='RefineNetHead',
            in_channels=[4, 8, 16, 32],
            channels=4,
            num_classes=3,
            init_cfg=None,
        ),
        test_cfg=dict(mode='whole'),
    ),
    test_pipeline=[dict(type='LoadImageFromFile'), dict(type='PackSegInputs')],
)
PAGE = os.sysconf('SC_PAGE_SIZE')


def resident_mib():
    """Return the memory of this process, in MiB."""
    gc.collect(0)
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * PAGE / 2**20


def open_files():
    """Count the open file handles of this process."""
    return len(os.listdir('/proc/self/fd'))


def slope(values):
    """Fit a line by least squares; return its growth per value."""
    return float(np.polyfit(np.arange(len(values)), values, 1)[0])


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Weights, and images of many sizes, some gray, some JPEG."""
    folder = tmp_path_factory.mktemp('soak')
    torch.manual_seed(0)
    config = Config(CONFIG)
    model = MODELS.build({**config.model, '_scope_': 'mmseg'})
    torch.save(model.state_dict(), folder / 'small.pth')
    (folder / 'images').mkdir()
    generator = np.random.default_rng(0)
    for index in range(NUM_SIZES):
        shape = tuple(generator.integers(1, 160, 2)) + ((3,) * (index % 4 > 0))
        pixels = generator.integers(0, 256, shape, np.uint8)
        suffix = '.jpg' if index % 3 else '.png'
        Image.fromarray(pixels).save(folder / 'images' / f'{index}{suffix}')
    return folder


@pytest.fixture
def model(files):
    return load_segmentor(Config(CONFIG), files / 'small.pth', 'cpu')


def predict_by_model(files, model, count):
    """Predict files one after another by one ``Predictor``."""
    images = sorted((files / 'images').iterdir())
    predict = Predictor(model)
    for index in range(count):
        predict(images[index % len(images)])
        yield


def predict_by_folder(files, count):
    """Predict by ``predict``: label maps and overlays of a folder."""
    arguments = (files / 'small.pth', files / 'images', files / 'out', 'cpu')
    for _ in range(count // NUM_SIZES):
        written = predict_folder(Config(CONFIG), *arguments)
        assert len(written) == NUM_SIZES
        yield


def watch(steps, warm_up):
    """Return memory in MiB and file handles after every step but the first."""
    memory, handles = [], []
    for number, _ in enumerate(steps):
        if number >= warm_up:
            memory.append(resident_mib())
            handles.append(open_files())
    return memory, handles


def report(name, count, memory, each=1):
    growth = slope(memory) / each * 1024
    print(
        f'{name}: {count} predictions, {memory[0]:.1f} MiB after warm-up, '
        f'{memory[-1]:.1f} MiB at the end, {growth:+.3f} KiB a prediction'
    )
    return growth


def check(files, model, count, most_growth):
    """Predict in both ways, and see that nothing grows.

    Args:
        files: Folder of weights and images.
        model: The loaded model.
        count: Number of predictions each way.
        most_growth: What memory may grow by, in KiB a prediction.
    """
    warm_up = min(count // 2, 200)
    memory, handles = watch(predict_by_model(files, model, count), warm_up)
    assert len(set(handles)) == 1
    assert report('Predictor', count, memory) < most_growth
    warm_up //= NUM_SIZES
    memory, handles = watch(predict_by_folder(files, count), warm_up)
    assert len(set(handles)) == 1
    assert report('predict', count, memory, NUM_SIZES) < most_growth


def test_a_hundred_predictions(files, model):
    # So few show handles and large leaks; small ones want the long form.
    check(files, model, 100, 500)


@pytest.mark.reliability
def test_two_thousand_predictions(files, model):
    check(files, model, 2000, 4)


def agree(files, model, count):
    """See that two threads predict what one does."""
    images = sorted((files / 'images').iterdir())
    predictor = Predictor(model)

    def predict(index):
        return predictor(images[index % len(images)])

    alone = [predict(index) for index in range(len(images))]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(predict, range(count)))
    for index, labels in enumerate(together):
        assert np.array_equal(labels, alone[index % len(images)])


def test_two_threads_share_a_model(files, model):
    agree(files, model, 100)


@pytest.mark.reliability
def test_two_threads_share_a_model_for_long(files, model):
    agree(files, model, 2000)


def test_a_leak_is_detected():
    """The measures above tell a leak from none."""
    held = []

    def leak():
        for _ in range(60):
            # Of its own, not of what earlier tests have given back
            region = mmap.mmap(-1, 2**18)
            region.write(bytes(2**18))
            held.append(region)
            yield

    memory, _ = watch(leak(), 10)
    assert slope(memory) * 1024 == pytest.approx(256, rel=0.3)
    with open('/dev/null') as first:
        assert first.fileno() >= 0
        number = open_files()
        with open('/dev/null'):
            assert open_files() == number + 1
