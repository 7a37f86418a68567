"""Folders to try things on, and an owner's thread that is pumped by hand."""

from __future__ import annotations

import queue
import struct
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc
from workbench.project.session import Session


class Owner:
    """The thread that owns a session: what is posted runs when the test pumps."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Callable[[], None]] = queue.Queue()

    def post(self, what: Callable[[], None]) -> None:
        self._queue.put(what)

    def until(self, condition: Callable[[], bool], timeout: float = 60.0) -> None:
        """Run what is posted until ``condition`` holds."""
        end = time.monotonic() + timeout
        while not condition():
            left = end - time.monotonic()
            assert left > 0, "what was waited for did not happen"
            try:
                self._queue.get(timeout=min(left, 0.02))()
            except queue.Empty:
                continue

    def drain(self) -> None:
        while not self._queue.empty():
            self._queue.get()()

    def ready(self, session: Session) -> None:
        """Wait until everything is found and summarized."""
        self.until(lambda: not session.index.scanning and not session.index.summarizing)

    def finish(self, session: Session) -> None:
        """Wait until everything is saved, and in the COCO files of a project that keeps such."""
        self.until(lambda: session.saver.state == "saved" and (
            session.coco_files is None or session.coco_files.settled))
        self.drain()

    def settled(self, session: Session) -> None:
        """Wait until nothing waits to be written any more."""
        self.until(lambda: session.saver.state != "saving")


def png(width: int = 64, height: int = 48, seed: int = 0) -> bytes:
    """A small grey picture; others for other seeds."""
    row = b"\0" + bytes((seed * 7 + x) % 256 for x in range(width))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b""))


def box(label: str, *corners: float) -> LabeledObject:
    xmin, ymin, xmax, ymax = corners or (1.0, 2.0, 30.0, 40.0)
    return LabeledObject(label, Box(float(xmin), float(ymin), float(xmax), float(ymax)))


def add_image(folder: Path, key: str, seed: int = 0, size: tuple[int, int] = (64, 48)) -> Path:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(*size, seed=seed))
    return path


def add_labels(
    folder: Path, key: str, labels: Iterable[str], annotations: str | None = None,
    size: tuple[int, int] = (64, 48),
) -> Path:
    """Write the annotation of ``key`` beside it, or into folder ``annotations``."""
    image = folder / key
    path = image.with_suffix(".xml") if annotations is None else (
        folder / annotations / f"{image.stem}.xml")
    path.parent.mkdir(parents=True, exist_ok=True)
    objects = tuple(box(label) for label in labels)
    # put there whole, as a program that saves well does: the index may be reading it just now
    whole = path.with_name(f".{path.name}.new")
    whole.write_bytes(new_voc(Annotation(objects, size=size), image_path=image, depth=1))
    whole.replace(path)
    return path


def labelled(folder: Path, key: str, labels: Iterable[str], **kwargs: object) -> Path:
    """An image with its annotation; returns the annotation's path."""
    number = sum(map(ord, key))
    annotations = kwargs.get("annotations")
    assert annotations is None or isinstance(annotations, str)
    add_image(folder, key, seed=number)
    return add_labels(folder, key, labels, annotations)


def labels(session: Session, key: str) -> list[str]:
    """The classes of the boxes on an image, in their order."""
    return [item.label for item in session.document(key).annotation.objects]
