"""The classes of a project in their fixed order."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping

from workbench.core.errors import UsageError
from workbench.core.signal import Signal

HOTKEYS = "1234567890"
"""Keys of the first ten classes, in order."""
_DIGITS = frozenset(HOTKEYS)

CLASS_COLORS = (
    "#e5484d", "#3b82f6", "#2da46b", "#f59e0b", "#8b5cf6", "#06b6d4", "#ec4899", "#84cc16",
    "#92400e", "#64748b", "#d946ef", "#e0c46f", "#5e13eb", "#677f0a", "#accdbe", "#891e8f",
)
"""Fixed class colours, in class order, repeated when there are more classes. They stay apart as
lines and as faint fills of areas."""


def class_color(index: int) -> str:
    """Colour of the class at ``index`` in the class list."""
    return CLASS_COLORS[index % len(CLASS_COLORS)]


def colors_of(names: Iterable[str], classes: ClassList | None) -> tuple[str, ...]:
    """The colour of each class of a run: the project's own where it has the class."""
    return tuple(class_color(number) if classes is None else classes.shown_color(name, number)
                 for number, name in enumerate(names))


def class_name(text: str) -> str:
    """Name of a class as every file can hold it: one line without tabs, spaces single.

    Raises
    ------
    UsageError
        If nothing is left, or it holds a character that no file can.
    """
    name = " ".join(text.split())
    if not name:
        raise UsageError("a class needs a name")
    if any(unicodedata.category(sign) in ("Cc", "Cs") or sign in "\ufffe\uffff" for sign in name):
        raise UsageError("a class name cannot hold control characters or halves of characters")
    return name


def _free_slot(position: int, taken: Collection[int]) -> int:
    """Place in the palette for a new class: its position's, or the first that is not ``taken``."""
    count = len(CLASS_COLORS)
    wanted = position % count
    return next((slot for slot in (wanted, *range(count)) if slot not in taken), wanted)


