"""The video that is being edited, with what a model suggests of it."""

from __future__ import annotations

from workbench.gui.label.videos.suggested import TrackSuggestions
from workbench.gui.label.videos.track_editor import TrackEditor


class VideoEditor(TrackEditor):
    """The state of the Videos place."""

    suggests = TrackSuggestions
    suggestions: TrackSuggestions
