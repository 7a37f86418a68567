"""What the status bar says about all samples of a place, before it says anything of single ones."""

from __future__ import annotations

import time
from typing import Any

from workbench.core.text import tr
from workbench.project.library.base import Library

GAP = "   "
"""Between two things that the status bar says."""
TELL_AFTER = 0.5
"""Seconds after which a step on many samples tells how far it is."""
MANY = 50
"""Files that wait to be written, from which on it is told how many are left."""


def busy_words(library: Library[Any]) -> str:
    """How far a step on many samples is, or how many files wait to be written; "" in peace."""
    work = library.work
    if work is not None and time.monotonic() - work.began > TELL_AFTER:
        return tr("{upper}{value}: {done:,} of {total:,} {noun}s",
                  upper=work.text[:1].upper(), value=work.text[1:], done=work.done,
                  total=work.total, noun=library.noun)
    waiting = library.session.saver.waiting
    return tr("{waiting:,} files are still to be saved", waiting=waiting) if waiting >= MANY else ""
