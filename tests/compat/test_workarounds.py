from mmengine.model import MMDistributedDataParallel
from mmengine.runner.checkpoint import CheckpointLoader

from refinenet_mmseg.compat import apply_workarounds


def patched():
    return (
        MMDistributedDataParallel.__init__,
        CheckpointLoader.load_checkpoint.__func__,
    )


def test_one_variable_turns_all_off(monkeypatch):
    before = patched()
    # Applied once more, each would wrap what is there; and is undone here.
    for owner, name in (
        (MMDistributedDataParallel, '__init__'),
        (CheckpointLoader, 'load_checkpoint'),
    ):
        monkeypatch.setattr(owner, name, owner.__dict__[name])
    monkeypatch.setenv('REFINENET_MMSEG_COMPAT', '0')
    apply_workarounds()
    assert patched() == before
