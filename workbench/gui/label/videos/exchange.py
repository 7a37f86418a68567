"""What Videos reads from files of other programs, and writes for them: tracks and events."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog

from workbench.core.text import tr
from workbench.formats.track_files import TRACK_FORMATS, TrackFormat
from workbench.gui.label.picture_place import PicturePlace
from workbench.gui.label.videos.editor import VideoEditor
from workbench.gui.label.videos.jobs import VideoJobs
from workbench.gui.label.videos.viewer import VideoViewer
from workbench.gui.widgets.menu import Menu

if TYPE_CHECKING:
    from workbench.formats.event_files import EventFormat
    from workbench.formats.yolo_frames import TracksRead
    from workbench.gui.label.videos.events_mode import EventsMode
    from workbench.gui.label.videos.popups import ReadTracksPopup


class ExchangePlace(PicturePlace):
    """A place of videos, as far as it reads and writes files of other programs."""

    editor: VideoEditor
    viewer: VideoViewer
    jobs: VideoJobs
    events: EventsMode
    read_popup: ReadTracksPopup | None = None

    def read_tracks(self) -> None:
        """Ask for a file with tracks, and add them to this video."""
        if not self._counted():
            return
        path, _ = QFileDialog.getOpenFileName(
            self, tr("Read tracks"), str(self._folder()),
            tr("CVAT for video, MOT, YOLO by frame (*.xml *.txt)"))
        if path:
            self.jobs.read_tracks(Path(path))

    def ask_to_add(self, path: Path, read: TracksRead) -> None:
        """Show what was read, before it is added."""
        if self.read_popup is None:
            from workbench.gui.label.videos.popups import ReadTracksPopup

            self.read_popup = ReadTracksPopup(self)
            self.read_popup.accepted.connect(self.jobs.add_tracks)
            self.read_popup.first_changed.connect(self.jobs.read_tracks)
        self.read_popup.ask(path, read, self.canvas)

    def save_tracks(self) -> None:
        """Ask in which format, and where, the tracks of this video are saved."""
        if not self._counted():
            return
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for format in TRACK_FORMATS:
            menu.addAction(tr(format.title), partial(self._save_tracks, format))
        menu.popup(QCursor.pos())

    def _save_tracks(self, format: TrackFormat) -> None:
        from workbench.gui.app.export_controller import ask_new_folder

        name = f"{Path(self.editor.key).stem}-{format.id}"
        folder = ask_new_folder(self, self._context, self._folder(), name)
        if folder is not None:
            self.jobs.save_tracks(format, folder)

    def _folder(self) -> Path:
        assert self._session is not None
        return self._session.videos.path(self.editor.key).parent

    def _counted(self) -> bool:
        """Whether all frames are known; else that is said."""
        frames = self.viewer.frames
        if not frames.complete:
            self.refuse(tr("The frames are still being counted. Try again in a moment."))
        elif not frames.times:
            self.refuse(tr("This video cannot be shown."))
        return frames.complete and bool(frames.times)

    # --- events ---------------------------------------------------------------------------------

    def read_events(self) -> None:
        """Ask for a file with events, and add them to this video."""
        if not self._counted():
            return
        path, _ = QFileDialog.getOpenFileName(
            self, tr("Read events"), str(self._folder()),
            tr("BORIS, ELAN, Audacity, tables (*.csv *.tsv *.boris *.eaf *.txt)"))
        if path:
            self.jobs.read_events(Path(path))

    def save_events(self) -> None:
        """Ask in which format, and where, the events of this video are saved."""
        from workbench.formats.event_files import EVENT_FORMATS

        if not self._counted():
            return
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for format in EVENT_FORMATS:
            menu.addAction(tr(format.title), partial(self._save_events, format))
        menu.popup(QCursor.pos())

    def _save_events(self, format: EventFormat) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Save events in"), str(self._folder()))
        if folder:
            self.jobs.save_events(format, Path(folder))
