import pytest

from refinenet_mmseg import precision


@pytest.mark.parametrize(
    ('flags', 'fast'),
    [
        ({'avx2'}, False),
        ({'avx2', 'avx512_bf16'}, True),
        ({'amx_bf16', 'amx_tile'}, True),
        (set(), False),
    ],
)
def test_a_cpu_needs_bf16_instructions(monkeypatch, flags, fast):
    precision.supports_bf16.cache_clear()
    monkeypatch.setattr(precision, '_cpu_flags', lambda: flags)
    assert precision.supports_bf16('cpu') is fast
    precision.supports_bf16.cache_clear()


def test_reads_the_flags_of_this_cpu(tmp_path, monkeypatch):
    cpuinfo = tmp_path / 'cpuinfo'
    cpuinfo.write_text('model name\t: X\nflags\t\t: fpu avx2 amx_bf16\n')
    monkeypatch.setattr(precision, 'Path', lambda _: cpuinfo)
    assert precision._cpu_flags() == {'fpu', 'avx2', 'amx_bf16'}
    cpuinfo.unlink()
    assert precision._cpu_flags() == set()


@pytest.mark.parametrize(
    ('available', 'capability', 'fast'),
    [
        (True, (9, 0), True),
        (True, (8, 0), True),
        (True, (7, 5), False),
        (False, None, False),
    ],
)
def test_a_gpu_needs_bf16_units(monkeypatch, available, capability, fast):
    precision.supports_bf16.cache_clear()
    monkeypatch.setattr('torch.cuda.is_available', lambda: available)
    monkeypatch.setattr('torch.cuda.get_device_capability', lambda: capability)
    assert precision.supports_bf16('cuda') is fast
    precision.supports_bf16.cache_clear()