class ClassList:
    """Class names in an order that is never reshuffled: the position is the class's number.

    New classes go to the end. A class has the colour of its position in :data:`CLASS_COLORS`,
    unless a person gave it another ("#rrggbb"). It keeps that colour when classes before it go.

    Parameters
    ----------
    names
        In order; repeated and empty ones are left out.
    colors
        Override by class name.
    """

    def __init__(self, names: Iterable[str] = (), colors: Mapping[str, str] | None = None) -> None:
        self._names: list[str] = list(dict.fromkeys(name for name in names if name))
        self._index = {name: number for number, name in enumerate(self._names)}
        self._colors = {k: v for k, v in (colors or {}).items() if k in self._index}
        self._slots: dict[str, int] = {}
        for position, name in enumerate(self._names):
            chosen = self._colors.get(name)
            slot = CLASS_COLORS.index(chosen) if chosen in CLASS_COLORS else position
            self._slots[name] = slot % len(CLASS_COLORS)
        self.changed: Signal[()] = Signal()
        """Emitted after every change, whatever it was."""
        self.renamed: Signal[str, str] = Signal()
        """(old, new) a class has another name; before ``changed``."""
        self.merged: Signal[str, str] = Signal()
        """(old, new) a class went, and its objects are of another from now on; the same."""

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._names))

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __getitem__(self, index: int) -> str:
        return self._names[index]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    @property
    def colors(self) -> dict[str, str]:
        """Colours that are not those of the classes' positions; a copy."""
        found = ((name, self.color(name)) for name in self._names)
        return {name: color for name, color in found if color is not None}

    def shown_color(self, name: str, otherwise: int = 0) -> str:
        """The colour that a class is shown in; a class that is not listed has that of number
        ``otherwise``."""
        if name not in self:
            return class_color(otherwise)
        return self.color(name) or class_color(self.index(name))

    def colors_beside(self, names: Iterable[str]) -> dict[str, str]:
        """The colours of those ``names`` that are not listed: what they would get if they were
        added now, in this order."""
        taken, found = self._taken(), dict[str, str]()
        for name in names:
            if name not in self and name not in found:
                slot = _free_slot(len(self) + len(found), taken)
                taken.add(slot)
                found[name] = CLASS_COLORS[slot]
        return found

    def index(self, name: str) -> int:
        """Return the 0-based position of ``name``.

        Raises
        ------
        UsageError
            If there is no such class.
        """
        if name not in self._index:
            raise UsageError(f"there is no class “{name}”")
        return self._index[name]

    def color(self, name: str) -> str | None:
        """Colour of ``name``, or None where it is that of its position."""
        if name in self._colors or name not in self._index:
            return self._colors.get(name)
        slot = self._slots[name]
        return CLASS_COLORS[slot] if slot != self._index[name] % len(CLASS_COLORS) else None

    def is_recolored(self, name: str) -> bool:
        """Whether a person chose the colour of ``name``."""
        return name in self._colors

    def hotkey(self, name: str) -> str | None:
        """Digit of the class, or None where there is none left for it.

        A class that is called by a digit has that key; the first of the others share the rest.
        """
        if name in _DIGITS:
            return name if name in self._index else None
        if self._index.get(name, len(HOTKEYS)) >= len(HOTKEYS):
            return None  # all of thousands of classes are asked for theirs
        free = [digit for digit in HOTKEYS if digit not in self._index]
        others = [item for item in self._names[:len(HOTKEYS)] if item not in _DIGITS]
        return dict(zip(others, free, strict=False)).get(name)

    def for_hotkey(self, digit: str) -> str | None:
        """Class that the key ``digit`` stands for, or None."""
        if len(digit) != 1 or digit not in HOTKEYS:
            return None
        if digit in self._index:
            return digit
        return next((name for name in self._names[:len(HOTKEYS)] if self.hotkey(name) == digit),
                    None)

    def add(self, name: str) -> bool:
        """Append ``name`` and return True, or return False where it is there already."""
        return self.add_all((name,))

    def add_all(self, names: Iterable[str]) -> bool:
        """Append the names that are new, with one announcement; return whether any was."""
        fresh = [name for name in dict.fromkeys(names) if name and name not in self._index]
        for name in fresh:
            self._slots[name] = _free_slot(len(self._names), self._taken())
            self._index[name] = len(self._names)
            self._names.append(name)
        if fresh:
            self.changed.emit()
        return bool(fresh)

    def rename(self, old: str, new: str) -> None:
        """Give class ``old`` the name ``new`` at its place; it keeps its colour.

        Raises
        ------
        UsageError
            If ``old`` is unknown, ``new`` is empty or ``new`` is another class.
        """
        position = self.index(old)
        if not new:
            raise UsageError("a class needs a name")
        if new == old:
            return
        if new in self._index:
            raise UsageError(f"there is already a class “{new}”")
        self._names[position] = new
        self._slots[new] = self._slots.pop(old)
        if old in self._colors:
            self._colors[new] = self._colors.pop(old)
        self._index[new] = self._index.pop(old)
        self.renamed.emit(old, new)
        self.changed.emit()

    def remove(self, name: str, into: str | None = None) -> int:
        """Take ``name`` out and return the position it had; the others keep their order. Its
        objects become ones of the class ``into``, if that is said."""
        position = self.index(name)
        del self._names[position], self._slots[name]
        self._colors.pop(name, None)
        self._reindex()
        if into is not None:
            self.merged.emit(name, into)
        self.changed.emit()
        return position

    def insert(self, position: int, name: str, color: str | None = None) -> None:
        """Put ``name`` back at ``position``: the undo of :meth:`remove`."""
        if not name or name in self._index:
            raise UsageError(f"there is already a class “{name}”")
        self._slots[name] = _free_slot(position, self._taken())
        self._names.insert(position, name)
        if color:
            self._colors[name] = color
        self._reindex()
        self.changed.emit()

    def replace(self, names: Iterable[str], colors: Mapping[str, str]) -> None:
        """Take another list as it is, with one announcement."""
        other = ClassList(names, colors)
        self._names, self._colors, self._slots = other._names, other._colors, other._slots
        self._reindex()
        self.changed.emit()

    def set_color(self, name: str, color: str | None) -> None:
        """Give ``name`` the colour "#rrggbb", or with None one of the palette that is free."""
        position = self.index(name)
        if self._colors.get(name) == color:
            return
        if color is None:
            del self._colors[name], self._slots[name]
            self._slots[name] = _free_slot(position, self._taken())
        else:
            self._colors[name] = color
        self.changed.emit()

    def _taken(self) -> set[int]:
        """Places in the palette that a class has, by position or as a person chose it."""
        return {*self._slots.values(), *(CLASS_COLORS.index(color)
                                         for color in self._colors.values()
                                         if color in CLASS_COLORS)}

    def _reindex(self) -> None:
        self._index = {name: number for number, name in enumerate(self._names)}
