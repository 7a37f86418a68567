"""The Audio place, as the rail names it."""

from workbench.gui.label.sounds.place import AudioPlace

__all__ = ["AudioPlace"]
