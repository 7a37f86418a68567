"""One time of bringing labels and COCO files together."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import ConflictError, FormatError, Problem, WorkbenchError
from workbench.core.text import count, listed
from workbench.formats.atomic import replacing, write_all
from workbench.formats.class_file import read_class_file
from workbench.formats.coco_edit import CocoEdits, edited
from workbench.formats.coco_entry import ImageEntry, Text, read_entry
from workbench.formats.coco_whole import CocoWhole, read_whole
from workbench.formats.json_text import patched
from workbench.formats.regular_file import open_regular
from workbench.project.edits.saver import read_or_none, replace_file, unchanged
from workbench.project.stores.coco_classes import KEPT, matched
from workbench.project.stores.coco_known import FileRow, ImageRow, Stamp, digest, digests
from workbench.project.stores.coco_parts import (
    AWAY,
    CHANGED,
    CONFLICT,
    NO_STAMP,
    Finder,
    SyncOutcome,
    category_of,
    classes_text,
    entries_below,
    merge,
    stamp_of,
    with_ids,
)
from workbench.project.stores.coco_state import CocoState
from workbench.project.trash import is_put_away


@dataclass(slots=True)
class _ImageChange:
    """What is to come of one image: its ``entry`` as it was read, and the annotations that both
    sides are to have."""

    row: ImageRow
    entry: ImageEntry
    texts: tuple[Text, ...]
    gone: bool = False
    new: bool = False


class SyncPass:
    """What is to be done on each side is found out first, file by file, and then done."""

    def __init__(self, sync: CocoState, outcome: SyncOutcome, hints: frozenset[str],
                 only: bool) -> None:
        self._sync, self._outcome, self._hints, self._only = sync, outcome, hints, only
        self._known = sync.known
        self._files = sync.known.files()
        self._rows: dict[str, ImageRow] = {}
        self._whole: dict[str, CocoWhole] = {}
        self._listed: dict[str, tuple[str, int]] = {}  # images by key: the file, and their id in it
        self._away: dict[str, Mapping[str, str]] = {}
        self._stamps: dict[str, Stamp] = {}
        self._names: dict[int, str] = {}  # of the classes, as the project has them
        self._base: set[int] = set()  # numbers of classes that were known before
        self._unsettled: set[str] = set()  # files that are to be read the next time, too
        self.again = False
        """Whether a file is other than is known of it, so that it has to be read."""

    def steps(self) -> Iterator[None]:
        sync = self._sync
        changed = {name for name in sync.files if self._stamp(name) != self._stamp_known(name)}
        dirty: dict[str, ImageEntry | None] = {}
        yield from self._look(dirty, changed)
        if self._only and changed:
            self._only = False
            yield from self._look(dirty, changed)
        for name in sync.files:
            if name in changed:
                yield from self._read(name, dirty)
        self._match_classes(dirty)
        finder = Finder(sync.folder, sync.files)
        for name in self._whole:
            self._list(name, finder)
            yield
        for name in sync.files:
            if name in changed and name not in self._whole:
                continue  # it cannot be read: everything of it stays as it is
            changes: list[_ImageChange] = []
            rows: list[ImageRow] = []
            gone: list[str] = []
            if name in self._whole:
                yield from self._take_in(name, dirty, changes, rows, gone)
            else:
                self._of_entries(name, dirty, changes)
            yield from self._write(name, changes, rows, gone, finder)
        if not self.again:
            self._report_held()
            self._outcome.whole = not self._only

    # Looking

    def _stamp(self, name: str) -> Stamp:
        self._stamps[name] = stamp_of(self._sync.folder / name)
        return self._stamps[name]

    def _stamp_known(self, name: str) -> Stamp | None:
        return self._files[name].stamp if name in self._files else None

    def _look(self, dirty: dict[str, ImageEntry | None], changed: set[str]) -> Iterator[None]:
        """Find entries that are other than the COCO files were."""
        sync = self._sync
        for row in self._known.images(self._hints if self._only else None):
            self._rows[row.key] = row
            stamp = stamp_of(sync.entry_path(row.key))
            if not stamp[1] and row.key not in self._hints:
                if stamp != NO_STAMP or os.path.lexists(sync.folder / row.key):
                    changed.add(row.file)  # lost: comes from the COCO file again
                    self._rows[row.key] = row._replace(stamp=NO_STAMP)
                elif row.stamp != AWAY and is_put_away(sync.folder, sync.entry_key(row.key)):
                    yield from self._compare(row.key, dirty)
                # else a copy is not whole yet, or a disk is away
            elif stamp != row.stamp or row.held:
                if row.stamp == AWAY:
                    changed.add(row.file)
                yield from self._compare(row.key, dirty)
            sync.throttle()
        for key in self._hints if self._only else entries_below(sync.labels):
            if key not in self._rows:
                yield from self._compare(key, dirty)

    def _compare(self, key: str, dirty: dict[str, ImageEntry | None]) -> Iterator[None]:
        path, row = self._sync.entry_path(key), self._rows.get(key)
        data = read_or_none(path)
        try:
            entry = read_entry(data, path) if data else None
        except FormatError as error:
            self._report(path, error.sentence())
            return
        yield
        if row is not None and entry is not None and digests(entry.texts) == row.base:
            self._rows[key] = row._replace(stamp=stamp_of(path), held=False)
            self._known.save((), [self._rows[key]])
        elif row is not None or entry is not None:
            dirty[key] = entry

    def _read(self, name: str, dirty: Mapping[str, ImageEntry | None]) -> Iterator[None]:
        path = self._sync.folder / name
        known = any(row.file == name and dirty.get(row.key, row) is not None
                    for row in self._rows.values())
        try:
            for found in read_whole(path):
                if found is not None and known and not found.images:
                    raise FormatError("it has no images any more", path=path)
                if found is not None:
                    self._known.ids_seen(name, found.last_image, max(found.ids, default=0))
                    self._whole[name] = found
                self._sync.throttle()
                yield
        except WorkbenchError as error:
            error.kept = error.kept or KEPT
            self._report(path, error.sentence())

    # Classes

    def _match_classes(self, dirty: Mapping[str, ImageEntry | None]) -> None:
        """Bring the names of classes together; raises ConflictError where that cannot be."""
        path, folder = self._sync.classes, self._sync.folder
        before = {folder / name: self._files[name].categories
                  for name in self._sync.files if name in self._files}
        said = {folder / name: self._whole[name].categories if name in self._whole else
                before.get(folder / name, {}) for name in self._sync.files}
        self._base = {number for names in before.values() for number in names}
        data = read_or_none(path)
        ours = None if data is None else {
            number: name for number, name in enumerate(read_class_file(data, path).names) if name}
        self._names = matched(said, before, ours, path, edited=any(dirty.values()))
        if self._names != ours:
            replace_file(path, classes_text(self._names), unchanged(path, data))

    # One file

    def _list(self, name: str, finder: Finder) -> None:
        """Find the images that a file lists; of one that several do, the first counts."""
        names = {number: image.name for number, image in self._whole[name].images.items()}
        first = self._sync.files[:self._sync.files.index(name)]
        known = {row.id: row.key for row in self._rows.values() if row.file == name}
        for number, key in finder.keys(names, name, known, self._sync.throttle):
            before = self._rows.get(key)
            if before is None or before.file not in first or before.file in self._whole or (
                    before.held and not before.base):  # which the other does not list any more
                self._listed.setdefault(key, (name, number))

    def _take_in(self, name: str, dirty: Mapping[str, ImageEntry | None],
                 changes: list[_ImageChange], rows: list[ImageRow], gone: list[str],
                 ) -> Iterator[None]:
        """Compare a file that was read with the entries of its images."""
        whole = self._whole[name]
        for key, (file, number) in self._listed.items():
            if file != name:
                continue
            before = self._rows.get(key)
            row = before or ImageRow(key, name, number, NO_STAMP, {})
            row = self._rows[key] = row._replace(file=name, id=number)
            entry = ImageEntry(name, number, whole.images[number].size,
                               tuple(whole.texts.pop(number, ())))
            if (row.stamp == AWAY and key not in dirty) or (
                    key in dirty and dirty[key] is None and digests(entry.texts) != row.base
                    and not os.path.lexists(self._sync.folder / key)):
                rows.append(row._replace(stamp=AWAY))
            elif key in dirty:
                changes.append(self._merged(row, dirty[key], entry))
            else:
                moved = before is not None and (before.file, before.id) != (name, number)
                self._bring_in(row, entry, changes, rows, moved=moved)
            self._sync.throttle()
            yield
        changes += [self._new(key, entry, entry.texts) for key, entry in dirty.items()
                    if entry is not None and entry.file == name and key not in self._rows]
        for key, row in [*self._rows.items()]:
            if row.file == name and key not in self._listed:
                self._leave(row, changes, rows, gone)
                self._look_in_others()

    def _look_in_others(self) -> None:
        """An image may have moved to another file, which was not read or was read before that."""
        others = [row._replace(stamp=NO_STAMP) for name, row in self._known.files().items()
                  if name not in self._whole]
        if others:
            self._known.save(others, ())
            self.again = True

    def _bring_in(self, row: ImageRow, entry: ImageEntry, changes: list[_ImageChange],
                  rows: list[ImageRow], *, moved: bool) -> None:
        """Write an entry that nobody changed as the COCO file has it."""
        path, base = self._sync.entry_path(row.key), digests(entry.texts)
        if base == row.base and row.stamp != NO_STAMP and not moved:
            rows.append(row)
            return
        if row.stamp == NO_STAMP and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}")
            part.write_bytes(entry.render())
            part.replace(path)
        else:
            try:
                data, now = self._entry_now(row)
            except FormatError:  # which was reported when it was looked at
                rows.append(row)
                return
            if now is not None and digests(now.texts) not in (row.base, base):
                changes.append(self._merged(row, now, entry))  # edited since it was looked at
                return
            replace_file(path, entry.render(), unchanged(path, data))
        self._outcome.entries.append(row.key)
        rows.append(row._replace(stamp=stamp_of(path), base=base))

    def _leave(self, row: ImageRow, changes: list[_ImageChange], rows: list[ImageRow],
               gone: list[str]) -> None:
        """An image was taken out of the COCO file, by another program or when it went to the
        trash."""
        try:
            data, now = self._entry_now(row)
        except FormatError:
            rows.append(row)
            return
        texts = merge(row.base, (), now.texts if now is not None else ())
        if now is not None and (row.held or texts is None):
            changes.append(_ImageChange(row._replace(base={}, held=True), now, ()))
        elif now is not None and row.key in self._texts_away(row.file):
            changes.append(self._new(row.key, now, now.texts))  # we did, and it is back
        elif now is not None and texts:
            changes.append(self._new(row.key, now, texts))
        else:
            path = self._sync.entry_path(row.key)
            replace_file(path, None, unchanged(path, data))
            self._outcome.entries.append(row.key)
            gone.append(row.key)
            del self._rows[row.key]

    def _entry_now(self, row: ImageRow) -> tuple[bytes | None, ImageEntry | None]:
        """An entry's bytes and what they say; raises FormatError, and the COCO file is then read
        the next time, too."""
        path = self._sync.entry_path(row.key)
        data = read_or_none(path)
        try:
            return data, read_entry(data, path) if data else None
        except FormatError:
            self._unsettled.add(row.file)
            raise

    def _merged(self, row: ImageRow, ours: ImageEntry | None, theirs: ImageEntry) -> _ImageChange:
        """An image whose entry was changed, and perhaps its annotations in the file, too."""
        entry = ours or theirs._replace(texts=())
        there = digests(theirs.texts)
        alike = there.items() & digests(entry.texts).items()
        known = {*row.base, *dict(alike)}
        own = self._own_texts(row, entry, known)
        texts = merge(row.base, theirs.texts, own)
        held = row.held or texts is None  # both stay as they are until a person has chosen
        return _ImageChange(row._replace(base=there, held=held), entry, texts or (),
                            gone=ours is None and not texts)

    def _new(self, key: str, entry: ImageEntry, texts: tuple[Text, ...]) -> _ImageChange:
        """An image that the file does not list; ids that another program gave meanwhile change."""
        whole = self._whole.get(entry.file)
        if whole is not None and entry.image in whole.images:
            entry = entry._replace(image=self._known.free_id(entry.file, "image", whole.images))
        texts = tuple(self._renumbered(entry, text, ()) for text in texts)
        return _ImageChange(ImageRow(key, entry.file, entry.image, NO_STAMP, {}), entry, texts,
                            new=True)

    def _own_texts(self, row: ImageRow, entry: ImageEntry,
                   known: Collection[int]) -> tuple[Text, ...]:
        entry = entry._replace(file=row.file, image=row.id)
        return tuple(self._renumbered(entry, text, known) for text in entry.texts)

    def _renumbered(self, entry: ImageEntry, text: Text, known: Collection[int]) -> Text:
        """An annotation with the id that its image has in the COCO file, and, where it is not
        ``known`` and was drawn, with another id of its own where that was given meanwhile."""
        whole, number = self._whole.get(entry.file), text[0]
        if whole is not None and number in whole.ids and number not in known:
            number = self._known.free_id(entry.file, "annotation", whole.ids)
            self._sync.renumbered[entry.file, text[0]] = number
        return with_ids(text[1], number, entry.image)

    def _of_entries(self, name: str, dirty: Mapping[str, ImageEntry | None],
                    changes: list[_ImageChange]) -> None:
        """The same of a file that nobody else changed: what is known of it still holds."""
        for key, entry in dirty.items():
            row = self._rows.get(key)
            if row is not None and row.file == name:
                there = entry or ImageEntry(name, row.id, None, ())
                texts = self._own_texts(row, there, dict(there.texts))
                changes.append(_ImageChange(row, there, texts, gone=entry is None))
            elif row is None and entry is not None and entry.file == name:
                changes.append(self._new(key, entry, entry.texts))

    # Writing

    def _write(self, name: str, changes: list[_ImageChange], rows: list[ImageRow], gone: list[str],
               finder: Finder) -> Iterator[None]:
        edits = CocoEdits()
        ready = [item for item in changes if not item.row.held]
        self._class_edits(name, edits)
        for item in ready:
            self._collect(name, item, edits)
        for item in ready:
            self._bring_ours(item)
        if edits and name in self._whole:  # also if it cannot be written: entries have what it has
            self._known.save((), [
                item.row._replace(stamp=CHANGED) for item in ready
                if not (item.new or item.gone) and item.entry.texts == item.texts])
        if edits:
            try:
                yield from self._replace(name, edits, {
                    item.row.id: item.row.key for item in ready if item.gone})
            except WorkbenchError as error:
                files: list[FileRow] = []
                if isinstance(error, FormatError) and name not in self._whole:
                    self.again = True
                    files = [self._known.files()[name]._replace(stamp=NO_STAMP)]
                else:
                    self._report(self._sync.folder / name, error.sentence())
                self._known.save(files, rows, gone)
                return
        rows += [item.row for item in changes if item.row.held]
        for item in ready:
            if item.gone:
                gone.append(item.row.key)
            else:
                rows.append(self._settled(item))
        row = self._file_row(name, finder, edits)
        if row != self._files.get(name) or rows or gone:
            self._known.save([row], rows, gone)

    def _class_edits(self, name: str, edits: CocoEdits) -> None:
        there = self._whole[name].categories if name in self._whole else \
            self._files[name].categories
        for number, label in self._names.items():
            if number in there and there[number] != label:
                edits.renamed[number] = label
            elif number not in there and number not in self._base:
                edits.new_classes[number] = label

    def _collect(self, name: str, item: _ImageChange, edits: CocoEdits) -> None:
        base, texts = item.row.base, dict(item.texts)
        there = self._whole[name].categories if name in self._whole else \
            self._files[name].categories
        for number, text in texts.items():
            if digest(text) == base.get(number):
                continue
            if number in base:
                edits.annotations[number] = text
            else:
                edits.new_annotations[number] = text
            category = category_of(text)
            if category in self._names and category not in there:
                edits.new_classes[category] = self._names[category]
        edits.annotations |= {number: None for number in base if number not in texts}
        if item.gone:
            edits.gone_images[item.row.id] = ""
        elif item.new:
            size, number = item.entry.size or NO_STAMP, item.row.id
            text = self._texts_away(name).get(item.row.key, "")
            edits.new_images[number] = patched(text, {"id": number}) if text else {
                "id": number, "file_name": self._name(name, item.row.key),
                "width": size[0], "height": size[1]}

    def _texts_away(self, name: str) -> Mapping[str, str]:
        if name not in self._away:
            self._away[name] = self._known.texts_away(name)
        return self._away[name]

    def _name(self, file: str, key: str) -> str:
        """What a COCO file calls an image that it has not listed yet."""
        prefix = self._files[file].prefix if file in self._files else ""
        return key.removeprefix(prefix)

    def _replace(self, name: str, edits: CocoEdits, gone: Mapping[int, str]) -> Iterator[None]:
        """Write the COCO file, unless another program writes it meanwhile."""
        path, before = self._sync.folder / name, self._stamps[name]

        def check() -> None:
            if stamp_of(path) != before:
                raise ConflictError("another program is changing this file", path=path,
                                    kept="It was not overwritten; your labels are kept.")

        check()
        with open_regular(path) as stream, replacing(path, check) as descriptor:
            for text in edited(stream, path, edits):
                write_all(descriptor, text.encode("utf-8"))
                self._sync.throttle()
                yield
            self._known.put_away(name, {gone[number]: text for number, text
                                        in edits.gone_images.items()})
            state = os.fstat(descriptor)
        self._stamps[name] = state.st_mtime_ns, state.st_size
        self._outcome.written.append(name)

    def _bring_ours(self, item: _ImageChange) -> None:
        """Give an entry what the COCO file is to say, before it does: after a kill both are alike,
        or the entry is the newer one."""
        path = self._sync.entry_path(item.row.key)
        data = read_or_none(path)
        now = read_entry(data, path) if data else None
        entry = item.entry._replace(file=item.row.file, image=item.row.id, texts=item.texts)
        if (now.texts if now else ()) == item.entry.texts and now != entry and (now or item.texts):
            with suppress(ConflictError):  # edited meanwhile: the next time
                replace_file(path, entry.render(), unchanged(path, data))
                self._outcome.entries.append(item.row.key)
                item.entry = entry

    def _settled(self, item: _ImageChange) -> ImageRow:
        """What is known of an image whose annotations are in the COCO file now."""
        path = self._sync.entry_path(item.row.key)
        stamp, data = stamp_of(path), read_or_none(path)
        now = read_entry(data, path).texts if data else ()
        base = item.texts
        if now != item.texts:  # edited meanwhile: is merged with what is in the file now
            stamp, base = CHANGED, item.entry.texts
            if base != item.texts:
                self._unsettled.add(item.row.file)
        return item.row._replace(stamp=stamp, base=digests(base))

    def _file_row(self, name: str, finder: Finder, edits: CocoEdits) -> FileRow:
        old, whole = self._files.get(name), self._whole.get(name)
        stamp = NO_STAMP if name in self._unsettled else self._stamps[name]
        if whole is None:
            assert old is not None
            categories = old.categories
            row = self._known.files()[name]._replace(stamp=stamp)  # with the ids given meanwhile
        else:
            ids = self._known.files().get(name)
            categories = whole.categories
            row = FileRow(name, stamp, max(whole.last_image, ids.image if ids else 0),
                          max(*whole.ids, ids.annotation if ids else 0, 0), {},
                          finder.prefix(name), whole.sample)
        renamed = {number: edits.renamed.get(number, label) for number, label in categories.items()}
        return row._replace(categories={**edits.new_classes, **renamed})

    # Telling

    def _report(self, path: Path, reason: str, *, failed: bool = True) -> None:
        self._outcome.failed |= failed
        self._outcome.problems.append(Problem(str(path), CONFLICT, reason))

    def _report_held(self) -> None:
        for row in self._known.images(self._hints if self._only else None):
            if row.held:
                self._outcome.held.setdefault(row.file, []).append(row.key)
        for name, keys in self._outcome.held.items() if not self._only else ():
            self._report(self._sync.folder / name,
                       f"Another program changed the labels of {count(len(keys), 'image')} in "
                       f"{name} that were changed here, too: {listed(keys)}. Neither was "
                       "overwritten.", failed=False)
