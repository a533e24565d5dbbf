import socket
from pathlib import Path

import pytest
from support.trainings import Forks, Training, start_process

from refinenet_mmseg.datasets.shapes import generate_shapes_dataset


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope='session')
def shapes_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('trainings')
    generate_shapes_dataset(
        folder / 'data', num_train=12, num_val=3, size=64, show_progress=False
    )
    return folder


@pytest.fixture(scope='session')
def forks():
    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture
def forked(shapes_folder, forks):
    """Make trainings whose processes start at once."""
    return lambda name, *options: Training(
        shapes_folder / name, forks, *options
    )


@pytest.fixture
def started(shapes_folder):
    """Make trainings whose processes start as a user starts them."""
    return lambda name, *options: Training(
        shapes_folder / name, start_process, *options
    )


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])
