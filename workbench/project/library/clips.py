"""Sounds on the disk: which a project has, and what is said about one clip."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import FormatError, Problem
from workbench.core.paths import file_stamp, is_file, is_utf8
from workbench.core.shapes import Region
from workbench.core.text import count
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular, read_regular
from workbench.media.recording_time import Moment, recorded_at
from workbench.media.sounds.recordings import recording_kind
from workbench.media.sounds.suffixes import BEST_FIRST
from workbench.media.sounds.suffixes import SUFFIXES as SUFFIXES
from workbench.project.library.clip_labels import BACKGROUND, ClipLabel, labels_of
from workbench.project.library.document import Document, State
from workbench.project.library.scan import NO_SAMPLES, find_media
from workbench.project.library.shared_tables import find_shared_table, unread_text

if TYPE_CHECKING:
    from workbench.media.sounds.sound_info import ClipInfo

UNSUPPORTED_SUFFIXES = frozenset({".m4a", ".aac", ".amr", ".3gp", ".wma", ".caf", ".ape"})
"""Of sounds that are recorded by phones and the like and cannot be read."""

CLIP_PROBLEMS = ("unclosed-sound", "truncated-sound", "labels-outside", "labels-read-as")
"""Kinds of what :func:`problems_of` finds."""

TABLE_SUFFIX = ".selections.txt"
OF_PROGRAMS = (".BirdNET.selection.table.txt", ".BirdNET.results.csv",
               ".BirdNET.results.kaleidoscope.csv", ".BirdNET.results.r.csv",
               ".BirdNET.results.txt")
"""Endings of tables that programs write about one recording, after those that people make."""
_KEPT = "The file was left as it is."


@dataclass(frozen=True, slots=True)
class Stamp:
    """By which a clip that another program changed is recognised: the stamps of its file and of
    ``table``, where its labels are; None for no file."""

    clip: tuple[int, int] | None
    table: Path
    labels: tuple[int, int] | None


def stamp_of(path: Path, table: Path) -> Stamp:
    """How the files of a clip stand now."""
    return Stamp(file_stamp(path), table, file_stamp(table))


@dataclass(frozen=True, slots=True)
class ClipSummary:
    """What the list shows about one clip.

    ``label`` is the class of the clip as a whole ("" for none), ``regions`` the number of parts
    with a class, ``group`` the speaker or recording it comes from, ``info`` None until its header
    was read, ``problem`` why it cannot be used, ``classes`` how often each class is on it, as a
    whole and in parts, ``stamp`` how its files stood when they were read.
    """

    label: str = ""
    group: str = ""
    regions: int = 0
    info: ClipInfo | None = None
    problem: str | None = None
    classes: tuple[tuple[str, int], ...] = ()
    stamp: Stamp | None = None

    @classmethod
    def of_name(cls, known: ClipLabel) -> ClipSummary:
        """What names and folders say, before the clip was looked at."""
        counts = Counter(known.classes)
        return cls("" if known.regions else known.label, known.group, len(known.regions),
                   classes=tuple(counts.items()))

    @classmethod
    def of(cls, document: ClipDocument, annotation: Annotation) -> ClipSummary:
        """What ``annotation`` says about the clip of ``document``."""
        inside = within(annotation, document.duration) if document.info else annotation
        counts = inside.counts()
        label = annotation.whole_label(document.duration) or ""
        return cls(label, document.group, sum(counts.values()) - bool(label), document.info,
                   document.readonly_reason, tuple(counts.items()), document.stamp)


def clip_content(state: State, nyquist: float) -> bytes | None:
    """Bytes of the table, None where there shall be none; ``nyquist`` of the clip in Hz."""
    if not state.exists:
        return None
    from workbench.formats.raven import new_raven

    table = state.base or new_raven(state.annotation.objects)
    data: bytes = table.render(state.annotation, nyquist)
    return data


class ClipDocument(Document):
    """The labels of a clip.

    ``known`` is what its name, its folder or a table says.
    """

    def __init__(self, key: str, path: Path, annotation_path: Path) -> None:
        super().__init__(key, path, annotation_path)
        self.known = ClipLabel()
        self.info: ClipInfo | None = None
        self.recorded: Moment | None = None
        """When it was recorded, by its name or as the recorder wrote into it."""
        self.left_behind: Path | None = None
        """File whose labels were read and which is not written (Audacity's, or a table of several
        recordings): what is edited goes to ``annotation_path``."""

    @property
    def group(self) -> str:
        """The speaker or recording it comes from, "" where none is known."""
        return self.known.group

    @property
    def duration(self) -> float:
        """Seconds; 0 where the file cannot be read."""
        return self.info.duration if self.info is not None else 0.0

    @property
    def nyquist(self) -> float:
        """Half the sample rate in Hz; 0 where the file cannot be read."""
        return self.info.nyquist if self.info is not None else 0.0

    def adopt(self, fresh: Document) -> None:
        super().adopt(fresh)
        assert isinstance(fresh, ClipDocument)
        self.info, self.left_behind = fresh.info, fresh.left_behind
        self.recorded = fresh.recorded


def find_sounds(
    folder: Path, refused: Callable[[OSError], None] | None = None,
    suffixes: frozenset[str] = SUFFIXES,
) -> Iterator[str]:
    """The sounds of a project, see :func:`find_media`. A recording of a telephone that is called
    as what is read is none where the FLAC file stands beside it that was made of it."""
    found = list(_find(folder, refused, suffixes))
    made = {_stem(key) for key in found if key.lower().endswith(".flac")}
    return (key for key in found if _stem(key) not in made or key.lower().endswith(".flac")
            or not recording_kind(folder / key))


def _stem(key: str) -> str:
    return os.path.splitext(key)[0]  # noqa: PTH122  a Path for each of 100,000 takes long


def _find(folder: Path, refused: Callable[[OSError], None] | None = None,
          suffixes: frozenset[str] = SUFFIXES) -> Iterator[str]:
    return find_media(folder, suffixes, refused, NO_SAMPLES | {BACKGROUND})


def has_sounds(folder: Path) -> bool:
    """Whether there is a sound in a folder, or below it."""
    return next(_find(folder), None) is not None


def find_table(path: Path, *, own_too: bool = True) -> tuple[Path, Path | None]:
    """Where the table of the clip at ``path`` is written, and the file to read it from, if any;
    without ``own_too`` as if there were none of our own.

    Raven's own names and Audacity's labels beside the clip are read, and a table that was saved
    with several recordings open; what we write is always a selection table of this clip. Two clips
    of one stem have tables of their own, by their whole names.
    """
    own, *others = label_files(path)
    if own_too and is_file(own):
        return own, own
    for other in others:
        if is_file(other) and holds_labels(other):
            return (other if other.name.endswith(TABLE_SUFFIX) else own), other
    return own, find_shared_table(path)


def _twins(path: Path, stem: str) -> list[str]:
    """Endings of the sounds with the stem of ``path``, its own included; none where it is alone."""
    others = [suffix for ending in BEST_FIRST for suffix in (ending, ending.upper())
              if suffix != path.suffix and is_file(stem + suffix)
              and not _same(path, stem + suffix)]
    return [path.suffix, *others] if others else []


def _same(path: Path, other: str) -> bool:
    """Whether two names are one file, as where case does not count."""
    try:
        return path.samefile(other)
    except OSError:
        return False


def _rank(suffix: str) -> tuple[int, str]:
    lower = suffix.lower()
    known = lower in BEST_FIRST
    return (BEST_FIRST.index(lower) if known else len(BEST_FIRST), suffix.swapcase())


def label_files(path: Path) -> tuple[Path, ...]:
    """Where labels of the clip at ``path`` may be: our own table first, then what is only read."""
    stem = os.fspath(path.with_suffix(""))
    whole = Path(os.fspath(path) + TABLE_SUFFIX)
    twins = _twins(path, stem)
    if twins and min(twins, key=_rank) != path.suffix:
        return (whole,)
    table, *others = (Path(stem + ending) for ending in
                      (TABLE_SUFFIX, f".Table.1{TABLE_SUFFIX}", ".txt", ".TextGrid", *OF_PROGRAMS))
    if twins:  # of a recording and its copies the best one has the labels of their name
        return (whole, table, *others)
    return (table, whole, *others)  # the second from when there was another of that stem


def holds_labels(path: Path) -> bool:
    """Whether a file beside a clip is one of labels, by its name or else its first line: notes, or
    the labels of an image of that name, are none. Also where it cannot be read, which is told."""
    from workbench.formats.audacity import looks_like_audacity
    from workbench.formats.label_text import HEAD
    from workbench.formats.raven import looks_like_raven
    from workbench.formats.textgrid import looks_like_textgrid

    if path.name.endswith(TABLE_SUFFIX) or path.suffix == ".csv":
        return True
    try:
        with open_regular(path) as stream:
            head = stream.read(HEAD)
    except OSError:
        return True
    return looks_like_raven(head) or looks_like_audacity(head) or looks_like_textgrid(head)


def read_clip(key: str, path: Path, known: ClipLabel) -> ClipDocument:
    """Read header and table of a clip; ``known`` is what its name says.

    One that cannot be read is returned empty, with ``readonly_reason``. For any thread.
    """
    from workbench.media.sounds.sound_info import read_sound_info

    if wrong := wrong_name(key):
        return unreadable_clip(key, path, wrong[1])
    table_path, found = find_table(path)
    document = ClipDocument(key, path, table_path)
    document.known = known
    document.stamp = stamp_of(path, found or table_path)
    document.left_behind = found if found != table_path else None
    try:
        document.read = _bytes(table_path)
        document.info = read_sound_info(path)
        document.recorded = recorded_at(path)
        data = _bytes(found) if found is not None else None
    except FormatError as error:
        document.readonly_reason = error.sentence()
        return document
    try:
        document.state = document.on_disk = interpret(path, found, data, document.info, known)
        document.problems = problems_of(path, document.info, document.state)
    except FormatError as error:
        document.readonly_reason = error.sentence()
        document.damaged = found if found in label_files(path) else None
    return document


def wrong_name(key: str) -> tuple[str, str] | None:
    """The part of ``key`` (a clip, or a folder it lies in) whose name is no UTF-8, and what to do.

    No text can hold such a name: no list of a split, no table, no result of a run.
    """
    parts = key.split("/")
    for at, part in enumerate(parts, start=1):
        if not is_utf8(part):
            words = ("its name is not UTF-8: rename it" if at == len(parts) else
                     "the name of a folder that it lies in is not UTF-8: rename the folder")
            return "/".join(parts[:at]), words
    return None


def unreadable_clip(key: str, path: Path, why: str) -> ClipDocument:
    """A clip that cannot be used, without touching its files."""
    document = ClipDocument(key, path, path.with_suffix(TABLE_SUFFIX))
    document.readonly_reason = f"{path.name}: {why}. {_KEPT}"
    return document


def read_state(path: Path, found: Path | None, info: ClipInfo, known: ClipLabel) -> State:
    """What table ``found`` says about the clip at ``path``, or else what is ``known`` of it.

    Raises
    ------
    FormatError
        If there is a table that cannot be read.
    """
    data = _bytes(found) if found is not None else None
    return interpret(path, found, data, info, known)


def interpret(path: Path, found: Path | None, data: bytes | None, info: ClipInfo,
              known: ClipLabel) -> State:
    """As :func:`read_state`, of a table whose content is ``data``."""
    if found is not None and data is not None:
        from workbench.formats.audacity import looks_like_audacity, parse_audacity
        from workbench.formats.raven import looks_like_raven, parse_raven
        from workbench.formats.sound_table import parse_sound_table
        from workbench.formats.textgrid import looks_like_textgrid, parse_textgrid

        if looks_like_raven(data):
            table = parse_raven(data, found, info.nyquist, path.name)
            own = found in label_files(path)
            if not own:
                table = parse_raven(table.alone(), found, info.nyquist, path.name)
            return State(table, table.annotation, own,
                         unread_text(found) if own and table.others else "")
        if found.suffix == ".csv":
            rows = parse_sound_table(data, found)
            said = [part for label in labels_of(rows).values() for part in label.regions]
            return State(None, Annotation(tuple(said)), False, rows.note)
        if looks_like_audacity(data):
            labels = parse_audacity(data, found)
            note = (f"{found.name} gives start and duration, not start and end, and was read so."
                    if labels.durations else "")
            return State(None, labels.annotation, False, note)
        if looks_like_textgrid(data):
            grid = parse_textgrid(data, found)
            note = (f"{count(grid.points, 'point')} of {found.name} has no length and is not read."
                    if grid.points == 1 else f"{grid.points} points of {found.name} have no length "
                    "and are not read." if grid.points else "")
            return State(None, grid.annotation, False, note)
        if found.name.endswith(TABLE_SUFFIX):
            parse_raven(data, found)  # raises what is wrong with it
    return State(None, known.annotation(info.duration), False)


def problems_of(path: Path, info: ClipInfo, state: State) -> tuple[Problem, ...]:
    """What a person should know of a clip that can be used all the same."""
    found: list[tuple[str, str]] = []
    if info.unclosed:
        found.append(("unclosed-sound", f"{path.name} was never closed by its recorder; it is read "
                      f"to the end of the file ({info.duration:.1f} s)."))
    if info.missing:
        found.append(("truncated-sound", f"{path.name} breaks off: its header promises more than "
                      f"the {info.duration:.1f} s that are there."))
    number = len(state.annotation.objects)
    outside = number - len(within(state.annotation, info.duration).objects)
    if outside:
        labels = f"{outside} of {number} labels" if number > 1 else "The label"
        lie = "lie" if outside > 1 else "lies"
        found.append(("labels-outside", f"{labels} of {path.name} {lie} beyond its end "
                      f"({info.duration:.1f} s) and cannot be used: do they belong to a longer "
                      "recording?"))
    if state.note:
        found.append(("labels-read-as", state.note))
    return tuple(Problem(str(path), kind, words, "warning") for kind, words in found)


def within(annotation: Annotation, duration: float) -> Annotation:
    """The regions that lie in a clip of ``duration`` seconds, at least in part."""
    return Annotation(tuple(
        region for region in annotation.objects
        if region.region.overlap(0.0, duration) or 0 <= region.start < duration))


def _bytes(path: Path) -> bytes | None:
    """Content of a table, None where there is none (any more)."""
    try:
        return read_regular(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FormatError(f"it could not be read: {disk_reason(error, 'read')}", path=path,
                          kept=_KEPT) from None


def with_label(annotation: Annotation, label: str, duration: float) -> tuple[LabeledObject, ...]:
    """The regions of ``annotation`` with the class of the whole clip replaced by ``label``."""
    parts = tuple(item for item in annotation.objects if not item.region.is_whole(duration))
    old = next((item for item in annotation.objects if item.region.is_whole(duration)), None)
    if not label:
        return parts
    whole = old.with_label(label) if old is not None \
        else LabeledObject(label, Region(0.0, duration))
    return (whole, *parts)
