from pathlib import Path

from support.faults import MODULES, fault_table, read_rows

DOCS = Path(__file__).parents[2] / 'docs' / 'reliability.md'


def test_the_docs_hold_the_table():
    """Renew it by: cd tests && python -m support.faults."""
    assert fault_table().strip() in DOCS.read_text()


def test_every_module_of_faults_is_in_the_table():
    found = {path.stem for path in Path(__file__).parent.glob('test_bad_*')}
    assert found == set(MODULES.values())


def test_there_are_as_many_as_promised():
    rows = [row for module in MODULES.values() for row in read_rows(module)]
    assert len(rows) >= 40
    assert all('|' not in text for row in rows for text in row[:3])
