"""Workload of a benchmark: segmentor, inputs and training step."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from ..compat.requirements import missing_timm_explained
from ..config_checks import require_keys
from ..configs import read_config
from ..safe_loading import check_checkpoint_path, checkpoints_as_data

DTYPES = dict(fp32=torch.float32, bf16=torch.bfloat16, fp16=torch.float16)


@dataclass(frozen=True)
class BenchmarkOptions:
    """Options that a model is benchmarked with.

    Args:
        shape: Height and width of the images, in pixels.
            Default: (512, 512).
        batch_size: Number of images in a batch. Default: 1.
        device: ``cpu`` or ``cuda``. Default: ``cpu``.
        dtype: ``fp32``, ``bf16`` or ``fp16``. Default: ``fp32``.
        mode: ``inference`` or ``train`` (forward, loss and backward).
            Default: ``inference``.
        compiled: Whether the model is compiled. Default: False.
        channels_last: Whether tensors are in channels-last memory format.
            Default: True.
    """

    shape: tuple[int, int] = (512, 512)
    batch_size: int = 1
    device: str = 'cpu'
    dtype: str = 'fp32'
    mode: str = 'inference'
    compiled: bool = False
    channels_last: bool = True

    @property
    def torch_dtype(self) -> torch.dtype:
        """The precision of features."""
        return DTYPES[self.dtype]

    @property
    def memory_format(self) -> torch.memory_format:
        """The memory format of images and weights."""
        if self.channels_last:
            return torch.channels_last
        return torch.contiguous_format


def build_model(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
    trust_checkpoint: bool = False,
) -> nn.Module:
    """Build a segmentor to benchmark; nothing is downloaded.

    Args:
        config: Any mmseg config, or its file.
        checkpoint: Weights; None means random ones. Default: None.
        trust_checkpoint: Whether the checkpoint may run code. Default: False.

    Raises:
        FileNotFoundError: If there is no such config or checkpoint.
        ImportError: If the backbone is timm's, which is not installed.
        ValueError: If the config has no model, or the checkpoint is damaged,
            holds more than data, or is of another network.
    """
    config = read_config(config)
    require_keys(config, 'a benchmark', 'model.type')
    if checkpoint is not None:
        check_checkpoint_path(checkpoint)
    init_default_scope(config.get('default_scope', 'mmseg'))
    model_config = config.model.copy()
    model_config.pop('pretrained', None)
    with missing_timm_explained():
        model = revert_sync_batchnorm(MODELS.build(model_config))
    if checkpoint is not None:
        with checkpoints_as_data(trust_checkpoint):
            load_checkpoint(model, str(checkpoint), 'cpu')
    return model


def make_images(options: BenchmarkOptions) -> Tensor:
    """Draw random normalized images.

    Returns:
        A float32 tensor of shape (N, 3, H, W).
    """
    generator = torch.Generator().manual_seed(0)
    shape = (options.batch_size, 3, *options.shape)
    images = torch.randn(shape, generator=generator)
    return images.to(options.device, memory_format=options.memory_format)


def make_data_samples(
    num_classes: int, options: BenchmarkOptions
) -> list[SegDataSample]:
    """Draw random labels for a batch, in the form that mmseg's losses take.

    Args:
        num_classes: Number of classes, at least 2.
        options: The options of the benchmark.
    """
    generator = torch.Generator().manual_seed(0)
    samples = []
    for _ in range(options.batch_size):
        labels = torch.randint(
            num_classes, (1, *options.shape), generator=generator
        )
        samples.append(
            SegDataSample(gt_sem_seg=PixelData(data=labels.to(options.device)))
        )
    return samples


def make_training_step(
    model: nn.Module, options: BenchmarkOptions
) -> Callable[[], None]:
    """Make a function that computes the loss of a batch and its gradients.

    Args:
        model: A segmentor; put into training mode.
        options: The options of the benchmark.
    """
    model.train()
    model.to(options.device, memory_format=options.memory_format)
    images = make_images(options)
    # A head with a single output channel predicts two classes.
    samples = make_data_samples(max(model.num_classes, 2), options)
    run = torch.compile(model) if options.compiled else model

    def step() -> None:
        model.zero_grad(set_to_none=True)
        # Older versions of torch know no autocast to float32, even disabled.
        with (
            nullcontext()
            if options.dtype == 'fp32'
            else torch.autocast(options.device, options.torch_dtype)
        ):
            losses = run(images, samples, mode='loss')
        total = sum(v.sum() for k, v in losses.items() if 'loss' in k)
        total.backward()

    return step
