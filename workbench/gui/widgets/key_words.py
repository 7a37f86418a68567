"""The keys of actions in the words of the window, which name the action: a person may change them.

"Show all of it (<images.fit>)" is shown as "Show all of it (Ctrl+F)", and "with <Ctrl>" with the
sign that a Mac's keyboard has for it.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtWidgets import QWidget

from workbench.core.lazy_pattern import lazy_pattern
from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.gui.widgets.labels import key_text

_NAMED = lazy_pattern(r"<([a-z_-]+\.[a-z0-9_-]+)>")
_HELD = lazy_pattern("<(Ctrl|Alt|Shift)>")
_BEHIND = lazy_pattern(rf" \({_NAMED.pattern}\)")


class KeySource(Protocol):
    """Knows the keys of actions, and tells of new actions and of those with other keys."""

    added: Signal[Any]
    changed: Signal[Any]

    def first_key(self, id: str) -> str: ...


_named: weakref.ref[KeySource] | None = None


def use_keys_of(source: KeySource) -> None:
    """Name the keys of the actions of this program."""
    global _named
    _named = weakref.ref(source)


def _source() -> KeySource | None:
    return _named() if _named is not None else None


def key_of(id: str) -> str:
    """The key of an action as this system writes it, "" where it has none."""
    source = _source()
    return key_text(source.first_key(id)) if source is not None else ""


def held_key(name: str) -> str:
    """"Ctrl", "Alt" or "Shift" as this system writes it."""
    return key_text(f"{name}+A").removesuffix("A").removesuffix("+")


def with_keys(text: str) -> str:
    """``text`` with keys in the place of the actions' ids, and of keys that are held; one in
    brackets goes with the brackets where the action has none."""
    def behind(found: re.Match[str]) -> str:
        key = key_of(found[1])
        return f" ({key})" if key else ""

    text = _HELD.sub(lambda found: held_key(found[1]), text)
    return _NAMED.sub(lambda found: key_of(found[1]) or tr("(no key)"), _BEHIND.sub(behind, text))


def keyed_tip(widget: QWidget, text: str) -> None:
    """Show ``text`` as the tool tip of ``widget``, with the keys as they are at any time."""
    keyed(widget, text, widget.setToolTip)


def keyed(widget: QWidget, text: str, show: Callable[[str], object]) -> None:
    """Have ``widget`` :func:`show` ``text`` with the keys as they are at any time."""
    def look(action: Any) -> None:
        if f"<{action.id}>" in text:
            show(with_keys(text))

    show(with_keys(text))
    source = _source()
    if source is not None:
        forget = [signal.connect(look) for signal in (source.added, source.changed)]
        widget.destroyed.connect(lambda: [each() for each in forget])
