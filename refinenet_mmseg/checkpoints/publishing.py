"""From a training's checkpoint to a small file to give away."""

from pathlib import Path
from typing import Any

import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor

from .writing import check_destination, write_checkpoint

# What only a resumed training reads
OF_THE_TRAINING = (
    'ema_state_dict',
    'message_hub',
    'optimizer',
    'param_schedulers',
)


def publish_file(
    source: str | Path, destination: str | Path
) -> dict[str, Any]:
    """Write a checkpoint's weights in 16 bits, without the optimizer.

    Kernels and matrices become float16, the others (biases, batch norm's
    numbers) are few and stay as they are, as does a tensor with a number that
    float16 does not hold. The averaged weights of mmengine's ``EMAHook`` are
    what its checkpoints have as weights. Models load the file as any other.
    The text of the config is left out: it names folders of the machine.

    Args:
        source: Checkpoint of a training.
        destination: The file to write; complete, or left as it was.

    Returns:
        What was written.

    Raises:
        FileNotFoundError: If there is no such source.
        OSError: If the destination cannot be written.
        ValueError: If the source is no checkpoint of a training.
    """
    source, destination = Path(source), Path(destination).resolve()
    check_destination(destination)
    if not source.is_file():
        raise FileNotFoundError(f'There is no checkpoint {source}')
    check_destination(destination, source)
    try:
        content = CheckpointLoader.load_checkpoint(str(source), 'cpu')
        weights = {
            name: _in_16_bits(weight)
            for name, weight in content['state_dict'].items()
        }
    except Exception as error:
        # Other content fails wherever its bytes lead: struct, pickle, zip.
        raise ValueError(
            f'{source} is no checkpoint that a training wrote: '
            f'{type(error).__name__} {error}'
        ) from error
    published = {
        key: value
        for key, value in content.items()
        if key not in OF_THE_TRAINING
    }
    published['state_dict'] = weights
    # The config as it was merged names folders of the machine.
    published['meta'] = {
        key: value
        for key, value in (content.get('meta') or {}).items()
        if key != 'cfg'
    }
    write_checkpoint(published, destination)
    return published


def _in_16_bits(weight: Tensor) -> Tensor:
    if weight.ndim < 2 or not weight.is_floating_point():
        return weight
    half = weight.to(torch.float16)
    return half if half.isfinite().all() else weight
