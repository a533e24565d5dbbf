import pytest

from refinenet_mmseg import devices


@pytest.mark.parametrize(
    ('flags', 'fast'),
    [
        ('avx2', False),
        ('avx2 avx512_bf16', True),
        ('amx_bf16 amx_tile', True),
        ('', False),
    ],
)
def test_a_cpu_needs_bf16_instructions(monkeypatch, flags, fast):
    devices.supports_bf16.cache_clear()
    monkeypatch.setattr(devices, '_read_cpuinfo', lambda _: flags)
    assert devices.supports_bf16('cpu') is fast
    devices.supports_bf16.cache_clear()


def test_reads_the_flags_of_this_cpu(tmp_path, monkeypatch):
    cpuinfo = tmp_path / 'cpuinfo'
    cpuinfo.write_text('model name\t: X\nflags\t\t: fpu avx2 amx_bf16\n')
    monkeypatch.setattr(devices, 'Path', lambda _: cpuinfo)
    assert devices._read_cpuinfo('flags') == 'fpu avx2 amx_bf16'
    cpuinfo.unlink()
    assert devices._read_cpuinfo('flags') == ''


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
    devices.supports_bf16.cache_clear()
    monkeypatch.setattr('torch.cuda.is_available', lambda: available)
    monkeypatch.setattr('torch.cuda.get_device_capability', lambda: capability)
    assert devices.supports_bf16('cuda') is fast
    devices.supports_bf16.cache_clear()
