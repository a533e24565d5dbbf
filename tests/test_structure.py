"""The imports of the package follow CONTRIBUTING's table."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

import refinenet_mmseg

PACKAGE = Path(refinenet_mmseg.__file__).parent
ROOT = PACKAGE.parent
FLOORS = ('ground', 'middle', 'top')


def read_table():
    """Read the floor and the allowed imports of each module or folder."""
    places, floor = {}, None
    for line in (ROOT / 'CONTRIBUTING.md').read_text().splitlines():
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if match := re.match(r'\*\*(\w+) floor\*\*', cells[0]):
            floor = match[1]
        elif (
            floor
            and len(cells) == 3
            and (match := re.fullmatch(r'`(\w+)(/|\.py)`', cells[0]))
        ):
            imports = set(re.findall(r'`(\w+)`', cells[2]))
            places[match[1]] = (floor, imports)
        elif places and not line.startswith('|'):
            break
    return places


TABLE = read_table()


def imported_places(path):
    """List the places of the package that a module imports."""
    package = path.relative_to(PACKAGE).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = tuple((node.module or '').split('.')) * bool(node.module)
            if node.level:
                base = package[: len(package) - node.level + 1]
                if names or base:
                    yield (*base, *names)[0]
                else:
                    yield from (alias.name for alias in node.names)
            elif names[0] == PACKAGE.name:
                yield names[1]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(f'{PACKAGE.name}.'):
                    yield alias.name.split('.')[1]


def modules_of(place):
    folder = PACKAGE / place
    return (
        folder.rglob('*.py') if folder.is_dir() else [PACKAGE / f'{place}.py']
    )


def test_every_place_is_in_the_table():
    found = {
        path.stem
        for path in PACKAGE.iterdir()
        if path.suffix == '.py' or any(path.glob('*.py'))
    }
    assert found - {'__init__'} == TABLE.keys()
    assert {floor for floor, _ in TABLE.values()} == set(FLOORS)


@pytest.mark.parametrize('place', TABLE)
def test_imports_are_those_of_the_table(place):
    floor, further = TABLE[place]
    ground = {name for name, (of, _) in TABLE.items() if of == 'ground'}
    implied = set() if floor == 'ground' else ground
    found = {
        name for path in modules_of(place) for name in imported_places(path)
    } - {place}
    assert found <= further | implied
    # and none stands there that is not imported
    assert further - implied <= found


@pytest.mark.parametrize('place', TABLE)
def test_nothing_imports_upwards(place):
    floor, further = TABLE[place]
    for name in further:
        assert FLOORS.index(TABLE[name][0]) <= FLOORS.index(floor)
    if floor == 'middle':
        assert not further


def test_every_folder_is_named():
    tracked = subprocess.run(
        ('git', '-C', str(ROOT), 'ls-files'),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    folders = {Path(path).parts[0] for path in tracked if '/' in path}
    text = (ROOT / 'CONTRIBUTING.md').read_text()
    named = {match[1] for match in re.finditer(r'`(\w+)/`', text)}
    hidden = {name for name in folders if name.startswith('.')}
    assert folders - hidden <= named
