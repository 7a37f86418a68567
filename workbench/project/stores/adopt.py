"""Making a project of a folder in another format, which is worked in as it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.core.skeletons import Skeleton
from workbench.core.text import count, listed
from workbench.formats.class_file import (
    NAME_FILES,
    is_label_name,
    is_yaml,
    load_yaml,
    read_class_file,
)
from workbench.formats.coco_whole import CocoWhole, read_whole
from workbench.formats.label_json import part_of
from workbench.formats.label_text import decode
from workbench.formats.regular_file import read_file
from workbench.formats.scratch import scratch_folder
from workbench.project.edits.saver import replace_file
from workbench.project.imports.label_source import FolderSource
from workbench.project.layout import COCO_LABELS, MANIFEST_NAME, Layout, Placement, exchanged
from workbench.project.library.scan import require_listed
from workbench.project.manifest import Manifest
from workbench.project.stores.chosen import BOXES, OUTLINES, ROTATED_BOXES, store_of
from workbench.project.stores.numbers import LIMIT, ClassNumbers

if TYPE_CHECKING:
    from workbench.project.session import Session

Drawn = Mapping[str, tuple[LabeledObject, ...]]
_LOOKED_AT = 200  # label files by which outlines are told from boxes


def adoption(folder: Path, format: str) -> Manifest | None:
    """What :func:`adopt` would write; None where it would refuse."""
    try:
        return plan_adoption(folder, format)
    except (WorkbenchError, OSError):
        return None


def adopt(folder: Path, format: str = "") -> Manifest:
    """Make ``folder`` a project that keeps its labels in the format they are in; only
    ``workbench.toml`` is written.

    Parameters
    ----------
    format
        Id of the format; "" for the one that is recognised.

    Raises
    ------
    UsageError
        If that is not possible; nothing was written.
    WorkbenchError
        If a file cannot be read or written.
    """
    manifest = plan_adoption(folder, format)
    keep_as(folder, manifest)
    return manifest


def keep_as(folder: Path, plan: Manifest) -> None:
    """Keep the labels of ``folder`` as ``plan`` says from now on; what else its ``workbench.toml``
    says by now stays.

    Raises
    ------
    WorkbenchError
        If that file cannot be read or written, or the labels cannot be read; it is as it was then.
    """
    manifest = Manifest.load(folder)
    before = manifest.text if manifest.exists else None
    for name in ("images", "annotations", "classes", "labels"):
        setattr(manifest, name, getattr(plan, name))
    manifest.skeletons = {**plan.skeletons, **manifest.skeletons}
    manifest.save(folder)
    if problems := store_of(folder, manifest).problems:
        data = before.encode("utf-8") if before is not None else None
        replace_file(folder / MANIFEST_NAME, data, lambda: None)
        raise WorkbenchError(problems[0].reason)


def plan_adoption(folder: Path, format: str = "", *, again: bool = False) -> Manifest:
    """What :func:`adopt` would write; raises as it does."""
    if not is_folder(folder):
        raise UsageError("only a folder can be worked in as it is", path=folder)
    require_listed(folder)
    if is_file(folder / MANIFEST_NAME) and not again:
        raise UsageError("it is a project already", path=folder)
    if not format:
        from workbench.project.imports.formats import foreign_labels

        found = foreign_labels(folder)
        if found is None:
            raise UsageError("no labels of another format were found in it", path=folder)
        format = found.id
    if format not in _PLANS:
        raise UsageError(f"labels can be kept as {' or '.join(_PLANS)}; others are imported into "
                         "a new project", path=folder)
    with scratch_folder("workbench-look-") as scratch:
        return _PLANS[format](FolderSource(folder, scratch, follow=True))


def drawn_in(session: Session) -> Drawn:
    """What a person drew in a folder before it was adopted, by image; other files hold it."""
    keys = {key for name in session.index.class_counts() for key in session.images.keys_with(name)}
    keys |= {document.key for document in session.images.open_documents()}
    return {key: objects for key in sorted(keys)
            if (objects := session.document(key).annotation.objects)}


def add_drawn(session: Session, drawn: Drawn) -> tuple[int, int]:
    """Add that to the labels of the adopted folder, as one step.

    Returns
    -------
    (added, left)
        Numbers of objects; those that are left have no place in its format.

    Raises
    ------
    WorkbenchError
        If labels must not be changed.
    """
    wanted: dict[str, tuple[LabeledObject, ...]] = {}
    added = 0
    for key, objects in drawn.items():
        try:
            document = session.document(key)
        except UsageError:
            continue  # the image has gone
        for item in objects:
            try:
                kept = session.store.fitted(replace(item, source=None), None)
            except UsageError:
                continue
            wanted[key] = (*wanted.get(key, document.annotation.objects), kept)
            added += 1
    if wanted:
        session.images.edit_many(wanted, "add what was drawn before")
    return added, sum(map(len, drawn.values())) - added


# YOLO


def _yolo(source: FolderSource) -> Manifest:
    folder = source.folder
    numbers = ClassNumbers(_class_file(source))
    numbers.check()
    names, path = numbers.names, numbers.path
    numbers.add(("a new class",))
    numbers.content()  # raises where a class could not be written later
    if is_yaml(path) and "kpt_shape" in load_yaml(decode(read_file(path), path)[0], path):
        raise UsageError("it holds key points, which cannot be kept so; import it into a new "
                         "project", path=folder)
    labels = {key for path in source.files(".txt")
              if (key := source.key(path)) is not None and is_label_name(key)}
    keys = [key for path in source.images() if (key := source.key(path)) is not None]
    found = {place: labels & set(map(Placement(folder, Layout("", place, ".txt")).annotation, keys))
             for place in ("", "labels")}
    in_images = any(exchanged(key, "images", "labels") != key for key in keys)
    place = max(found, key=lambda name: (len(found[name]), (name == "labels") == in_images))
    if not found[place] and labels:
        raise UsageError("its label files lie neither beside the images nor in “labels” in the "
                         "place of “images”", path=folder)
    manifest = Manifest(folder.name, annotations=place, classes=[n for n in names if n])
    manifest.labels = {"format": "yolo", "classes": source.key(numbers.path) or "",
                       "shapes": _shapes(source, sorted(found[place])),
                       "new_images": _new_images(source, path, keys)}
    return manifest


def _class_file(source: FolderSource) -> Path:
    from workbench.formats.yolo import describing_yaml

    file = describing_yaml(source.folder)
    if file is not None:
        return file
    named = [path for path in source.files(".txt", ".names", ".labels")
             if path.name.lower() in NAME_FILES]
    if not named:
        raise UsageError("neither data.yaml nor classes.txt names its classes", path=source.folder)
    lists = {read_class_file(read_file(path, LIMIT), path).names for path in named}
    if len(lists) > 1:
        raise UsageError(f"{listed([path.name for path in named])} name other classes",
                         path=source.folder)
    return min(named, key=lambda path: (len(path.parts), NAME_FILES.index(path.name.lower())))


def _new_images(source: FolderSource, path: Path, keys: list[str]) -> str:
    """The folder that most images to learn from lie in."""
    from workbench.formats.yolo import parts_of

    train = [source.key(image) or "" for image, part in parts_of(source, path).items()
             if part == "train"]
    folders = Counter(key.rpartition("/")[0] for key in train or keys)
    return folders.most_common(1)[0][0] if folders else ""


def _shapes(source: FolderSource, labels: list[str]) -> str:
    from workbench.formats.yolo_rows import behind_boxes, rows_of

    rows: set[tuple[float, ...]] = set()
    for key in islice(labels, _LOOKED_AT):
        path = source.folder / key
        try:
            rows |= {row.values for row in rows_of(read_file(path), path)}
        except WorkbenchError:
            continue  # reported when it is read
    others = {len(row) for row in rows} - {4, 5} - ({6} if len(behind_boxes(rows)) == 2 else set())
    return ROTATED_BOXES if others == {8} else OUTLINES if others else BOXES


# COCO


def _coco(source: FolderSource) -> Manifest:
    from workbench.formats.coco import files_of

    names: dict[int, str] = {}
    keys: set[str] = set()
    folders: Counter[str] = Counter()  # of images, those to learn from before all others
    files: list[str] = []
    left: list[str] = []  # captions, and key points of images that a file before lists
    skeletons: dict[str, Skeleton] = {}
    used: set[str] = set()  # classes, but for what only stands above others in every file
    for path in files_of(source):
        whole = _whole(path)
        found = _listed(source, path, whole)
        if whole.is_other or found <= keys:
            left.append(source.key(path) or "")
            continue
        if found & keys:
            raise UsageError(f"it lists {count(len(found & keys), 'image')} that another file "
                             "lists, too; import it into a new project", path=path)
        for number, name in whole.categories.items():
            if names.setdefault(number, name) != name or [*names.values()].count(name) > 1:
                raise UsageError("its files number their classes differently; import it into a "
                                 "new project", path=path)
        keys |= found
        skeletons = {**whole.skeletons, **skeletons}
        used |= {*whole.categories.values()} - whole.above
        files.append(source.key(path) or "")
        weight = 1000 if part_of(path, source.folder) == "train" else 1
        for key in found:
            folders[key.rpartition("/")[0]] += weight
    if not files:
        raise UsageError("none of its images are here", path=source.folder)
    classes = [names[number] for number in sorted(names) if names[number] in used]
    manifest = Manifest(source.folder.name, annotations=COCO_LABELS, classes=classes)
    manifest.skeletons = {name: skeletons[name] for name in classes if name in skeletons}
    manifest.labels = {"format": "coco", "files": files, "unused": sorted({*names.values()} - used),
                       "new_images": folders.most_common(1)[0][0]}
    if left:
        manifest.labels["left"] = left
    return manifest


def _whole(path: Path) -> CocoWhole:
    for at, found in enumerate(read_whole(path, others=True)):
        if found is not None:
            return found
        if not at % 8:
            time.sleep(0.0005)  # the window goes on
    raise AssertionError("a file ends")


def _listed(source: FolderSource, path: Path, whole: CocoWhole) -> set[str]:
    """The images that a file lists and that are here; raises UsageError where a name may mean
    several. One that says a folder which is not here, beside others that are found, is of an image
    that is not here: frames of several series often have the same names."""
    found: set[str] = set()
    unclear: UsageError | None = None
    for image in whole.images.values():
        here = source.find(image.name, path.parent)
        if here is not None and (key := source.key(here)) is not None:
            found.add(key)
        elif here is None and len(alike := source.alike(image.name)) > 1:
            unclear = UsageError(f"{image.name} may be {alike[0]} or {alike[1]}; its file_name "
                                 "must say which, with the folder", path=path)
            if "/" not in image.name.replace("\\", "/"):
                raise unclear
    if unclear is not None and not found:
        raise unclear
    return found


_PLANS: Mapping[str, Callable[[FolderSource], Manifest]] = {"yolo": _yolo, "coco": _coco}
