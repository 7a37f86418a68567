"""The tasks that come with the program, a folder each."""

from workbench.tasks.detection import kind as detection
from workbench.tasks.sound_classification import kind as sound_classification


def register() -> None:
    """Register them as a plugin would."""
    detection.register()
    sound_classification.register()
