"""Fixtures of the fault tests."""

import logging

import pytest


@pytest.fixture(autouse=True)
def quiet():
    """Silence mmengine's warnings about the planted faults."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)
