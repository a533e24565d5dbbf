"""What all faults are met with."""

import logging

import pytest


@pytest.fixture(autouse=True)
def quiet():
    """Keep mmengine's warnings of what is planted out of the log."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)
