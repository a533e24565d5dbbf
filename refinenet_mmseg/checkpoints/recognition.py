"""Recognition of published checkpoints by the names of their tensors."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .layouts import LAYOUTS, Layout, Table

WRAPPERS = ('state_dict', 'model', 'segmenter', 'weights')
DATA_PARALLEL_PREFIX = 'module.'
MAX_NAMES_IN_MESSAGE = 5
MAX_WRAPPERS = 5
# As Python writes indices: no leading zeros, ASCII, and not without end.
NUMBER = r'(0|[1-9][0-9]{0,8})'
FIELD = re.compile(
    r'\{(?:(?P<from>\d+)-)?(?P<name>[a-z]+)(?:-(?P<less>\d+))?}'
)
BATCH_COUNTER = 'num_batches_tracked'
WEIGHT_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@dataclass(frozen=True)
class Recognition:
    """A recognized checkpoint: its layout, names and tensors.

    Args:
        layout: The layout that its names follow.
        names: Published name of each tensor that has a place here, and that
            place.
        tensors: The checkpoint's tensors by their published names.
        ignored: Other entries of the file.
    """

    layout: Layout
    names: dict[str, str]
    tensors: dict[str, Tensor]
    ignored: list[str]


def recognize(content: Any) -> Recognition:
    """Recognize a published checkpoint: its layout and its tensors.

    Args:
        content: What the file holds: a state dict, or one wrapped by a
            trainer.

    Raises:
        ValueError: If it holds no state dict, or one of no known layout.
    """
    tensors, ignored = find_state_dict(content)
    if any(name.startswith('decode_head.') for name in tensors):
        raise ValueError(
            'this is a checkpoint of mmseg already: there is nothing to '
            'convert, use it with its config'
        )
    candidates = [
        (rename(tensors, layout.table), layout) for layout in LAYOUTS
    ]
    # Most names understood; among equals, the layout that expects least else.
    names, layout = max(
        candidates, key=lambda pair: (len(pair[0]), -len(pair[1].table))
    )
    ignored_modules = [
        name for name in tensors if name.rpartition('.')[0] in layout.ignored
    ]
    strange = sorted(set(tensors) - set(names) - set(ignored_modules))
    if strange:
        known = '; '.join(layout.name for layout in LAYOUTS)
        closest = f', even as {layout.name}' if names else ''
        raise ValueError(
            f'unknown layout: of {len(tensors)} tensors, {len(strange)} have '
            f'names that are not understood{closest}: {list_names(strange)}. '
            f'Known layouts: {known}'
        )
    return Recognition(layout, names, tensors, ignored + ignored_modules)


def find_state_dict(content: Any) -> tuple[dict[str, Tensor], list[str]]:
    """Find the state dict in what a trainer saved.

    Args:
        content: A state dict, or a mapping with one under ``state_dict``,
            ``model``, ``segmenter`` or ``weights``, at any depth.

    Returns:
        The tensors by name, without ``module.`` before it, and the names of
        all other entries.

    Raises:
        ValueError: If there is no state dict, or more than one.
    """
    ignored: list[str] = []
    prefix = ''
    while isinstance(content, Mapping):
        wrapped = [key for key in WRAPPERS if _holds_weights(content, key)]
        if not wrapped:
            break
        if len(wrapped) > 1:
            raise ValueError(
                f'the checkpoint has weights under each of {wrapped}: save '
                'the one that you want under state_dict alone'
            )
        ignored += [f'{prefix}{key}' for key in content if key != wrapped[0]]
        prefix += f'{wrapped[0]}.'
        content = content[wrapped[0]]
    tensors: dict[str, Tensor] = {}
    for key, value in content.items() if isinstance(content, Mapping) else ():
        if isinstance(value, Tensor):
            name = str(key).removeprefix(DATA_PARALLEL_PREFIX)
            if name in tensors:
                raise ValueError(f'the checkpoint has {name} twice')
            tensors[name] = value
        else:
            ignored.append(f'{prefix}{key}')
    if not tensors:
        raise ValueError(
            'the checkpoint holds no state dict, neither by itself nor under '
            f'{", ".join(WRAPPERS)}'
        )
    return tensors, ignored


def _holds_weights(content: Mapping, key: str, depth: int = 0) -> bool:
    """Return whether a wrapper's key holds tensors, at any depth."""
    inner = content.get(key)
    # A file can hold a mapping that holds itself.
    if not isinstance(inner, Mapping) or depth > MAX_WRAPPERS:
        return False
    return any(isinstance(value, Tensor) for value in inner.values()) or any(
        _holds_weights(inner, key, depth + 1) for key in WRAPPERS
    )


