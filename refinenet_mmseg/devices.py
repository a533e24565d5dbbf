"""Names of devices, and their support of bf16."""

import functools
import platform
from pathlib import Path

import torch

# Either is enough; without them, a CPU computes bf16 far slower than fp32.
BF16_CPU_FLAGS = frozenset({'amx_bf16', 'avx512_bf16'})


def device_name(device_type: str) -> str:
    """Return the name of the GPU or the processor.

    Args:
        device_type: ``cpu`` or ``cuda``.
    """
    if device_type == 'cuda':
        return torch.cuda.get_device_name()
    named = _read_cpuinfo('model name')
    return named or platform.processor() or platform.machine()


@functools.cache
def supports_bf16(device_type: str) -> bool:
    """Return whether the hardware computes in bf16.

    Args:
        device_type: ``cpu``, ``cuda`` or another of torch's device types.
    """
    if device_type == 'cpu':
        return bool(BF16_CPU_FLAGS & set(_read_cpuinfo('flags').split()))
    if device_type == 'cuda':
        # Ampere and newer; torch's own answer may include emulation.
        return (
            torch.cuda.is_available()
            and torch.cuda.get_device_capability() >= (8, 0)
        )
    return True


def _read_cpuinfo(key: str) -> str:
    """Read a field of the first processor; empty where the kernel has none."""
    cpuinfo = Path('/proc/cpuinfo')
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith(key):
                return line.partition(':')[2].strip()
    return ''
