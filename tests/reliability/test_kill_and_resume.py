"""Trainings that are killed at any moment lose only a little time."""

import json
import random
import re
import time
from dataclasses import asdict

import pytest
from support.killed_training import MOMENTS
from support.trainings import SHORT, differences


def test_a_killed_training_ends_as_any_other(forked):
    whole = forked('whole', *SHORT)
    assert whole.run() == 0, whole.log[-3000:]
    killed = forked('killed', *SHORT)
    first = killed.kill('half of a checkpoint written', times=2)
    assert (first.reached, first.kept) == (6, 3)
    assert re.fullmatch(r'\.iter_6\.\d+\.partial\.pth', *first.leftovers)
    second = killed.kill('half of the best one written')
    assert f'Removed {first.leftovers[0]}' in killed.log
    assert (second.reached, second.kept) == (6, 6)
    (leftover,) = second.leftovers
    assert leftover.startswith('.best_mIoU_iter_6.')
    assert killed.run() == 0, killed.log[-3000:]
    assert differences(whole.result(), killed.result()) == []


@pytest.mark.reliability
def test_twenty_kills_do_not_change_the_result(started):
    """Print the kills as JSON; -s shows them."""
    long = (
        *('randomness.seed=0', 'train_cfg.max_iters=300'),
        *('param_scheduler.0.end=300', 'train_cfg.val_interval=10'),
    )
    interval = 5
    whole = started('whole_of_300', *long)
    assert whole.run() == 0, whole.log[-3000:]
    one = started('one', *long, 'train_cfg.max_iters=1')
    began = time.monotonic()
    assert one.run() == 0, one.log[-3000:]
    start_up = time.monotonic() - began

    dice = random.Random(0)
    killed = started('killed_20_times', *long)
    # The first one leaves a checkpoint, which the moments of a resume need,
    # and comes for certain: the first score is the best.
    kills = [killed.kill('half of the best one written')]
    plan = [
        # A score need not improve: that moment may never come.
        *((moment, dict(iterations=15, seconds=0)) for moment in MOMENTS),
        *(
            ('never', dict(seconds=dice.uniform(0.2, start_up)))
            for _ in range(4)
        ),
        *(
            (
                'never',
                dict(
                    iterations=dice.randrange(20), seconds=dice.uniform(0, 0.5)
                ),
            )
            for _ in range(5)
        ),
    ]
    dice.shuffle(plan)
    for moment, limits in plan:
        kills.append(killed.kill(moment, **limits))
    for kill in kills:
        print(json.dumps(asdict(kill)))
        assert kill.lost <= interval, kill
    assert len(kills) == 20
    assert killed.run() == 0, killed.log[-3000:]
    assert differences(whole.result(), killed.result()) == []
