"""The numbers of classes, where labels hold numbers and a file names them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.regular_file import MB, read_file

LIMIT = 4 * MB


class NamedNumbers(Protocol):
    """A file of class names as it was read: :class:`~workbench.formats.class_file.ClassFile`."""

    @property
    def data(self) -> bytes: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    def with_names(self, names: list[str]) -> bytes: ...


class ClassNumbers:
    """Which number each class has. It never changes: new classes get the numbers after the last,
    but for those that rows use without a name.

    Changed on the owner's thread, asked on any.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: tuple[str, ...] = ()
        """By number; "" for one without a name."""
        self.problem: WorkbenchError | None = None
        """Why nothing can be read or written with them, or None."""
        self.used: set[int] = set()
        """Numbers that rows are known to have; whoever reads these adds them, on any thread."""
        self.is_ours: Callable[[bytes], bool] = lambda data: False
        """Whether bytes of the file were read or written here."""
        self._stamp: object = None  # of the file when it was last seen to say what is known here
        self._safe = 0  # so many are known to be in the file
        self._file: NamedNumbers | None = None
        try:
            self._take(self._read())
        except WorkbenchError as error:
            line = f"line {error.line}, " if error.line is not None else ""
            self.problem = WorkbenchError(f"the classes cannot be read: {line}{error.message}",
                                          path=path, kept="All labels were left as they are.")

    @property
    def data(self) -> bytes | None:
        """The file as it was read, None where that failed."""
        return self._file.data if self._file is not None else None

    def _read(self) -> NamedNumbers:
        from workbench.formats.class_file import read_class_file

        return read_class_file(read_file(self.path, LIMIT), self.path)

    def _take(self, file: NamedNumbers, ours: Sequence[str] = ()) -> None:
        """Go by ``file``, and by the names in ``ours`` that are to be written into it: of numbers
        that it has, too, and then of those that it has not."""
        kept = ours[:self._safe]
        names = [*kept, *file.names[len(kept):]]
        named = [name for name in names if name]
        if len(set(named)) < len(named):
            twice = next(name for name in named if named.count(name) > 1)
            raise FormatError(f"two numbers have the name “{twice}”", path=self.path,
                              kept="The file was left as it is.")
        more = dict.fromkeys(name for name in ours if name and name not in named)
        self._file, self.names, self._safe = file, self._after(names, more), len(file.names)
        self.problem = None

    def _after(self, names: Sequence[str], more: Iterable[str]) -> tuple[str, ...]:
        """``names`` and then ``more`` ones, none of which gets a number that rows use already."""
        result = list(names)
        for name in more:
            while len(result) in self.used:
                result.append("")
            result.append(name)
        return tuple(result)

    def check(self) -> None:
        """Raises WorkbenchError where the numbers mean nothing that is known."""
        if self.problem is not None:
            raise self.problem

    def number(self, name: str) -> int:
        """The number of class ``name``, to be written.

        Raises
        ------
        WorkbenchError
            If it has none, or the file on the disk does not say so, not yet or no more.
        """
        self.check()
        self._look_whether_known()
        names = self.names
        if name not in names:
            raise WorkbenchError(f"class “{name}” has no number there yet", path=self.path,
                                 kept="Your labels are kept until it can be written.")
        number = names.index(name)
        if number >= self._safe:
            there = self._read().names
            if there[number:number + 1] != (name,):
                raise WorkbenchError(f"class “{name}” is not in it yet", path=self.path,
                                     kept="Your labels are kept until it can be written.")
            self._safe = number + 1
        return number

    def _look_whether_known(self) -> None:
        """Refuse numbers that another program has changed since the file was read."""
        stamp = _stamp(self.path)
        if stamp in (None, self._stamp):
            return
        data = read_file(self.path, LIMIT)
        if not self.is_ours(data):
            there, safe = self._read().names, self._safe
            if there[:safe] != self.names[:safe]:
                raise _changed(self.path)
        self._stamp = stamp

    # Changes, on the owner's thread

    def add(self, names: Iterable[str]) -> bool:
        """Give classes that have none a number; whether any was added."""
        new = [name for name in dict.fromkeys(names) if name and name not in self.names]
        if self.problem is None and new:
            self.names = self._after(self.names, new)
            return True
        return False

    def rename(self, old: str, new: str) -> bool:
        """Call the number of ``old`` ``new``, unless that has a number itself; whether it did."""
        if self.problem is not None or old not in self.names or new in self.names:
            return False
        self.names = tuple(new if name == old else name for name in self.names)
        return True

    def content(self) -> bytes:
        """The file's bytes with the names as they are now."""
        self.check()
        assert self._file is not None
        return self._file.with_names(list(self.names))

    def look(self, *, unwritten: bool = False) -> bool:
        """Take in how the file is now; whether that goes together with what is known here, of which
        some is ``unwritten``.

        Another program may have added classes: ours that it does not have come after them.

        Raises
        ------
        WorkbenchError
            If it cannot be read.
        """
        file, ours, known = self._read(), self.names, self._file
        if known is not None and file.data == known.data:
            return True
        if file.names == ours:
            self._take(file)
            return True
        if self.problem is not None:
            return False
        before = known.names if known is not None and unwritten else ours
        if len(file.names) < self._safe or any(
                there not in (own, old) for there, own, old in zip(
                    file.names[:self._safe], ours, (*before, *ours[len(before):]), strict=False)):
            self.problem = _changed(self.path)
            return False
        self._take(file, ours)
        return True


def _changed(path: Path) -> WorkbenchError:
    return WorkbenchError(
        "another program gave its classes other names or numbers; close the project and open it "
        "again to see them", path=path, kept="No labels are written.")


def _stamp(path: Path) -> object:
    """By which a change of a file is recognised; None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


@lru_cache(maxsize=4096)
def numbers_in(classes: str) -> frozenset[int]:
    """The numbers of a summary's counts."""
    return frozenset(map(int, json.loads(classes)))


@lru_cache(maxsize=4096)
def named_counts(classes: str, names: tuple[str, ...]) -> str:
    """A summary's counts by name, without those of numbers that have none."""
    counts = ((int(number), many) for number, many in json.loads(classes).items())
    return json.dumps({names[number]: many for number, many in counts
                       if number < len(names) and names[number]}, ensure_ascii=False)
