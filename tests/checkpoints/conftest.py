import pytest
from support import reduced_networks


@pytest.fixture(params=list(reduced_networks.NETWORKS))
def snapshot(request, tmp_path, monkeypatch):
    """Give a reduced network's weights, image, logits and config.

    Conversions check against that config in place of the full one.
    """
    path = reduced_networks.write_config(request.param, tmp_path)
    monkeypatch.setattr(
        'refinenet_mmseg.checkpoints.conversion.config_path',
        lambda name: path,
    )
    return *reduced_networks.load_snapshot(request.param), path
