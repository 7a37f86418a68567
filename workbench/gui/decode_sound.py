"""Decode a sound with Qt Multimedia, whose FFmpeg reads AAC, AMR and Windows Media; a program.

``python -m workbench.gui.decode_sound FILE`` writes a line of JSON (``sample_rate``, ``channels``)
and then all samples, 32-bit float, channels interleaved. It ends with 1 and a sentence on standard
error where the file cannot be decoded. A process of its own, so that shell and import need no Qt,
and a file on which a decoder crashes ends nothing else.
"""

from __future__ import annotations

import json
import os
import sys

import numpy as np
from PySide6.QtCore import QCoreApplication, QLoggingCategory, QTimer, QUrl
from PySide6.QtMultimedia import QAudioBuffer, QAudioDecoder, QAudioFormat

_KINDS = {
    # of one sample: how it is stored, what is silence, what is full scale
    QAudioFormat.SampleFormat.UInt8: (np.uint8, 128, 128.0),
    QAudioFormat.SampleFormat.Int16: (np.int16, 0, 32768.0),
    QAudioFormat.SampleFormat.Int32: (np.int32, 0, 2147483648.0),
    QAudioFormat.SampleFormat.Float: (np.float32, 0, 1.0),
}


class _Decoding:
    """One file, from its first sample to its last."""

    def __init__(self, path: str) -> None:
        self.reason = ""
        self._said: tuple[int, int] | None = None
        self._decoder = QAudioDecoder()
        self._decoder.bufferReady.connect(self._write)
        self._decoder.finished.connect(self._end)
        self._decoder.error.connect(self._fail)
        self._decoder.setSource(QUrl.fromLocalFile(path))
        if self._decoder.isSupported():
            QTimer.singleShot(0, self._decoder.start)  # it may fail at once
        else:
            QTimer.singleShot(0, lambda: self._stop(
                "there is nothing here that decodes it (no plugin of Qt Multimedia)"))

    def _write(self) -> None:
        while self._decoder.bufferAvailable() and not self.reason:
            self._take(self._decoder.read())

    def _take(self, buffer: QAudioBuffer) -> None:
        if not buffer.isValid() or not buffer.frameCount():
            return
        form = buffer.format()
        said = form.sampleRate(), form.channelCount()
        if self._said is None:
            self._said = said
            head = json.dumps({"sample_rate": said[0], "channels": said[1]})
            sys.stdout.buffer.write(head.encode() + b"\n")
        if said != self._said or form.sampleFormat() not in _KINDS:
            self._stop("its sample rate or channels change on the way")
            return
        kind, silence, full = _KINDS[form.sampleFormat()]
        values = np.frombuffer(buffer.constData(), kind)
        samples = (values.astype(np.float32) - silence) / np.float32(full)
        try:
            sys.stdout.buffer.write(samples.astype("<f4").tobytes())
        except OSError:  # nobody listens any more
            self._stop("it was not wanted any more")

    def _end(self) -> None:
        self._stop("" if self._said is not None else "there is no sound in it")

    def _fail(self) -> None:
        silent = "contain an audio stream" in self._decoder.errorString()
        self._stop("there is no sound in it" if silent else
                   "it is damaged, or of a kind that is not known")

    def _stop(self, reason: str) -> None:
        self.reason = self.reason or reason
        QCoreApplication.exit(1 if self.reason else 0)


def main(path: str) -> int:
    """Decode ``path`` to standard output; the exit status."""
    os.environ["QT_FFMPEG_DEBUG"] = "0"
    QLoggingCategory.setFilterRules("qt.multimedia*=false\n*.debug=false\n*.info=false")
    app = QCoreApplication([])
    decoding = _Decoding(path)
    status = app.exec()
    sys.stdout.buffer.flush()
    if decoding.reason:
        sys.stderr.write(f"\n{decoding.reason}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
