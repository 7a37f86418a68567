"""TFRecord of TensorFlow's object detection: images with their boxes in one file, and
``label_map.pbtxt``.

A record is its length, a checksum of that, a ``tf.train.Example`` and a checksum of it. Boxes are
shares of the image. Source: TensorFlow's documentation, "TFRecord and tf.train.Example".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.paths import visible
from workbench.core.shapes import Box
from workbench.core.text import count
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.atomic import disk_reason
from workbench.formats.crc32c import masked
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import part_of, some_files
from workbench.formats.regular_file import MB, open_regular, read_file

RECORD_LIMIT = 512 * MB
_NAMES = re.compile(r"\.(tfrecords?|record)(-\d+-of-\d+)?$", re.IGNORECASE)
_ITEM = re.compile(r"item\s*\{([^{}]*)\}")
_FIELD = re.compile(r"""(\w+)\s*:\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+))""")
_SUFFIXES = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"GIF8", ".gif"), (b"BM", ".bmp"))
_LONGEST = 120  # letters of a name
_EDGES = ("xmin", "ymin", "xmax", "ymax")
_OBJECT = "image/object/"
Feature = list[bytes] | list[float] | list[int]


def sniff(path: Path) -> bool:
    return any(_NAMES.search(file.name) and _begins_well(file)
               for file in some_files(path, "*record*", "*/*record*"))


def _begins_well(path: Path) -> bool:
    try:
        with open_regular(path) as stream:
            head = stream.read(12)
    except OSError:
        return False
    return len(head) == 12 and struct.unpack("<I", head[8:])[0] == masked(head[:8])


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files; they are put into the scratch folder."""
    files = [source.file] if source.file is not None else [
        path for path in visible(source.folder.rglob("*record*"))
        if path.is_file() and _NAMES.search(path.name)]
    classes = _label_map(source)
    yield ClassNames(tuple(dict.fromkeys(classes.values())))
    taken: set[str] = set()
    for file in sorted(files):
        part = part_of(file, source.folder)
        number = 0
        try:
            for number, record in enumerate(_records(file), start=1):
                try:
                    sample, found = _sample(source, file, example(record), part, classes, taken)
                except (ValueError, TypeError, IndexError) as error:
                    yield Problem(str(file), "unreadable-object",
                                  f"record {number} is left out: {error}.", "warning")
                    continue
                yield from found.problems
                yield sample
        except WorkbenchError as error:
            yield Problem(str(file), "unreadable-labels",
                          f"{error.sentence()} {count(number, 'record')} before it "
                          f"{'was' if number == 1 else 'were'} read.")


def _label_map(source: Source) -> dict[int, str]:
    path = next(iter(source.files(".pbtxt")), None)
    if path is None:
        return {}
    found: dict[int, str] = {}
    for item in _ITEM.finditer(read_file(path).decode("utf-8", "replace")):
        fields = {name: digits if digits else _unescaped(double or single)
                  for name, double, single, digits in _FIELD.findall(item[1])}
        name = fields.get("display_name") or fields.get("name")
        if name and fields.get("id", "").isdecimal():
            found[int(fields["id"])] = name
    return dict(sorted(found.items()))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _records(path: Path) -> Iterator[bytes]:
    try:
        with open_regular(path) as stream:
            while head := stream.read(12):
                yield _record(stream, head, path)
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error


def _record(stream: BinaryIO, head: bytes, path: Path) -> bytes:
    if len(head) < 12:
        raise FormatError("it is cut off", path=path)
    length, check = struct.unpack("<QI", head)
    if check != masked(head[:8]):
        raise FormatError("the length of a record is damaged", path=path)
    if length > RECORD_LIMIT:
        raise FormatError(f"a record of {length:,} bytes is too large", path=path)
    data = stream.read(length)
    tail = stream.read(4)
    if len(data) < length or len(tail) < 4:
        raise FormatError("it is cut off", path=path)
    if struct.unpack("<I", tail)[0] != masked(data):
        raise FormatError("a record is damaged", path=path)
    return data


def _sample(source: Source, file: Path, features: dict[str, Feature], part: str,
            classes: dict[int, str], taken: set[str]) -> tuple[AnnotatedSample, ObjectList]:
    encoded = features.get("image/encoded") or [b""]
    pixels = encoded[0]
    suffix = next((ending for magic, ending in _SUFFIXES
                   if isinstance(pixels, bytes) and pixels.startswith(magic)), "")
    if not isinstance(pixels, bytes) or not suffix:
        raise ValueError("it holds no image of a known kind")
    named = _texts(features.get("image/filename") or features.get("image/source_id") or [])
    name = re.split(r"[\\/]", named[0])[-1] if named else ""
    plain = re.sub(r'[\x00-\x1f<>:"|?*]', "_", name.rpartition(".")[0] or name)
    stem = plain.strip(". ")[:_LONGEST] or "image"
    free, number = stem, 1
    while free.casefold() in taken:
        number += 1
        free = f"{stem}-{number}"
    taken.add(free.casefold())
    path = source.scratch / f"{free}{suffix}"
    path.write_bytes(pixels)
    size = source.size(path)
    found = ObjectList(file, size)
    edges = [features.get(f"{_OBJECT}bbox/{edge}", []) for edge in _EDGES]
    labels = _texts(features.get(f"{_OBJECT}class/text", []))
    numbers = features.get(f"{_OBJECT}class/label", [])
    for index, box in enumerate(zip(*edges, strict=True)):
        label = labels[index] if index < len(labels) else ""
        if not label and index < len(numbers):
            label = classes.get(int(numbers[index]), str(int(numbers[index])))
        shape = Box(*(round(float(value) * size[at % 2], 2) for at, value in enumerate(box)))
        found.add(label, shape, where=f"object {index + 1} of {path.name}")
    return AnnotatedSample(path, Annotation(tuple(found.objects)), part), found


