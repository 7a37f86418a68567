"""ZIP archives of data sets, unpacked with care."""

from __future__ import annotations

import os
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.progress import ProgressCallback
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import most_unpacked, open_regular
from workbench.formats.scratch import scratch_folder

MOST_FILES = 2_000_000
MOST_BYTES = 500 * 10**9
_CHUNK = 1 << 20
_WINDOWS = os.name == "nt"
UNFIT = re.compile(r'[:*?"<>|\x00-\x1f]|[. ]$')
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
def unpacked(path: Path, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Path]:
    """The folder that an archive holds, for as long as the block runs.

    Nothing is written outside of a temporary folder; links and what macOS adds are left out.

    Raises
    ------
    FormatError
        If it cannot be read, is locked by a password, names files outside of it, or holds more
        than fits; nothing of it is kept.
    """
    with _told(path), scratch_folder("workbench-archive-") as place:
        folder = place / path.stem
        folder.mkdir()
        _extract_all(path, folder, cancelled)
        yield _only_folder(folder)


def extract_project(path: Path, folder: Path, cancelled: Callable[[], bool] = lambda: False,
                    progress: ProgressCallback | None = None) -> None:
    """Unpack an archive into ``folder``, which is empty; of a single folder in it what that holds.
    ``progress`` is called with the files that are done and all; raises as :func:`unpacked`."""
    with _told(path):
        _extract_all(path, folder, cancelled, progress, whole=False)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what is wrong with an archive."""
    try:
        yield
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError,
            NotImplementedError) as error:
        raise FormatError(f"the archive cannot be unpacked ({error})", path=path,
                          kept="Nothing was imported.") from None
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=path) from error


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
        for number, (member, inside) in enumerate(members):
            if not number % 64 and cancelled():
                return
            _extract(archive, member, folder / inside[start:])
            if progress is not None:
                progress(number + 1, len(members))


def _members(archive: zipfile.ZipFile, path: Path) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    infos = archive.infolist()
    seen: set[str] = set()
    if len(infos) > MOST_FILES:
        raise FormatError(f"the archive holds {len(infos):,} files, which are too many", path=path)
    for info in infos:
        name = info.filename.replace("\\", "/")
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or ":" in name.partition("/")[0]:
            raise FormatError(f"the archive names a file outside of it ({name!a})", path=path,
                              kept="Nothing was imported.")
        hidden = any(part.startswith((".", "__MACOSX")) for part in inside.parts)
        if info.is_dir() or stat.S_ISLNK(info.external_attr >> 16) or hidden or not inside.parts:
            continue
        if info.flag_bits & 1:
            raise FormatError("the archive is locked by a password", path=path)
        if _WINDOWS and any(map(UNFIT.search, inside.parts)):
            raise FormatError(f"the archive holds {name!a}, a name that Windows does not take",
                              path=path, kept="Nothing was imported.")
        same = name.casefold() if _WINDOWS else name
        if same in seen:
            raise FormatError(f"the archive holds {name!a} twice", path=path,
                              kept="Nothing was imported.")
        seen.add(same)
        yield info, inside.as_posix()


def _require_space(members: list[tuple[zipfile.ZipInfo, str]], path: Path, place: Path) -> None:
    size = sum(info.file_size for info, _ in members)
    packed = path.stat().st_size
    if size > MOST_BYTES or size > most_unpacked(packed):
        raise FormatError(
            f"the archive would unpack to {size / 10**9:,.1f} GB, {size / packed:,.0f} times its "
            "size, which no data set does", path=path, kept="Nothing was unpacked.")
    free = shutil.disk_usage(place).free
    if size > free:
        raise FormatError(f"the archive unpacks to {size / 10**9:,.1f} GB, and there are "
                          f"{free / 10**9:,.1f} GB free in {place.parent}", path=path,
                          kept="Nothing was unpacked.")


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Unpack one file; what is longer than the archive said of it is refused."""
    target.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with archive.open(member) as stream, target.open("xb") as copy:
        while data := stream.read(_CHUNK):
            left -= len(data)
            if left < 0:
                raise zipfile.BadZipFile("a file is longer than it says")
            copy.write(data)


def _only_folder(folder: Path) -> Path:
    """The one folder in ``folder`` that holds all, else ``folder``."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
