"""The sounds of a project: which there are, what they are called, and editing that."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import FormatError, Problem, UsageError, WorkbenchError
from workbench.core.regions import ClipAnnotation, Region
from workbench.core.signal import Signal
from workbench.project.layout import SOUND_PREFIX
from workbench.project.scan import Breather, Stopped, natural_key, sort_politely
from workbench.project.sound_labels import BACKGROUND, LabelSource, SoundSettings, find_settings

if TYPE_CHECKING:
    from workbench.formats.raven import RavenTable
    from workbench.formats.sound_info import ClipInfo
    from workbench.project.session import Session

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".mp3", ".aif", ".aiff", ".opus"})
"""As formats.sound_info.AUDIO_SUFFIXES, without importing libsndfile before the first paint."""

TABLE_SUFFIX = ".selections.txt"
_SKIPPED = frozenset({"runs", "splits", BACKGROUND})
_BATCH = 100


@dataclass(frozen=True, slots=True)
class ClipSummary:
    """What the list shows about one clip.

    ``label`` is the class of the clip as a whole ("" for none), ``regions`` the number of parts
    with a class, ``group`` the speaker or recording it comes from, ``info`` None until its header
    was read, ``problem`` why it cannot be used, ``classes`` how often each class is on it, as a
    whole and in parts.
    """

    label: str = ""
    group: str = ""
    regions: int = 0
    info: ClipInfo | None = None
    problem: str | None = None
    classes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ClipState:
    """What a table shall hold; immutable, so that steps keep plain references.

    ``table`` is the file as it was read, None where there is none; ``exists`` whether there shall
    be one. Without a table the annotation is what names and folders say.
    """

    table: RavenTable | None
    annotation: ClipAnnotation
    exists: bool


class ClipDocument:
    """The annotation of clip ``key``; changed only through :class:`SoundLibrary`."""

    def __init__(self, key: str, path: Path, table_path: Path) -> None:
        self.key = key
        self.path = path
        self.table_path = table_path
        self.info: ClipInfo | None = None
        self.readonly_reason: str | None = None
        self.state = ClipState(None, ClipAnnotation(), False)
        self.changed: Signal[()] = Signal()

    @property
    def annotation(self) -> ClipAnnotation:
        return self.state.annotation

    @property
    def duration(self) -> float:
        """Seconds; 0 where the file cannot be read."""
        return self.info.duration if self.info is not None else 0.0


class _ClipCommand:
    """One step on one or many clips."""

    def __init__(
        self, library: SoundLibrary, before: Mapping[str, ClipState],
        after: Mapping[str, ClipState], text: str,
    ) -> None:
        self.text = text
        self.key = next(iter(after)) if len(after) == 1 else ""
        self._library = library
        self._before = before
        self._after = after

    def do(self) -> None:
        self._library.apply(self._after)

    def undo(self) -> None:
        self._library.apply(self._before)


class SoundLibrary:
    """All clips of a project. Keys are posix paths relative to the project folder.

    Called, and its signals emitted, on the owner's thread; headers and tables are read in the
    background. Edits are steps on the session's one undo stack and are saved at once by its saver,
    as a Raven selection table beside the clip.

    Signals
    -------
    reset
        The list of clips is another.
    summary_changed
        The summary of this key changed; "" stands for many at once.
    finished
        Everything was found and looked at.
    """

    def __init__(self, session: Session, post: Callable[[Callable[[], None]], None]) -> None:
        self.session = session
        self.folder = session.folder
        self.settings = SoundSettings.from_json(session.manifest.sounds)
        self.scanning = True
        self.reset: Signal[()] = Signal()
        self.summary_changed: Signal[str] = Signal()
        self.finished: Signal[()] = Signal()
        self._post_raw = post
        self._keys: list[str] = []
        self._rows: dict[str, int] = {}
        self._summaries: dict[str, ClipSummary] = {}
        self._documents: dict[str, ClipDocument] = {}
        self._labels = LabelSource(self.settings, self.folder)
        self._counts: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # What there is

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def keys(self) -> Sequence[str]:
        """In natural order; do not change the list."""
        return self._keys

    def key(self, row: int) -> str:
        return self._keys[row]

    def row(self, key: str) -> int | None:
        return self._rows.get(key)

    def path(self, key: str) -> Path:
        return self.folder / key

    def table_path(self, key: str) -> Path:
        """Where the selection table of ``key`` is, or would be."""
        return find_table(self.path(key))[0]

    def summary(self, key: str) -> ClipSummary:
        return self._summaries.get(key, ClipSummary())

    def class_counts(self) -> Counter[str]:
        """Clips and regions by class name; a copy."""
        return Counter(self._counts)

    def groups(self) -> dict[str, str]:
        """Group by key, where one is known."""
        return {key: item.group for key, item in self._summaries.items() if item.group}

    # Editing

    def document(self, key: str) -> ClipDocument:
        """The annotation of clip ``key``, read on first use.

        One that cannot be read is returned empty, with ``readonly_reason``.

        Raises
        ------
        UsageError
            If there is no such clip.
        """
        document = self._documents.get(key)
        if document is None:
            if not self.path(key).is_file():
                raise UsageError(f"there is no sound “{key}” in {self.folder.name}")
            document = self._documents[key] = self._load(key)
        return document

    def edit(self, key: str, regions: Iterable[Region], text: str) -> None:
        """Make ``regions`` those of clip ``key``, as one undoable step called ``text``.

        Raises
        ------
        WorkbenchError
            If its table must not be changed; nothing was changed then.
        """
        self.edit_many({key: tuple(regions)}, text)

    def edit_many(self, regions: Mapping[str, Iterable[Region]], text: str) -> None:
        """As :meth:`edit`, for many clips in one step."""
        before, after = {}, {}
        for key, items in regions.items():
            document = self.document(key)
            if document.readonly_reason is not None:
                raise WorkbenchError(document.readonly_reason)
            annotation = ClipAnnotation(tuple(items))
            if annotation != document.annotation:
                before[key] = document.state
                after[key] = ClipState(document.state.table, annotation, True)
        if after:
            self.session.undo.push(_ClipCommand(self, before, after, text))

    def set_label(self, keys: Iterable[str], label: str) -> None:
        """Give whole clips a class, or none with ""; regions inside them stay."""
        changes: dict[str, tuple[Region, ...]] = {}
        for key in keys:
            document = self.document(key)
            changes[key] = with_label(document.annotation, label, document.duration)
        what = f"call {len(changes)} clips {label}" if len(changes) > 1 else f"call it {label}"
        self.edit_many(changes, what if label else "take the label off")

    def apply(self, states: Mapping[str, ClipState]) -> None:
        """Show and save ``states``. For steps only."""
        for key, state in states.items():
            document = self.document(key)
            self.session.classes.add_all(
                label for label in state.annotation.counts() if label not in self.session.classes
            )
            document.state = state
            document.changed.emit()
            self._store(key, self._summary_of(document))
            nyquist = document.info.nyquist if document.info is not None else 0.0
            self.session.saver.submit(
                SOUND_PREFIX + key, document.table_path, lambda s=state, n=nyquist: _content(s, n)  # type: ignore[misc]
            )
        self.session.person_changed()
        self.summary_changed.emit("" if len(states) > 1 else next(iter(states), ""))

    def use_settings(self, settings: SoundSettings) -> None:
        """Label clips without a table as ``settings`` say from now on, and remember it.

        Raises
        ------
        FormatError
            If the pattern cannot be used; nothing was changed then.
        """
        self._labels = LabelSource(settings, self.folder)
        self.settings = settings
        self.session.manifest.sounds = dict(settings.to_json())
        self.session.manifest_changed()
        self._documents.clear()
        self.refresh()

    # Single clips

    def expect_names(self, settings: SoundSettings) -> None:
        """As :meth:`use_settings`, for a project without clips: nothing needs to be read anew."""
        self._labels = LabelSource(settings, self.folder)
        self.settings = settings
        self.session.manifest.sounds = dict(settings.to_json())
        self.session.manifest_changed()

    def found(self, keys: Iterable[str]) -> None:
        """Take in clips that have just been written, without looking through the whole folder."""
        for key in keys:
            self._documents.pop(key, None)
            self._store(key, self._summary_of(self.document(key)))
            if key not in self._rows:
                self._keys.append(key)
                self._rows[key] = len(self._keys) - 1
        self._sort()

    def gone(self, keys: Iterable[str]) -> None:
        """Forget clips whose files were removed."""
        for key in keys:
            summary = self._summaries.pop(key, None)
            if summary is not None:
                self._counts.subtract(dict(summary.classes))
            self._documents.pop(key, None)
            if key in self._rows:
                self._keys.remove(key)
                del self._rows[key]
        self._counts += Counter()
        self._sort()

    def _sort(self) -> None:
        self._keys = sorted(self._keys, key=natural_key)
        self._rows = {key: row for row, key in enumerate(self._keys)}
        self.reset.emit()

    # Life

    def start(self) -> None:
        """Find the clips; what is known by their names is there at once, the rest follows."""
        self._thread = threading.Thread(target=self._run, name="sounds", daemon=True)
        self._thread.start()

    def refresh(self) -> None:
        """Look again for clips and tables, for example after a recording."""
        self.close()
        self._stop = threading.Event()
        self.scanning = True
        self.start()

    def close(self) -> None:
        """Stop looking; returns when the background thread has ended."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _post(self, what: Callable[[], None]) -> None:
        stop = self._stop
        self._post_raw(lambda: None if stop.is_set() else what())

    def _run(self) -> None:
        breathe = Breather(self._stop.is_set)
        try:
            keys = sort_politely(list(find_sounds(self.folder)), breathe)
            if keys and self.settings == SoundSettings():
                self.settings = find_settings(keys)
                self._labels = LabelSource(self.settings, self.folder)
            quick = {key: _summary(self._labels(key)) for key in keys}
            self._post(lambda: self._take_keys(keys, quick))
            batch: dict[str, ClipSummary] = {}
            for key in keys:
                batch[key] = self._look(key)
                breathe()
                if len(batch) >= _BATCH:
                    self._post(lambda batch=batch: self._take(batch))  # type: ignore[misc]
                    batch = {}
            self._post(lambda: self._take(batch))
            self._post(self._take_end)
        except Stopped:
            return

    def _take_keys(self, keys: list[str], quick: dict[str, ClipSummary]) -> None:
        self._keys = keys
        self._rows = {key: row for row, key in enumerate(keys)}
        self._summaries = {}
        self._counts = Counter()
        for key, summary in quick.items():
            self._store(key, summary)
        for problem in self._labels.problems:
            self.session.problem_added.emit(problem)
        self.reset.emit()

    def _take(self, batch: Mapping[str, ClipSummary]) -> None:
        for key, summary in batch.items():
            document = self._documents.get(key)
            self._store(key, summary if document is None else self._summary_of(document))
        self.summary_changed.emit("")

    def _take_end(self) -> None:
        self.scanning = False
        self.session.classes.add_all(
            name for name in sorted(self._counts, key=natural_key)
            if name not in self.session.classes
        )
        self.finished.emit()

    def _look(self, key: str) -> ClipSummary:
        document = self._load(key)
        if document.readonly_reason is not None:
            problem = Problem(str(document.path), "unreadable-sound", document.readonly_reason)
            self._post(lambda: self.session.problem_added.emit(problem))
        return self._summary_of(document)

    def _load(self, key: str) -> ClipDocument:
        from workbench.formats.sound_info import read_sound_info

        path = self.path(key)
        table_path, found = find_table(path)
        document = ClipDocument(key, path, table_path)
        try:
            document.info = read_sound_info(path)
            document.state = read_state(found, document.info, self._labels(key).label)
        except FormatError as error:
            document.readonly_reason = error.sentence()
        try:
            data = table_path.read_bytes()
        except OSError:
            data = None
        self.session.saver.remember(table_path, data)
        return document

    def _summary_of(self, document: ClipDocument) -> ClipSummary:
        known = self._labels(document.key)
        label = document.annotation.whole_label(document.duration) or ""
        parts = sum(document.annotation.counts().values()) - bool(label)
        return ClipSummary(label, known.group, parts, document.info, document.readonly_reason,
                           tuple(document.annotation.counts().items()))

    def _store(self, key: str, summary: ClipSummary) -> None:
        old = self._summaries.get(key)
        if old is not None:
            self._counts.subtract(dict(old.classes))
        self._counts.update(dict(summary.classes))
        self._summaries[key] = summary
        self._counts += Counter()  # drops what is down to nothing


