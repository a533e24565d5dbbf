"""Training steps side by side: precision, memory format, checkpointing.

RefineNet on a ResNet-18 and CamVid's crops: fp32 with channels first, as
mmengine trains by default, fp32 and, where the CPU computes in it, bf16 with
channels last, and each block checkpointed. A step is forward, loss and
backward; the variants take turns.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from refinenet_mmseg import config_path
from refinenet_mmseg.cost import (
    BenchmarkOptions,
    describe_machine,
    make_table,
    measure,
    prepare,
    write_json,
)
from refinenet_mmseg.devices import supports_bf16

CONFIG = 'refinenet/refinenet_r18-scratch_1xb4-10k_camvid-360x480.py'


def write_config(folder: str, name: str, **head: object) -> Path:
    """Write a config that differs from the CamVid one in its head alone."""
    path = Path(folder, f'{name}.py')
    path.write_text(
        f'_base_ = {config_path(CONFIG)!r}\nmodel = dict(decode_head={head})\n'
    )
    return path


def main() -> None:
    """Parse the arguments, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--shape', nargs=2, type=int, default=(360, 480))
    parser.add_argument('--batch-size', type=int, default=4)
    parser.add_argument('--device', choices=['cpu', 'cuda'], default='cpu')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--json', metavar='F', help='write the rows here')
    arguments = parser.parse_args()
    last = BenchmarkOptions(
        shape=tuple(arguments.shape),
        batch_size=arguments.batch_size,
        device=arguments.device,
        mode='train',
    )
    first = replace(last, channels_last=False)
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            ('fp32_channels_first', first, {}),
            ('fp32_channels_last', last, {}),
            ('fp32_checkpointed', last, dict(with_cp=True)),
        ]
        if supports_bf16(arguments.device):
            bf16 = replace(last, dtype='bf16')
            runs.append(('bf16_channels_last', bf16, {}))
        models = [
            prepare(write_config(folder, name, **head), options)
            for name, options, head in runs
        ]
        with Progress(transient=True) as progress:
            rows = measure(models, arguments.rounds, progress)
    console = Console(markup=False)
    for row in rows:
        row['config'] = Path(row['config']).stem
    if len(runs) == 3:
        console.print('bf16 is left out: no arithmetic for it here')
    # Each row names its precision and memory format itself.
    console.print(make_table(rows))
    if arguments.json:
        write_json(arguments.json, describe_machine(arguments.device), rows)


if __name__ == '__main__':
    main()
