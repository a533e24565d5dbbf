"""Run one of mmseg's own tools, with this plugin imported before it.

For tools that import mmseg before they read a config, which upstream cannot
without compiled operators, and for those that load checkpoints.
"""

import argparse
import runpy
import sys
from pathlib import Path

import mmseg

import refinenet_mmseg  # noqa: F401  (works around what the tools meet)
from refinenet_mmseg.safe_globals import allow_globals, history_globals


def main() -> None:
    """Find the tool, and run it with the arguments that are left."""
    package = Path(mmseg.__file__).parent
    folder = package / '.mim' / 'tools'
    scripts = {
        path.stem: path
        # of two of a name, the one among the analysis tools
        for path in sorted(folder.glob('**/*.py'), reverse=True)
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('name', help='such as get_flops or browse_dataset')
    parser.add_argument('arguments', nargs=argparse.REMAINDER)
    args = parser.parse_args()
    if args.name not in scripts:
        parser.error(
            f'mmseg has no tool {args.name!r}; it has '
            f'{", ".join(sorted(scripts)) or "none at all"}'
        )
    script = str(scripts[args.name])
    sys.argv = [script, *args.arguments]
    # Trainings keep mmengine's history in their checkpoints.
    with allow_globals(history_globals()):
        runpy.run_path(script, run_name='__main__')


if __name__ == '__main__':
    main()
