"""MegaDetector: one JSON file of what a detector found on the photos of camera traps.

Format: lila.science/megadetector-output-format (``conf``, boxes x, y, width and height as shares of
the image), as AddaxAI and Timelapse read it, too; and the list of Microsoft's package
(``confidence``, boxes xyxy in pixels).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from workbench.core.annotation import NO_ATTRIBUTES
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.shapes import Box
from workbench.core.text import count
from workbench.core.video import is_video
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    box_of_sides,
    dump,
    entries,
    label_files,
    load_json,
    mapping,
    missing_image,
    number,
    numbers,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)
from workbench.formats.regular_file import open_regular

FILE = "megadetector.json"
THRESHOLD = 0.2
"""Score from which on a detection is taken where the file recommends none: such files hold
hundreds of others for each that is right."""
MOST_LIKELY = 0.5
"""Score from which on the species that a classifier names is the class of a detection."""
SCORE = "score"
_END = 1 << 16


def sniff(path: Path) -> bool:
    return any(_looks_like(file) for file in some_files(path, "*.json", "*/*.json"))


def _looks_like(path: Path) -> bool:
    text = start_of(path) if path.suffix.lower() == ".json" else ""
    if '"detections"' not in text and '"detection_categories"' not in text:
        return False
    plain = text.lstrip().startswith("[") and '"confidence"' in text and '"bbox"' in text
    return plain or '"detection_categories"' in text or b'"detection_categories"' in _end_of(path)


def _end_of(path: Path) -> bytes:
    try:
        with open_regular(path) as stream:
            stream.seek(max(stream.seek(0, 2) - _END, 0))
            return stream.read()
    except OSError:
        return b""


class _Meaning(NamedTuple):
    """How one file is to be read."""

    classes: Mapping[str, str]
    """Names of its categories by their ids."""
    species: Mapping[str, str]
    threshold: float


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of all files."""
    files, damaged = label_files(source, _looks_like)
    yield from damaged
    classes: dict[str, None] = {}
    for file in files:
        try:
            data = load_json(file)
            meaning, images = _meaning_of(data)
        except (WorkbenchError, ValueError) as error:
            yield unreadable_labels(file, error)
            continue
        classes.update(dict.fromkeys(meaning.classes.values()))
        yield from _File(source, file, meaning).read(images)
    yield ClassNames(tuple(classes))


def _meaning_of(data: Any) -> tuple[_Meaning, list[Any]]:
    if isinstance(data, list):
        return _Meaning({}, {}, THRESHOLD), data
    data = mapping(data, "the file")
    about = data.get("info")
    about = about.get("detector_metadata") if isinstance(about, dict) else None
    advised = about.get("typical_detection_threshold") if isinstance(about, dict) else None
    threshold = advised if isinstance(advised, float) and 0 <= advised <= 1 else THRESHOLD
    named = [{key: str(name) for key, name in mapping(data.get(which) or {}, which).items()}
             for which in ("detection_categories", "classification_categories")]
    return _Meaning(named[0], named[1], threshold), entries(data.get("images"), "images")


