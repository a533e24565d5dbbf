"""A training goes from one distribution of OpenMMLab to the other."""

import re
import sys
from pathlib import Path

import pytest
from support.commands import CONFIG, REPOSITORY, TOOLS, run

STACKS = [
    REPOSITORY / folder / 'bin' / 'python'
    for folder in ('.venv', '.venv-openmmlab')
]


def scores(output):
    """The scores that a test prints last."""
    found = re.findall(r'(aAcc|mIoU|mAcc): +([\d.]+)', output)
    assert len(found) >= 3, output[-2000:]
    return found[-3:]


@pytest.mark.skipif(
    not all(map(Path.exists, STACKS)),
    reason='needs both environments: STACK=openmmlab make setup',
)
@pytest.mark.skipif(
    STACKS[1].parent in Path(sys.executable).parents,
    reason='runs once, from the other environment',
)
@pytest.mark.parametrize(
    ('first', 'second'), [STACKS, STACKS[::-1]], ids=['onedl', 'openmmlab']
)
def test_resumes_and_tests_on_the_other(tmp_path, tiny, first, second):
    longer = [option.replace('max_iters=2', 'max_iters=4') for option in tiny]
    train = (TOOLS / 'train.py', CONFIG, '--work-dir', 'run')
    run(first, *train, *tiny, cwd=tmp_path)
    output = run(second, *train, '--resume', *longer, cwd=tmp_path)
    assert 'resumed epoch: 0, iter: 2' in output
    test = (TOOLS / 'test.py', CONFIG, 'run/iter_4.pth', *tiny)
    assert scores(run(first, *test, cwd=tmp_path)) == scores(
        run(second, *test, cwd=tmp_path)
    )
