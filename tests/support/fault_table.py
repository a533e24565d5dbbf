"""Print the fault table of docs/reliability.md: python tests/faults/FILE."""

import importlib

MODULES = {
    'Images': 'test_bad_images',
    'Label maps': 'test_bad_labels',
    'Configs': 'test_bad_configs',
    'Checkpoints': 'test_bad_checkpoints',
    'Tensors and arrays': 'test_bad_tensors',
}


def fault_table():
    """Write the rows of all modules as Markdown."""
    lines = []
    for title, module in MODULES.items():
        rows = importlib.import_module(module).ROWS
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
