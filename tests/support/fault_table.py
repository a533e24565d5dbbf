"""Print the fault table of docs/reliability.md.

cd tests && python -m support.fault_table
"""

import runpy
from pathlib import Path

FOLDER = Path(__file__).parents[1] / 'faults'

MODULES = {
    'Images': 'test_bad_images',
    'Label maps': 'test_bad_labels',
    'Configs': 'test_bad_configs',
    'Checkpoints': 'test_bad_checkpoints',
    'Tensors': 'test_bad_tensors',
}


def read_rows(module):
    """Read the rows of a module of tests."""
    return runpy.run_path(str(FOLDER / f'{module}.py'))['ROWS']


def fault_table():
    """Write the rows of all modules as Markdown."""
    lines = []
    for title, module in MODULES.items():
        rows = read_rows(module)
        lines += [
            *(f'**{title}** ({len(rows)})', ''),
            *('| what is wrong | met by | outcome |', '|---|---|---|'),
            *(
                f'| {row.fault} | {row.met_by} | {row.outcome} |'
                for row in rows
            ),
            '',
        ]
    return '\n'.join(lines)


if __name__ == '__main__':
    print(fault_table())
