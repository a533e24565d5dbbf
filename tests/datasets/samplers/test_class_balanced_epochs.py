from itertools import islice

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from refinenet_mmseg.datasets.samplers.class_balanced_epochs import (
    class_balanced_epochs,
)


def epochs(membership, number, per_class=3, minimum=4, maximum=12, seed=0):
    drawn = class_balanced_epochs(
        membership, seed, per_class, minimum, maximum
    )
    return list(islice(drawn, number))


@st.composite
def memberships(draw):
    images, classes = draw(st.integers(1, 60)), draw(st.integers(1, 6))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    share = draw(st.floats(0.02, 0.9))
    membership = generator.random((images, classes)) < share
    membership[0, 0] = True
    return membership


@settings(deadline=None)
@given(memberships(), st.integers(0, 3))
def test_rules_of_an_epoch(membership, seed):
    labeled = set(np.flatnonzero(membership.any(axis=1)).tolist())
    for epoch in epochs(membership, 5, seed=seed):
        assert len(set(epoch.tolist())) == len(epoch)
        assert set(epoch.tolist()) <= labeled
        if len(labeled) <= 4:
            assert set(epoch.tolist()) == labeled
            continue
        assert 4 <= len(epoch) <= 12
        if len(epoch) < 12:
            wanted = np.minimum(membership.sum(axis=0), 3)
            assert (membership[epoch].sum(axis=0) >= wanted).all()


def test_takes_an_image_only_for_a_class_that_is_wanted():
    membership = np.zeros((100, 2), bool)
    membership[:, 0] = True
    membership[:2, 1] = True
    for epoch in epochs(membership, 20, maximum=100):
        # 3 of the common class, the 2 of the rare one, of which some overlap
        assert {0, 1} <= set(epoch.tolist())
        assert 4 <= len(epoch) <= 5


def test_rare_classes_come_up_in_every_epoch():
    membership = np.zeros((1000, 2), bool)
    membership[:, 0] = True
    membership[:5, 1] = True
    rare = sum((epoch < 5).sum() for epoch in epochs(membership, 50))
    by_chance = 50 * 4 * 5 / 1000
    assert rare >= 100 > 10 * by_chance


def test_unused_images_come_first():
    membership = np.ones((12, 1), bool)
    drawn = epochs(membership, 6, per_class=4)
    for start in (0, 3):
        three = np.concatenate(drawn[start : start + 3]).tolist()
        assert sorted(three) == list(range(12))
    assert drawn[0].tolist() != drawn[3].tolist()


def test_fills_up_with_unused_images():
    membership = np.ones((12, 1), bool)
    drawn = epochs(membership, 3, per_class=1, minimum=4)
    assert sorted(np.concatenate(drawn).tolist()) == list(range(12))


def test_a_small_data_set_is_drawn_as_a_whole_in_changing_order():
    membership = np.ones((4, 1), bool)
    drawn = [epoch.tolist() for epoch in epochs(membership, 20)]
    assert all(sorted(epoch) == [0, 1, 2, 3] for epoch in drawn)
    assert len({tuple(epoch) for epoch in drawn}) > 5


def test_the_seed_decides():
    membership = np.ones((50, 1), bool)

    def drawn(seed):
        return np.concatenate(epochs(membership, 5, seed=seed)).tolist()

    assert drawn(1) == drawn(1) != drawn(2)
