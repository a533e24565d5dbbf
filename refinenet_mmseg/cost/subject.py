"""A model to be measured: built from any mmseg config, and its steps."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from ..configs import read_config

DTYPES = dict(fp32=torch.float32, bf16=torch.bfloat16, fp16=torch.float16)


@dataclass(frozen=True)
class Setting:
    """How a model is run while it is measured.

    Args:
        shape: Height and width of the images, in pixels.
        batch_size: Images at a time.
        device: ``cpu`` or ``cuda``.
        dtype: ``fp32``, ``bf16`` or ``fp16``.
        mode: ``inference`` or ``train`` (forward, loss and backward).
        compiled: Whether the model is compiled.
        channels_last: Whether tensors have their channels last in memory.
    """

    shape: tuple[int, int] = (512, 512)
    batch_size: int = 1
    device: str = 'cpu'
    dtype: str = 'fp32'
    mode: str = 'inference'
    compiled: bool = False
    channels_last: bool = True

    @property
    def memory_format(self) -> torch.memory_format:
        """The memory format of images and weights."""
        if self.channels_last:
            return torch.channels_last
        return torch.contiguous_format


def build_model(
    config: str | Path | Config,
    checkpoint: str | Path | None = None,
) -> nn.Module:
    """Build a segmentor for measuring; nothing is downloaded.

    Args:
        config: Any mmseg config, or its file.
        checkpoint: Weights; None means random ones. Default: None.

    Raises:
        FileNotFoundError: If there is no such config or checkpoint.
        KeyError: If the config has no model.
    """
    for file in (config, checkpoint):
        if isinstance(file, (str, Path)) and not Path(file).is_file():
            raise FileNotFoundError(f'no such file: {file}')
    if not isinstance(config, Config):
        config = read_config(config)
    if 'model' not in config:
        raise KeyError(f'{config.filename} has no model to measure')
    init_default_scope(config.get('default_scope', 'mmseg'))
    model_config = config.model.copy()
    model_config.pop('pretrained', None)
    model = revert_sync_batchnorm(MODELS.build(model_config))
    if checkpoint is not None:
        load_checkpoint(model, str(checkpoint), 'cpu')
    return model


def make_images(setting: Setting) -> Tensor:
    """Draw random normalized images, of shape (N, 3, H, W), in float32."""
    generator = torch.Generator().manual_seed(0)
    shape = (setting.batch_size, 3, *setting.shape)
    images = torch.randn(shape, generator=generator)
    return images.to(setting.device, memory_format=setting.memory_format)


def make_samples(model: nn.Module, setting: Setting) -> list[Any]:
    """Draw random labels for a batch, as mmseg hands them to its losses."""
    generator = torch.Generator().manual_seed(0)
    classes = max(model.num_classes, 2)
    samples = []
    for _ in range(setting.batch_size):
        labels = torch.randint(
            classes, (1, *setting.shape), generator=generator
        )
        samples.append(
            SegDataSample(gt_sem_seg=PixelData(data=labels.to(setting.device)))
        )
    return samples


def training_step(model: nn.Module, setting: Setting) -> Callable[[], None]:
    """Make a function that computes a batch's loss and gradients.

    Args:
        model: A segmentor; put into training mode.
        setting: How it is run.
    """
    model.train()
    model.to(setting.device, memory_format=setting.memory_format)
    images, samples = make_images(setting), make_samples(model, setting)
    dtype = DTYPES[setting.dtype]
    run = torch.compile(model) if setting.compiled else model

    def step() -> None:
        model.zero_grad(set_to_none=True)
        # Older versions of torch know no autocast to float32, even disabled.
        with (
            nullcontext()
            if dtype == torch.float32
            else torch.autocast(setting.device, dtype)
        ):
            losses = run(images, samples, mode='loss')
        total = sum(v.sum() for k, v in losses.items() if 'loss' in k)
        total.backward()

    return step
