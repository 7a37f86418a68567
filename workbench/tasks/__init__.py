"""The tasks that come with the program, a folder each."""

import workbench.tasks.detection.kind
import workbench.tasks.image_classification.kind
import workbench.tasks.sound_classification.kind


def register() -> None:
    """Register them as a plugin would."""
    workbench.tasks.detection.kind.register()
    workbench.tasks.image_classification.kind.register()
    workbench.tasks.sound_classification.kind.register()
