"""Saying where something was saved, with the way there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from workbench.core.paths import is_folder
from workbench.core.text import tr

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext, Tone


def say_saved(context: AppContext, words: str, path: Path, tone: Tone = "ok",
              detail: str = "") -> None:
    """Say ``words``, that the file or folder ``path`` was written, and offer to show it."""
    context.say(tone, words, tr("Show in folder"), partial(show_in_folder, context, path),
                detail=detail)


def show_in_folder(context: AppContext, path: Path) -> None:
    """Open ``path``, of a file the folder that it is in; or say where it is."""
    folder = path if is_folder(path) else path.parent
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        context.say("info", tr("The file is {path}", path=path))
