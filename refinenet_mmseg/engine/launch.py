"""Entry points of tools/train.py and tools/test.py."""

import argparse
import os
from inspect import signature
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmseg.registry import METRICS, RUNNERS

from ..atomic_io import is_disk_full
from ..cli import add_config_options, add_trust_argument
from ..config_checks import check_config_keys, require_keys, require_loop
from ..configs import read_config
from ..devices import supports_bf16
from ..safe_loading import check_checkpoint_path
from .safe_runner import SafeRunner


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a training."""
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        action='store_true',
        help='continue from the last checkpoint in the work folder',
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='train in the reduced precision that the device is fast in',
    )
    _add_launch_arguments(parser)


def add_test_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a test."""
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='folder for the predicted label maps')
    parser.add_argument('--show-dir', help='folder for painted predictions')
    parser.add_argument(
        '--tta', action='store_true', help='average over augmentations'
    )
    _add_launch_arguments(parser)


def _add_launch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--work-dir', help='folder for logs and results (work_dirs/CONFIG)'
    )
    add_config_options(parser)
    add_trust_argument(parser)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='how several processes were started',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def run_train_tool(arguments: argparse.Namespace) -> None:
    """Train a model by the arguments of ``tools/train.py``.

    Args:
        arguments: Those of :func:`add_train_arguments`.
    """
    config = load_config(arguments)
    if arguments.amp:
        require_keys(config, '--amp', 'optim_wrapper')
        use_mixed_precision(config)
    run_training(config, arguments.resume)


def run_test_tool(arguments: argparse.Namespace) -> None:
    """Test a model by the arguments of ``tools/test.py``.

    Args:
        arguments: Those of :func:`add_test_arguments`.
    """
    run_testing(
        load_config(arguments),
        arguments.checkpoint,
        out=arguments.out,
        show_dir=arguments.show_dir,
        tta=arguments.tta,
    )


def load_config(args: argparse.Namespace) -> Config:
    """Read the config that a tool was called with.

    Args:
        args: Those of :func:`add_train_arguments` or
            :func:`add_test_arguments`.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If it is not valid Python, or a key is misspelled.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    path = Path(args.config)
    config = read_config(path, args.cfg_options)
    check_config_keys(config)
    config.launcher = args.launcher
    if args.trust_checkpoint:
        config.trust_checkpoint = True
    if args.work_dir is not None:
        config.work_dir = args.work_dir
    elif config.get('work_dir') is None:
        config.work_dir = str(Path('work_dirs') / path.stem)
    return config


def use_mixed_precision(config: Config) -> None:
    """Choose the optimizer wrapper for the device's reduced precision.

    bf16 where the device computes in it, fp16 with a loss scaler on other
    GPUs, fp32 on other CPUs.

    Args:
        config: The config, changed in place.
    """
    # Options of mmengine's wrappers only.
    for key in ('loss_scale', 'dtype', 'use_fsdp'):
        config.optim_wrapper.pop(key, None)
    if torch.cuda.is_available() and not supports_bf16('cuda'):
        wrapper = 'AmpOptimWrapper'
        config.optim_wrapper.loss_scale = 'dynamic'
    else:
        wrapper = 'Bf16OptimWrapper'
    config.optim_wrapper.type = wrapper
    print_log(f'Mixed precision through {wrapper}', logger='current')


def run_training(config: Config, resume: bool) -> None:
    """Train a model.

    Args:
        config: The whole config.
        resume: Whether to continue from the last checkpoint in the work
            folder.

    Raises:
        OSError: If the disk is full.
        ValueError: If the config lacks a key, or no checkpoint in the work
            folder is intact.
    """
    require_loop(config, 'train')
    config.resume = resume or config.get('resume', False)
    try:
        _build_runner(config).train()
    except OSError as error:
        # SafeCheckpointHook names the folder itself; the logger does not.
        if not is_disk_full(error) or config.work_dir in str(error):
            raise
        raise OSError(
            error.errno,
            f'no space left in {config.work_dir}. Make room, then continue '
            'from the last checkpoint with --resume',
        ) from error


def run_testing(
    config: Config,
    checkpoint: str,
    out: str | None = None,
    show_dir: str | None = None,
    tta: bool = False,
) -> None:
    """Evaluate a checkpoint on the config's test data set.

    Args:
        config: The whole config.
        checkpoint: The checkpoint's path or address.
        out: Folder for the predicted label maps. Default: None, none are
            written.
        show_dir: Folder for pictures of the predictions. Default: None, none
            are drawn.
        tta: Whether to average over the config's test-time augmentations.
            Default: False.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the config lacks what an argument needs, or ``out`` is
            given and not exactly one evaluator writes label maps.
    """
    if '://' not in checkpoint:
        check_checkpoint_path(checkpoint)
    require_loop(config, 'test')
    config.load_from = checkpoint
    if show_dir is not None:
        require_keys(config, '--show-dir', 'default_hooks', 'visualizer')
        config.default_hooks.visualization = dict(
            type='SegVisualizationHook', draw=True, interval=1
        )
        config.visualizer.save_dir = show_dir
    if tta:
        require_keys(config, '--tta', 'tta_model', 'tta_pipeline')
        config.test_dataloader.dataset.pipeline = config.tta_pipeline
        config.model = dict(**config.tta_model, module=config.model)
    if out is not None:
        _find_label_writer(config.test_evaluator).update(
            output_dir=out, keep_results=True
        )
    _build_runner(config).test()


def _find_label_writer(evaluators: dict | list[dict]) -> dict:
    """Find the one evaluator that can write label maps into a folder."""
    if isinstance(evaluators, dict):
        evaluators = [evaluators]
    writers, names = [], []
    for evaluator in evaluators:
        kind = evaluator['type']
        metric = METRICS.get(kind) if isinstance(kind, str) else kind
        if metric is None:
            raise ValueError(f'test_evaluator: there is no metric {kind!r}')
        if 'output_dir' in signature(metric).parameters:
            writers.append(evaluator)
        names.append(kind if isinstance(kind, str) else kind.__name__)
    if len(writers) != 1:
        raise ValueError(
            '--out needs one evaluator in test_evaluator that writes label '
            f'maps, got {len(writers)} among '
            f'{", ".join(names)}: set output_dir in the config'
        )
    return writers[0]


def _build_runner(config: Config) -> Runner:
    if 'runner_type' in config:
        return RUNNERS.build(config)
    return SafeRunner.from_cfg(config)
