"""Images moved within their project together with all that names them: journaled, all or none.

The journal is on the disk before the first file moves, and goes after the last name is written.
What a kill interrupted is finished by :func:`finish_moves`, which may be killed, too.
"""

from __future__ import annotations

import errno
import filecmp
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, cast

import numpy as np

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.plain import fitted, parse_json
from workbench.core.progress import ProgressCallback
from workbench.formats.arrays import json_array, read_arrays
from workbench.formats.atomic import TEMP_PREFIX, TEMP_SUFFIX, disk_reason, patiently, write_atomic
from workbench.formats.label_table import LabelTable
from workbench.formats.locks import try_lock
from workbench.formats.regular_file import read_file
from workbench.formats.scores import LIMIT
from workbench.formats.yolo_parts import line_after, with_lines
from workbench.project.cache import cache_place
from workbench.project.edits.saver import read_or_none
from workbench.project.imports.files import put_aside
from workbench.project.labelled_by import with_names
from workbench.project.layout import LABELLED_BY, MANIFEST_NAME, STATE_FOLDER
from workbench.project.manifest import Manifest
from workbench.project.runs import ALIVE, list_runs
from workbench.project.trash import TRASH
from workbench.tasks.image_classification.recognise import find_table

JOURNAL = "moving.json"
_RUNS = ("runs/*", f"{TRASH}/*/runs/*")
_TEXTS = ("splits/*.json", *(f"{run}/{name}" for run in _RUNS for name in (
    "*.json", "splits/*.json")))
_ARCHIVES = tuple(f"{run}/predictions-*.npz" for run in _RUNS)
_UNFINISHED = "What was begun is finished when the project is opened next."


@dataclass(frozen=True, slots=True)
class Moves:
    """Which files move where; all paths are posix paths in the project. No file moves to where
    another is, or was before the move."""

    images: dict[str, str]
    beside: dict[str, str] = field(default_factory=dict)
    """Files with labels that go with images."""
    names: dict[str, str] = field(default_factory=dict)
    """What the table of labels calls files from then on, by what it calls them."""
    rows: dict[str, str] = field(default_factory=dict)
    """Labels, by file, that the table has to say from then on, because no folder does."""
    instead: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Of each of :attr:`rows`: the labels that it takes the place of, by file as the table writes
    it from then on. Where the table says another by then, a person gave it meanwhile: it stays."""
    lists: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each file that lists the images of a part: the lines that name images, and which."""
    sets: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of those that are lists of Pascal VOC: what their lines say then, by what they say."""

    @property
    def files(self) -> list[tuple[str, str]]:
        return [*self.images.items(), *self.beside.items()]

    def without(self, stay: Collection[str]) -> Moves:
        """Those that do not lead to these files."""
        def kept(names: Mapping[str, str]) -> dict[str, str]:
            return {old: new for old, new in names.items() if new not in stay}

        return replace(
            self, images=kept(self.images), beside=kept(self.beside), names=kept(self.names),
            rows={name: label for name, label in self.rows.items() if name not in stay})

    def back(self) -> Moves:
        """What undoes them; what the table says more than before is right then, too."""
        def turned(names: Mapping[str, str]) -> dict[str, str]:
            return {new: old for old, new in reversed([*names.items()])}

        lists = {name: {line: self.images[key] for key, line in zip(
            lines.values(), self.lines(name).values(), strict=True)}
            for name, lines in self.lists.items()}
        return Moves(turned(self.images), turned(self.beside), turned(self.names), lists=lists,
                     sets={name: turned(lines) for name, lines in self.sets.items()})

    def lines(self, name: str) -> dict[str, str]:
        """What the lines of a list say from then on, by what they say."""
        folder, said = name.rpartition("/")[0], self.sets.get(name)
        if said is not None:
            return {line: said[line] for line, key in self.lists[name].items()
                    if key in self.images}
        return {line: line_after(line, key, self.images[key], folder)
                for line, key in self.lists[name].items() if key in self.images}


def journal_path(project: Path) -> Path:
    """There while images are being moved, or since that was interrupted."""
    return project / STATE_FOLDER / JOURNAL


def _refuse(project: Path, moves: Moves) -> None:
    """Raise WorkbenchError where files cannot be moved as planned; before the first is."""
    training = next((run.name for run in list_runs(project) if run.state["state"] in ALIVE), "")
    if training:
        raise WorkbenchError(f"the training {training} is reading the images: stop it, or wait "
                             "for its end", kept="Nothing was moved.")
    for old, new in moves.files:
        for name, there, words in ((old, True, "it is not there any more"),
                                   (new, False, "there is another file of this name by now")):
            if os.path.lexists(project / name) is not there:
                raise WorkbenchError(words, path=project / name, kept="Nothing was moved.")


def move_images(
    project: Path, moves: Moves, tick: ProgressCallback = lambda done, of: None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Move images, and change what names them: splits, runs, tables, lists, suggestions, links.

    Parameters
    ----------
    tick
        Called with the number of files that were moved, and of all.
    check
        Called before each; where it raises, all files go back to where they were.

    Raises
    ------
    WorkbenchError
        If one cannot be moved; all are where they were then.
    """
    _refuse(project, moves)
    journal = journal_path(project)
    with suppress(OSError):
        journal.parent.mkdir(exist_ok=True)
    data = json.dumps(asdict(moves)).encode("ascii")
    busy = WorkbenchError("images are being moved already", path=journal, kept="Nothing was moved.")

    def alone() -> None:
        if os.path.lexists(journal):
            raise busy

    if moves.beside and not (project / MANIFEST_NAME).exists():
        Manifest.load(project).save(project)  # where labels lie is not seen by the files any more
    write_atomic(journal, data, alone)
    with _held(project) as mine:
        if not mine or not journal.exists() or read_file(journal) != data:
            raise busy  # who opened the project in this moment moves them
        done: list[tuple[str, str]] = []
        try:
            for old, new in moves.files:
                check()
                _move(project / old, project / new)
                done.append((old, new))
                tick(len(done), len(moves.files))
        except BaseException as error:
            _take_back(project, moves, done)
            if isinstance(error, OSError):
                raise WorkbenchError(f"it could not be moved: {disk_reason(error)}",
                                     path=project / old, kept="Nothing was moved.") from error
            raise
        _finish(project, moves)


