"""Write a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from workbench.core.errors import UnusableFileError, WorkbenchError
from workbench.formats.locks import folder_lock

T = TypeVar("T")

TEMP_PREFIX = ".workbench-"
TEMP_SUFFIX = ".part"

_DISCONNECTED = dict.fromkeys(
    (getattr(errno, name) for name in (
        "ESTALE", "ENOTCONN", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENODEV",
        "ENXIO") if hasattr(errno, name)),
    "its disk or network share is not connected")

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than is allowed here",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "there is no permission to write it",
    errno.EPERM: "there is no permission to write it",
    errno.ENOENT: "its folder is not there",
    errno.ENOTDIR: "its folder is not there",
    errno.EISDIR: "there is a folder of that name",
    errno.EEXIST: "there is a file of that name",
    errno.ENAMETOOLONG: "its name is too long for this disk",
    errno.ELOOP: "the link points at itself",
    errno.EIO: "the disk did not take it",
    **_DISCONNECTED,
}

_IN_USE = "another program has it open"
_TOO_LONG = ("its path is longer than the 260 characters that Windows takes: use a folder nearer "
             "to the top of the disk")
_WINDOWS_REASONS = {  # by what Windows says, where errno says less or something else
    **dict.fromkeys((32, 33, 1224), _IN_USE),
    19: _REASONS[errno.EROFS],
    39: _REASONS[errno.ENOSPC],
    123: "Windows takes no such name",
    206: _TOO_LONG,
    **dict.fromkeys((21, 53, 59, 64, 67, 1231), "its disk or network share is not connected"),
}
_DENIED = 5  # by the rights, or as another program has it open
_PASSING = frozenset({_DENIED, 32, 33})
_SHORT = 248  # characters of a folder's path; 260 of a file's
_PATIENCE = 1.0  # seconds
_SLOW, _AT_ONCE = 0.0005, 4  # seconds; a disk takes so many files in nearly the time of one

_READ_REASONS = {
    errno.EACCES: "there is no permission to read it",
    errno.EPERM: "there is no permission to read it",
    errno.ENOENT: "the file is not there",
    errno.ENOTDIR: "the file is not there",
    errno.EISDIR: "it is a folder, not a file",
    errno.EIO: "the disk could not read it",
    **_DISCONNECTED,
}


def write_atomic(path: Path, data: bytes, check: Callable[[], None] | None = None) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old bytes or the new, never a mixture.

    The bytes go to a temporary file in the same folder, are flushed to the disk and then renamed
    over ``path``. Permissions (and, where the system allows it, the owner) of a replaced file are
    kept. A symbolic link is followed: the file it points at is replaced and the link stays; one
    that points at nothing is refused. A file that nobody may write is respected although its
    folder would allow the rename. A device or a pipe (``/dev/stdout``) is written to and never
    replaced.

    Parameters
    ----------
    path
        File to write; its folder must exist.
    data
        The whole new content.
    check
        Called right before the rename, while no other process that writes like this replaces a
        file of the same folder; what it raises is passed on, and nothing was written.

    Raises
    ------
    WorkbenchError
        If anything prevents it; the old file is untouched and no temporary file stays behind.
    """
    with replacing(path, check) as descriptor:
        write_all(descriptor, data)


