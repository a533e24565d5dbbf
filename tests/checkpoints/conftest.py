import pytest
from support import published_networks


@pytest.fixture(params=list(published_networks.REDUCED_NETWORKS))
def snapshot(request, tmp_path, monkeypatch):
    """Return a reduced network's weights, image, logits and config.

    Conversions check against that config in place of the full one.
    """
    path = published_networks.write_reduced_config(request.param, tmp_path)
    monkeypatch.setattr(
        'refinenet_mmseg.checkpoints.conversion.config_path',
        lambda name: path,
    )
    return *published_networks.load_snapshot(request.param), path
