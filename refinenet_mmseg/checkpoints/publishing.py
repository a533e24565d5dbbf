"""Publishing of checkpoints: the weights of a training, as a small file."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..safe_loading import check_checkpoint_path, read_checkpoint
from .writing import check_destination, write_checkpoint

# Only a resumed training reads these.
TRAINING_STATE = (
    'ema_state_dict',
    'message_hub',
    'optimizer',
    'param_schedulers',
)


def publish_file(
    source: str | Path,
    destination: str | Path,
    trust_checkpoint: bool = False,
) -> dict[str, Any]:
    """Write a checkpoint's weights in 16 bits, without the optimizer.

    Kernels and matrices become float16. Biases and the numbers of batch norm
    are few and stay as they are, as does a tensor with a number that float16
    does not hold. Of a training with mmengine's ``EMAHook``, the weights are
    the averaged ones. Models load the file as any other checkpoint. The text
    of the config is left out: it names folders of the machine.

    Args:
        source: Checkpoint of a training.
        destination: The file to write; complete, or left as it was.
        trust_checkpoint: Whether to load objects that could run code.
            Default: False.

    Returns:
        What was written.

    Raises:
        FileNotFoundError: If there is no such source.
        OSError: If the destination cannot be written.
        ValueError: If the source is no checkpoint of a training.
    """
    source, destination = Path(source), Path(destination).resolve()
    check_destination(destination)
    check_checkpoint_path(source)
    check_destination(destination, source)
    content = read_checkpoint(source, trust_checkpoint=trust_checkpoint)
    try:
        weights = {
            name: _to_float16(weight)
            for name, weight in content['state_dict'].items()
        }
    except Exception as error:
        # Content of other kinds may raise any error.
        raise ValueError(
            f'{source} is no checkpoint that a training wrote: '
            f'{type(error).__name__} {error}'
        ) from error
    published = {
        key: value
        for key, value in content.items()
        if key not in TRAINING_STATE
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


def _to_float16(weight: Tensor) -> Tensor:
    if weight.ndim < 2 or not weight.is_floating_point():
        return weight
    half = weight.to(torch.float16)
    return half if half.isfinite().all() else weight
