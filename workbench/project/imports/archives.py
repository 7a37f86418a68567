"""ZIP archives of data sets, unpacked with care."""

from __future__ import annotations

import os
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.paths import DEVICE_NAME, is_file
from workbench.core.progress import ProgressCallback
from workbench.core.text import megabytes
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import most_unpacked, open_regular
from workbench.formats.scratch import scratch_folder
from workbench.project.layout import STATE_FOLDER

_BROKEN: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError)
with suppress(ImportError):  # a Python without it unpacks no such archives
    from lzma import LZMAError

    _BROKEN = (*_BROKEN, LZMAError)

MOST_FILES = 2_000_000
MOST_BYTES = 500 * 10**9
_MOST_FOLDERS = 200
_CHUNK = 1 << 20
_SAYS_UTF8 = 0x800
TRAVELLING = {(STATE_FOLDER, "handed-over.json"), (STATE_FOLDER, "counting.json")}
"""What goes along of what the program remembers of a project, by its folder and name."""
_WINDOWS = os.name == "nt"
UNFIT = re.compile(rf'[:*?"<>|\x00-\x1f]|[. ]$|^{DEVICE_NAME}$', re.IGNORECASE)
"""Finds what Windows does not take in the name of a file or folder."""


def is_archive(path: Path) -> bool:
    """Whether it is a ZIP file, by its name and its beginning."""
    if path.suffix.lower() != ".zip" or not is_file(path):
        return False
    try:
        with open_regular(path) as stream:
            return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


@contextmanager
def unpacked(path: Path, cancelled: Callable[[], bool] = lambda: False,
             progress: ProgressCallback | None = None) -> Iterator[Path]:
    """The folder that an archive holds, for as long as the block runs.

    Nothing is written outside of a temporary folder; links and what macOS adds are left out.
    ``progress`` is called with the bytes that are unpacked, and of all.

    Raises
    ------
    FormatError
        If it cannot be read, is locked by a password, names files outside of it, or holds more
        than fits; nothing of it is kept.
    """
    with ExitStack() as stack:
        with archive_errors(path):
            place = stack.enter_context(scratch_folder("workbench-archive-"))
            folder = place / (path.stem.strip(". ") or "archive")
            folder.mkdir()
            _extract_all(path, folder, cancelled, progress)
        yield _only_folder(folder)


def extract_project(path: Path, folder: Path, cancelled: Callable[[], bool] = lambda: False,
                    progress: ProgressCallback | None = None) -> None:
    """Unpack an archive into ``folder``, which is empty; of a single folder in it what that holds.
    ``progress`` is called as that of :func:`unpacked`, which raises the same."""
    with archive_errors(path):
        _extract_all(path, folder, cancelled, progress, whole=False)


@contextmanager
def archive_errors(path: Path) -> Iterator[None]:
    """Raise what zipfile raises in the block as an error for a person.

    Raises
    ------
    FormatError
        If the archive is damaged.
    WorkbenchError
        If the disk refuses.
    """
    try:
        yield
    except _BROKEN as error:
        raise _damaged(path, str(error)) from None
    except (ValueError, IndexError, RuntimeError):  # of names that are no text, say
        raise _damaged(path, "it is damaged") from None
    except OSError as error:
        if error.errno is None:  # what was packed as bz2 is none
            raise _damaged(path, str(error)) from None
        raise WorkbenchError(disk_reason(error), path=path) from error


def _damaged(path: Path, reason: str) -> FormatError:
    return FormatError(f"the archive cannot be unpacked ({reason})", path=path,
                       kept="Nothing was imported.")


def _extract_all(path: Path, folder: Path, cancelled: Callable[[], bool],
                 progress: ProgressCallback | None = None, *, whole: bool = True) -> None:
    """Unpack all, with the one folder that all is in where it is the ``whole``."""
    with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
        members = list(_members(archive, path))
        _require_space(members, path, folder)
        tops = {inside.partition("/")[::2] for _, inside in members} if not whole else set()
        top = {first for first, _ in tops}
        start = len(next(iter(top))) + 1 if len(top) == 1 and all(
            rest for _, rest in tops) else 0
        done, size = 0, sum(member.file_size for member, _ in members)
        for member, inside in members:
            for written in _extract(archive, member, folder / inside[start:]):
                if cancelled():
                    return
                done += written
                if progress is not None:
                    progress(done, size)


def _members(archive: zipfile.ZipFile, path: Path) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    infos = archive.infolist()
    seen: set[str] = set()
    if len(infos) > MOST_FILES:
        raise FormatError(f"the archive holds {len(infos):,} files, which are too many", path=path)
    for info in infos:
        name = name_of(info)
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or ":" in name.partition("/")[0]:
            raise FormatError(f"the archive names a file outside of it ({name!a})", path=path,
                              kept="Nothing was imported.")
        hidden = inside.parts[-2:] not in TRAVELLING and any(
            part.startswith((".", "__MACOSX")) for part in inside.parts)
        nothing = name.endswith("/") or not inside.parts
        if nothing or hidden or stat.S_ISLNK(info.external_attr >> 16):
            continue
        if info.flag_bits & 1:
            raise FormatError("the archive is locked by a password", path=path)
        if _WINDOWS and any(map(UNFIT.search, inside.parts)):
            raise FormatError(f"the archive holds {name!a}, a name that Windows does not take",
                              path=path, kept="Nothing was imported.")
        if len(inside.parts) > _MOST_FOLDERS:
            raise FormatError(f"the archive holds {len(inside.parts):,} folders in each other",
                              path=path, kept="Nothing was imported.")
        same = inside.as_posix().casefold() if _WINDOWS else inside.as_posix()
        if same in seen:
            raise FormatError(f"the archive holds {name!a} twice", path=path,
                              kept="Nothing was imported.")
        seen.add(same)
        yield info, inside.as_posix()


def name_of(info: zipfile.ZipInfo) -> str:
    """What a file of an archive is called, with "/" between folders. What a Mac and some programs
    of Linux write as UTF-8 without saying so is read as that."""
    name = info.filename
    if not info.flag_bits & _SAYS_UTF8 and not name.isascii():
        with suppress(UnicodeError):  # else it is an archive of old, as it says
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _require_space(members: list[tuple[zipfile.ZipInfo, str]], path: Path, place: Path) -> None:
    size = sum(info.file_size for info, _ in members)
    packed = path.stat().st_size
    if size > MOST_BYTES or size > most_unpacked(packed):
        raise FormatError(
            f"the archive would unpack to {size / 10**9:,.1f} GB, {size / packed:,.0f} times its "
            "size, which no data set does", path=path, kept="Nothing was unpacked.")
    free = shutil.disk_usage(place).free
    if size > free:
        raise FormatError(f"the archive unpacks to {megabytes(size)}, and there are "
                          f"{megabytes(free)} free in {place.parent.parent}", path=path,
                          kept="Nothing was unpacked.")


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> Iterator[int]:
    """Unpack one file, telling after each piece how many bytes it was; what is longer than the
    archive said of it is refused."""
    target.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with archive.open(member) as stream, target.open("xb") as copy:
        while data := stream.read(_CHUNK):
            left -= len(data)
            if left < 0:
                raise zipfile.BadZipFile("a file is longer than it says")
            copy.write(data)
            yield len(data)
    yield 0  # also of an empty file


def _only_folder(folder: Path) -> Path:
    """The one folder in ``folder`` that holds all, else ``folder``."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
