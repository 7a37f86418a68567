"""The sounds of a project: which there are, and what they are called."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from workbench.core.annotation import Annotation
from workbench.core.background import BackgroundThread, Post
from workbench.core.classes import class_name
from workbench.core.errors import Problem, UsageError, WorkbenchError, unexpected
from workbench.core.paths import is_file
from workbench.core.text import listed
from workbench.project.class_levels import KEY
from workbench.project.edits.saver import Content
from workbench.project.library.base import Then
from workbench.project.library.clip_changes import Changes, SoundChanges
from workbench.project.library.clip_labels import LabelSource, SoundSettings, table_names
from workbench.project.library.clips import (
    CLIP_PROBLEMS,
    ClipDocument,
    ClipSummary,
    clip_content,
    find_sounds,
    find_table,
    holds_labels,
    interpret,
    label_files,
    read_clip,
    read_state,
    stamp_of,
    unreadable_clip,
    with_label,
)
from workbench.project.library.document import NO_LABELS, State
from workbench.project.library.file_library import FileLibrary
from workbench.project.library.label_sources import recognised_settings
from workbench.project.library.scan import Throttle, sort_in_steps, sort_key, sort_naturally
from workbench.project.library.shared_tables import is_shared
from workbench.project.open_project import OpenProject

UNREADABLE = "unreadable-sound"
_FEW = 100  # new clips
_BATCH = 100  # clips that are handed to the list at once


class SoundLibrary(FileLibrary[ClipSummary, ClipDocument]):
    """All clips of a project, counted by class: once as a whole, once for each region.

    Headers and tables are read in the background; ``finished`` is emitted when all were. What is
    edited is saved as a Raven selection table beside the clip.
    """

    noun = "sound"
    joins = True
    unknown = ClipSummary()

    def __init__(self, session: OpenProject, post: Post) -> None:
        super().__init__(session, post)
        self.settings = SoundSettings.from_json(session.manifest.sounds)
        self._labels = LabelSource(self.settings, self.folder)
        self._no_longer_named: set[str] = set()
        self.changes = SoundChanges(self, self.take_changes, self.follow_tables, post)

    # What the library asks of a medium

    def annotation_path(self, key: str) -> Path:
        document = self._documents.get(key)
        return document.annotation_path if document is not None else find_table(self.path(key))[0]

    def read(self, key: str) -> ClipDocument:
        if not is_file(self.path(key)):
            self.session.identity.require()
            raise UsageError(f"there is no sound “{key}” in {self.folder.name}")
        return read_clip(key, self.path(key), self._labels(key))

    def state_of(self, document: ClipDocument, data: bytes | None) -> State:
        if document.info is None:
            return NO_LABELS
        found = document.annotation_path
        if data is None:
            _, other = find_table(document.path, own_too=False)
            return read_state(document.path, other, document.info, document.known)
        return interpret(document.path, found, data, document.info, document.known)

    def content(self, document: ClipDocument, state: State) -> Content:
        return partial(clip_content, state, document.nyquist)

    def summarized(self, document: ClipDocument, annotation: Annotation) -> ClipSummary:
        return ClipSummary.of(document, annotation)

    def require_joined(self, document: ClipDocument, joined: Annotation) -> None:
        classes = [item.label for item in joined.objects if item.label
                   and item.region.is_whole(document.duration)]
        if len(classes) > 1:
            raise UsageError(f"both versions give the sound a class as a whole "
                             f"({listed(classes)}): choose one of them", path=document.path)

    def _is_current(self, document: ClipDocument) -> bool:
        table, found = find_table(document.path)
        return bool(stamp_of(document.path, found or table) == document.stamp)

    def _differs(self, document: ClipDocument, fresh: ClipDocument) -> bool:
        # without a table of our own the labels come from elsewhere, as from a file of Audacity
        others = fresh.read is None and fresh.annotation != document.annotation
        return others or fresh.info != document.info or super()._differs(document, fresh)

    def check_disk(self, key: str) -> None:
        if is_file(self.path(key)):
            super().check_disk(key)

    def refresh_document(self, fresh: ClipDocument) -> None:
        if self.cached(fresh.key) is None:
            self._show(fresh)
            self._listed([fresh.key])
            return
        self._store(fresh.key, replace(self.summary(fresh.key), stamp=fresh.stamp))
        super().refresh_document(fresh)

    def _show(self, document: ClipDocument) -> None:
        super()._show(document)
        found = list(document.problems)
        if document.readonly_reason is not None:
            found.append(Problem(str(document.path), UNREADABLE, document.readonly_reason))
        self._forget_problems(document.key, {problem.kind for problem in found})
        for problem in found:
            self.session.add_problem(problem)

    def _forget_problems(self, key: str, but: Container[str] = ()) -> None:
        for kind in (UNREADABLE, *CLIP_PROBLEMS):
            if kind not in but:
                self.session.drop_problem(str(self.path(key)), kind)

    # Editing

    def set_label(self, keys: Iterable[str], label: str, then: Then | None = None) -> None:
        """Give whole clips a class, or none with ""; regions inside them stay.

        One step; see :meth:`change_many`.
        """
        chosen = list(keys)
        if label and label not in self.session.classes:
            label = class_name(label)
        what = f"{len(chosen):,} sounds" if len(chosen) != 1 else chosen[0].rpartition("/")[2]
        self.change_many(
            chosen, lambda item: with_label(item.annotation, label, item.duration),
            f"label {what} “{label}”" if label else "remove the label", then=then)

    # Where labels come from

    def use_settings(self, settings: SoundSettings) -> None:
        """Label clips without a table as ``settings`` say from now on, and remember it. Classes
        that only the names, folders or tables of before gave are no longer there.

        Raises
        ------
        FormatError
            If the pattern cannot be used; nothing was changed then.
        """
        before = {name for key in self for name in self._labels(key).classes}
        self.expect_names(settings)
        self._no_longer_named = before
        self._read_anew()

    def _read_anew(self) -> None:
        self._documents = {key: item for key, item in self._documents.items() if self.unsaved(key)}
        self.refresh()

    def follow_tables(self) -> bool:
        """Label clips anew where another program changed a table of labels; whether one did."""
        changed = not self._labels.is_current
        if changed:
            self._read_anew()
        return changed

    def expect_names(self, settings: SoundSettings) -> None:
        """As :meth:`use_settings`, for a project without clips: nothing needs to be read anew."""
        self._labels = LabelSource(settings, self.folder)
        self.settings = settings
        before = self.session.manifest.sounds
        self.session.manifest.sounds = {**dict.fromkeys(before.keys() & {KEY}, 0),
                                        **settings.to_json()}
        self.session.manifest_changed()

    # Single clips

    def files(self, key: str) -> tuple[Path, ...]:
        """The clip and what beside it holds its labels alone; some may not be there."""
        path = self.path(key)
        tables = dict.fromkeys((self.annotation_path(key), *label_files(path)))
        return (path, *(table for table in tables if holds_labels(table) and not is_shared(table)))

    def add_recorded(self, key: str, label: str) -> None:
        """Take in a clip that was recorded just now and call it ``label``, in one step.

        Raises
        ------
        WorkbenchError
            If its label cannot be written; the clip is in the project all the same.
        """
        from workbench.project.edits.file_steps import ClipFiles

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
        from workbench.project.edits.file_steps import ClipFiles
        from workbench.project.trash import forget_old

        chosen = [key for key in dict.fromkeys(keys) if self.row(key) is not None]
        if not chosen:
            return
        forget_old(self.folder)
        what = self.path(chosen[0]).name if len(chosen) == 1 else f"{len(chosen):,} sounds"
        self.session.undo.push(ClipFiles(self, chosen, f"delete {what}", adds=False))

    def add_keys(self, keys: Iterable[str]) -> None:
        """Take in clips that have just been written, without looking through the whole folder."""
        for key in keys:
            if key in self._touched and key in self._documents:  # steps go on from what is known
                self.refresh_document(self.read(key))
            else:
                self._documents.pop(key, None)
            self._show(self.document(key))
        self._order()

    def remove_keys(self, keys: Iterable[str]) -> None:
        """Forget clips whose files were removed."""
        for key in keys:
            self._store(key, None)
            if key not in self._touched:
                self._documents.pop(key, None)
            self._forget_problems(key)
        self._order()

    def _order(self) -> None:
        """Make rows of all clips that something is known of: a few new ones are put into their
        places, as to sort 100,000 names takes half a second."""
        keys = [key for key in self._keys if key in self._summaries]
        new = self._summaries.keys() - self._rows.keys()
        if len(new) > _FEW:
            keys = sort_naturally(self._summaries)
        else:
            for key in new:
                insort(keys, key, key=sort_key)
        self._set_keys(keys)
        self.reset.emit()

    def take_changes(self, fresh: list[ClipDocument], gone: list[str]) -> Changes:
        """Take in the clips that were read anew, and forget those whose files are gone."""
        # what has changed since it was read is looked at the next time
        fresh = [item for item in fresh if item.stamp is not None
                 and stamp_of(item.path, item.stamp.table) == item.stamp]
        gone = [key for key in gone if self.row(key) is not None and not self.path(key).exists()]
        new = [item.key for item in fresh if self.row(item.key) is None]
        replaced = [item.key for item in fresh if self.row(item.key) is not None
                    and self._take_one(item)]
        if gone:
            self.remove_keys(gone)
        if new:
            self.add_keys(new)
            self.find_classes()
        return Changes(tuple(new), tuple(gone), tuple(replaced))

    def _take_one(self, fresh: ClipDocument) -> bool:
        """Take in a clip that was read anew; whether its sound is another."""
        before = self.summary(fresh.key).stamp
        self.refresh_document(fresh)
        return before is not None and fresh.stamp is not None and before.clip != fresh.stamp.clip

    def groups(self) -> dict[str, str]:
        """Group by key, where one is known."""
        return {key: item.group for key, item in self._summaries.items() if item.group}

    # Life

    def close(self) -> None:
        super().close()
        self.changes.close()

    def _look(self, thread: BackgroundThread) -> None:
        throttle = Throttle(thread)
        found = find_sounds(self.folder, partial(self._refused, thread))
        keys = sort_in_steps(list(found), throttle)
        quick = self.known_by_name(keys)
        thread.post(lambda: self.set_keys(keys, quick))
        batch: list[ClipDocument] = []
        for key in keys:
            try:
                batch.append(self.read(key))
            except UsageError:
                continue  # removed since it was found
            except Exception as bug:  # costs this clip only
                batch.append(unreadable_clip(key, self.path(key), unexpected(bug)))
            throttle()
            if len(batch) >= _BATCH:
                thread.post(partial(self.set_read, batch))
                batch = []
        thread.post(partial(self.set_read, batch))
        thread.post(self.finish_scan)

    def known_by_name(self, keys: Sequence[str]) -> dict[str, ClipSummary]:
        """What names and folders say; recognises first how they are named, where nobody said.
        For the thread that looks."""
        recognise = self.settings == SoundSettings() and not self.session.manifest.sounds
        if keys and recognise:
            self.settings = recognised_settings(self.folder, keys)
        if (keys and recognise) or not self._labels.is_current:
            self._labels = LabelSource(self.settings, self.folder)
        return {key: ClipSummary.of_name(self._labels(key)) for key in keys}

    def set_keys(self, keys: list[str], quick: dict[str, ClipSummary]) -> None:
        """These are the clips, as far as their names say. For the scan only, as what follows."""
        for key in self:
            if key not in quick:
                self._forget_problems(key)
        self._remember_settings()
        for table in table_names(self.settings.table, self.folder):
            for kind in ("unreadable-labels", "labels-read-as"):
                self.session.drop_problem(str(self.folder / table), kind)
        for problem in self._labels.problems:
            self.session.add_problem(problem)
        self._summaries = {}
        self._counts = Counter()
        for key, summary in quick.items():
            self._store(key, summary)
        self._set_keys(keys)
        self.reset.emit()

    def _remember_settings(self) -> None:
        """A project goes on being labelled as was recognised once: sounds with other names that
        come in later must not take the labels off those that are there."""
        if self.settings != SoundSettings() and not self.session.manifest.sounds:
            self.session.manifest.sounds = dict(self.settings.to_json())
            self.session.manifest_will_change()

    def set_read(self, batch: Iterable[ClipDocument]) -> None:
        """These were looked at."""
        for read in batch:
            if self.row(read.key) is None:
                continue  # it was removed while it was read
            if self.session.files_were_changed and not self._is_current(read):
                try:
                    read = self.read(read.key)
                except UsageError:
                    continue
            self._show(self._documents.get(read.key, read))
        self.summary_changed.emit("")

    def finish_scan(self) -> None:
        """All were."""
        self.scanning = False
        self.find_classes()
        self.finished.emit()

    def find_classes(self) -> None:
        """Make classes of the names that clips have and the project does not know."""
        self.session.classes.add_all(
            name for name in sort_naturally(self.class_counts())
            if name not in self.session.classes and name not in self.session.retired
        )
        counts = self.class_counts()
        for name in sorted(self._no_longer_named):
            if name in self.session.classes and not counts.get(name):
                self.session.classes.remove(name)
        self._no_longer_named = set()
