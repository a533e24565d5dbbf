"""Which reduced precision a device computes fast in."""

import functools
from pathlib import Path

import torch

# One is enough: a CPU without either computes bf16 many times slower than fp32
BF16_CPU_FLAGS = frozenset({'amx_bf16', 'avx512_bf16'})


@functools.cache
def supports_bf16(device_type: str) -> bool:
    """Tell whether bf16 is worth using: whether the hardware computes in it.

    Args:
        device_type: ``cpu``, ``cuda`` or another of torch's device types.
    """
    if device_type == 'cpu':
        return bool(BF16_CPU_FLAGS & _cpu_flags())
    if device_type == 'cuda':
        # Ampere and newer; torch's own answer may count emulation in.
        return (
            torch.cuda.is_available()
            and torch.cuda.get_device_capability() >= (8, 0)
        )
    return True


def _cpu_flags() -> set[str]:
    """Read the CPU's instruction sets; empty where the kernel tells none."""
    cpuinfo = Path('/proc/cpuinfo')
    if not cpuinfo.exists():
        return set()
    for line in cpuinfo.read_text().splitlines():
        if line.startswith('flags'):
            return set(line.partition(':')[2].split())
    return set()