def write_below(path: Path, data: bytes) -> None:
    """:func:`write_atomic`, with the folders above ``path`` made where they are missing.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    make_folders_above(path)
    write_atomic(path, data)


def make_folders_above(path: Path) -> None:
    """Make the folders above ``path`` where they are missing; raises as :func:`write_below`."""
    with DiskErrors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def replacing(path: Path, check: Callable[[], None] | None = None) -> Iterator[int]:
    """As :func:`write_atomic` for a large file: gives the descriptor of one that is written piece
    by piece (:func:`write_all`), and takes its place at the end of the block."""
    target = _target(path)
    try:
        existing = _existing(target)
        if existing is not None and not stat.S_ISREG(existing.st_mode):
            with target.open("wb", buffering=0) as device:
                yield device.fileno()
        else:
            with _replacing(target, existing, check) as descriptor:
                yield descriptor
    except OSError as error:
        raise _refused(error, path, target) from error


def _target(path: Path) -> Path:
    """The file that is replaced: a link is followed."""
    if not os.path.islink(path):  # noqa: PTH114  and links above it lead to the same place
        return path
    target = Path(os.path.realpath(path))
    if not os.path.lexists(target):
        # It may lead anywhere, also to a disk that is not there at the moment.
        raise WorkbenchError("it is a link to a file that is not there", path=path,
                             kept="Nothing was written.")
    return target


def _refused(error: OSError, path: Path, target: Path) -> WorkbenchError:
    kept = "The file was left as it is." if os.path.lexists(target) else "Nothing was written."
    return WorkbenchError(disk_reason(error), path=path, kept=kept)


@contextlib.contextmanager
def new_folder(folder: Path, what: str) -> Iterator[Path]:
    """Have a folder filled inside the block; it appears only when all is written.

    Parameters
    ----------
    folder
        Must not exist, or be empty.
    what
        What is made, for the sentence where it cannot be: "the sample".

    Yields
    ------
    Path
        An empty folder beside it to write into.

    Raises
    ------
    WorkbenchError
        If there is something in ``folder`` already, or it cannot be written.
    """
    from workbench.formats.scratch import scratch_folder  # not before the first paint

    kept = "Nothing was changed."
    folder = folder.absolute()
    if folder.is_dir() and any(folder.iterdir()):
        raise WorkbenchError("there is something in this folder already", path=folder, kept=kept)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(f".{folder.name}-", folder.parent) as place:
            unfinished = place / folder.name
            unfinished.mkdir()
            yield unfinished
            if folder.is_dir():
                folder.rmdir()
            patiently(unfinished.rename, folder)
    except OSError as error:
        raise WorkbenchError(f"{what} cannot be written here: {disk_reason(error)}", path=folder,
                             kept=kept) from error


def disk_reason(error: OSError, verb: Literal["read", "write"] = "write") -> str:
    """Say in plain words why the disk refused to read or write ("the disk is full")."""
    if isinstance(error, UnusableFileError):
        return str(error.strerror)
    code = getattr(error, "winerror", None)
    if code in _WINDOWS_REASONS:
        return _WINDOWS_REASONS[code]
    if os.name == "nt" and error.errno == errno.ENOENT and _is_long(error):
        return _TOO_LONG
    if code == _DENIED and verb == "write":
        return f"{_REASONS[errno.EACCES]}, or {_IN_USE}"
    if verb == "read" and error.errno in _READ_REASONS:
        return _READ_REASONS[error.errno]
    if error.errno in _REASONS:
        return _REASONS[error.errno]
    words = error.strerror or "the disk refused"
    done = "read" if verb == "read" else "written"
    return f"it could not be {done} ({words[:1].lower()}{words[1:]})"


class DiskErrors:
    """With this, what the disk refuses becomes a :class:`WorkbenchError` that names the file.

    Parameters
    ----------
    kept
        What became of what was there.
    """

    def __init__(self, path: Path, verb: Literal["read", "write"] = "write",
                 kept: str = "") -> None:
        self._path, self._verb, self._kept = path, verb, kept

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            raise WorkbenchError(disk_reason(error, self._verb), path=self._path,
                                 kept=self._kept) from error


def _is_long(error: OSError) -> bool:
    return any(isinstance(name, str) and len(name) >= _SHORT
               for name in (error.filename, error.filename2))


def patiently(act: Callable[..., T], *paths: str | os.PathLike[str]) -> T:
    """What ``act(*paths)`` gives, which renames, replaces or removes something.

    On Windows nothing can be renamed, replaced or removed while another program has it open, and
    virus scanners, indexers and synchronisers look into every new file for a moment: there it is
    tried again for a second.
    """
    until, pause = time.monotonic() + _PATIENCE, 0.01
    while True:
        try:
            return act(*paths)
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _PASSING or time.monotonic() > until:
                raise
        time.sleep(pause)  # nothing tells when another program lets go of a file
        pause = min(2 * pause, 0.1)


def is_leftover(name: str) -> bool:
    """Whether a file of this name was left by a write that was killed half way."""
    return name.startswith(TEMP_PREFIX) and name.endswith(TEMP_SUFFIX)


def _existing(target: Path) -> os.stat_result | None:
    """State of the file to be replaced, or None; raises OSError where it must not be."""
    try:
        state = target.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(state.st_mode):  # realpath gave up: a chain of links in a circle
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if stat.S_ISDIR(state.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    # The second half also holds for root, whom access() always lets through.
    if not os.access(target, os.W_OK) or not state.st_mode & 0o222:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    return state


@contextlib.contextmanager
def _replacing(target: Path, existing: os.stat_result | None,
               check: Callable[[], None] | None) -> Iterator[int]:
    """Give a file that is open for writing and takes the place of ``target`` afterwards."""
    temp, descriptor = _new_temp(target)
    try:
        try:
            yield descriptor
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if existing is not None:
            _copy_rights(temp, existing)
        if check is None:
            patiently(temp.replace, target)
        else:
            with folder_lock(target.parent):
                check()
                patiently(temp.replace, target)
    except BaseException:
        # Also for an interrupt: the half-written copy must not stay in a person's folder.
        temp.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _new_temp(target: Path) -> tuple[Path, int]:
    """A new file beside ``target``, and its descriptor."""
    temp = target.with_name(f"{TEMP_PREFIX}{os.urandom(8).hex()}{TEMP_SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return temp, os.open(temp, flags, 0o666)


class Replacement:
    """``data`` for one of the files of :func:`write_many`; ``check`` as for :func:`write_atomic`.

    Attributes
    ----------
    error
        Why it was not written, afterwards.
    """

    def __init__(self, path: Path, data: bytes, check: Callable[[], None]) -> None:
        self.path, self.data, self.check = path, data, check
        self.error: WorkbenchError | None = None
        self.target = path
        self._existing: os.stat_result | None = None
        self._temp: Path | None = None
        self._descriptor: int | None = None

    def attempt(self, act: Callable[[Replacement], object]) -> None:
        """Take the next step, unless one failed."""
        if self.error is None:
            try:
                act(self)
            except WorkbenchError as error:
                self.error = error
            except OSError as error:
                self.error = _refused(error, self.path, self.target)

    def begin(self) -> None:
        """Have the bytes in a temporary file beside it."""
        self.target = _target(self.path)
        self._existing = _existing(self.target)
        if self._existing is not None and not stat.S_ISREG(self._existing.st_mode):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        self._temp, self._descriptor = _new_temp(self.target)
        write_all(self._descriptor, self.data)

    def sync(self) -> None:
        """Wait until they are on the disk."""
        assert self._descriptor is not None
        os.fsync(self._descriptor)

    def finish(self) -> None:
        """Rename it; the folder is locked."""
        self._close()
        assert self._temp is not None
        if self._existing is not None:
            _copy_rights(self._temp, self._existing)
        self.check()
        patiently(self._temp.replace, self.target)
        self._temp = None

    def discard(self) -> None:
        """Leave no temporary file."""
        self._close()
        if self._temp is not None:
            self._temp.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def write_many(files: Sequence[Replacement]) -> None:
    """As :func:`write_atomic` for each of ``files``, which says what became of it; that of one does
    not keep the others. The disk is waited for once for several of them, not for each in turn."""
    try:
        for file in files:
            file.attempt(Replacement.begin)
        _sync_all(files)
        for folder in dict.fromkeys(file.target.parent for file in files if file.error is None):
            with folder_lock(folder):
                for file in files:
                    if file.target.parent == folder:
                        file.attempt(Replacement.finish)
            _sync_folder(folder)
    finally:
        for file in files:
            file.discard()


def _sync_all(files: Sequence[Replacement]) -> None:
    """Wait until the bytes of ``files`` are on the disk; a fast one is not worth the threads."""
    for number, file in enumerate(files):
        began = time.perf_counter()
        file.attempt(Replacement.sync)
        if time.perf_counter() - began > _SLOW:
            rest = files[number + 1:]
            break
    else:
        return
    from concurrent.futures import ThreadPoolExecutor  # not before the first paint

    with ThreadPoolExecutor(_AT_ONCE, "sync") as pool:
        list(pool.map(lambda file: file.attempt(Replacement.sync), rest))


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data`` to an open file; raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


def _copy_rights(temp: Path, existing: os.stat_result) -> None:
    created = temp.stat()
    same_owner = (created.st_uid, created.st_gid) == (existing.st_uid, existing.st_gid)
    if hasattr(os, "chown") and not same_owner:
        # Only the administrator may give files away; the content matters more.
        with contextlib.suppress(OSError):
            os.chown(temp, existing.st_uid, existing.st_gid)
    temp.chmod(stat.S_IMODE(existing.st_mode))


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the system can."""
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # a folder one may write but not list
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network disks cannot; the new file is in place all the same
    finally:
        os.close(descriptor)
