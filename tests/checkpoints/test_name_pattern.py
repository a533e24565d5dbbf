import pytest
from hypothesis import given
from hypothesis import strategies as st

from refinenet_mmseg.checkpoints.layouts import LAYOUTS
from refinenet_mmseg.checkpoints.name_pattern import NamePattern

PATTERNS = [text for layout in LAYOUTS for row in layout.table for text in row]


def test_reads_and_writes_numbers():
    pattern = NamePattern('blocks.{stage-1}.adapt.0.{unit}')
    assert pattern.read('blocks.2.adapt.0.7') == {'stage': 3, 'unit': 7}
    assert pattern.write({'stage': 3, 'unit': 7}) == 'blocks.2.adapt.0.7'
    pattern = NamePattern('reductions.{4-stage}')
    assert pattern.read('reductions.1') == {'stage': 3}
    assert pattern.write({'stage': 3}) == 'reductions.1'


@pytest.mark.parametrize(
    'name',
    [
        *('blocks.x', 'blocks.1.conv', 'a.blocks.1', 'blocks', 'blocksx1'),
        *('blocks.01', 'blocks.\u0661', 'blocks.-1', 'blocks.' + '1' * 5000),
    ],
)
def test_other_names_are_not_read(name):
    assert NamePattern('blocks.{stage}').read(name) is None


def test_a_dot_is_a_dot():
    assert NamePattern('fuse.convs').read('fusexconvs') is None


def test_a_field_without_a_value_is_refused():
    with pytest.raises(KeyError, match='unit'):
        NamePattern('{stage}.{unit}').write({'stage': 1})


@given(
    st.sampled_from(PATTERNS),
    st.fixed_dictionaries(
        {
            name: st.integers(3, 4)
            for name in ('stage', 'block', 'step', 'unit', 'link')
        }
    ),
)
def test_every_pattern_reads_what_it_writes(text, values):
    pattern = NamePattern(text)
    written = pattern.write(values)
    solved = pattern.read(written)
    assert pattern.write(solved) == written
    assert solved.items() <= values.items()
