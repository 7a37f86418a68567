"""Whether a download could begin now, found out without blocking and only when it matters."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QTcpSocket

from workbench.gui.train.choices import Reach

PATIENCE_MS = 4000
BELIEVED_SECONDS = 60.0


class ReachProbe(QObject):
    """Opens a connection to a host and closes it again; nothing is sent.

    Signals
    -------
    found
        "online" or "offline".
    """

    found = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reach: Reach = "unknown"
        self._asked_at = 0.0
        self._socket = QTcpSocket(self)
        self._socket.connected.connect(lambda: self._settle("online"))
        self._socket.errorOccurred.connect(lambda _: self._settle("offline"))
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(lambda: self._settle("offline"))

    def ask(self, url: str) -> None:
        """Find out about the host of ``url``, unless the last answer is fresh."""
        fresh = self._asked_at and time.monotonic() - self._asked_at < BELIEVED_SECONDS
        parts = urlsplit(url)
        if fresh or self._patience.isActive() or not parts.hostname:
            return
        self._asked_at = time.monotonic()
        self._patience.start(PATIENCE_MS)
        self._socket.connectToHost(parts.hostname, parts.port or 443)

    def _settle(self, reach: Reach) -> None:
        if self._patience.isActive() or self.reach == "unknown":
            self._patience.stop()
            self.reach = reach
            self.found.emit(reach)
        self._socket.abort()
