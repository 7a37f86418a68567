"""What the status bar says of results."""

from __future__ import annotations

from workbench.core.text import tr


def time_words(milliseconds: float) -> str:
    """How long the figures took, for the status bar."""
    if milliseconds < 1:
        return tr("updated in under 1 ms")
    if milliseconds < 1000:
        return tr("updated in {milliseconds:.0f} ms", milliseconds=milliseconds)
    return tr("updated in {milliseconds:.1f} s", milliseconds=milliseconds / 1000)
