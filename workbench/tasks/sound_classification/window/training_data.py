"""What a project of sounds offers to learn classes from, as far as the window knows it."""

from __future__ import annotations

from workbench.gui.app.sound_labels import SoundLabelSummary
from workbench.project.session import Session
from workbench.tasks.sound_classification.kind import ID

DATA = SoundLabelSummary(ID)


def outputs(session: Session) -> int:
    """One for each class."""
    return max(2, len(session.sounds.class_counts()))
