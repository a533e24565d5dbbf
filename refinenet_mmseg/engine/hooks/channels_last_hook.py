import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Convert the weights to channels-last, the fast layout of convolutions.

    The output of a convolution has the layout of its weight, so the images
    need no change. Checkpoints hold the same numbers in either layout.
    """

    priority = 'VERY_LOW'

    def before_run(self, runner: Runner) -> None:
        """Convert the model before training, validation or testing."""
        runner.model.to(memory_format=torch.channels_last)
