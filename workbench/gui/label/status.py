"""What the status bar says about all samples of a place, before it says anything of single ones."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QSettings

from workbench.core.text import several, tr
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.label.editor import LabelEditor
from workbench.gui.label.labelling_speed import OPTION
from workbench.project.library.base import Library

GAP = "   "
"""Between two things that the status bar says."""
TELL_AFTER = 0.5
"""Seconds after which a step on many samples tells how far it is."""
MANY = 50
"""Files that wait to be written, from which on it is told how many are left."""


def with_pace(words: str, settings: QSettings, editor: LabelEditor[Any]) -> str:
    """``words`` and how fast a person labels, where they want to know that."""
    place, name = OPTION
    pace = editor.pace.words(editor.noun) if words and PlaceMemory(settings, place).option(
        name, usual=False) else ""
    return f"{words}{GAP}{pace}" if pace else words


def busy_words(library: Library[Any]) -> str:
    """How far a step on many samples is, or how many files wait to be written; "" in peace."""
    work = library.work
    if work is not None and time.monotonic() - work.began > TELL_AFTER:
        return tr("{upper}{value}: {done:,} of {total:,} {nouns}",
                  upper=work.text[:1].upper(), value=work.text[1:], done=work.done,
                  total=work.total, nouns=several(library.noun))
    waiting = library.session.saver.waiting
    return tr("{waiting:,} files are still to be saved", waiting=waiting) if waiting >= MANY else ""
