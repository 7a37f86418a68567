"""Finding the images and annotation files of a folder, in small steps."""

from __future__ import annotations

import os
import re
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from workbench.core.background import BackgroundThread
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.lazy_pattern import lazy_pattern
from workbench.core.paths import is_file, is_folder
from workbench.core.text import count, tr
from workbench.formats.atomic import disk_reason
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.images.raw_kinds import RAW_PHOTOS
from workbench.media.images.stack_kinds import UNSHOWN_SUFFIXES, stack_kind_of
from workbench.project.layout import Layout

_STEP = 256  # directory entries between two chances to pause
_RUN = 512  # names sorted at a time
_SAMPLE = 16  # every so many of them are candidates for a splitter
_RUN_FILES = ("state.json", "config.json")
NO_SAMPLES = frozenset({"runs", "splits"})
"""Folders of a project that hold none of its samples."""
_MASKS, _BESIDE_MASKS = frozenset({"ground_truth"}), frozenset({"train", "test"})
_UNREAD = UNSHOWN_SUFFIXES | RAW_PHOTOS.keys()
_OF_STACK = lazy_pattern(rf"(.+({'|'.join(map(re.escape, sorted(UNSHOWN_SUFFIXES)))}))-",
                         re.IGNORECASE)
"""What images that were made of the file of a microscope are called, and it."""
_NUMBER = re.compile("[0-9]+")
_TURN_S = 0.002
"""Seconds that a background thread works, and then rests, in turn."""


class Throttle:
    """Lets other threads run: call it often, and it sleeps for 2 ms after 2 ms of work.

    The interpreter lock is given up only every 5 ms by itself, which would be felt in the window
    at every event; a background thread that works for 2 ms and rests for 2 ms is not.
    """

    def __init__(self, thread: BackgroundThread):
        self._thread = thread
        self._began = time.perf_counter()

    def __call__(self) -> None:
        """Sleep if it is time to.

        Raises
        ------
        Cancelled
            If the work is to end.
        """
        if time.perf_counter() - self._began < _TURN_S:
            return
        self._thread.check()
        time.sleep(_TURN_S)
        self._began = time.perf_counter()


def natural_key(name: str) -> str:
    """Text whose plain order is the order that people expect: img2 before img10, A beside a.

    Each number is written with its length in front, so that longer ones come later.
    """
    return _NUMBER.sub(_with_length, name.replace("/", "\x01").casefold())


