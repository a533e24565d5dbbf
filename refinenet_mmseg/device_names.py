"""What the hardware is called."""

import platform
from pathlib import Path

import torch


def device_name(device_type: str) -> str:
    """Name the GPU or the processor.

    Args:
        device_type: ``cpu`` or ``cuda``.
    """
    if device_type == 'cuda':
        return torch.cuda.get_device_name()
    if (info := Path('/proc/cpuinfo')).is_file():
        for line in info.read_text().splitlines():
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return platform.processor() or platform.machine()
