"""A window from which a real mouse drags a folder into that of the program, as from a file
manager."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from real_window import wait_for

_SIDE = 40
SOURCE = (_SIDE / 2, _SIDE / 2)
"""Where to take the folder."""
_SOURCE = f"""
import sys
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget

class Source(QWidget):
    def mouseMoveEvent(self, event):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)  # the window may ask for the data only later

app = QApplication(sys.argv)
source = Source(None, Qt.WindowType.FramelessWindowHint)
source.setWindowTitle("a folder to drag")
source.setGeometry(0, 0, {_SIDE}, {_SIDE})
source.show()
sys.exit(app.exec())
"""


@contextmanager
def dragged(folder: Path, display: str) -> Iterator[None]:
    """A window at :data:`SOURCE`, above all others, from which ``folder`` can be dragged; it is
    needed until the drop had its effect."""
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    source = subprocess.Popen([sys.executable, "-c", _SOURCE, str(folder)], env=environment)
    try:
        wait_for(lambda: subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "a folder to drag"], check=False,
            env=environment, capture_output=True).stdout, "what is dragged")
        yield
    finally:
        source.kill()
        source.wait()
