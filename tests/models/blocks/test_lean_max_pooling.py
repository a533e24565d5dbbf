import copy

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from refinenet_mmseg.models.blocks import lean_max_pooling
from refinenet_mmseg.models.blocks.lean_max_pooling import LeanMaxPool2d


def plain(size):
    return nn.MaxPool2d(size, stride=1, padding=size // 2)


def output_and_gradient(pooling, x, upstream):
    x = x.detach().clone().requires_grad_()
    y = pooling(x)
    y.backward(upstream)
    return y, x.grad


@settings(deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, n) for n in (2, 3, 12, 24)]),
    size=st.sampled_from([1, 3, 5, 7, 13, 15, 17]),
    values=st.sampled_from([1, 2, 1000]),
    channels_last=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float64, torch.bfloat16]),
    seed=st.integers(0, 99),
)
# Narrower than the window: with 13 the largest number is 234, with 15 none
# would fit into a byte.
@example((1, 1, 20, 1), 13, 1000, False, torch.float32, 0)
@example((1, 1, 20, 1), 15, 1000, False, torch.float32, 0)
def test_equals_max_pooling(shape, size, values, channels_last, dtype, seed):
    torch.manual_seed(seed)
    # few values: many ties
    x = torch.randint(-values, values + 1, shape).to(dtype)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    upstream = torch.randn(shape, dtype=dtype)
    ours = output_and_gradient(LeanMaxPool2d(size), x, upstream)
    theirs = output_and_gradient(plain(size), x, upstream)
    for our, their in zip(ours, theirs, strict=True):
        assert torch.equal(our, their)
        assert our.stride() == their.stride()
    with torch.no_grad():
        without_gradient = LeanMaxPool2d(size)(x)
    assert torch.equal(without_gradient, theirs[0])
    assert without_gradient.stride() == theirs[0].stride()


def test_gradients_are_right():
    x = torch.randn(2, 2, 6, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(LeanMaxPool2d(5), x)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
def test_values_that_are_not_finite(value):
    x = torch.randn(1, 2, 7, 6)
    x[0, :, 3, 2] = value
    upstream = torch.randn_like(x)
    ours = output_and_gradient(LeanMaxPool2d(5), x, upstream)
    theirs = output_and_gradient(plain(5), x, upstream)
    for our, their in zip(ours, theirs, strict=True):
        assert torch.equal(our.nan_to_num(), their.nan_to_num())


@pytest.mark.parametrize('make', ['sliced', 'transposed', 'expanded'])
def test_inputs_in_any_memory_layout(make):
    last = torch.randn(2, 8, 9, 6).contiguous(
        memory_format=torch.channels_last
    )
    x = dict(
        sliced=last[:, :4],
        transposed=torch.randn(2, 3, 5, 6).transpose(2, 3),
        expanded=torch.randn(1, 2, 1, 1).expand(2, 2, 6, 5),
    )[make]
    expected = plain(5)(x)
    with torch.no_grad():
        without_gradient = LeanMaxPool2d(5)(x)
    with_gradient = LeanMaxPool2d(5)(x.requires_grad_())
    for pooled in (without_gradient, with_gradient):
        assert torch.equal(pooled, expected)
        assert pooled.stride() == expected.stride()


@pytest.mark.parametrize('make', ['expanded', 'transposed'])
def test_gradients_in_any_memory_layout(make):
    x = torch.randn(1, 2, 6, 6)
    upstream = torch.randn(1, 1, 1, 1).expand_as(x)
    if make == 'transposed':
        upstream = torch.randn(1, 2, 6, 6).transpose(2, 3)
    ours = output_and_gradient(LeanMaxPool2d(5), x, upstream)
    theirs = output_and_gradient(plain(5), x, upstream)
    assert torch.equal(ours[1], theirs[1])


def saved_bytes(pooling, x):
    storages = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        pooling(x)
    return sum(storages.values())


def test_one_byte_per_value_is_saved():
    x = torch.randn(2, 3, 16, 16, requires_grad=True)
    assert saved_bytes(LeanMaxPool2d(5), x) == x.numel()
    assert saved_bytes(plain(5), x) == x.numel() * (4 + 8)


def test_without_gradients_it_is_max_pooling():
    x = torch.randn(1, 2, 6, 6)
    assert LeanMaxPool2d(5)(x).grad_fn is None
    with torch.no_grad():
        pooled = LeanMaxPool2d(5)(x.requires_grad_())
    assert torch.equal(pooled, plain(5)(x))


def test_separable_pooling_without_gradients(monkeypatch):
    x = torch.randn(1, 2, 6, 6)
    monkeypatch.setattr(
        lean_max_pooling, 'separable_max_pool', lambda x, size: 'separable'
    )
    with torch.no_grad():
        assert LeanMaxPool2d(5)(x) == 'separable'
        assert torch.equal(LeanMaxPool2d(5)(x[0]), plain(5)(x[0]))
    with torch.inference_mode():
        assert LeanMaxPool2d(5)(x) == 'separable'
    assert torch.equal(LeanMaxPool2d(5)(x), plain(5)(x))


def test_function_transforms_work():
    x = torch.randn(3, 1, 2, 7, 7)
    pooling = LeanMaxPool2d(5)
    assert torch.equal(
        torch.func.vmap(pooling)(x), plain(5)(x.flatten(0, 1))[:, None]
    )
    _, tangent = torch.func.jvp(pooling, (x[0],), (torch.ones_like(x[0]),))
    assert torch.equal(tangent, torch.ones_like(x[0]))


def test_one_map_without_a_batch():
    x = torch.randn(2, 6, 6)
    assert torch.equal(LeanMaxPool2d(5)(x), plain(5)(x))
    assert LeanMaxPool2d(5)(x.requires_grad_()).requires_grad


def test_works_with_autocast_copies_and_compilers():
    x = torch.randn(1, 2, 6, 6, requires_grad=True)
    with torch.autocast('cpu', torch.bfloat16):
        pooled = LeanMaxPool2d(5)(x.bfloat16())
    assert pooled.dtype == torch.bfloat16
    assert torch.equal(copy.deepcopy(LeanMaxPool2d(5))(x), plain(5)(x))
    traced = torch.jit.trace(LeanMaxPool2d(5), x)
    assert '_LeanMaxPooling' not in str(traced.graph)
    exported = torch.export.export(LeanMaxPool2d(5), (x,))
    assert 'LeanMaxPooling' not in str(exported.graph)


def test_even_windows_are_refused():
    with pytest.raises(ValueError, match=r'kernel_size must be odd.* 4'):
        LeanMaxPool2d(4)
