"""Result file of a run: ``result.json``, validated on write and on read."""

import functools
import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ...atomic_io import atomic_write_text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

SCHEMA = Path(__file__).with_name('schema.json')


class NoResultError(RuntimeError):
    """A run that lacks required fields of a result file."""


def read_result(path: str | Path) -> dict[str, Any]:
    """Read a result file.

    Returns:
        Its fields, as ``schema.json`` describes them.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not JSON or violates the schema; the message
            names the file and the field.
    """
    path = Path(path)
    try:
        result = json.loads(
            path.read_text(encoding='utf-8'),
            parse_constant=_reject_constant,
            object_pairs_hook=_reject_repeated_fields,
        )
    except FileNotFoundError as error:
        raise FileNotFoundError(f'There is no result file {path}') from error
    except ValueError as error:
        raise ValueError(f'{path} is not valid JSON: {error}') from error
    validate_result(result, path)
    return result


def write_result(path: str | Path, result: dict[str, Any]) -> None:
    """Write a result file in an atomic write.

    Args:
        path: The file; missing folders are made.
        result: Its fields, as ``schema.json`` describes them.

    Raises:
        OSError: If it cannot be written.
        ValueError: If a field violates the schema; nothing is written.
    """
    path = Path(path)
    validate_result(result, path)
    order = _validator().schema['properties']
    result = {field: result[field] for field in order if field in result}
    text = json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write_text(path, text + '\n')


def validate_result(result: Any, path: str | Path = 'the result') -> None:
    """Check a result against ``schema.json``, and its classes for agreement.

    Args:
        result: The fields of the result.
        path: The name of the result in an error message. Default:
            ``the result``.

    Raises:
        ValueError: If a field is wrong; the message says what was found and
            what was expected.
    """
    from jsonschema.exceptions import best_match  # slow to import

    for field, number in _list_floats(result):
        if not math.isfinite(number):
            raise ValueError(
                f'{path}: {field}: {number} is not a number; write null where '
                'there is none'
            )
    error = best_match(_validator().iter_errors(result))
    if error is not None:
        raise ValueError(f'{path}: {_describe(error)}')
    classes = result['classes']
    for name in sorted(set(classes) ^ set(result['per_class_iou'])):
        present, absent = 'per_class_iou', 'classes'
        if name in classes:
            present, absent = absent, present
        raise ValueError(
            f'{path}: per_class_iou: expected the names in classes, but '
            f'{name!r} is in {present} and not in {absent}'
        )
    if len(result['palette']) != len(classes):
        raise ValueError(
            f'{path}: palette: found {len(result["palette"])} colors, '
            f'expected one for each of the {len(classes)} classes'
        )


@functools.cache
def _validator() -> 'Draft202012Validator':
    from jsonschema import Draft202012Validator  # slow to import

    return Draft202012Validator(json.loads(SCHEMA.read_text('utf-8')))


def _describe(error: 'ValidationError') -> str:
    """Describe the field, what was found and what was expected."""
    field = '.'.join(str(part) for part in error.absolute_path)
    meaning = error.schema.get('description')
    return (
        (f'{field}: ' if field else '')
        + error.message
        + (f' ({meaning})' if meaning else '')
    )


def _list_floats(value: Any, field: str = '') -> Iterator[tuple[str, float]]:
    """List the floating point numbers with the names of their fields."""
    if isinstance(value, float):
        yield field, value
        return
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        yield from _list_floats(
            part, f'{field}.{name}' if field else str(name)
        )


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f'{name} is not a JSON number; write null instead')


def _reject_repeated_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise ValueError(
            f'the field {counts.most_common(1)[0][0]!r} occurs more than once'
        )
    return fields
