"""Pictures of a camera or of the screen, the newest one only."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QByteArray, QCameraPermission, QCoreApplication, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr


class Camera(QObject):
    """The system's first camera, through Qt Multimedia, which is imported when it is started."""

    frame = Signal(object)
    """(``QVideoFrame``) there is a newer picture."""
    failed = Signal(str)
    """(sentence) there is no camera, or it does not answer any more; it is closed then."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts: list[Any] = []  # of Qt, as long as it is open
        self._id = QByteArray()

    def start(self) -> None:
        """Open it."""
        try:
            from PySide6.QtMultimedia import (
                QCamera,
                QMediaCaptureSession,
                QMediaDevices,
                QVideoSink,
            )
        except ImportError:
            self.failed.emit(tr("Cameras cannot be used here: a library of the system is missing."))
            return
        device = QMediaDevices.defaultVideoInput()
        if device.isNull():
            self.failed.emit(tr("No camera was found. Plug one in and try again."))
            return
        if not self._allowed():
            return
        self._id = device.id()
        devices, sink = QMediaDevices(self), QVideoSink(self)
        session, camera = QMediaCaptureSession(self), QCamera(device, self)
        self._parts = [camera, session, sink, devices]
        session.setCamera(camera)
        session.setVideoSink(sink)
        self.take_from(sink)
        camera.errorOccurred.connect(lambda _error, text: self._end(
            tr("The camera cannot be used: {reason}.", reason=text.rstrip("."))))
        devices.videoInputsChanged.connect(self._look_for_it)
        camera.start()

    def _allowed(self) -> bool:
        """Whether the system lets the program use it. On macOS Qt leaves a camera that it may not
        use shut, without a word."""
        app, permission = QCoreApplication.instance(), QCameraPermission()
        assert app is not None
        state = app.checkPermission(permission)
        if state is Qt.PermissionStatus.Undetermined:
            app.requestPermission(permission, self, lambda answer: None)
            self.failed.emit(tr("The system asks whether the camera may be used. Allow it, and "
                                "start again."))
        elif state is Qt.PermissionStatus.Denied:
            self.failed.emit(tr("The system does not let the program use the camera. On a Mac, "
                                "allow it in System Settings, Privacy & Security; it is not "
                                "offered there for a program that runs in a plain Python."))
        return state is Qt.PermissionStatus.Granted

    def take_from(self, sink: Any) -> None:
        """Announce the pictures of a ``QVideoSink``."""
        sink.videoFrameChanged.connect(lambda frame: self.frame.emit(frame))

    def stop(self) -> None:
        """Close it."""
        parts, self._parts = self._parts, []
        if parts:
            parts[0].stop()
        for part in parts:
            part.deleteLater()

    def _look_for_it(self) -> None:
        from PySide6.QtMultimedia import QMediaDevices

        if self._parts and self._id not in [item.id() for item in QMediaDevices.videoInputs()]:
            self._end(tr("The camera was unplugged."))

    def _end(self, sentence: str) -> None:
        if self._parts:
            self.stop()
            self.failed.emit(sentence)


class Screen(Camera):
    """What is on the screen that the program's window is on, as a camera's pictures."""

    RATE = 15.0
    """Pictures a second at most: taking more of them than a model sees is a load for nothing."""

    def start(self) -> None:
        try:
            from PySide6.QtMultimedia import QMediaCaptureSession, QScreenCapture, QVideoSink
        except ImportError:
            self.failed.emit(tr("The screen cannot be watched here: a library of the system is "
                                "missing."))
            return
        capture, session, sink = QScreenCapture(self), QMediaCaptureSession(self), QVideoSink(self)
        self._parts = [capture, session, sink]
        owner = self.parent()
        if isinstance(owner, QWidget):
            capture.setScreen(owner.screen())
        capture.setMaximumFrameRate(self.RATE)
        session.setScreenCapture(capture)
        session.setVideoSink(sink)
        self.take_from(sink)
        capture.errorOccurred.connect(lambda _error, text: self._end(
            tr("The screen cannot be watched: {reason}.", reason=text.rstrip("."))))
        capture.start()