def finish_moves(project: Path) -> bool:
    """Finish what was interrupted; whether there was something, which no other process is at.

    Raises
    ------
    WorkbenchError
        If the disk refuses; it can be tried again.
    """
    journal = journal_path(project)
    if not os.path.lexists(journal):
        return False
    with _held(project) as mine:
        if not mine or not journal.exists():
            return False
        try:
            moves = _parsed(journal)
        except ValueError:
            put_aside(journal)
            return True
        stay = set()
        for old, new in moves.files:
            try:
                if not _move_on(project / old, project / new):
                    stay.add(new)
            except OSError as error:
                raise WorkbenchError(f"it could not be moved: {disk_reason(error)}",
                                     path=project / old, kept=_UNFINISHED) from error
        _finish(project, moves.without(stay))
    return True


def are_moving(project: Path) -> bool:
    """Whether a process moves images of the project just now."""
    try:
        if not os.path.lexists(journal_path(project)):
            return False
        descriptor = os.open(_lock_path(project), os.O_RDWR)
    except OSError:
        return False
    try:
        return try_lock(descriptor) is False
    finally:
        os.close(descriptor)


def _parsed(journal: Path) -> Moves:
    return cast(Moves, fitted(parse_json(read_file(journal)), Moves))


def _lock_path(project: Path) -> Path:
    """Beside the journal, which Windows would not remove while it is open; it stays."""
    return journal_path(project).with_suffix(".lock")


