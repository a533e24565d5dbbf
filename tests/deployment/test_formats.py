"""Missing packages and old versions end in clear errors."""

import sys

import pytest
import torch

from refinenet_mmseg.deployment.formats import check_torch, import_deploy


def test_missing_packages_name_their_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(ImportError, match=r"onnxruntime is .*'\.\[deploy\]'"):
        import_deploy('onnxruntime')


def test_an_old_torch_is_refused(monkeypatch):
    monkeypatch.setattr(torch, '__version__', '2.1.2')
    with pytest.raises(ImportError, match=r'needs torch 2\.6 .* is 2\.1\.2'):
        check_torch()
