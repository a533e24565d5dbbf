"""What a process holds: memory and files."""

import gc
import os
from pathlib import Path

import numpy as np

PAGE = os.sysconf('SC_PAGE_SIZE')


def resident_mib():
    """Tell the memory that this process holds, in MiB."""
    gc.collect(0)
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * PAGE / 2**20


def open_files():
    """Tell how many file handles this process has open."""
    return len(os.listdir('/proc/self/fd'))


def slope(values):
    """Fit a line by least squares: the growth a value, in its unit."""
    return float(np.polyfit(np.arange(len(values)), values, 1)[0])
