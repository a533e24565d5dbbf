"""Workloads are built from any mmseg config."""

import pytest

from refinenet_mmseg.cost.workload import build_model


def test_a_config_without_a_model_is_refused(tmp_path):
    path = tmp_path / 'empty.py'
    path.write_text('a = 1\n')
    with pytest.raises(KeyError, match=r'empty\.py has no model'):
        build_model(path)