def _with_length(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0")
    return f"{len(digits):02d}{digits}"


def sort_key(name: str) -> str:
    """What rows are ordered by; different for different names.

    One text and not a tuple: the garbage collector walks over 100,000 tuples, not over texts.
    """
    return f"{natural_key(name)}\0{name}"


def sort_naturally(names: Iterable[str]) -> list[str]:
    return sorted(names, key=sort_key)


def sort_in_steps(names: list[str], throttle: Callable[[], None]) -> list[str]:
    """As :func:`sort_naturally`, in steps of about a millisecond; for a background thread.

    Parts are sorted, cut at common splitters, and what lies between two splitters is merged. One
    ``sort`` of 100,000 names would hold the interpreter lock for a tenth of a second.
    """
    runs: list[list[str]] = []
    for start in range(0, len(names), _RUN):
        run = [sort_key(name) for name in names[start : start + _RUN]]
        run.sort()
        runs.append(run)
        throttle()
    samples = sorted(item for run in runs for item in run[::_SAMPLE])
    splitters: list[str | None] = [*samples[:: 2 * _RUN // _SAMPLE], None]
    result: list[str] = []
    at = [0] * len(runs)
    for splitter in splitters:
        bucket: list[str] = []
        for number, run in enumerate(runs):
            end = len(run) if splitter is None else bisect_left(run, splitter, at[number])
            bucket += run[at[number] : end]
            at[number] = end
        bucket.sort()
        result += [item[item.rindex("\0") + 1 :] for item in bucket]
        throttle()
    return result


def find_media(
    folder: Path, suffixes: frozenset[str], refused: Callable[[OSError], None] | None = None,
    skipped: frozenset[str] = NO_SAMPLES,
) -> Iterator[str]:
    """Files of a project with one of ``suffixes``, in the disk's order, as posix paths relative to
    it; folders called as in ``skipped`` are left out.

    ``refused`` is called for folders that could not be listed; the rest is found all the same.
    """
    for root, folders, files in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if name[0] != "." and name not in skipped]
        relative = Path(root).relative_to(folder).as_posix()
        prefix = "" if relative == "." else f"{relative}/"
        for name in files:
            if name[0] != "." and name[name.rfind("."):].lower() in suffixes:
                yield prefix + name


def unreadable_folder(path: str | Path, error: OSError) -> Problem:
    """A folder that may not be looked into: what lies in it is missing, and that is told."""
    return Problem(str(path), "unreadable-folder",
                   f"The folder could not be listed: {disk_reason(error, 'read')}.")


def require_listed(path: Path) -> None:
    """Raise :class:`WorkbenchError` for a folder that may not be looked into, and for no file."""
    if is_folder(path):
        try:
            os.scandir(path).close()
        except OSError as error:
            raise WorkbenchError("the folder could not be listed: "
                                 f"{disk_reason(error, 'read')}", path=path) from error


class Scan:
    """One walk through a project's folders.

    With ``closed`` links that lead out of the folder are not followed.
    """

    def __init__(self, folder: Path, layout: Layout, *, closed: bool = False) -> None:
        self.folder = folder
        self._real = os.path.realpath(folder) if closed else ""
        self.layout = layout
        self._others = _no_labels() if layout.mirrored else frozenset()
        self.keys: list[str] = []
        """Images found so far, as posix paths relative to the project folder, in the disk's
        order."""
        self.unread: list[str] = []
        """Files found so far of which images can be made, in the same form."""
        self.annotations: set[str] = set()
        """Annotation files found so far, in the same form."""
        self.folders: list[str] = []
        """Those that were walked, in the same form; "" is the project's."""
        self.problems: list[Problem] = []
        """Folders that could not be listed."""

    def steps(self) -> Iterator[None]:
        """Walk; control comes back every few hundred entries."""
        yield from self._walk(self.layout.images, self.keys, IMAGE_SUFFIXES)
        if self.layout.annotations and not self.layout.mirrored:
            yield from self._walk(self.layout.annotations, None, frozenset())

    def run(self) -> Scan:
        """Walk to the end."""
        for _ in self.steps():
            pass
        return self

    def _walk(self, root: str, keys: list[str] | None, suffixes: frozenset[str]) -> Iterator[None]:
        stack = [root]
        seen: set[str] = set()
        while stack:
            relative = stack.pop()
            path = self.folder / relative
            if not self._first_visit(path, seen) or (relative and _is_run(path)):
                continue
            self.folders.append(relative)
            folders: list[str] = []
            prefix = f"{relative}/" if relative else ""
            try:
                for entries in self._entries(path):
                    for entry in entries:
                        self._take(entry, prefix, keys, suffixes, folders)
                    yield
            except OSError as error:
                self._report(relative, root, error)
            stack.extend(sorted(without_masks(folders), key=natural_key, reverse=True))

    @staticmethod
    def _first_visit(path: Path, seen: set[str]) -> bool:
        """Links may lead round in a circle: each real folder is walked once."""
        real = os.path.realpath(path)
        if real in seen:
            return False
        seen.add(real)
        return True

    @staticmethod
    def _entries(path: Path) -> Iterator[list[os.DirEntry[str]]]:
        with os.scandir(path) as entries:
            while chunk := list(islice(entries, _STEP)):
                yield chunk

    def _take(
        self, entry: os.DirEntry[str], prefix: str, keys: list[str] | None,
        suffixes: frozenset[str], folders: list[str],
    ) -> None:
        name = entry.name
        if name[0] == ".":
            return
        suffix = name[name.rfind(".") :].lower()
        if suffix in suffixes and keys is not None:
            keys.append(prefix + name)
        elif suffix in _UNREAD and keys is not None:
            self.unread.append(prefix + name)
        elif suffix == self.layout.suffix and (keys is None or not self.layout.apart):
            if name.lower() not in self._others or _is_label(prefix + name):
                self.annotations.add(prefix + name)
        elif _is_folder(entry) and not (
            self._real and entry.is_symlink() and is_outside(entry.path, self._real)
        ):
            folders.append(prefix + name)

    def _report(self, relative: str, root: str, error: OSError) -> None:
        if isinstance(error, FileNotFoundError) and relative == root and relative:
            return  # annotations/ appears with the first save
        self.problems.append(unreadable_folder(self.folder / relative, error))


def without_masks(folders: Sequence[str]) -> Iterator[str]:
    """The folders without those of masks: ``ground_truth`` beside ``train`` or ``test``, as data
    sets of good and faulty parts have it (MVTec AD), says where faults are."""
    names = {folder.rpartition("/")[2].lower() for folder in folders}
    masks = _MASKS if names & _BESIDE_MASKS else frozenset()
    return (folder for folder in folders if folder.rpartition("/")[2].lower() not in masks)


def has_fault_masks(folder: Path) -> bool:
    """Whether a folder is a data set of good and faulty parts as MVTec AD lays them out: nothing
    but good ones to learn from, and masks of the faults of others."""
    return is_folder(folder / "train/good") and is_folder(folder / "ground_truth")


def _no_labels() -> frozenset[str]:
    """Names of text files that are not about an image."""
    from workbench.formats.class_file import NO_LABELS

    return NO_LABELS


def _is_label(name: str) -> bool:
    from workbench.formats.class_file import is_label_name

    return is_label_name(name)


class Unread(NamedTuple):
    """Files of which images can be made, and of which none are there yet; keys in natural order."""

    photos: Sequence[str] = ()
    """RAW photos of cameras."""
    stacks: Sequence[str] = ()
    """Files of microscopes."""

    def words(self) -> str:
        """What can be done with them; "" where there are none."""
        if self.photos:
            return tr("There are {photos}. “Make JPEG images of RAW photos” in the menu File makes "
                      "an image beside each.", photos=count(len(self.photos), "RAW photo"))
        if self.stacks:
            return tr("There are {files} of microscopes, or DICOM. “Make images of microscope and "
                      "DICOM files…” in the menu File makes images of what is in them.",
                      files=count(len(self.stacks), "file"))
        return ""


def unread_alone(keys: Iterable[str], unread: Sequence[str]) -> Unread:
    """Those among ``unread`` of which none of the images ``keys`` was made."""
    if not unread:
        return Unread()
    from workbench.media.conversion_kinds import PHOTOS, alone

    stacks = [key for key in unread if stack_kind_of(key) is not None]
    if stacks:
        beside = {found[1] for key in keys if (found := _OF_STACK.match(key))}
        apart = {name.rpartition("/")[2] for name in beside}
        stacks = [key for key in stacks
                  if key not in beside and key.replace("/", "_") not in apart]
    return Unread(sort_naturally(alone(PHOTOS, [*keys, *unread])), sort_naturally(stacks))


def is_outside(path: str | os.PathLike[str], real: str) -> bool:
    """Whether ``path`` is, by links, somewhere else than in the folder whose real path is given."""
    return not f"{os.path.realpath(path)}{os.sep}".startswith(f"{real.rstrip(os.sep)}{os.sep}")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """As the listing says; a link to where one may not look leads nowhere."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_run(path: Path) -> bool:
    """A training's folder holds pictures that are not part of the data."""
    return all(is_file(path / name) for name in _RUN_FILES)
