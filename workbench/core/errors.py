"""Errors that are shown to a person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


class WorkbenchError(Exception):
    """A failure that a person can read and act on.

    Everything that can go wrong with a person's files, devices or choices is raised as this
    type (or a subclass) with one clear sentence; anything else that escapes is a bug.

    Parameters
    ----------
    message
        One sentence in plain words, without the path ("line 12, xmin is not a number").
    path
        The file the sentence is about.
    line
        1-based line in that file, where it is known.
    kept
        What was kept safe ("The file was left as it is.").

    Notes
    -----
    ``str(error)`` is the whole sentence as it is shown:
    ``BloodImage_00010.xml: line 12, xmin is not a number. The file was left as it is.``
    """

    resumable = False
    """Whether what it ended can go on from where it was."""

    def __init__(
        self, message: str, *, path: str | Path | None = None, line: int | None = None,
        kept: str = "",
    ) -> None:
        self.message = message
        self.path = Path(path) if path is not None else None
        self.line = line
        self.kept = kept
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Return the sentence as it is shown to a person."""
        text = self.message
        if self.line is not None:
            text = f"line {self.line}, {text}"
        if self.path is not None:
            text = f"{self.path.name}: {text}"
        if text and text[-1] not in ".!?":
            text += "."
        return f"{text} {self.kept}".strip()


class FormatError(WorkbenchError):
    """A file is not what its format asks for; it must not be overwritten."""


class ConflictError(WorkbenchError):
    """A file was changed by another program since it was read."""


class UsageError(WorkbenchError):
    """The person asked for something that does not exist or does not fit (exit code 2)."""


class UnusableFileError(OSError):
    """A file that is not opened: it is a pipe or a device, or too large; ``strerror`` says which.

    An OSError, because whoever reads files expects one.
    """


def unexpected(error: Exception) -> str:
    """Words for a failure that nobody foresaw: it costs the file at hand and not the work."""
    return f"something unexpected happened with it ({type(error).__name__}: {error})"


Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one file that a person should know, as ``doctor`` lists it.

    ``kind`` is a stable machine-readable word such as ``"unreadable-annotation"``;
    ``reason`` is one sentence for people; ``names`` are the classes it is about, and ``frames`` is
    how many the video has, where these are what a mending needs.
    """

    path: str
    kind: str
    reason: str
    severity: Severity = "error"
    line: int | None = None
    names: tuple[str, ...] = ()
    frames: int | None = None
