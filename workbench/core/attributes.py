"""Attributes that a project asks of its objects: what they are called and what they can be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple, get_args

Kind = Literal["text", "number", "choice", "flag"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OBJECTS, IMAGE = "objects", "image"
"""What it can be said of."""
OF_EVERY_OBJECT: Final = ("difficult", "truncated", "occluded")
"""Need not be declared."""
TRACK: Final = "track"
"""By this an object of one frame says which track it belongs to."""
POSES: Final = ("Frontal", "Rear", "Left", "Right")
"""What Pascal VOC says of how a thing is seen."""


class Attribute(NamedTuple):
    """One attribute."""

    name: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    """What it can be, where its kind is "choice"."""
    classes: tuple[str, ...] = ()
    """Of which objects it is asked; of all where there are none."""
    whole: bool = False
    """Whether it is asked of the image as a whole, and not of objects."""

    def is_of(self, label: str) -> bool:
        """Whether it is asked of an object of that class."""
        return not self.whole and (not self.classes or label in self.classes)

    def renamed_class(self, old: str, new: str) -> Attribute:
        """As it is when class ``old`` is called ``new``."""
        if old not in self.classes or new in self.classes:
            return self
        return self._replace(classes=tuple(new if name == old else name for name in self.classes))


NOTE: Final = Attribute("note", whole=True)
NEEDS_WORK: Final = Attribute("needs work", "flag", whole=True)
"""What is asked of images once a person notes something of one."""


def attribute_table(attribute: Attribute) -> dict[str, Any]:
    """What :func:`attribute_of` reads."""
    named = {"choices": list(attribute.choices), "classes": list(attribute.classes),
             "of": IMAGE if attribute.whole else ""}
    return {"kind": attribute.kind, **{name: value for name, value in named.items() if value}}


def attribute_of(name: str, table: Any) -> Attribute:
    """The attribute that ``{kind = "choice", choices = ["red", …], classes = ["car"]}`` declares.

    Raises
    ------
    ValueError
        If it is something else; the message says what, as the end of a sentence.
    """
    table = table if isinstance(table, dict) else {}
    kind = table.get("kind", "text")
    if kind not in KINDS:
        known = ", ".join(f"“{word}”" for word in KINDS)
        raise ValueError(f"kind can be {known}")
    if table.get("of", OBJECTS) not in (OBJECTS, IMAGE):
        raise ValueError(f"of can be “{OBJECTS}”, “{IMAGE}”")
    made = Attribute(name, kind, _names(table, "choices"), _names(table, "classes"),
                     table.get("of") == IMAGE)
    check((made,))
    return made


def _names(table: dict[str, Any], key: str) -> tuple[str, ...]:
    names = table.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"{key} is not a list of names in quotes")
    return tuple(dict.fromkeys(names))


def check(attributes: Iterable[Attribute]) -> None:
    """Raise a ValueError with a sentence's end where something does not fit."""
    seen: set[str] = set()
    for name, kind, choices, _classes, whole in attributes:
        if not name or name != " ".join(name.split()):
            raise ValueError("an attribute needs a name of one line")
        if name in OF_EVERY_OBJECT and not whole:
            raise ValueError(f"every object has “{name}” already")
        if name in seen:
            raise ValueError(f"“{name}” is there twice")
        if kind == "choice" and not choices:
            raise ValueError(f"“{name}” needs choices")
        if {"true", "false"} & {choice.lower() for choice in choices}:
            raise ValueError(f"“{name}” should be a flag where the choices are true and false")
        seen.add(name)