def check_dense_tensors(recognition: Recognition) -> None:
    """Check that weights are dense tensors of real numbers.

    Raises:
        ValueError: If one is sparse, quantized, complex, ... .
    """
    odd = [
        f'{name} ({tensor.dtype}, {tensor.layout}, {tensor.device})'
        for name, tensor in recognition.tensors.items()
        if name in recognition.names
        and (
            (
                tensor.dtype not in WEIGHT_DTYPES
                and not name.endswith(BATCH_COUNTER)
            )
            or tensor.layout != torch.strided
            or tensor.is_nested
            or tensor.device.type != 'cpu'
        )
    ]
    if odd:
        raise ValueError(
            f'{len(odd)} weights are no dense tensors of real numbers: '
            f'{list_names(odd)}; save them as float32'
        )


class NamePattern:
    """A name whose numbers are computed from named values.

    A field in braces stands for a number: ``{stage}`` for the value
    ``stage`` itself, ``{stage-1}`` for one less, ``{4-stage}`` for what is
    left of 4. Each can be solved for its value, so that a pattern both reads
    and writes names.

    Args:
        text: The pattern.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._fields = list(FIELD.finditer(text))
        expression, end = '', 0
        for field in self._fields:
            expression += re.escape(text[end : field.start()]) + NUMBER
            end = field.end()
        self._expression = re.compile(expression + re.escape(text[end:]))

    def read(self, name: str) -> dict[str, int] | None:
        """Solve a name for the values of its fields.

        Returns:
            The values, or None if the name does not follow the pattern.
        """
        match = self._expression.fullmatch(name)
        if match is None:
            return None
        values = {}
        for field, digits in zip(self._fields, match.groups(), strict=True):
            number = int(digits)
            if field['from']:
                values[field['name']] = int(field['from']) - number
            else:
                values[field['name']] = number + int(field['less'] or 0)
        return values

    def write(self, values: Mapping[str, int]) -> str:
        """Fill the fields with values.

        Args:
            values: A value for each field.

        Raises:
            KeyError: If a field has no value.
        """

        def number(field: re.Match[str]) -> str:
            value = values[field['name']]
            if field['from']:
                return str(int(field['from']) - value)
            return str(value - int(field['less'] or 0))

        return FIELD.sub(number, self.text)


def rename(names: Iterable[str], table: Table) -> dict[str, str]:
    """Rename the tensors of the modules in a table.

    Args:
        names: Names of tensors: a module's name, a dot, the tensor's own.
        table: Old and new names of modules.

    Returns:
        The new name of each tensor of whose module the table has a row.

    Raises:
        ValueError: If two tensors would get the same name.
    """
    rows = [(NamePattern(old), NamePattern(new)) for old, new in table]
    renamed: dict[str, str] = {}
    for name in names:
        module, _, tensor = name.rpartition('.')
        for old, new in rows:
            values = old.read(module)
            if values is not None:
                renamed[name] = f'{new.write(values)}.{tensor}'
                break
    repeated = [
        name for name, count in Counter(renamed.values()).items() if count > 1
    ]
    if repeated:
        raise ValueError(
            f'the table names several tensors {list_names(repeated)}: its '
            'rows must be one to one'
        )
    return renamed


def invert(table: Table) -> Table:
    """Invert a table: new names to old ones.

    Args:
        table: Old and new names of modules.
    """
    return tuple((new, old) for old, new in table)


def list_names(names: list[str]) -> str:
    """Join the first few names, and count the others."""
    more = len(names) - MAX_NAMES_IN_MESSAGE
    shown = ', '.join(names[:MAX_NAMES_IN_MESSAGE])
    return f'{shown} and {more} more' if more > 0 else shown
