"""Changes of a COCO file that leave everything else as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from workbench.core.errors import FormatError
from workbench.formats.json_stream import Piece, pieces
from workbench.formats.json_text import patched, style_of

LISTS = ("images", "annotations", "categories")


@dataclass(slots=True)
class CocoEdits:
    """What is to be other in a file."""

    annotations: dict[int, str | None] = field(default_factory=dict)
    """The new text of annotations by their id, None for one that goes."""
    new_annotations: dict[int, str] = field(default_factory=dict)
    """Texts that are added, by their id."""
    new_images: dict[int, str | Mapping[str, Any]] = field(default_factory=dict)
    """Entries of images that are added, by their id: as they are written, or their values."""
    gone_images: dict[int, str] = field(default_factory=dict)
    """Ids of images that go; how their entries were written is put here as they are met."""
    renamed: dict[int, str] = field(default_factory=dict)
    new_classes: dict[int, str] = field(default_factory=dict)
    """Names of categories by id; a new one that is there by now is left as it is."""

    def __bool__(self) -> bool:
        return any((self.annotations, self.new_annotations, self.new_images, self.gone_images,
                    self.renamed, self.new_classes))


class _List:
    """One list while it is copied."""

    def __init__(self, opening: str) -> None:
        self.first = opening
        self.separator = ""
        self.sample = ""
        self.kept = self.seen = False

    def take(self, piece: Piece, text: str | None) -> str:
        """What is written for an element that becomes ``text``, None where it goes."""
        before, self.sample = piece.before, piece.text
        if not self.seen:
            self.seen, self.first = True, piece.before
        else:
            self.separator = piece.before
            before = before if self.kept else ""
        if text is None:
            return before if not self.separator else ""
        self.kept = True
        return before + text

    def added(self, text: str) -> str:
        """What is written for one more."""
        separator = self.separator or "," + (self.first if self.seen else " ")
        said = text if not self.kept else separator + text
        self.kept = True
        return said


def edited(stream: BinaryIO, path: Path, edits: CocoEdits) -> Iterator[str]:
    """The text of an open COCO file with ``edits`` made in it, piece by piece.

    Raises
    ------
    FormatError
        If it cannot be read, or does not hold what is changed, or holds an id that is added.
    """
    if stream.read(3) == b"\xef\xbb\xbf":
        yield "\ufeff"
    stream.seek(0)
    current = _List("")
    numbers: set[int] = set()  # of categories that are there
    missing = set(edits.annotations)
    lists = set(LISTS)
    for piece in pieces(stream, path, LISTS):
        if piece.kind == "open":
            current = _List("")
            if piece.key not in lists:
                raise FormatError(f"the list “{piece.key}” is there twice", path=path)
            lists.discard(piece.key)
            yield piece.before
        elif piece.kind == "item":
            number = _checked_id(piece, path, edits)
            if piece.key == "categories" and isinstance(number, int):
                numbers.add(number)
            elif piece.key == "annotations":
                missing.discard(number)
            yield current.take(piece, _item(piece, number, edits))
        elif piece.kind == "close":
            for text in _added(piece.key, current.sample, numbers, edits):
                yield current.added(text)
            yield piece.before + piece.text
        elif piece.kind == "end" and "annotations" in lists:
            lists.discard("annotations")
            yield _with_annotations(piece.before + piece.text, edits)
        else:
            yield piece.before + piece.text
    if missing or (lists and edits):
        raise FormatError(f"annotation {min(missing)} is not there any more" if missing else
                          f"it has no list of {min(lists)}", path=path)


def _checked_id(piece: Piece, path: Path, edits: CocoEdits) -> Any:
    """The id of an entry of a list; raises FormatError where it is none, or one is added that has
    it."""
    if not isinstance(piece.value, dict):
        raise FormatError(f"an entry of “{piece.key}” is no object", path=path, line=piece.line)
    number = piece.value.get("id")
    added: Collection[int] = edits.new_annotations if piece.key == "annotations" else (
        edits.new_images if piece.key == "images" else ())
    if number in added:
        raise FormatError(f"the id {number} is in “{piece.key}” by now", path=path,
                          line=piece.line)
    return number


def _with_annotations(end: str, edits: CocoEdits) -> str:
    """The end of a file that has no list of annotations, with one where there are any now."""
    said = ",\n".join(edits.new_annotations.values())
    return end.replace("}", f', "annotations": [{said}]}}', 1) if said else end


def _item(piece: Piece, number: Any, edits: CocoEdits) -> str | None:
    if piece.key == "annotations":
        return edits.annotations.get(number, piece.text)
    if piece.key == "images":
        if number not in edits.gone_images:
            return piece.text
        edits.gone_images[number] = piece.text
        return None
    if number in edits.renamed and piece.value.get("name") != edits.renamed[number]:
        return patched(piece.text, {"name": edits.renamed[number]})
    return piece.text


def _added(key: str, sample: str, numbers: set[int], edits: CocoEdits) -> Iterator[str]:
    style = style_of(sample)
    if key == "annotations":
        yield from edits.new_annotations.values()
    elif key == "images":
        for image in edits.new_images.values():
            yield image if isinstance(image, str) else style.object(image)
    else:
        for number, name in sorted(edits.new_classes.items()):
            if number not in numbers:
                yield style.object(_category(number, name, sample))


def _category(number: int, name: str, sample: str) -> Mapping[str, Any]:
    above = {"supercategory": ""} if '"supercategory"' in sample else {}
    return {"id": number, "name": name, **above}