def _texts(values: Iterable[Any]) -> list[str]:
    return [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
            for value in values]


def example(data: bytes) -> dict[str, Feature]:
    """The features of a ``tf.train.Example``; ValueError where it is none."""
    found: dict[str, Feature] = {}
    for features in _fields(data, 1):
        for entry in _fields(features, 1):
            name = b"".join(_fields(entry, 1)).decode("utf-8", "replace")
            for value in _fields(entry, 2):
                found[name] = _feature(value)
    return found


def _feature(data: bytes) -> Feature:
    for number, kind, value in _walk(data):
        if kind != 2:
            continue
        if number == 1:
            return list(_fields(value, 1))
        if number in (2, 3):
            return _numbers(value, number)
    return []


def _numbers(data: bytes, kind: int) -> list[float] | list[int]:
    floats: list[float] = []
    integers: list[int] = []
    for _, wire, value in _walk(data):
        if kind == 2:
            floats += struct.unpack(f"<{len(value) // 4}f", value[: len(value) // 4 * 4])
        elif wire == 0:
            integers.append(int.from_bytes(value, "little"))
        else:
            at = 0
            while at < len(value):
                number, at = _varint(value, at)
                integers.append(number)
    return floats if kind == 2 else integers


def _fields(data: bytes, wanted: int) -> Iterator[bytes]:
    return (value for number, kind, value in _walk(data) if number == wanted and kind == 2)


def _walk(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, kind and bytes of each field of a message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, 0, value.to_bytes(10, "little")
            continue
        if kind == 2:
            length, at = _varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("it is no tf.train.Example")
        if at + length > len(data):
            raise ValueError("a field is longer than its record")
        yield key >> 3, kind, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at >= len(data):
            raise ValueError("it breaks off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value, at
    raise ValueError("a number in it is too long")


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """``train.record`` and so on, with the images in them, and ``label_map.pbtxt``."""
    numbers = {name: number for number, name in enumerate(target.classes, start=1)}
    target.write("label_map.pbtxt", "".join(
        f'item {{\n  id: {number}\n  name: "{_escaped(name)}"\n}}\n'
        for name, number in numbers.items()))
    streams: dict[str, BinaryIO] = {}
    try:
        for sample in samples:
            annotation = sample.annotation
            if annotation is None or annotation.size is None:
                continue
            name = f"{sample.split or 'all'}.record"
            if name not in streams:
                streams[name] = (target.folder / name).open("wb")
            data = _example(sample, annotation, numbers)
            head = struct.pack("<Q", len(data))
            streams[name].write(head + struct.pack("<I", masked(head)) + data
                                + struct.pack("<I", masked(data)))
    finally:
        for stream in streams.values():
            stream.close()


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _example(sample: AnnotatedSample, annotation: Annotation, numbers: dict[str, int]) -> bytes:
    assert annotation.size is not None
    width, height = annotation.size
    pixels = read_file(sample.path, RECORD_LIMIT)
    kind = sample.path.suffix.lower().lstrip(".").replace("jpg", "jpeg")
    objects = annotation.objects
    name = sample.name.encode("utf-8", "surrogatepass")
    features: dict[str, list[bytes] | list[float] | list[int]] = {
        "image/height": [height], "image/width": [width], "image/filename": [name],
        "image/source_id": [name], "image/encoded": [pixels], "image/format": [kind.encode()],
        f"{_OBJECT}class/text": [item.label.encode("utf-8", "surrogatepass") for item in objects],
        f"{_OBJECT}class/label": [numbers[item.label] for item in objects]}
    for at, edge in enumerate(_EDGES):
        features[f"{_OBJECT}bbox/{edge}"] = [
            float(item.box[at]) / annotation.size[at % 2] for item in objects]
    entries = (_field(1, _field(1, key.encode()) + _field(2, _packed(values)))
               for key, values in features.items())
    return _field(1, b"".join(entries))


def _packed(values: list[bytes] | list[float] | list[int]) -> bytes:
    if values and isinstance(values[0], float):
        return _field(2, _field(1, struct.pack(f"<{len(values)}f", *values)))
    if values and isinstance(values[0], int):
        return _field(3, _field(1, b"".join(_number(int(value)) for value in values)))
    return _field(1, b"".join(_field(1, value) for value in values if isinstance(value, bytes)))


def _field(number: int, data: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(data)) + data


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
