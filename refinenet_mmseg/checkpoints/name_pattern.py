"""Names with numbers in them, such as ``blocks.{stage-1}.adapt``."""

import re
from collections.abc import Mapping

# As Python writes indices: no leading zeros, ASCII, and not without end.
NUMBER = r'(0|[1-9][0-9]{0,8})'
FIELD = re.compile(
    r'\{(?:(?P<from>\d+)-)?(?P<name>[a-z]+)(?:-(?P<less>\d+))?}'
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

        Args:
            name: The name.

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
