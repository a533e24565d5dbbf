import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from refinenet_mmseg.models.blocks import separable_max_pooling
from refinenet_mmseg.models.blocks.separable_max_pooling import (
    separable_max_pool,
    supports_separable_pooling,
)


@settings(deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, n) for n in (2, 3, 40, 9)]),
    size=st.sampled_from([1, 3, 5, 9, 17]),
    band_bytes=st.sampled_from([1, 500, 2**21]),
    channels_last=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float64, torch.bfloat16]),
    seed=st.integers(0, 99),
)
def test_bands_of_any_height_give_the_same(
    shape, size, band_bytes, channels_last, dtype, seed
):
    torch.manual_seed(seed)
    x = torch.randn(shape).to(dtype)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    before = x.clone()
    expected = F.max_pool2d(x, size, 1, size // 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(separable_max_pooling, 'BAND_BYTES', band_bytes)
        pooled = separable_max_pool(x, size)
    assert torch.equal(pooled, expected)
    assert pooled.stride() == expected.stride()
    assert torch.equal(x, before)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
def test_values_that_are_not_finite(value):
    x = torch.randn(1, 2, 7, 6)
    x[0, :, 3, 2] = value
    torch.testing.assert_close(
        separable_max_pool(x, 5), F.max_pool2d(x, 5, 1, 2), equal_nan=True
    )


def test_unsupported_tensors():
    x = torch.zeros(1, 2, 6, 6)
    assert supports_separable_pooling(x)
    assert supports_separable_pooling(x.bfloat16())
    quantized = torch.quantize_per_tensor(x, 1.0, 0, torch.qint8)
    for other in (
        *(x.int(), x[0], x[:0], x[..., 1:], x.mT, x.to('meta')),
        *(x.to_sparse(), quantized),
    ):
        assert not supports_separable_pooling(other)
