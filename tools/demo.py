"""Train, evaluate and draw a network on generated data: make demo."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from mmengine.config import Config

import refinenet_mmseg
from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.datasets.shapes import generate_shapes_dataset
from refinenet_mmseg.inference import draw_contact_sheet

CONFIG = 'refinenet/refinenet_efficientnet-lite0_1xb8-500_shapes-160x160.py'
TRAINED, TESTED = Path('work_dirs/demo/train'), Path('work_dirs/demo/test')


def mim(verb: str, *arguments: str) -> None:
    """Run a command of mim for this package, in this environment."""
    program = Path(sys.executable).with_name('mim')
    finished = subprocess.run([program, verb, 'refinenet_mmseg', *arguments])
    if finished.returncode:
        sys.exit(finished.returncode)  # mim has printed the reason


def run_demo(args: argparse.Namespace) -> None:
    """Generate, train, test and draw."""
    config = refinenet_mmseg.config_path(CONFIG)
    data_root = Config.fromfile(config).data_root
    generate_shapes_dataset(data_root, args.num_train, args.num_val)
    options = ['--cfg-options', *args.cfg_options] if args.cfg_options else []
    # An interrupted demo continues where it stopped.
    resume = ['--resume', '--work-dir', str(TRAINED)]
    mim('train', config, *resume, *options)
    checkpoint = (TRAINED / 'last_checkpoint').read_text().strip()
    test = ['--checkpoint', checkpoint, '--work-dir', str(TESTED)]
    mim('test', config, *test, *options)
    metrics = max(TESTED.glob('*/*.json'), key=lambda p: p.stat().st_mtime)
    score = json.loads(metrics.read_text())['mIoU']
    picture = TESTED.with_name('picture.png')
    draw_contact_sheet(config, checkpoint, picture)
    print(f'mIoU {score:.2f} picture {picture}')


def main() -> None:
    """Parse the arguments and run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--num-train', type=int, default=2000)
    parser.add_argument('--num-val', type=int, default=200)
    help_text = 'passed on to the training and the test'
    parser.add_argument('--cfg-options', nargs='+', help=help_text)
    run_tool(parser, run_demo)


if __name__ == '__main__':
    main()
