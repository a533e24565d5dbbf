"""Every table is one to one, and its rows are the right ones."""

import itertools

import pytest
import torch
from mmseg.apis import init_model
from mmseg.datasets import PascalContextDataset
from support import published_networks

from refinenet_mmseg.checkpoints.layouts import LAYOUTS, find_dataset_meta
from refinenet_mmseg.checkpoints.recognition import (
    FIELD,
    NamePattern,
    invert,
    recognize,
    rename,
)


def load_with_table(model, weights, table):
    """Load weights renamed by a table; raise if they do not fit."""
    names = rename(weights, table)
    renamed = {new: weights[old] for old, new in names.items()}
    model.load_state_dict(renamed)


ALL_LAYOUTS = pytest.mark.parametrize(
    'layout', LAYOUTS, ids=lambda layout: layout.name
)


def names_of(layout):
    """Write some names for every row of a layout's table."""
    for old, _ in layout.table:
        fields = [field['name'] for field in FIELD.finditer(old)]
        for numbers in itertools.product((3, 4), repeat=len(fields)):
            values = dict(zip(fields, numbers, strict=True))
            yield f'{NamePattern(old).write(values)}.weight'


@ALL_LAYOUTS
def test_both_names_of_a_row_have_the_same_fields(layout):
    for row in layout.table:
        old, new = (
            sorted(field['name'] for field in FIELD.finditer(name))
            for name in row
        )
        assert old == new, row


@ALL_LAYOUTS
def test_every_table_is_inverted_by_its_inverse(layout):
    names = list(names_of(layout))
    assert len(set(names)) == len(names)
    there = rename(names, layout.table)
    back = rename(there.values(), invert(layout.table))
    assert [back[there[name]] for name in names] == names


def test_inverted_table_gives_the_published_names_back(snapshot):
    weights, *_ = snapshot
    table = recognize(weights).layout.table
    names = rename(weights, table)
    assert list(names) == list(weights)
    back = rename(names.values(), invert(table))
    assert [back[name] for name in names.values()] == list(weights)


def test_every_row_is_needed(snapshot):
    weights, *_ = snapshot
    table = recognize(weights).layout.table
    for row in table:
        assert rename(weights, (row,)), row


def test_two_rows_swapped_give_other_logits_or_do_not_fit(snapshot):
    weights, image, logits, config = snapshot
    table = recognize(weights).layout.table
    classes = {'model.decode_head.num_classes': published_networks.NUM_CLASSES}
    model = init_model(config, None, 'cpu', classes)

    def error(table):
        try:
            load_with_table(model, weights, table)
        except (KeyError, RuntimeError, ValueError):
            return float('inf')
        with torch.no_grad():
            computed = model.decode_head(model.backbone(image))
        return (computed - logits).abs().max()

    assert error(table) < 1e-4
    for first, second in itertools.combinations(range(len(table)), 2):
        swapped = list(table)
        swapped[first] = (table[first][0], table[second][1])
        swapped[second] = (table[second][0], table[first][1])
        assert error(swapped) > 1e-4, (table[first], table[second])


def test_snapshots_are_what_the_published_networks_compute(snapshot, request):
    weights, image, logits, _ = snapshot
    name = request.node.callspec.params['snapshot']
    computed = published_networks.compute_reduced(
        name, published_networks.Weights(weights), image
    )
    assert (computed - logits).abs().max() < 1e-5


@pytest.mark.parametrize(
    ('num_classes', 'index', 'name'),
    [
        (7, 1, 'head'),
        (19, 0, 'road'),
        (21, 15, 'person'),
        (40, 3, 'bed'),
        (60, 2, 'bicycle'),
        (60, 15, 'person'),
        (60, 42, 'curtain'),
        (150, 0, 'wall'),
    ],
)
def test_known_numbers_name_their_classes(num_classes, index, name):
    meta = find_dataset_meta(num_classes)
    assert len(meta['classes']) == len(meta['palette']) == num_classes
    assert meta['classes'][index] == name
    assert all(type(color) is list for color in meta['palette'])


def test_other_numbers_are_not_guessed():
    assert find_dataset_meta(5) is None


def test_context_has_mmsegs_names_in_the_published_order():
    published = find_dataset_meta(60)['classes']
    known = PascalContextDataset.METAINFO['classes']
    assert sorted(published) == sorted(known)
    assert published[:3] == ['background', 'aeroplane', 'bicycle']
    assert published != list(known)
