"""The Audio place, as the rail names it."""

from workbench.gui.audio.place import AudioPlace

__all__ = ["AudioPlace"]
