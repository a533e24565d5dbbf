"""Every table is one to one, and its rows are the right ones."""

import itertools

import published_networks
import pytest
import reduced_networks
import torch
from mmseg.apis import init_model

from refinenet_mmseg.checkpoints.layouts import LAYOUTS
from refinenet_mmseg.checkpoints.recognition import (
    invert,
    recognise,
    rename,
)


def load_with_table(model, weights, table):
    """Load weights renamed by a table; raise if they do not fit."""
    names = rename(weights, table)
    renamed = {new: weights[old] for old, new in names.items()}
    model.load_state_dict(renamed)


@pytest.mark.parametrize('layout', LAYOUTS, ids=lambda layout: layout.name)
def test_rows_differ(layout):
    for column in zip(*layout.table, strict=True):
        assert len(set(column)) == len(column)


def test_inverted_table_gives_the_published_names_back(snapshot):
    weights, *_ = snapshot
    table = recognise(weights).layout.table
    names = rename(weights, table)
    assert list(names) == list(weights)
    back = rename(names.values(), invert(table))
    assert [back[name] for name in names.values()] == list(weights)


def test_every_row_is_needed(snapshot):
    weights, *_ = snapshot
    table = recognise(weights).layout.table
    for row in table:
        assert rename(weights, (row,)), row


def test_two_rows_swapped_give_other_logits_or_do_not_fit(snapshot):
    weights, image, logits, config = snapshot
    table = recognise(weights).layout.table
    classes = {'model.decode_head.num_classes': reduced_networks.CLASSES}
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
    computed = reduced_networks.compute(
        name, published_networks.Weights(weights), image
    )
    assert (computed - logits).abs().max() < 1e-5
