"""Who labelled what: names that people chose to give, with the day, in one table of the project.

The table ``labelled-by.csv`` has a line for each sample and person (file, person, and the days on
which they labelled and verified it last). It is the same for boxes, regions of sounds and classes
of whole images, in whatever format these are kept, and no file of labels is changed for it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from workbench.core.annotation import Annotation
from workbench.core.background import BackgroundThread, Worker
from workbench.core.errors import ConflictError, FormatError, Problem, WorkbenchError
from workbench.core.signal import Signal
from workbench.formats.regular_file import MB, read_regular
from workbench.project.layout import LABELLED_BY
from workbench.project.open_project import Changes, OpenProject

KEY = "who labelled what"
"""Stands for the table where the saver names a key; no sample has it."""
_HEAD = ("file", "person", "labelled", "verified")
_LIMIT = 500 * MB


class Credit(NamedTuple):
    """What one person did to the labels of one sample."""

    person: str
    labelled: str = ""
    verified: str = ""
    """The last day on which they labelled it, and marked it as verified ("2026-11-30"); "" for
    never, or where nobody knows."""


Credits = Mapping[str, tuple[Credit, ...]]
"""By the key of each sample, who worked on it last at the end."""
_Found = tuple[bytes | None, dict[str, tuple[Credit, ...]]]


def read_credits(folder: Path) -> dict[str, tuple[Credit, ...]]:
    """The table of a project, empty where there is none.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    return credits_in(_data(folder / LABELLED_BY), folder / LABELLED_BY)


def known_credits(folder: Path) -> dict[str, tuple[Credit, ...]]:
    """As :func:`read_credits`, empty also where the table cannot be read."""
    try:
        return read_credits(folder)
    except WorkbenchError:
        return {}


def _data(path: Path) -> bytes | None:
    try:
        return read_regular(path, _LIMIT)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FormatError(f"it cannot be read ({error.strerror})", path=path) from None


def credits_in(data: bytes | None, path: Path) -> dict[str, tuple[Credit, ...]]:
    """What the bytes of the table say; raises FormatError where they are none."""
    if data is None:
        return {}
    try:
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        if tuple(next(rows, _HEAD)) != _HEAD:
            raise FormatError(f"its first line is not “{','.join(_HEAD)}”", path=path)
        found: dict[str, tuple[Credit, ...]] = {}
        for row in rows:
            if len(row) == len(_HEAD) and row[0] and row[1]:
                found[row[0]] = (*found.get(row[0], ()), Credit(*row[1:]))
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"it is no table ({error})", path=path) from None
    return found


