from itertools import islice

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmengine.dataset import InfiniteSampler
from mmengine.runner.loops import _InfiniteDataloaderIterator
from mmseg.registry import DATA_SAMPLERS
from support.datasets import folder_dataset, write_labels
from torch.utils.data import DataLoader

from refinenet_mmseg.datasets.samplers import class_balanced_sampler
from refinenet_mmseg.datasets.samplers.class_balanced_sampler import (
    draw_epochs,
)


@pytest.fixture(scope='module')
def dataset(tmp_path_factory):
    root = tmp_path_factory.mktemp('data')
    write_labels(root, [[index % 3, index % 2] for index in range(30)])
    return folder_dataset(root)


@pytest.fixture
def build(dataset, monkeypatch):
    def build(rank=0, processes=1, **arguments):
        monkeypatch.setattr(
            class_balanced_sampler, 'get_dist_info', lambda: (rank, processes)
        )
        # what process 0 would send
        monkeypatch.setattr(
            class_balanced_sampler,
            'broadcast_object_list',
            lambda objects: objects.__setitem__(0, read),
        )
        config = dict(
            type='ClassBalancedSampler',
            dataset=dataset,
            seed=5,
            images_per_class=4,
            min_images=5,
            max_images=9,
            cache_dir=None,
        )
        return DATA_SAMPLERS.build({**config, **arguments})

    read = class_balanced_sampler.load_class_index(dataset, 255, None)
    return build


def first(sampler, number=100):
    return list(islice(sampler, number))


def test_draws_the_same_from_the_same_seed(build):
    assert first(build()) == first(build()) != first(build(seed=6))
    assert len(set(first(build()))) == 30
    assert len(build()) == 30


def test_iterating_again_starts_again(build):
    sampler = build()
    assert first(sampler) == first(sampler)


@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 200), st.integers(1, 4), st.data())
def test_skipping_is_the_same_as_iterating(build, skipped, processes, data):
    rank = data.draw(st.integers(0, processes - 1))
    sampler = build(rank, processes)
    expected = first(sampler, skipped + 20)[skipped:]
    sampler.skip(skipped)
    assert first(sampler, 20) == expected
    # counted from the start, not from here
    sampler.skip(skipped)
    assert first(sampler, 20) == expected


@pytest.mark.parametrize('processes', [2, 3, 8])
def test_processes_take_turns(build, processes):
    alone = first(build(), 120)
    shares = [
        first(build(rank, processes), 120 // processes)
        for rank in range(processes)
    ]
    assert [i for turn in zip(*shares, strict=True) for i in turn] == alone


def test_only_the_first_process_reads(build, monkeypatch):
    def fail(*arguments):
        raise AssertionError

    monkeypatch.setattr(class_balanced_sampler, 'load_class_index', fail)
    build(rank=1, processes=2)
    with pytest.raises(AssertionError):
        build(rank=0, processes=2)


def test_has_the_methods_that_mmengine_calls(build):
    sampler = build()
    expected = first(sampler)
    sampler.set_epoch(3)
    assert first(sampler) == expected
    infinite = {name for name in dir(InfiniteSampler) if name[0] != '_'}
    assert infinite <= set(dir(sampler))


def test_resuming_leads_to_the_next_batch(build, dataset):
    """As the iteration loop of either mmengine resumes."""
    sampler = build()
    loader = DataLoader(dataset, batch_size=3, sampler=sampler)
    loader.collate_fn = lambda items: [item['img_path'] for item in items]
    expected = next(islice(loader, 7, None))
    resumed = _InfiniteDataloaderIterator(loader)
    if hasattr(resumed, 'skip_iter'):
        resumed.skip_iter(7)
        assert sampler._skipped == 21
    else:
        for _ in range(7):
            next(resumed)
    assert next(resumed) == expected


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(images_per_class=0), 'images_per_class=0'),
        (dict(min_images=0), 'min_images=0'),
        (dict(min_images=10), 'max_images=9'),
    ],
)
def test_refuses_impossible_epochs(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**arguments)


def test_refuses_to_skip_backwards(build):
    with pytest.raises(ValueError, match='-1'):
        build().skip(-1)


def test_refuses_data_without_a_class(tmp_path):
    write_labels(tmp_path, [[255], [255]])
    with pytest.raises(ValueError, match='none of the 2 label maps'):
        DATA_SAMPLERS.build(
            dict(
                type='ClassBalancedSampler',
                dataset=folder_dataset(tmp_path),
                cache_dir=None,
            )
        )


def epochs(class_index, number, per_class=3, minimum=4, maximum=12, seed=0):
    drawn = draw_epochs(class_index, seed, per_class, minimum, maximum)
    return list(islice(drawn, number))


@st.composite
def class_indices(draw):
    images, classes = draw(st.integers(1, 60)), draw(st.integers(1, 6))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    share = draw(st.floats(0.02, 0.9))
    class_index = generator.random((images, classes)) < share
    class_index[0, 0] = True
    return class_index


@settings(deadline=None)
@given(class_indices(), st.integers(0, 3))
def test_rules_of_an_epoch(class_index, seed):
    labeled = set(np.flatnonzero(class_index.any(axis=1)).tolist())
    for epoch in epochs(class_index, 5, seed=seed):
        assert len(set(epoch.tolist())) == len(epoch)
        assert set(epoch.tolist()) <= labeled
        if len(labeled) <= 4:
            assert set(epoch.tolist()) == labeled
            continue
        assert 4 <= len(epoch) <= 12
        if len(epoch) < 12:
            wanted = np.minimum(class_index.sum(axis=0), 3)
            assert (class_index[epoch].sum(axis=0) >= wanted).all()


def test_takes_an_image_only_for_a_class_that_is_wanted():
    class_index = np.zeros((100, 2), bool)
    class_index[:, 0] = True
    class_index[:2, 1] = True
    for epoch in epochs(class_index, 20, maximum=100):
        # 3 of the common class, the 2 of the rare one, of which some overlap
        assert {0, 1} <= set(epoch.tolist())
        assert 4 <= len(epoch) <= 5


def test_rare_classes_come_up_in_every_epoch():
    class_index = np.zeros((1000, 2), bool)
    class_index[:, 0] = True
    class_index[:5, 1] = True
    rare = sum((epoch < 5).sum() for epoch in epochs(class_index, 50))
    by_chance = 50 * 4 * 5 / 1000
    assert rare >= 100 > 10 * by_chance


def test_unused_images_come_first():
    class_index = np.ones((12, 1), bool)
    drawn = epochs(class_index, 6, per_class=4)
    for start in (0, 3):
        three = np.concatenate(drawn[start : start + 3]).tolist()
        assert sorted(three) == list(range(12))
    assert drawn[0].tolist() != drawn[3].tolist()


def test_fills_up_with_unused_images():
    class_index = np.ones((12, 1), bool)
    drawn = epochs(class_index, 3, per_class=1, minimum=4)
    assert sorted(np.concatenate(drawn).tolist()) == list(range(12))


def test_a_small_data_set_is_drawn_completely_in_changing_order():
    class_index = np.ones((4, 1), bool)
    drawn = [epoch.tolist() for epoch in epochs(class_index, 20)]
    assert all(sorted(epoch) == [0, 1, 2, 3] for epoch in drawn)
    assert len({tuple(epoch) for epoch in drawn}) > 5


def test_the_seed_decides():
    class_index = np.ones((50, 1), bool)

    def drawn(seed):
        return np.concatenate(epochs(class_index, 5, seed=seed)).tolist()

    assert drawn(1) == drawn(1) != drawn(2)
