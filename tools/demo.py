"""From nothing to a trained, evaluated, drawn network: make demo."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from mmengine.config import Config

import refinenet_mmseg
from refinenet_mmseg.datasets.shapes_generator import generate_shapes_dataset
from refinenet_mmseg.inference import draw_contact_sheet

CONFIG = 'refinenet/refinenet_r18_1xb8-1k_shapes-160x160.py'


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work-dir', default='work_dirs/demo')
    parser.add_argument('--num-train', type=int, default=2000)
    parser.add_argument('--num-val', type=int, default=200)
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='handed on to the training and the test',
    )
    return parser.parse_args()


def mim(verb: str, *arguments: str) -> None:
    """Run a command of mim for this package, in this environment."""
    program = Path(sys.executable).with_name('mim')
    subprocess.run([program, verb, 'refinenet_mmseg', *arguments], check=True)


def main() -> None:
    """Run the tool."""
    args = parse_args()
    work_dir = Path(args.work_dir)
    config = refinenet_mmseg.config_path(CONFIG)
    options = ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    data_root = Config.fromfile(config).data_root
    generate_shapes_dataset(data_root, args.num_train, args.num_val)
    mim('train', config, '--work-dir', str(work_dir / 'train'), *options)
    checkpoint = (work_dir / 'train' / 'last_checkpoint').read_text().strip()
    test_dir = work_dir / 'test'
    mim('test', config, checkpoint, '--work-dir', str(test_dir), *options)
    metrics = max(test_dir.glob('*/*.json'), key=lambda p: p.stat().st_mtime)
    score = json.loads(metrics.read_text())['mIoU']
    picture = draw_contact_sheet(
        config, checkpoint, str(work_dir / 'picture.png')
    )
    print(f'mIoU {score:.2f} picture {picture}')


if __name__ == '__main__':
    main()
