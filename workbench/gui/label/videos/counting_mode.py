"""Whether lines and zones are drawn in Videos, in place of boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.commands import UndoStack
from workbench.gui.app.context import AppContext

if TYPE_CHECKING:
    from workbench.gui.label.videos.counting import CountingCard
    from workbench.gui.label.videos.viewer import VideoViewer


class CountingMode:
    """Makes what shows them when it is first asked for.

    Parameters
    ----------
    changed
        Called when they are shown or not, or something was drawn.
    """

    def __init__(self, context: AppContext, viewer: VideoViewer,
                 changed: Callable[[], object]) -> None:
        self._context, self._viewer, self._changed = context, viewer, changed
        self.card: CountingCard | None = None

    @property
    def on(self) -> bool:
        """Whether they are shown."""
        return self.card is not None and not self.card.isHidden()

    def toggle(self) -> None:
        """Show them, or show them no more."""
        if self.card is None:
            from workbench.gui.label.videos.counting import CountingCard

            self.card = CountingCard(self._context, self._viewer, self._changed)
        self._viewer.stop()
        self.card.dismiss() if self.on else self.card.ask()

    def show_video(self) -> None:
        """Another video is open."""
        if self.card is not None and self.on:
            self.card.show_video()

    def steps(self) -> UndoStack | None:
        """The steps of what is drawn, where that is shown and the last step was one."""
        return self.card.places.last_undo() if self.card is not None and self.on else None
