"""Frames of videos that go into the project as images: which ones, and writing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QWidget

from workbench.core.background import BackgroundThread
from workbench.core.text import count, tr
from workbench.core.video import Shown, frame_name
from workbench.gui.predict.into_project import key_of
from workbench.gui.predict.table import Prediction
from workbench.gui.widgets.menu import Menu
from workbench.project.session import Session

DIFFERENT, SECOND, FINDS = "different", "second", "finds"


def ask_which(parent: QWidget, finds: int, counted: str, take: Callable[[str], object]) -> Menu:
    """Let a person choose which frames of the videos are wanted: on ``finds`` of them something
    was found, ``counted`` ("objects")."""
    menu = Menu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for id, words in ((DIFFERENT, tr("Frames that differ from each other")),
                      (SECOND, tr("One frame a second")),
                      (FINDS, tr("All {frames} with {objects}", frames=count(finds, "frame"),
                           objects=tr(counted)))):
        menu.addAction(words, partial(take, id))
    menu.popup(QCursor.pos())
    return menu


def chosen_frames(answers: Sequence[Prediction], which: str, thread: BackgroundThread,
                  ) -> list[Prediction]:
    """Frames of one video, in their order, of which those are left that are wanted.

    Raises
    ------
    WorkbenchError
        If the video cannot be read any more.
    """
    if which == FINDS:
        return [item for item in answers if item.sums.number]
    if which == SECOND:
        chosen: list[Prediction] = []
        for item in answers:
            if not chosen or item.time >= chosen[-1].time + 1 - 1e-3:
                chosen.append(item)
        return chosen
    from workbench.media.video.differing import ChangeDetector
    from workbench.media.video.frames import FrameReader

    reader, differs, different = FrameReader(), ChangeDetector(), []
    try:
        for item in answers:
            thread.check()
            if differs(reader.read(Shown(Path(item.file), item.frame, item.time))):
                different.append(item)
    finally:
        reader.close()
    return different


def write_frames(session: Session, answers: Sequence[Prediction], thread: BackgroundThread,
                 tell: Callable[[int], object]) -> dict[Shown, str]:
    """Write frames as JPEG to the project's images; returns their keys.

    Raises
    ------
    WorkbenchError
        If a video cannot be read or the disk refuses; what was written before stays.
    """
    from workbench.media.video.frames import FrameReader
    from workbench.project.imports.files import make_folder
    from workbench.project.video_frames import write_frame

    folder = session.folder / session.manifest.new_images
    make_folder(folder)
    reader, keys = FrameReader(), {}
    try:
        for done, item in enumerate(answers, 1):
            thread.check()
            shown = Shown(Path(item.file), item.frame, item.time)
            name = f"{frame_name(item.name.replace('/', '_'), item.frame)}.jpg"
            keys[shown] = key_of(session, write_frame(folder, name, reader.read(shown)))
            thread.post(partial(tell, done))
    finally:
        reader.close()
    return keys
