"""Run one of mmseg's own tools, with this plugin imported before it.

It serves tools that import mmseg before they read a config, which fails
upstream without compiled operators, and tools that load checkpoints. Defects
of the tools themselves are repaired in this process.
"""

import argparse
import os
import runpy
import sys
from pathlib import Path

import mmseg

import refinenet_mmseg
from refinenet_mmseg.cli import add_trust_argument, run_tool
from refinenet_mmseg.safe_globals import restricted_history_globals
from refinenet_mmseg.safe_loading import checkpoints_as_data


def run_mmseg_tool(args: argparse.Namespace) -> None:
    """Find the tool, and run it with the remaining arguments."""
    folder = Path(mmseg.__file__).parent / '.mim' / 'tools'
    scripts = {
        path.stem: path
        # Of two with the same name, the analysis tool is taken.
        for path in sorted(folder.glob('**/*.py'), reverse=True)
    }
    if args.name not in scripts:
        raise ValueError(
            f'mmseg has no tool {args.name!r}; it has '
            f'{", ".join(sorted(scripts)) or "none at all"}'
        )
    script = str(scripts[args.name])
    sys.argv = [script, *args.arguments]
    # mmseg's test.py builds mmengine's runner, whatever the config selects.
    refinenet_mmseg.harden()
    if args.trust_checkpoint:
        # Some call torch.load by themselves.
        os.environ['TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'] = '1'
    with (
        checkpoints_as_data(args.trust_checkpoint),
        restricted_history_globals(),
    ):
        runpy.run_path(script, run_name='__main__')


def main() -> None:
    """Parse the arguments and run the tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_trust_argument(parser)
    parser.add_argument('name', help='such as get_flops or browse_dataset')
    parser.add_argument('arguments', nargs=argparse.REMAINDER)
    run_tool(parser, run_mmseg_tool)


if __name__ == '__main__':
    main()
