"""What is remembered of COCO files: what they said when their labels were last compared with those
of the project."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workbench.core.errors import WorkbenchError
from workbench.formats.coco_entry import Text

if TYPE_CHECKING:
    from sqlite3 import Connection

_TABLES = """
create table if not exists file (name text primary key, mtime integer, size integer,
    image integer, annotation integer, categories text, prefix text, sample text);
create table if not exists image (key text primary key, file text, id integer, folder text,
    mtime integer, size integer, base blob, held integer);
create table if not exists away (file text, key text, text text, primary key (file, key));
create index if not exists by_file on image (file, id);
create index if not exists by_folder on image (folder, file);
"""
_MANY = 500

Stamp = tuple[int, int]
Digests = Mapping[int, bytes]
"""Of the texts of annotations, by their id."""


class FileRow(NamedTuple):
    """A COCO file: its stamp, the last ids that were given in it, its categories, what comes before
    its names of images, and how an annotation is written."""

    name: str
    stamp: Stamp
    image: int
    annotation: int
    categories: dict[int, str]
    prefix: str
    sample: str


class ImageRow(NamedTuple):
    """An image: the stamp of its entry, its annotations in the COCO file, and whether these are in
    conflict with the entry, until a person has chosen."""

    key: str
    file: str
    id: int
    stamp: Stamp
    base: Digests
    held: bool = False


def digest(text: str) -> bytes:
    """By which a change of what an annotation says is recognised, however it is spelled."""
    said = json.dumps(json.loads(text), sort_keys=True)
    return blake2b(said.encode("ascii"), digest_size=8).digest()


def digests(texts: Iterable[Text]) -> dict[int, bytes]:
    return {number: digest(text) for number, text in texts}


class CocoDatabase:
    """A small database; each call opens it, so that any thread and process may ask.

    Raises
    ------
    WorkbenchError
        In every method, if it cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        import sqlite3

        try:
            with closing(sqlite3.connect(self.path, timeout=30)) as database:
                database.execute("pragma synchronous = off")
                database.executescript(_TABLES)
                with database:
                    yield database
        except sqlite3.Error as error:
            if type(error) is sqlite3.DatabaseError:  # damaged: is made anew from the files
                self.path.unlink(missing_ok=True)
            raise WorkbenchError(f"what is known of the COCO files cannot be kept ({error})",
                                 path=self.path) from None

    def files(self) -> dict[str, FileRow]:
        with self._open() as database:
            rows = database.execute("select * from file").fetchall()
        return {row[0]: FileRow(row[0], (row[1], row[2]), row[3], row[4],
                                {int(number): name for number, name in json.loads(row[5]).items()},
                                row[6], row[7]) for row in rows}

    def images(self, keys: Iterable[str] | None = None) -> Iterator[ImageRow]:
        """All, or some of them."""
        with self._open() as database:
            if keys is None:
                found = database.execute("select * from image").fetchall()
            else:
                wanted = list(keys)
                found = [row for start in range(0, len(wanted), _MANY)
                         for row in _some(database, wanted[start:start + _MANY])]
        for key, file, number, _, mtime, size, base, held in found:
            yield ImageRow(key, file, number, (mtime, size), _unpacked(base), bool(held))

    def folders(self) -> dict[str, dict[str, int]]:
        """How many images of each folder each file lists."""
        found: dict[str, dict[str, int]] = {}
        with self._open() as database:
            for folder, file, many in database.execute(
                    "select folder, file, count(*) from image group by folder, file"):
                found.setdefault(folder, {})[file] = many
        return found

    def next_id(self, file: str, what: str) -> int:
        """A new id of an "image" or an "annotation" of a file; never the same again."""
        assert what in ("image", "annotation")
        with self._open() as database:
            database.execute("begin immediate")
            database.execute(f"update file set {what} = {what} + 1 where name = ?", (file,))
            found = database.execute(f"select {what} from file where name = ?", (file,)).fetchone()
        if found is None:
            raise WorkbenchError(f"{file or 'a COCO file'} could not be read, so nothing can be "
                                 "added to it", kept="Your labels are kept until it can.")
        return int(found[0])

    def free_id(self, file: str, what: str, taken: Collection[int]) -> int:
        """As :meth:`next_id`, none that is ``taken``."""
        number = self.next_id(file, what)
        while number in taken:
            number = self.next_id(file, what)
        return number

    def ids_seen(self, file: str, image: int, annotation: int) -> None:
        """Ids up to these are taken."""
        with self._open() as database:
            database.execute("update file set image = max(image, ?), annotation = "
                             "max(annotation, ?) where name = ?", (image, annotation, file))

    def put_away(self, file: str, texts: Mapping[str, str]) -> None:
        """Remember how a file lists images, by their keys, that are taken out of it."""
        with self._open() as database:
            database.executemany("insert or replace into away values (?,?,?)",
                                 [(file, key, text) for key, text in texts.items()])

    def texts_away(self, file: str) -> dict[str, str]:
        """How images, by their keys, were listed that were taken out of a file."""
        with self._open() as database:
            return dict(database.execute("select key, text from away where file = ?", (file,)))

    def save(self, files: Iterable[FileRow], images: Iterable[ImageRow],
             gone: Iterable[str] = ()) -> None:
        """Remember these, all or nothing."""
        images = list(images)
        with self._open() as database:
            database.executemany("delete from away where file = ? and key = ?",
                                 [(row.file, row.key) for row in images])
            database.executemany(
                "insert or replace into file values (?,?,?,?,?,?,?,?)",
                [(row.name, *row.stamp, row.image, row.annotation,
                  json.dumps(row.categories, ensure_ascii=False), row.prefix, row.sample)
                 for row in files])
            database.executemany("delete from image where key = ?", [(key,) for key in gone])
            database.executemany(
                "insert or replace into image values (?,?,?,?,?,?,?,?)",
                ((row.key, row.file, row.id, row.key.rpartition("/")[0], *row.stamp,
                  _packed(row.base), row.held) for row in images))


def _some(database: Connection, keys: list[str]) -> list[tuple[str, str, int, str, int, int,
                                                               bytes, int]]:
    marks = ",".join("?" * len(keys))
    return database.execute(f"select * from image where key in ({marks})", keys).fetchall()


def _packed(base: Digests) -> bytes:
    return b"".join(number.to_bytes(8, "little", signed=True) + value
                    for number, value in base.items())


def _unpacked(data: bytes) -> dict[int, bytes]:
    return {int.from_bytes(data[at:at + 8], "little", signed=True): data[at + 8:at + 16]
            for at in range(0, len(data), 16)}