def credits_text(credits: Credits) -> bytes | None:
    """The bytes of the table, in order of the samples; None where there is nothing to say."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_HEAD)
    rows = [(key, *one) for key in sorted(credits) for one in credits[key]]
    table.writerows(rows)
    return out.getvalue().encode("utf-8", "replace") if rows else None


def with_names(data: bytes, path: Path, names: Mapping[str, str]) -> bytes:
    """The bytes of the table where samples are called as ``names`` say, by what they were called;
    raises FormatError where they are none."""
    known = credits_in(data, path)
    if names.keys().isdisjoint(known):
        return data
    return credits_text({names.get(key, key): some for key, some in known.items()}) or data


def labeller(credits: Iterable[Credit]) -> str:
    """Who labelled a sample last, or, where nobody says so, verified it; "" for nobody."""
    names = [*(one.person for one in credits if one.verified),
             *(one.person for one in credits if one.labelled)]
    return names[-1] if names else ""


def _credited(known: tuple[Credit, ...], person: str, day: str, *, labelled: bool,
              verified: bool) -> tuple[Credit, ...]:
    own = next((one for one in known if one.person == person), Credit(person))
    own = own._replace(labelled=day if labelled else own.labelled,
                       verified=day if verified else own.verified)
    if own == Credit(person):
        return known
    return (*(one for one in known if one.person != person), own)


class LabelledBy:
    """Who labelled what in an open project: follows its steps. On its owner's thread."""

    def __init__(self, session: OpenProject) -> None:
        self.person = ""
        """Whose steps these are; "" where they have not said, and then nothing is noted."""
        self.changed: Signal[()] = Signal()
        """The table says something else."""
        self._session = session
        self._path = session.folder / LABELLED_BY
        self._credits: dict[str, tuple[Credit, ...]] = {}
        self._first: dict[tuple[str, bool], tuple[object, tuple[Credit, ...]]] = {}
        self._given: dict[str, tuple[Credit, ...]] = {}
        self._touched: set[str] = set()
        self._waiting: list[Changes] = []
        self._ready = False
        self._read: tuple[bytes | None, ...] = ()
        """The table's bytes as they are on the disk, as far as is known."""
        self.problem = ""
        """Why the table cannot be read, and is left as it is; or ""."""
        self._worker = Worker(name="who labelled what", post=session.post)
        session.labelled.connect(self._labelled)
        session.saver.saved.connect(self._saved)
        session.saver.failed.connect(self._failed)
        session.index.finished.connect(self.look)
        self.look()

    def of(self, key: str) -> tuple[Credit, ...]:
        """Who worked on a sample, the last one at the end."""
        return self._credits.get(key, ())

    def labeller(self, key: str) -> str:
        """Who labelled a sample last; "" where nobody knows."""
        return labeller(self.of(key))

    def people(self) -> list[str]:
        """All names in the table, sorted."""
        return sorted({one.person for some in self._credits.values() for one in some},
                      key=str.casefold)

    def give(self, credits: Credits) -> None:
        """The next step brings labels of these samples that others made: so they are theirs."""
        self._given.update(credits)

    # --- reading --------------------------------------------------------------------------------

    def look(self) -> None:
        """Read the table, where it may be another by now."""
        if self._worker.busy:
            return
        before = self._read

        def work(_thread: BackgroundThread) -> _Found | None:
            data = _data(self._path)
            return None if (data,) == before else (data, credits_in(data, self._path))

        self._worker.start(work, self._take, self._unreadable)

    def _take(self, found: _Found | None) -> None:
        if found is None:
            return  # as it was
        data, there = found
        self._read = (data,)
        again = self._session.saver.unsaved(KEY)
        self._session.saver.drop(KEY)
        self._session.saver.remember(self._path, data)
        ours = {key: self._credits.get(key, ()) for key in self._touched} if again else {}
        before, self._credits = self._credits, {**there, **{
            key: _merged(there.get(key, ()), some) for key, some in ours.items()}}
        self._credits = {key: some for key, some in self._credits.items() if some}
        self._ready, self.problem = True, ""
        self._session.drop_problem(str(self._path), "unreadable-names")
        waiting, self._waiting = self._waiting, []
        for changes in waiting:
            self._labelled(changes)
        if again:
            self._save()
        if before != self._credits:
            self.changed.emit()

    def _unreadable(self, sentence: str) -> None:
        self.problem, self._waiting = sentence, []
        self._session.add_problem(Problem(str(self._path), "unreadable-names", sentence))

    # --- steps ----------------------------------------------------------------------------------

    def _labelled(self, changes: Changes) -> None:
        if self.problem or not (self.person or self._given or self._credits or not self._ready):
            return
        if not self._ready:
            self._waiting.append(changes)
            return
        day, others = date.today().isoformat(), dict[str, tuple[Credit, ...]]()
        for key, (was, now) in changes.items():
            after = self._after(key, was, now, day)
            if after != self.of(key):
                others[key] = after
        for key, after in others.items():
            if after:
                self._credits[key] = after
            else:
                del self._credits[key]
        self._touched.update(others)
        if others:
            self._save()
            self.changed.emit()

    def _after(self, key: str, was: object, now: object, day: str) -> tuple[Credit, ...]:
        known, given = self.of(key), self._given.pop(key, None)
        of_objects = isinstance(was if now is None else now, Annotation)
        first, at_first = self._first.setdefault((key, of_objects), (was, known))
        if now == first:
            return at_first  # all was taken back
        if given is not None:
            return _merged(known, given)
        if now is None:
            return ()
        if not self.person:
            return known
        verified = _verified(now) and not _verified(was)
        if _verified(was) and not _verified(now):
            known = tuple(one._replace(verified="") for one in known)
        return _credited(known, self.person, day, labelled=_said(was) != _said(now),
                         verified=verified)

    # --- saving ---------------------------------------------------------------------------------

    def _save(self) -> None:
        self._session.files[KEY], self._read = self._path, ()
        self._session.saver.submit(KEY, self._path, partial(credits_text, dict(self._credits)))

    def _saved(self, key: str) -> None:
        if key == KEY and not self._session.saver.unsaved(KEY):
            self._touched.clear()

    def _failed(self, key: str, error: WorkbenchError) -> None:
        """Another program changed the table: take its lines in, and write ours once more."""
        if key == KEY and isinstance(error, ConflictError):
            self.look()


def _verified(labels: object) -> bool:
    return isinstance(labels, Annotation) and labels.verified


def _said(labels: object) -> object:
    """What is labelled, apart from whether somebody verified it."""
    return replace(labels, verified=False) if isinstance(labels, Annotation) else labels


def _merged(known: tuple[Credit, ...], other: tuple[Credit, ...]) -> tuple[Credit, ...]:
    """What both say; what ``other`` says of a person is newer."""
    names = {one.person for one in other}
    return (*(one for one in known if one.person not in names), *other)


def days_of(credits: Credits) -> Iterator[tuple[str, str, str]]:
    """Sample, person and day of each one that was labelled on a known day."""
    for key, some in credits.items():
        for one in some:
            if one.labelled:
                yield key, one.person, one.labelled


def labelled_by_of(session: OpenProject) -> LabelledBy:
    """That of a session; its table is read when this is first called."""
    return session.part(LabelledBy, lambda: LabelledBy(session))
