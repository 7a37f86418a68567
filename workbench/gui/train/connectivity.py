"""Whether a download could begin now, found out without blocking and only when it matters."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QTcpSocket

from workbench.gui.train.choices import Connectivity, weights_here

if TYPE_CHECKING:
    from workbench.gui.train.form import RunForm

TIMEOUT_MS = 4000
BELIEVED_SECONDS = 60.0


class ConnectivityProbe(QObject):
    """Opens a connection to a host and closes it again; nothing is sent."""

    found = Signal(str)
    """ "online" or "offline"."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.connectivity: Connectivity = "unknown"
        self._asked_at = 0.0
        self._socket = QTcpSocket(self)
        self._socket.connected.connect(lambda: self._settle("online"))
        self._socket.errorOccurred.connect(lambda _: self._settle("offline"))
        self._timeout = QTimer(self, singleShot=True)
        self._timeout.timeout.connect(lambda: self._settle("offline"))

    def look(self, form: RunForm) -> None:
        """Find out whether a download could begin, once a recipe is chosen that needs one."""
        recipe = form.recipe if form.recipe_box.value() != "auto" else None
        if recipe is not None and recipe.weights and not weights_here(recipe.weights[0]):
            self.ask(recipe.weights[0].url)

    def ask(self, url: str) -> None:
        """Find out about the host of ``url``, unless the last answer is fresh."""
        fresh = self._asked_at and time.monotonic() - self._asked_at < BELIEVED_SECONDS
        parts = urlsplit(url)
        if fresh or self._timeout.isActive() or not parts.hostname:
            return
        self._asked_at = time.monotonic()
        self._timeout.start(TIMEOUT_MS)
        self._socket.connectToHost(parts.hostname, parts.port or 443)

    def _settle(self, connectivity: Connectivity) -> None:
        if self._timeout.isActive() or self.connectivity == "unknown":
            self._timeout.stop()
            self.connectivity = connectivity
            self.found.emit(connectivity)
        self._socket.abort()
