"""The sounds of a project: which there are, what they are called, and editing that."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.classes import class_name
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.signal import Signal
from workbench.project.layout import SOUND_PREFIX
from workbench.project.saver import read_or_none
from workbench.project.scan import sort_naturally
from workbench.project.shared_tables import is_shared
from workbench.project.sound_catalog import SoundCatalog
from workbench.project.sound_changes import SoundChanges
from workbench.project.sound_labels import LabelSource, SoundSettings
from workbench.project.sound_scan import SoundScan
from workbench.project.sound_sources import recognised_settings
from workbench.project.sound_steps import (
    Change,
    ClipCommand,
    ClipWork,
    Move,
    Version,
    changed,
    move_of,
)
from workbench.project.sounds import (
    ClipDocument,
    ClipSummary,
    find_table,
    label_files,
    read_clip,
    with_label,
)

if TYPE_CHECKING:
    from workbench.project.session import Session

AT_ONCE = 100
"""So many clips are read and changed at once; more of them are prepared in the background."""
SLICE = 250
"""Of a large step so many clips are shown and handed to the saver at a time."""
TAKE_IN = "take in what another program changed"
UNREADABLE = "unreadable-sound"

Then = Callable[[int], object]  # called with the number of clips that were changed
Ready = Callable[[Mapping[str, Move]], object]  # called with what is to be changed


class SoundLibrary(SoundCatalog):
    """All clips of a project. Keys are posix paths relative to the project folder.

    Called, and its signals emitted, on the owner's thread; headers and tables are read in the
    background. Edits are steps on the session's one undo stack and are saved at once by its saver,
    as a Raven selection table beside the clip.

    Signals
    -------
    finished
        Everything was found and looked at.
    work_changed
        :attr:`work` began, came on or is over.
    """

    def __init__(self, session: Session, post: Callable[[Callable[[], None]], None]) -> None:
        super().__init__()
        self.session = session
        self.folder = session.folder
        self.settings = SoundSettings.from_json(session.manifest.sounds)
        self.scanning = True
        self.clock: Callable[[], float] = time.monotonic
        self.finished: Signal[()] = Signal()
        self.work_changed: Signal[()] = Signal()
        self._post = post
        self._documents: dict[str, ClipDocument] = {}
        self._touched: set[str] = set()
        self._unsettled: dict[str, Version] = {}
        self._works: list[ClipWork] = []
        self._labels = LabelSource(self.settings, self.folder)
        self._scan: SoundScan | None = None
        self.changes = SoundChanges(self, post)

    # Where things are

    def path(self, key: str) -> Path:
        return self.folder / key

    def table_path(self, key: str) -> Path:
        """Where the selection table of ``key`` is, or would be."""
        document = self._documents.get(key)
        return document.table_path if document is not None else find_table(self.path(key))[0]

    # Documents

    def document(self, key: str) -> ClipDocument:
        """The annotation of clip ``key``, read on first use.

        One that cannot be read is returned empty, with ``readonly_reason``.

        Raises
        ------
        UsageError
            If there is no such clip.
        """
        if key not in self._documents:
            self.adopt([self.read(key)])
        return self._documents[key]

    def cached(self, key: str) -> ClipDocument | None:
        """The document if it is in memory; never touches the disk. For any thread."""
        return self._documents.get(key)

    def read(self, key: str) -> ClipDocument:
        """Read a clip without keeping it; raises as :meth:`document`. For any thread."""
        if not is_file(self.path(key)):
            self.session.identity.require()
            raise UsageError(f"there is no sound “{key}” in {self.folder.name}")
        return read_clip(key, self.path(key), self._labels(key))

    def adopt(self, documents: Iterable[ClipDocument]) -> None:
        """Keep documents that were read, but for those that there are by now."""
        fresh = [item for item in documents if item.key not in self._documents]
        self._documents.update((item.key, item) for item in fresh)
        self.session.saver.remember_many((item.table_path, item.read) for item in fresh)
        for item in fresh:
            item.read = None

    def look_outside(self, key: str) -> None:
        """Take in what another program did to the table of ``key``, unless an edit of ours is on
        its way; a clip that was edited here can be undone to what it was."""
        document = self._documents.get(key)
        if document is None or self.unsaved(key) or not is_file(document.path):
            return
        self.take_fresh(self.read(key))

    def take_fresh(self, fresh: ClipDocument) -> None:
        """Take in how a clip was read just now, unless an edit of ours is on its way."""
        document = self._documents.get(fresh.key)
        if document is None:
            self._store(fresh.key, ClipSummary.of(fresh, fresh.annotation))
            self.summary_changed.emit(fresh.key)
            return
        self._store(fresh.key, replace(self.summary(fresh.key), stamp=fresh.stamp))
        if self.unsaved(fresh.key):
            return
        known = fresh.table_path == document.table_path and fresh.info == document.info \
            and self.session.saver.knows(fresh.table_path, fresh.read)
        if not known or fresh.readonly_reason != document.readonly_reason:
            self._take_in(document, fresh)

    def reload(self, key: str) -> None:
        """Take what the disk holds instead of edits that could not be saved; undoable.

        Raises
        ------
        WorkbenchError
            If the table or the clip cannot be read; nothing was changed then.
        """
        fresh = self.read(key)
        if fresh.readonly_reason is not None:
            raise WorkbenchError(fresh.readonly_reason)
        self.session.saver.drop(SOUND_PREFIX + key)
        self._take_in(self.document(key), fresh)

    def overwrite(self, key: str) -> None:
        """Write our edits although another program changed the table in the meantime.

        Raises
        ------
        WorkbenchError
            If the table cannot be read or must not be changed.
        """
        document = self._editable(key)
        self.session.saver.remember(document.table_path, read_or_none(document.table_path))
        self.apply({key: move_of(document, document.state).after})

    def start_anew(self, key: str) -> Path:
        """As :meth:`Session.start_anew`, for the label file of clip ``key``."""
        from workbench.project.files import put_aside

        document = self.document(key)
        if document.damaged is None:
            raise UsageError("its labels are not damaged", path=document.path)
        aside = put_aside(document.damaged)
        self.session.saver.drop(SOUND_PREFIX + key)
        self._take_in(document, self.read(key))
        if document.readonly_reason is None:
            self.session.drop_problem(str(document.path), UNREADABLE)
        return aside

    def _take_in(self, document: ClipDocument, fresh: ClipDocument) -> None:
        document.info, document.table_path = fresh.info, fresh.table_path
        document.stamp, document.left_behind = fresh.stamp, fresh.left_behind
        document.readonly_reason, document.damaged = fresh.readonly_reason, fresh.damaged
        self.session.saver.remember(fresh.table_path, fresh.read)
        if document.key in self._touched:
            if fresh.readonly_reason is None:
                move = move_of(document, fresh.state)
                self.session.undo.push(ClipCommand(self, {document.key: move}, TAKE_IN))
                return
        else:
            document.state = fresh.state
        self._store(document.key, ClipSummary.of(document, document.annotation))
        document.changed.emit()
        self.summary_changed.emit(document.key)

    def _editable(self, key: str) -> ClipDocument:
        document = self.document(key)
        if document.readonly_reason is not None:
            raise WorkbenchError(document.readonly_reason)
        return document

    # Editing

    def edit(self, key: str, regions: Iterable[LabeledObject], text: str, *,
             kind: str = "") -> None:
        """Make ``regions`` those of clip ``key``; see :meth:`edit_many`."""
        self.edit_many({key: regions}, text, kind=kind)

    def edit_many(self, regions: Mapping[str, Iterable[LabeledObject]], text: str, *,
                  kind: str = "") -> None:
        """Give clips other regions at once, as one undoable step called ``text``.

        Steps of the same ``kind`` that follow within a second are undone together.

        Raises
        ------
        WorkbenchError
            If a table must not be changed; nothing was changed then.
        """
        classes = self.session.classes
        named = {key: [item if item.label in classes or not item.label
                       else item.with_label(class_name(item.label)) for item in items]
                 for key, items in regions.items()}
        moves = {key: move for key, items in named.items()
                 if (move := changed(self._editable(key), items)) is not None}
        if moves:
            self.session.undo.push(ClipCommand(self, moves, text, kind))

    def set_label(self, keys: Iterable[str], label: str, then: Then | None = None) -> None:
        """Give whole clips a class, or none with ""; regions inside them stay.

        One step; see :meth:`change_many`.
        """
        chosen = list(keys)
        if label and label not in self.session.classes:
            label = class_name(label)
        what = f"call {len(chosen):,} clips {label}" if len(chosen) > 1 else f"call it {label}"
        self.change_many(chosen, lambda annotation, duration: with_label(
            annotation, label, duration), what if label else "remove the label", then=then)

    def using(self, name: str) -> list[str]:
        """Clips that have the class ``name`` somewhere and can be changed."""
        found = ((key, self.summary(key)) for key in self)
        return [key for key, summary in found
                if summary.problem is None and any(label == name for label, _ in summary.classes)]

    def relabel(self, old: str, new: str | None) -> None:
        """Call class ``old`` ``new`` in all clips and images, or remove it for None; one step.

        It goes on at the next opening if the program is killed. Raises as
        :meth:`Session.rename_class`.
        """
        from workbench.project.relabel import step_words
        from workbench.project.sound_relabel import push, relabelling

        self.session.classes.index(old)  # raises where there is none, before anything is begun
        if new is not None and new not in self.session.classes:
            new = class_name(new)
        text = step_words(old, new, merging=new in self.session.classes)
        self.prepare(self.using(old), relabelling(old, new), text,
                     lambda moves: push(self, moves, text, old, new))

    def change_many(self, keys: Iterable[str], change: Change, text: str, *,
                    then: Then | None = None) -> None:
        """Change clips as one step called ``text``.

        A few are changed at once. Many are prepared in the background, told by :attr:`work`, and
        changed when all are ready; those that cannot be changed are then left out and told by
        :attr:`Session.step_finished`.

        Parameters
        ----------
        change
            For any thread.
        then
            What is to be done afterwards.

        Raises
        ------
        WorkbenchError
            If one of a few clips must not be changed; nothing was changed.
        """
        def ready(moves: Mapping[str, Move]) -> None:
            if moves:
                self.session.undo.push(ClipCommand(self, moves, text))
            if then is not None:
                then(len(moves))

        self.prepare(keys, change, text, ready)

    def prepare(self, keys: Iterable[str], change: Change, text: str, ready: Ready) -> None:
        """Find out what ``change`` makes of clips and hand that to ``ready``; see
        :meth:`change_many`, which makes a step of it."""
        chosen = list(dict.fromkeys(keys))
        if len(chosen) > AT_ONCE:
            work = ClipWork(self, chosen, change, text, lambda work: self._worked(work, ready))
            self._works.append(work)
            if len(self._works) == 1:
                work.start()
            self.work_changed.emit()
            return
        documents = [self._editable(key) for key in chosen]
        moves = {item.key: move for item in documents
                 if (move := changed(item, change(item.annotation, item.duration))) is not None}
        ready(moves)

    @property
    def work(self) -> ClipWork | None:
        """What is being prepared in the background."""
        return self._works[0] if self._works else None

    def stop_work(self) -> None:
        """Give up what is being prepared, and what waits for it; nothing of it was changed."""
        works, self._works = self._works, []
        for work in works:
            work.stop()
        self.work_changed.emit()

    def _worked(self, work: ClipWork, ready: Ready) -> None:
        from workbench.project.relabel import StepReport

        self._works.remove(work)
        if self._works:
            self._works[0].start()
        try:
            ready(work.moves)
        except WorkbenchError as error:
            work.problems.append(Problem(str(self.folder), "left-out-of-step", error.sentence()))
        self.work_changed.emit()
        self.session.step_finished.emit(StepReport(work.text, len(work.moves), work.problems))

    def apply(self, versions: Mapping[str, Version], *, new_classes: bool = True) -> None:
        """Show and save ``versions``, of many the first at once and the others soon after. For
        steps only."""
        versions = {key: version for key, version in versions.items()
                    if key in self._documents or is_file(self.path(key))}  # others are gone
        for key, version in versions.items():
            self.document(key).state = version.state
        if new_classes:
            names = dict.fromkeys(name for version in versions.values()
                                  for name, _ in version.summary.classes)
            self.session.classes.add_all(
                name for name in names if name not in self.session.classes)
        self._touched.update(versions)
        under_way = bool(self._unsettled)
        self._unsettled.update(versions)
        if not under_way:
            self._settle_some()
        self.session.person_changed()

    def settle(self) -> None:
        """Finish what is prepared; bring all changes to the list and the saver, without pause."""
        while self._works:
            self._works[0].complete()
        while self._unsettled:
            self._settle(len(self._unsettled))

    def _settle_some(self) -> None:
        self._settle(SLICE)
        if self._unsettled:
            self.session.post(self._settle_some)

    def _settle(self, most: int) -> None:
        chosen = list(islice(self._unsettled.items(), most))
        jobs = []
        for key, version in chosen:
            del self._unsettled[key]
            document = self.document(key)
            self._store(key, version.summary)
            content = partial(version.state.content, document.nyquist)
            step = self.session.steps.in_clip(key)
            jobs.append((SOUND_PREFIX + key, document.table_path,
                         partial(step.content, key, content) if step is not None else content))
        self.session.saver.submit_many(jobs)
        for key, _ in chosen:
            self.document(key).changed.emit()
        if not self._unsettled and chosen:
            self.summary_changed.emit(chosen[0][0] if len(chosen) == 1 else "")

    def unsaved(self, key: str) -> bool:
        """Whether an edit of the clip is not on the disk yet."""
        return key in self._unsettled or self.session.saver.unsaved(SOUND_PREFIX + key)

    # Where labels come from

    def use_settings(self, settings: SoundSettings) -> None:
        """Label clips without a table as ``settings`` say from now on, and remember it.

        Raises
        ------
        FormatError
            If the pattern cannot be used; nothing was changed then.
        """
        self.expect_names(settings)
        self._documents = {key: item for key, item in self._documents.items()
                           if self.unsaved(key)}
        self.refresh()

    def expect_names(self, settings: SoundSettings) -> None:
        """As :meth:`use_settings`, for a project without clips: nothing needs to be read anew."""
        self._labels = LabelSource(settings, self.folder)
        self.settings = settings
        self.session.manifest.sounds = dict(settings.to_json())
        self.session.manifest_changed()

    def read_again(self) -> None:
        """Take in what was written past the saver."""
        for key in list(self._documents):
            self.look_outside(key)
        self.refresh()

    # Single clips

    def files(self, key: str) -> tuple[Path, ...]:
        """The clip and what beside it holds its labels alone; some may not be there."""
        path = self.path(key)
        tables = dict.fromkeys((self.table_path(key), *label_files(path)))
        return (path, *(table for table in tables if not is_shared(table)))

    def add_recorded(self, key: str, label: str) -> None:
        """Take in a clip that was recorded just now and call it ``label``, in one step.

        Raises
        ------
        WorkbenchError
            If its label cannot be written; the clip is in the project all the same.
        """
        from workbench.project.clip_trash import ClipFiles

        text = f"record {self.path(key).name}"
        refused: WorkbenchError | None = None
        with self.session.undo.together(text):
            self.session.undo.push(ClipFiles(self, (key,), text, adds=True))
            try:
                if label and self.summary(key).label != label:
                    self.set_label([key], label)
            except WorkbenchError as error:
                refused = error  # the recording stays
        if refused is not None:
            raise refused

    def delete(self, keys: Iterable[str]) -> None:
        """Move clips and their labels to the project's trash, in one step.

        Raises
        ------
        WorkbenchError
            If the disk refuses, or labels could not be saved before; nothing was deleted then.
        """
        from workbench.project.clip_trash import ClipFiles
        from workbench.project.trash import forget_old

        chosen = [key for key in dict.fromkeys(keys) if self.row(key) is not None]
        if not chosen:
            return
        forget_old(self.folder)
        what = self.path(chosen[0]).name if len(chosen) == 1 else f"{len(chosen):,} clips"
        self.session.undo.push(ClipFiles(self, chosen, f"delete {what}", adds=False))

    def found(self, keys: Iterable[str]) -> None:
        """Take in clips that have just been written, without looking through the whole folder."""
        for key in keys:
            self._documents.pop(key, None)
            document = self.document(key)
            self._store(key, ClipSummary.of(document, document.annotation))
        self._sort()

    def gone(self, keys: Iterable[str]) -> None:
        """Forget clips whose files were removed."""
        for key in keys:
            self._forget(key)
            self._documents.pop(key, None)
            self.session.drop_problem(str(self.path(key)), UNREADABLE)
        self._sort()

    # Life

    def start(self) -> None:
        """Find the clips; what is known by their names is there at once, the rest follows."""
        self._scan = SoundScan(self, self._post)
        self._scan.start()

    def refresh(self) -> None:
        """Look again for clips and tables, for example after a recording."""
        self._end_scan()
        self.scanning = True
        self.start()

    def close(self) -> None:
        """Stop looking and working; returns when the background threads have ended."""
        self.stop_work()
        self._end_scan()
        self.changes.close()

    def _end_scan(self) -> None:
        scan, self._scan = self._scan, None
        if scan is not None:
            scan.stop()

    def known_by_name(self, keys: Sequence[str]) -> dict[str, ClipSummary]:
        """What names and folders say; recognises first how they are named, where nobody said.
        For the thread that looks."""
        if keys and self.settings == SoundSettings() and not self.session.manifest.sounds:
            self.settings = recognised_settings(self.folder, keys)
            self._labels = LabelSource(self.settings, self.folder)
        return {key: ClipSummary.of_name(self._labels(key)) for key in keys}

    def take_keys(self, keys: list[str], quick: dict[str, ClipSummary]) -> None:
        """These are the clips, as far as their names tell. For the scan only, as what follows."""
        for key in self:
            if key not in quick:
                self.session.drop_problem(str(self.path(key)), UNREADABLE)
        for problem in self._labels.problems:
            self.session.add_problem(problem)
        self._replace(keys, quick)

    def take(self, batch: Iterable[ClipDocument]) -> None:
        """These were looked at."""
        for read in batch:
            if self.row(read.key) is None:
                continue  # it was removed while it was read
            document = self._documents.get(read.key, read)
            self._store(read.key, ClipSummary.of(document, document.annotation))
            if document.readonly_reason is None:
                self.session.drop_problem(str(document.path), UNREADABLE)
            else:
                self.session.add_problem(Problem(
                    str(document.path), UNREADABLE, document.readonly_reason))
            for problem in read.problems:
                self.session.add_problem(problem)
        self.summary_changed.emit("")

    def take_end(self) -> None:
        """All were."""
        self.scanning = False
        self.find_classes()
        self.finished.emit()

    def find_classes(self) -> None:
        """Make classes of the names that clips have and the project does not know."""
        self.session.classes.add_all(
            name for name in sort_naturally(self.class_counts())
            if name not in self.session.classes and not self.session.steps.is_retired(name)
        )
