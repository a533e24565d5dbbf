"""``result.json``: what a run measured, validated on write and on read."""

import functools
import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from ...atomic_io import atomic_write

SCHEMA = Path(__file__).with_name('schema.json')


def read_result(path: str | Path) -> dict[str, Any]:
    """Read a result file.

    Args:
        path: The file.

    Returns:
        Its fields, as ``schema.json`` describes them.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no JSON or not as the schema says; the message
            names the file and the field.
    """
    path = Path(path)
    try:
        result = json.loads(
            path.read_text(encoding='utf-8'),
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_repeated_names,
        )
    except FileNotFoundError as error:
        raise FileNotFoundError(f'There is no result file {path}') from error
    except ValueError as error:
        raise ValueError(f'{path} is no valid JSON: {error}') from error
    validate_result(result, path)
    return result


def write_result(path: str | Path, result: dict[str, Any]) -> None:
    """Write a result file, all of it or nothing.

    Written beside, then renamed: a reader never meets half a file.

    Args:
        path: The file; missing folders are made.
        result: Its fields, as ``schema.json`` describes them.

    Raises:
        OSError: If it cannot be written.
        ValueError: If a field is not as the schema says; nothing is written.
    """
    path = Path(path)
    validate_result(result, path)
    order = _validator().schema['properties']
    result = {field: result[field] for field in order if field in result}
    text = json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as beside:
        beside.write_text(text + '\n', encoding='utf-8')


def validate_result(result: Any, path: str | Path = 'the result') -> None:
    """Check a result against ``schema.json``, and its fields against others.

    Args:
        result: What the file holds or is going to hold.
        path: What to call it in the message.

    Raises:
        ValueError: At the first field that is wrong; the message tells what
            was found and what was expected.
    """
    for field, number in _numbers(result):
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
        where, other = 'per_class_iou', 'classes'
        if name in classes:
            where, other = other, where
        raise ValueError(
            f'{path}: per_class_iou: expected the names in classes, but '
            f'{name!r} is in {where} and not in {other}'
        )
    if len(result['palette']) != len(classes):
        raise ValueError(
            f'{path}: palette: found {len(result["palette"])} colors, '
            f'expected one for each of the {len(classes)} classes'
        )


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text('utf-8')))


def _describe(error: ValidationError) -> str:
    """Name the field, what was found and what was expected."""
    field = '.'.join(str(part) for part in error.absolute_path)
    meaning = error.schema.get('description')
    return (
        (f'{field}: ' if field else '')
        + error.message
        + (f' ({meaning})' if meaning else '')
    )


def _numbers(value: Any, field: str = '') -> Iterator[tuple[str, float]]:
    """List the floating point numbers, with the fields that hold them."""
    if isinstance(value, float):
        yield field, value
        return
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        yield from _numbers(part, f'{field}.{name}' if field else str(name))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f'{name} is not a number of JSON; write null instead')


def _refuse_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise ValueError(
            f'the field {counts.most_common(1)[0][0]!r} occurs more than once'
        )
    return fields
