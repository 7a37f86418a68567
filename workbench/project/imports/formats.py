"""Data sets in any registered format of labels, and the program's own formats."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from workbench.core.errors import Problem, WorkbenchError
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    AnnotationFormat,
    annotation_formats,
)
from workbench.extension.registry import load
from workbench.formats.atomic import write_atomic
from workbench.formats.voc import VocConvention, new_voc, read_voc
from workbench.media.images.header import read_image_info
from workbench.project.datasets.labelled import Labelled

Samples = Iterable[AnnotatedSample | Problem]
_Put = Callable[[Path, Path], object]


def foreign_format(folder: Path, wanted: str | None, labelled: bool) -> AnnotationFormat | None:
    """The format that must be converted to be imported; None for the program's own.

    Parameters
    ----------
    wanted
        Id of the one that a person named; with None it is found out, unless the folder is
        ``labelled`` in the program's own way.
    """
    if wanted is not None:
        kind = annotation_formats.get(wanted)
        return None if kind.native else kind
    foreign = [kind for kind in annotation_formats if not kind.native and kind.read]
    return next((kind for kind in foreign if not labelled and load(kind.sniff)(folder)), None)


@contextmanager
def converted(kind: AnnotationFormat, folder: Path) -> Iterator[tuple[Path, list[Problem]]]:
    """A folder of images and VOC files with what ``folder`` holds, for as long as the block runs;
    and what could not be read."""
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="workbench-import-") as name:
        _write(Path(name), load(kind.read)(folder), folder, problems, _link)
        yield Path(name), problems


def sniff_voc(folder: Path) -> bool:
    return bool(Labelled(folder).labelled)


def read_voc_folder(folder: Path) -> Iterator[AnnotatedSample | Problem]:
    """The images of a folder with their annotations."""
    found = Labelled(folder)
    labelled = set(found.labelled)
    for key in found.keys:
        path = found.placement.path(key)
        try:
            document = None
            if key in labelled:
                document = read_voc(found.placement.annotation_path(key),
                                    VocConvention(found.manifest.voc_convention))
        except WorkbenchError as error:
            yield Problem(str(path), "unreadable-annotation", error.sentence())
            continue
        yield AnnotatedSample(path, None if document is None else document.annotation)


def write_voc_folder(folder: Path, samples: Samples) -> None:
    """Copy images into ``images`` and write VOC files into ``annotations``."""
    _write(folder, samples, None, [], shutil.copy2)


def sniff_sounds(folder: Path) -> bool:
    from workbench.project.library.clips import find_sounds

    return next(iter(find_sounds(folder)), None) is not None


def _write(
    folder: Path, samples: Samples, source: Path | None, problems: list[Problem], put: _Put
) -> None:
    for sample in samples:
        if isinstance(sample, Problem):
            problems.append(sample)
            continue
        inside = source is not None and sample.path.is_relative_to(source)
        name = sample.path.relative_to(source) if source and inside else Path(sample.path.name)
        place = folder / "images" / name
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            put(sample.path.absolute(), place)
            if sample.annotation is not None:
                info = read_image_info(sample.path)
                whole = replace(sample.annotation, size=(info.width, info.height))
                target = (folder / "annotations" / name).with_suffix(".xml")
                target.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(target, new_voc(whole, image_path=place))
        except (OSError, WorkbenchError) as error:
            problems.append(Problem(str(sample.path), "unreadable-image", str(error)))


def _link(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target)
