"""Recordings of telephones and the like (M4A, AMR …) become FLAC, which everything here reads.

They are decoded by a process of its own (:mod:`workbench.gui.decode_sound`); what it writes is
stored as FLAC of 16 bits, which is more than such recordings hold. The file says from which one it
was made, so that it is not made twice.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import soundfile

from workbench.core.arrays import FloatArray
from workbench.core.errors import FormatError
from workbench.formats.atomic import replacing, write_all
from workbench.media.conversion_kinds import MADE_FROM, origin_of
from workbench.media.sounds.sound_info import KEPT

_AT_ONCE = 1 << 18  # samples of all channels


def convert(source: Path, target: Path, check: Callable[[], object] = lambda: None) -> None:
    """Write the sound of ``source`` to ``target``, a FLAC file, whole or not at all.

    Parameters
    ----------
    check
        Called now and then; what it raises ends the work.

    Raises
    ------
    FormatError
        If ``source`` cannot be decoded.
    WorkbenchError
        If the disk refuses.
    """
    origin = origin_of(source, KEPT)
    with replacing(target) as descriptor, _decoded(source) as (rate, channels, pieces):
        try:
            with soundfile.SoundFile(descriptor, "w", rate, channels, "PCM_16", format="FLAC",
                                     closefd=False) as file:
                file.comment = origin
                for piece in pieces:
                    check()
                    file.write(piece)
        except (soundfile.SoundFileError, RuntimeError) as error:
            write_all(descriptor, bytes(_AT_ONCE))  # where it is the disk, this says why
            raise FormatError("its sound does not fit into FLAC", path=source,
                              kept=KEPT) from error


def was_made_from(target: Path, source: Path) -> bool:
    """Whether ``target`` is what :func:`convert` made of the file ``source`` as it is now."""
    try:
        with soundfile.SoundFile(os.fspath(target)) as file:
            made_from = str(file.comment)
    except (soundfile.SoundFileError, RuntimeError, OSError):
        return False
    return made_from.startswith(MADE_FROM) and made_from == origin_of(source, KEPT)


@contextmanager
def _decoded(source: Path) -> Iterator[tuple[int, int, Iterator[FloatArray]]]:
    """Sample rate, channels, and float32 (samples, channels) piece by piece."""
    command = [sys.executable, "-m", "workbench.gui.decode_sound", os.fspath(source)]
    with TemporaryFile() as errors, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)) as process:
        assert process.stdout is not None
        try:
            head = process.stdout.readline()
            if not head:
                process.wait()
                raise _refused(source, errors)
            said = json.loads(head)
            yield said["sample_rate"], said["channels"], _pieces(process.stdout, said["channels"])
            if process.wait() != 0:
                raise _refused(source, errors)
        finally:
            process.kill()


def _pieces(stream: IO[bytes], channels: int) -> Iterator[FloatArray]:
    while data := stream.read(4 * channels * (_AT_ONCE // channels)):
        whole = len(data) // (4 * channels) * 4 * channels
        yield np.frombuffer(data[:whole], "<f4").reshape(-1, channels).clip(-1, 1)


def _refused(source: Path, errors: IO[bytes]) -> FormatError:
    """Why there is no sound: the last line that the process wrote, if it could."""
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").splitlines()
    last = lines[-1] if lines else ""
    known = "it could not be decoded"
    if last.startswith(("it ", "its ", "there ")):
        known = last
    elif last.startswith(("ImportError:", "ModuleNotFoundError:")):
        known = "Qt Multimedia, which decodes it, cannot be loaded here"
    return FormatError(known, path=source, kept=KEPT)
