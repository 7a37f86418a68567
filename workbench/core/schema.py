"""Settings declared once: the form, the flags, the saved JSON and the validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.core.errors import UsageError

Kind = Literal["int", "float", "bool", "choice", "text"]
Value = int | float | bool | str


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    name: str
    """Key in JSON and in ``--set NAME=VALUE``; dotted names group ("split.val")."""
    kind: Kind
    """``int``, ``float``, ``bool``, ``choice`` or ``text``."""
    default: Value
    """Used where nothing is given."""
    label: str
    help: str = ""
    unit: str = ""
    """Words for the form: a short label, one sentence for the tooltip, a unit shown behind it."""
    minimum: float | None = None
    maximum: float | None = None
    """Inclusive range of a number."""
    choices: Sequence[tuple[str, str]] = ()
    """``(value, label)`` pairs of a ``choice``."""
    advanced: bool = False
    """Folded away behind "More" in the form."""
    zero: str = ""
    """What 0 stands for, shown in its place ("automatic")."""
    of_classes: bool = False
    """Whether a ``text`` names a class: forms offer those of the project, and ``zero`` for none."""
    label_kinds: Sequence[str] = ()
    """Kinds of labels ("class", "tags", "number") that it changes something for; all where
    empty."""

    def check(self, value: Any) -> Value:
        """Return ``value`` in this field's type.

        Raises
        ------
        UsageError
            If it does not fit; the sentence names the field and what would.
        """
        converted = self._convert(value)
        if isinstance(converted, int | float) and not isinstance(converted, bool):
            self._check_range(converted)
        if self.kind == "choice" and converted not in {key for key, _ in self.choices}:
            known = ", ".join(key for key, _ in self.choices)
            raise UsageError(f"{self.name} is “{value}”, but it can be one of: {known}")
        return converted

    def _convert(self, value: Any) -> Value:
        try:
            if self.kind == "int":
                number = float(value)
                if number != int(number):
                    raise ValueError(value)
                return int(number)
            if self.kind == "float":
                return float(value)
        except (TypeError, ValueError, OverflowError):
            what = "a whole number" if self.kind == "int" else "a number"
            raise UsageError(f"{self.name} is “{value}”, which is not {what}") from None
        if self.kind == "bool":
            return self._convert_bool(value)
        return str(value)

    def _convert_bool(self, value: Any) -> bool:
        words = {"1": True, "true": True, "yes": True, "on": True,
                 "0": False, "false": False, "no": False, "off": False}
        found = words.get(str(value).strip().lower())
        if found is None:
            raise UsageError(f"{self.name} is “{value}”, but it can be yes or no")
        return found

    def _check_range(self, number: float) -> None:
        if number != number:
            raise UsageError(f"{self.name} is not a number")
        if self.minimum is not None and number < self.minimum:
            raise UsageError(f"{self.name} is {number:g}, but it must be at least {self.minimum:g}")
        if self.maximum is not None and number > self.maximum:
            raise UsageError(f"{self.name} is {number:g}, but it must be at most {self.maximum:g}")


class Schema:
    """An ordered set of fields."""

    def __init__(self, *fields: Field) -> None:
        self._fields = {field.name: field for field in fields}
        if len(self._fields) != len(fields):
            raise ValueError("two fields have one name")

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def extended(self, *fields: Field) -> Schema:
        """A schema with ``fields`` added; one of the same name replaces the old one in place."""
        merged = dict(self._fields)
        merged.update({field.name: field for field in fields})
        return Schema(*merged.values())

    def for_labels(self, kind: str) -> Schema:
        """The fields that change something for labels of a kind; all where ``kind`` is ""."""
        return Schema(*(field for field in self
                        if not kind or not field.label_kinds or kind in field.label_kinds))

    def without_effect(self, values: Mapping[str, Value], kind: str) -> list[Field]:
        """The fields that were changed in ``values``, but mean nothing for labels of a kind."""
        known = self.for_labels(kind)
        return [field for field in self
                if field.name not in known and values[field.name] != field.default]

    def defaults(self) -> dict[str, Value]:
        return {field.name: field.default for field in self}

    def validate(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """Return all settings: the given ones checked, the others at their default.

        Raises
        ------
        UsageError
            For an unknown name or a value that does not fit.
        """
        unknown = sorted(set(values) - set(self._fields))
        if unknown:
            known = ", ".join(self._fields)
            raise UsageError(f"there is no setting “{unknown[0]}”; there are: {known}")
        checked = {name: self._fields[name].check(value) for name, value in values.items()}
        return {**self.defaults(), **checked}

    def parse(self, assignments: list[str]) -> dict[str, Value]:
        """Read ``["lr=0.01", …]`` as ``--set`` gives it; only the named ones are returned."""
        values: dict[str, Value] = {}
        for text in assignments:
            name, equals, value = text.partition("=")
            if not equals:
                raise UsageError(f"“{text}” is not of the form NAME=VALUE")
            if name not in self._fields:
                known = ", ".join(self._fields)
                raise UsageError(f"there is no setting “{name}”; there are: {known}")
            values[name] = self._fields[name].check(value)
        return values

    def to_json(self) -> list[dict[str, Any]]:
        """The declaration itself, for ``recipes --json`` and the window."""
        return [
            {"name": f.name, "kind": f.kind, "default": f.default, "label": f.label,
             "help": f.help, "unit": f.unit, "minimum": f.minimum, "maximum": f.maximum,
             "choices": [list(pair) for pair in f.choices], "advanced": f.advanced}
            for f in self
        ]
