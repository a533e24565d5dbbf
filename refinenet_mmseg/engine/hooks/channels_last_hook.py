import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Lay the weights out as channels_last, the layout convolutions prefer.

    A convolution hands its weight's layout on to its output, so the images
    need no change. Checkpoints hold the same numbers in either layout.
    """

    priority = 'VERY_LOW'

    def before_run(self, runner: Runner) -> None:
        """Convert the model before training, validation or testing.

        Args:
            runner: The runner that holds the model.
        """
        runner.model.to(memory_format=torch.channels_last)
