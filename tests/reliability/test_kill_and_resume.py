"""Trainings that are killed at any moment lose nothing but a little time."""

from trainings import differences

SHORT = (
    *(
        'randomness.seed=0',
        'train_cfg.max_iters=12',
        'param_scheduler.0.end=12',
    ),
    *('train_cfg.val_interval=6', 'default_hooks.checkpoint.interval=3'),
)


def test_a_killed_training_ends_as_any_other(forked):
    whole = forked('whole', *SHORT)
    assert whole.run() == 0, whole.log[-3000:]
    killed = forked('killed', *SHORT)
    first = killed.kill('half of a checkpoint written', times=2)
    assert (first.reached, first.kept) == (6, 3)
    assert first.leftovers == ['iter_6.pth.partial']
    # Of the resumed process, which has met the validation at 6 by then.
    second = killed.kill('old checkpoint not yet removed', times=2)
    assert 'Removed iter_6.pth.partial' in killed.log
    assert 6 <= second.kept <= second.reached <= 9
    assert killed.run() == 0, killed.log[-3000:]
    assert differences(whole.result(), killed.result()) == []
