"""The runner of tools/train.py and tools/test.py."""

from pathlib import Path
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from torch import nn

from ..networks import check_complete_weights
from .checkpoint_integrity import find_intact_checkpoint


class SafeRunner(Runner):
    """mmengine's runner, which does not go on with what is wrong.

    It resumes from a checkpoint that is whole, where mmengine's takes what
    ``last_checkpoint`` names.
    """

    _needs_all_weights = False

    @master_only
    def dump_config(self) -> None:
        """Write the resolved config to ``config.py`` in the work folder.

        Not under the config's name: mim looks for that in all of a checkout,
        ``work_dirs`` included, and refuses to choose between two files.
        """
        self.cfg.dump(str(Path(self.work_dir) / 'config.py'))

    def train(self) -> nn.Module:
        """Train, and say what to do where batch norm cannot.

        Raises:
            ValueError: If batch norm gets a single value for each channel.
        """
        try:
            return super().train()
        except ValueError as error:
            if 'Expected more than 1 value per channel' not in str(error):
                raise
            raise ValueError(
                'batch norm has a single value for each channel: an image '
                'pooled to one pixel, in a batch of one for each process. Set '
                'train_dataloader.batch_size to 2 or more, or another '
                f"norm_cfg than type='BN' ({error})"
            ) from error

    def test(self) -> dict[str, float]:
        """Test, with weights that are all the network's own."""
        self._needs_all_weights = True
        return super().test()

    def load_checkpoint(self, filename: str, *args: Any, **kwargs: Any) -> Any:
        """Load a checkpoint, all of it for a test and for going on.

        Raises:
            ValueError: If it then lacks a weight, or one is not finite.
        """
        checkpoint = super().load_checkpoint(filename, *args, **kwargs)
        if self._needs_all_weights or self._resume:
            weights = checkpoint.get('state_dict', checkpoint)
            check_complete_weights(self.model, weights, filename)
        return checkpoint

    def load_or_resume(self) -> None:
        """Load the checkpoint to start or to go on from."""
        if self._resume and self._load_from is None and not self._has_loaded:
            names = [
                hook.filename_tmpl
                for hook in self.hooks
                if isinstance(hook, CheckpointHook)
            ]
            found = find_intact_checkpoint(self.work_dir, *names[:1])
            if found is None:
                self.logger.info(
                    f'There is no checkpoint in {self.work_dir}: training '
                    'from the start.'
                )
            else:
                self.logger.info(f'Going on from {found}.')
                self.resume(found)
            return
        super().load_or_resume()