class _File:
    def __init__(self, source: Source, file: Path, meaning: _Meaning) -> None:
        self._source, self._file, self._meaning = source, file, meaning
        self._below = self._videos = 0

    def read(self, images: list[Any]) -> Iterator[AnnotatedSample | Problem]:
        for index, value in enumerate(images, start=1):
            yield from self._image(value, f"image {index}")
        if self._below:
            yield self._problem("low-score", f"{count(self._below, 'detection')} with a score "
                                f"below {self._meaning.threshold:g} are left out.")
        if self._videos:
            yield self._problem("no-place", f"what was found in {count(self._videos, 'video')} "
                                "is not read.")

    def _image(self, value: Any, where: str) -> Iterator[AnnotatedSample | Problem]:
        try:
            data = mapping(value, where)
            name = data.get("file")
            if not isinstance(name, str):
                raise ValueError(f"{where} has no name")
            if is_video(Path(name)):
                self._videos += 1
                return
            image = self._source.find(name, self._file.parent)
            if image is None:
                yield missing_image(self._source, self._file, name)
                return
            if data.get("failure"):
                yield Problem(str(image), "not-detected", f"{image.name}: the detector could not "
                              f"read it ({data['failure']}), so it comes without labels.",
                              "warning")
                yield AnnotatedSample(image, None)
                return
            found = ObjectList(self._file, self._source.size(image))
            for entry in entries(data.get("detections") or [], "detections"):
                self._object(entry, found, name)
        except WorkbenchError as error:
            yield Problem(str(error.path or self._file), "unreadable-image", error.sentence())
        except ValueError as error:
            yield self._problem("unreadable-object", f"{where} is left out: {error}.")
        else:
            yield from found.problems
            yield AnnotatedSample(image, Annotation(tuple(found.objects)))

    def _object(self, value: Any, found: ObjectList, name: str) -> None:
        where = f"a detection of {name}"
        try:
            data = mapping(value, where)
            shares = "conf" in data
            score = number(data["conf"] if shares else data.get("confidence"), "the score")
            if score < self._meaning.threshold:
                self._below += 1
                return
            box = (_of_shares(data.get("bbox"), found.size) if shares
                   else _of_corners(data.get("bbox")))
            label = self._label(data)
        except ValueError as error:
            found.problem("unreadable-object", f"{where} is left out: {error}.")
            return
        said = {SCORE: round(score, 4)} if score < 1 else NO_ATTRIBUTES  # a person's are 1
        found.add(label, box, said, where=f"{label} of {name}")

    def _label(self, data: Mapping[str, Any]) -> str:
        """The species where a classifier is sure enough of one, else the kind of thing."""
        key = str(data.get("category", ""))
        label = self._meaning.classes.get(key, key)
        best = max((pair for pair in entries(data.get("classifications") or [], "classifications")
                    if isinstance(pair, list) and len(pair) == 2),
                   key=lambda pair: number(pair[1], "a score"), default=None)
        if best is None or best[1] < MOST_LIKELY:
            return label
        return self._meaning.species.get(str(best[0]), label)

    def _problem(self, kind: str, reason: str) -> Problem:
        return Problem(str(self._file), kind, f"{self._file.name}: {reason}", "warning")


def _of_shares(value: Any, size: tuple[int, int] | None) -> Box:
    assert size is not None
    x1, y1, x2, y2 = box_of_sides(value)
    return Box(*(round(share * side, 3) for share, side in zip((x1, y1, x2, y2), size * 2,
                                                             strict=True)))


def _of_corners(value: Any) -> Box:
    sides = numbers(value, "bbox")
    if len(sides) != 4:
        raise ValueError("bbox has not four numbers")
    return Box(*map(float, sides))


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """The images, and one file; objects without a score were drawn by a person, so theirs is 1."""
    numbers_of = {name: str(index) for index, name in enumerate(target.classes, start=1)}
    images = []
    for sample in samples:
        target.place(sample, sample.name)
        if sample.annotation is None or sample.annotation.size is None:
            continue
        width, height = sample.annotation.size
        found = []
        for item in sample.annotation.objects:
            x1, y1, x2, y2 = item.box
            score = item.attributes.get(SCORE, 1.0)
            found.append({
                "category": numbers_of[item.label],
                "conf": score if isinstance(score, int | float) else 1.0,
                "bbox": [round(value, 6) for value in (
                    x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height)]})
        images.append(dump({"file": sample.name, "width": tidy(width), "height": tidy(height),
                            "detections": found}))
    about = {"format_version": "1.4", "detector": "Workbench"}
    categories = {key: name for name, key in numbers_of.items()}
    target.write(FILE, f'{{\n"info": {dump(about)},\n"detection_categories": {dump(categories)},\n'
                 '"images": [\n' + ",\n".join(images) + "\n]\n}\n")
