"""Runner of this package's configs and tools."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_distributed, master_only
from mmengine.logging import print_log
from mmengine.model import (
    MMDistributedDataParallel,
    is_model_wrapper,
    revert_sync_batchnorm,
)
from mmengine.registry import MODEL_WRAPPERS
from mmengine.runner import IterBasedTrainLoop, Runner
from mmseg.registry import RUNNERS
from torch import nn
from torch.utils.data import DataLoader

from ..compat.requirements import missing_timm_explained
from ..configs import use_strict_loading
from ..networks import check_complete_weights, is_extended_batch_norm
from ..safe_loading import checkpoints_as_data
from .checkpoint_files import CheckpointNames, find_intact_checkpoint
from .resumable_train_loop import ResumableTrainLoop, skip_seen_batches


@RUNNERS.register_module()
class SafeRunner(Runner):
    """Train and test without trusting files, and on several CPU processes.

    A config selects it by ``runner_type='SafeRunner'``, under any tool.
    In addition to mmengine's runner, it

    - loads checkpoints as data: nothing in them is executed, unless the
      config says ``trust_checkpoint=True``;
    - refuses weights of another network, and, for a test or to resume,
      weights that are incomplete or not finite;
    - resumes from an intact checkpoint, even if the one that
      ``last_checkpoint`` names is damaged, and neither runs the config in it
      nor removes the files that it names;
    - skips the batches that a resumed training has seen, without loading
      them;
    - loads images and label maps through ``StrictLoadImageFromFile`` and
      ``StrictLoadAnnotations`` wherever a pipeline says
      ``LoadImageFromFile`` and ``LoadAnnotations``;
    - starts several processes on a machine without a GPU.

    Args:
        kwargs: As mmengine's ``Runner``.
    """

    _needs_complete_weights = False
    _is_resuming = False
    _trusts_checkpoint = False

    @classmethod
    def from_cfg(cls, cfg: dict | Config) -> 'SafeRunner':
        """Build a runner from a config.

        Args:
            cfg: The config; its ``trust_checkpoint`` allows checkpoints to
                run code. Default: False.

        Raises:
            ValueError: If ``trust_checkpoint`` is neither True nor False.
        """
        cfg = cfg.copy()
        trusts_checkpoint = cfg.pop('trust_checkpoint', False)
        if not isinstance(trusts_checkpoint, bool):
            raise ValueError(
                f'trust_checkpoint={trusts_checkpoint!r}: expected True or '
                'False'
            )
        # A model may load weights while it is built.
        with checkpoints_as_data(trusts_checkpoint):
            runner = super().from_cfg(cfg)
        runner._trusts_checkpoint = trusts_checkpoint
        return runner

    def setup_env(self, env_cfg: dict) -> None:
        """Set up the environment, with gloo on a machine without a GPU.

        mmengine's ``init_dist`` selects a GPU for any backend. Without one, it
        ends in ``torch._C has no attribute '_cuda_setDevice'`` (0.10.7 and
        OneDL's 0.10.12).

        Args:
            env_cfg: As mmengine's ``Runner``.
        """
        options = dict(env_cfg.get('dist_cfg', {}))
        if (
            self.launcher == 'pytorch'
            and get_device() == 'cpu'
            and options.pop('backend', 'nccl') in ('nccl', 'gloo')
            and not is_distributed()
        ):
            options.pop('init_backend', None)
            torch.distributed.init_process_group(backend='gloo', **options)
        super().setup_env(env_cfg)

    def build_model(self, model: nn.Module | dict) -> nn.Module:
        """Build the model.

        Args:
            model: Config of the model, or a built one.

        Raises:
            ImportError: If its backbone is timm's, which is not installed.
        """
        with missing_timm_explained():
            return super().build_model(model)

    def wrap_model(
        self, model_wrapper_cfg: dict | None, model: nn.Module
    ) -> nn.Module:
        """Wrap the model for several processes, also on the CPU.

        On the CPU, mmengine passes device IDs, which torch refuses, and keeps
        SyncBN, which needs a GPU (0.10.7 and OneDL's 0.10.12).

        Args:
            model_wrapper_cfg: As mmengine's ``Runner``.
            model: The model.

        Raises:
            ValueError: If ``sync_bn`` of the config would drop activations.
        """
        if self.distributed and self.cfg.get('sync_bn'):
            check_plain_batch_norms(model)
        if (
            not self.distributed
            or is_model_wrapper(model)
            or get_device() != 'cpu'
        ):
            return super().wrap_model(model_wrapper_cfg, model)
        model = revert_sync_batchnorm(model)
        if model_wrapper_cfg is None:
            return MMDistributedDataParallel(
                module=model,
                broadcast_buffers=False,
                find_unused_parameters=self.cfg.get(
                    'find_unused_parameters', False
                ),
            )
        return MODEL_WRAPPERS.build(
            dict(dict(type='MMDistributedDataParallel'), **model_wrapper_cfg),
            default_args=dict(module=model),
        )

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict, *args: Any, **kwargs: Any
    ) -> DataLoader:
        """Build a data loader with strict loading steps.

        Args:
            dataloader: Config of the data loader, or a built one.
            args: As mmengine's ``Runner``.
            kwargs: As mmengine's ``Runner``.
        """
        if isinstance(dataloader, dict):
            dataset = use_strict_loading(dataloader['dataset'])
            dataloader = type(dataloader)(dataloader, dataset=dataset)
        return Runner.build_dataloader(dataloader, *args, **kwargs)

    @master_only
    def dump_config(self) -> None:
        """Write the resolved config to ``config.py`` in the work folder.

        mmengine writes it under the config's name, which mim would then find
        twice in a checkout, as it searches ``work_dirs`` too.
        """
        self.cfg.dump(str(Path(self.work_dir) / 'config.py'))

    def train(self) -> nn.Module:
        """Train, and explain an error of batch norm.

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
        """Test with weights that are complete."""
        self._needs_complete_weights = True
        return super().test()

    def _init_model_weights(self) -> None:
        with checkpoints_as_data(self._trusts_checkpoint):
            super()._init_model_weights()

    def load_checkpoint(self, filename: str, *args: Any, **kwargs: Any) -> Any:
        """Load a checkpoint as data, and check it for tests and resuming.

        Args:
            filename: The checkpoint's path or address.
            args: As mmengine's ``Runner``.
            kwargs: As mmengine's ``Runner``.

        Raises:
            ValueError: If it is refused, or a weight is missing or not
                finite.
        """
        with checkpoints_as_data(self._trusts_checkpoint):
            checkpoint = super().load_checkpoint(filename, *args, **kwargs)
        if self._needs_complete_weights or self._resume:
            weights = checkpoint.get('state_dict', checkpoint)
            check_complete_weights(self.model, weights, filename)
        if self._is_resuming:
            checkpoint = sanitize_checkpoint(
                checkpoint, filename, self.work_dir
            )
        return checkpoint

    def resume(
        self,
        filename: str,
        resume_optimizer: bool = True,
        resume_param_scheduler: bool = True,
        map_location: str | Callable = 'default',
    ) -> None:
        """Resume a training from a checkpoint that is not trusted.

        Args:
            filename: The checkpoint's path or address.
            resume_optimizer: As mmengine's ``Runner``. Default: True.
            resume_param_scheduler: As mmengine's ``Runner``. Default: True.
            map_location: As mmengine's ``Runner``. Default: ``'default'``.

        Raises:
            ValueError: If the checkpoint holds weights alone.
        """
        self._is_resuming = True
        try:
            super().resume(
                filename,
                resume_optimizer,
                resume_param_scheduler,
                map_location,
            )
        finally:
            self._is_resuming = False

    def load_or_resume(self) -> None:
        """Load the checkpoint to start or to resume from."""
        if self._resume and self._load_from is None and not self._has_loaded:
            found = find_intact_checkpoint(
                self.work_dir, CheckpointNames.of_runner(self)
            )
            if found is None:
                self.logger.info(
                    f'There is no checkpoint in {self.work_dir}: training '
                    'from the start.'
                )
            else:
                self.logger.info(f'Resuming from {found}.')
                self.resume(found)
        else:
            super().load_or_resume()
        loop = self._train_loop
        if isinstance(loop, IterBasedTrainLoop) and not isinstance(
            loop, ResumableTrainLoop
        ):
            skip_seen_batches(loop)


def check_plain_batch_norms(model: nn.Module) -> None:
    """Refuse ``sync_bn`` for batch norms that do more than normalize.

    mmengine replaces every subclass of torch's batch norm by SyncBN; of timm's
    ``BatchNormAct2d`` it drops the activation (0.10.7 and OneDL's 0.10.12).

    Args:
        model: The model, before its batch norms are replaced.

    Raises:
        ValueError: If it has such a norm.
    """
    for module in model.modules():
        if is_extended_batch_norm(module):
            raise ValueError(
                'sync_bn would drop what the norms of class '
                f'{type(module).__name__} do besides, such as the activation '
                "of timm's: remove sync_bn from the config; each process then "
                'normalizes its own images'
            )


def sanitize_checkpoint(checkpoint: dict, name: str, work_dir: str) -> dict:
    """Remove the parts of a checkpoint that mmengine must not use.

    mmengine runs the text under ``meta.config`` as a config, and removes the
    files and folders that the message hub names as the best or the oldest
    checkpoint, in any folder (0.10.7 and OneDL's 0.10.12).

    Args:
        checkpoint: The content of the file.
        name: The file.
        work_dir: Work folder of the training.

    Returns:
        A copy for ``Runner.resume``.

    Raises:
        ValueError: If it holds only weights.
    """
    missing = [
        key
        for key in ('meta', 'message_hub')
        if not isinstance(checkpoint.get(key), dict)
    ]
    missing += [
        f'meta.{key}'
        for key in ('epoch', 'iter')
        if not missing and not isinstance(checkpoint['meta'].get(key), int)
    ]
    if missing:
        raise ValueError(
            f'{name} holds no training to resume: it lacks '
            f'{", ".join(missing)}. To start from its weights, set '
            'load_from=FILE and resume=False'
        )
    # mmengine needs only ``gpu_ids`` of the config, which none has.
    meta = {
        key: value
        for key, value in checkpoint['meta'].items()
        if key != 'config'
    }
    message_hub = checkpoint['message_hub']
    runtime_info = _remove_foreign_files(
        message_hub.get('runtime_info', {}), _folder_of(name), work_dir
    )
    message_hub = {**message_hub, 'runtime_info': runtime_info}
    return {**checkpoint, 'meta': meta, 'message_hub': message_hub}


def _remove_foreign_files(
    runtime_info: dict, folder: str, work_dir: str
) -> dict:
    """Remove best checkpoints outside of the training's folders.

    If the folder of a training was moved, its best checkpoint is looked for
    in the folder of the checkpoint that it is resumed from.
    """
    own_folders = {folder, os.path.abspath(work_dir)}
    info = dict(runtime_info)
    for key, value in runtime_info.items():
        if key == 'keep_ckpt_ids':
            info[key] = [step for step in value if type(step) is int]
        if not key.startswith('best_ckpt'):
            continue
        if isinstance(value, str):
            if _folder_of(value) in own_folders:
                continue
            moved = os.path.join(folder, os.path.basename(value))
            if not os.path.exists(value) and os.path.isfile(moved):
                info[key] = moved
                continue
        print_log(
            f'{value!r}, the best checkpoint so far, is kept: it lies '
            'elsewhere than the one that the training is resumed from',
            logger='current',
        )
        del info[key]
    return info


def _folder_of(path: str) -> str:
    return os.path.dirname(os.path.abspath(path))