def find_sounds(folder: Path) -> Iterable[str]:
    """Sound files of a project in the disk's order, as posix paths relative to it."""
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name not in _SKIPPED]
        relative = Path(root).relative_to(folder).as_posix()
        prefix = "" if relative == "." else f"{relative}/"
        for name in files:
            if name[0] != "." and name[name.rfind("."):].lower() in SUFFIXES:
                yield prefix + name


def find_table(path: Path) -> tuple[Path, Path | None]:
    """Where the table of the clip at ``path`` is written, and the file to read it from, if any.

    Raven's own names and Audacity's labels beside the clip are read; what we write is always a
    selection table. Two clips of one stem have tables of their own, by their whole names.
    """
    stem = path.with_suffix("")
    twins = sum((path.with_suffix(suffix)).is_file() for suffix in SUFFIXES)
    own = path.with_name((path.name if twins > 1 else stem.name) + TABLE_SUFFIX)
    if own.is_file():
        return own, own
    for name in (f"{stem.name}.Table.1{TABLE_SUFFIX}", f"{stem.name}.txt"):
        other = path.with_name(name)
        if other.is_file() and twins <= 1:
            return (other if name.endswith(TABLE_SUFFIX) else own), other
    return own, None


def read_state(found: Path | None, info: ClipInfo, label: str) -> ClipState:
    """What table ``found`` says about a clip, or else what ``label`` does.

    Raises
    ------
    FormatError
        If there is a table that cannot be read.
    """
    if found is not None:
        from workbench.formats.audacity import looks_like_audacity, parse_audacity
        from workbench.formats.raven import looks_like_raven, parse_raven

        data = found.read_bytes()
        if looks_like_raven(data):
            table = parse_raven(data, found, info.nyquist)
            return ClipState(table, table.annotation, True)
        if looks_like_audacity(data):
            return ClipState(None, parse_audacity(data, found), False)
        if found.name.endswith(TABLE_SUFFIX):
            parse_raven(data, found)  # tells what is wrong with it
    whole = ClipAnnotation((Region(label, 0.0, info.duration),) if label else ())
    return ClipState(None, whole, False)


def with_label(annotation: ClipAnnotation, label: str, duration: float) -> tuple[Region, ...]:
    """The regions of ``annotation`` with the class of the whole clip replaced by ``label``."""
    from workbench.core.regions import is_whole

    parts = tuple(item for item in annotation.regions if not is_whole(item, duration))
    old = next((item for item in annotation.regions if is_whole(item, duration)), None)
    if not label:
        return parts
    whole = old.with_label(label) if old is not None else Region(label, 0.0, duration)
    return (whole, *parts)


def _content(state: ClipState, nyquist: float) -> bytes | None:
    if not state.exists:
        return None
    from workbench.formats.raven import new_raven

    return (state.table or new_raven()).render(state.annotation, nyquist)


def _summary(known: object) -> ClipSummary:
    from workbench.project.sound_labels import ClipLabel

    assert isinstance(known, ClipLabel)
    return ClipSummary(label=known.label, group=known.group,
                       classes=((known.label, 1),) if known.label else ())