@contextmanager
def _held(project: Path) -> Iterator[bool]:
    """Be the only process that is at it; whether this is so."""
    try:
        descriptor = os.open(_lock_path(project), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        yield False
        return
    try:
        yield try_lock(descriptor) is not False
    finally:
        os.close(descriptor)


# --- files ----------------------------------------------------------------------------------------


def _move(source: Path, target: Path) -> None:
    """Move one file, which replaces no other; raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, "there is another file of this name", str(target))
    try:
        patiently(source.rename, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)
        try:
            source.unlink()
        except OSError:
            target.unlink()  # else it would be there twice
            raise


def _copy(source: Path, target: Path) -> None:
    """To another disk; the copy has its name only when it is complete."""
    part = target.with_name(f"{TEMP_PREFIX}{os.urandom(8).hex()}{TEMP_SUFFIX}")
    try:
        shutil.copy2(source, part, follow_symlinks=False)
        if not part.is_symlink():
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _move_on(source: Path, target: Path) -> bool:
    """As :func:`_move`, where it may be done already, or half done: copied and not removed; False
    where another file has come to be there."""
    if not os.path.lexists(source):
        return True
    if not os.path.lexists(target):
        _move(source, target)
    elif os.path.samestat(source.lstat(), target.lstat()) \
            or not filecmp.cmp(source, target, shallow=False):
        return False
    else:
        source.unlink()
    return True


def _take_back(project: Path, moves: Moves, done: list[tuple[str, str]]) -> None:
    """Have the files that were moved where they were; no name was changed yet."""
    for old, new in reversed(done):
        try:
            _move_on(project / new, project / old)
        except OSError as error:
            raise WorkbenchError(f"it could not be moved back: {disk_reason(error)}",
                                 path=project / new, kept=_UNFINISHED) from error
    _drop_empty(project, (new for _, new in moves.files))
    journal_path(project).unlink(missing_ok=True)


def _finish(project: Path, moves: Moves) -> None:
    """All files are where they are to be: write what names them."""
    try:
        _rename_in_table(project, moves)
        for name in moves.lists:
            _rename_in_list(project / name, moves.lines(name))
        _rename_in_manifest(project, moves.images)
        _rename_in_credits(project / LABELLED_BY, moves.images)
        for path in _found(project, _TEXTS):
            _rename_in_text(path, moves.images)
        for path in _found(project, _ARCHIVES):
            _rename_in_archive(path, moves.images)
        with suppress(OSError):
            for path in cache_place(project).glob("*.json"):
                if path.name != JOURNAL:
                    _rename_in_text(path, moves.images)
    except WorkbenchError as error:
        raise WorkbenchError(f"the images were moved, but {error.message}", path=error.path,
                             kept=_UNFINISHED) from error
    for folder in {str((project / name).parent) for pair in moves.files for name in pair}:
        _sync(folder)
    _drop_empty(project, (old for old, _ in moves.files))
    journal_path(project).unlink(missing_ok=True)


def _sync(folder: str) -> None:
    with suppress(OSError):  # gone, or the system has no such thing
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _drop_empty(project: Path, names: Iterable[str]) -> None:
    """Remove folders of these files that hold nothing any more."""
    for folder in {(project / name).parent for name in names}:
        place = folder
        with suppress(OSError):
            while place != project:
                place.rmdir()
                place = place.parent


# --- what names them ------------------------------------------------------------------------------


def _found(project: Path, patterns: Iterable[str]) -> list[Path]:
    return sorted(chain.from_iterable(project.glob(pattern) for pattern in patterns))


def _rename_in_table(project: Path, moves: Moves) -> None:
    path = find_table(project)
    if path is None:
        return
    before = read_file(path)
    try:
        table = LabelTable.parse(before, path, (*moves.images, *moves.names, *moves.rows))
    except FormatError:
        return  # what cannot be read stays as it is
    names = dict(moves.names)
    for row in table.rows:  # also those that were added since the plan
        if row.file not in names and (new := moves.images.get(row.file.removeprefix("./"))):
            names[row.file] = new
    said = labels_by_file(table, names)
    rows = {name: label for name, label in moves.rows.items()
            if all(said.get(file, []) == labels
                   for file, labels in moves.instead.get(name, {}).items())}
    _replace(path, before, table.render(rows, names))


def labels_by_file(table: LabelTable, names: Mapping[str, str]) -> dict[str, list[str]]:
    """The labels that a table gives each file, which ``names`` may call otherwise."""
    found: dict[str, set[str]] = {}
    for row in table.rows:
        found.setdefault(names.get(row.file, row.file), set()).add(row.label)
    return {file: sorted(labels) for file, labels in found.items()}


def _rename_in_list(path: Path, lines: Mapping[str, str]) -> None:
    before = read_or_none(path)
    if before is not None:
        _replace(path, before, with_lines(before, lines))


def _replace(path: Path, before: bytes, after: bytes) -> None:
    def check() -> None:
        if read_file(path) != before:
            raise WorkbenchError("another program has changed it meanwhile", path=path)

    if after != before:
        write_atomic(path, after, check)


def _rename_in_manifest(project: Path, moves: Mapping[str, str]) -> None:
    """The sizes of pixels that a person said of single images."""
    manifest = Manifest.load(project)
    sizes = manifest.pixel_sizes.with_names(moves)
    if manifest.problem is None and sizes != manifest.pixel_sizes:
        manifest.pixel_sizes = sizes
        manifest.save(project)


def _rename_in_credits(path: Path, moves: Mapping[str, str]) -> None:
    """In the table of who labelled what."""
    before = read_or_none(path)
    if before is not None:
        with suppress(FormatError):  # what cannot be read stays as it is
            _replace(path, before, with_names(before, path, moves))


def _rename_in_text(path: Path, moves: Mapping[str, str]) -> None:
    data = read_file(path)
    with suppress(ValueError):  # what cannot be read stays as it is
        before = parse_json(data)
        after = _renamed(before, moves)
        if after != before:
            indent = 1 if data.startswith(b"{\n") else None
            text = json.dumps(after, ensure_ascii=False, indent=indent)
            write_atomic(path, (text + "\n" * data.endswith(b"\n")).encode(
                "utf-8", "surrogatepass"))


def _renamed(value: Any, moves: Mapping[str, str]) -> Any:
    """Plain data with other names of images, wherever they stand in it."""
    if isinstance(value, str):
        return moves.get(value, value)
    if isinstance(value, list):
        return [_renamed(item, moves) for item in value]
    if isinstance(value, dict):
        return {moves.get(name, name): _renamed(item, moves) for name, item in value.items()}
    return value


def _rename_in_archive(path: Path, moves: Mapping[str, str]) -> None:
    """In the answers of a model, whose arrays stay as they are."""
    data = read_file(path, LIMIT)
    with suppress(ValueError):
        before = parse_json(read_arrays(data, ["header"])["header"].tobytes())
        after = _renamed(before, moves)
        if after == before:
            return
        header, stream = io.BytesIO(), io.BytesIO()
        np.save(header, json_array(after), allow_pickle=False)
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
            for item in old.infolist():
                kept = old.read(item)
                new.writestr(item, header.getvalue() if item.filename == "header.npy" else kept)
        write_atomic(path, stream.getvalue())
