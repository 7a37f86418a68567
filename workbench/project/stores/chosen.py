"""Which store a project has, as the table ``labels`` of ``workbench.toml`` says.

``format`` is "voc" (also without a table), "yolo" or "coco". For YOLO ``classes`` is the file that
numbers the classes and ``shapes`` "boxes", "outlines" or "rotated boxes"; for COCO ``files`` are
the JSON files and ``left`` those that are left as they are. ``unused`` names classes that these
still number and the project has no more, and images from elsewhere go to ``new_images``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.text import listed, tr
from workbench.project.stores.base import AnnotationStore

if TYPE_CHECKING:
    from workbench.project.manifest import Manifest

BOXES, OUTLINES, ROTATED_BOXES = "boxes", "outlines", "rotated boxes"

SLOW = 2_000_000
"""Bytes of COCO files that are read while nobody waits."""


def store_of(folder: Path, manifest: Manifest) -> AnnotationStore:
    """The store of the project in ``folder``."""
    if manifest.format == "yolo":
        from workbench.project.stores.yolo import YoloStore

        said = manifest.labels
        return YoloStore(folder, folder / (said.get("classes") or "data.yaml"),
                         said.get("shapes", BOXES))
    if manifest.format == "coco":
        from workbench.project.stores.coco import CocoStore

        return CocoStore(folder, manifest.labels.get("files", ()))
    from workbench.project.stores.voc import VocStore

    return VocStore(folder, manifest.voc_convention)


def left_text(manifest: Manifest) -> str:
    """A sentence about files of labels that are left as they are; "" where there are none."""
    left: Sequence[str] = manifest.labels.get("left", ())
    names = [name.rpartition("/")[2] for name in left]
    return tr("Not shown: {files}. An import takes their objects along.",
              files=listed(names)) if names else ""


def is_slow(folder: Path, manifest: Manifest) -> bool:
    """Whether :func:`store_of` has to read large files first, as in a copy of a project that came
    without what is remembered of them."""
    if manifest.format != "coco":
        return False
    from workbench.project.stores.coco_parts import stamp_of
    from workbench.project.stores.coco_sync import CocoSync

    files = manifest.labels.get("files", ())
    return sum(stamp_of(folder / name)[1] for name in files) > SLOW \
        and not CocoSync(folder, files).exists


def known_classes(manifest: Manifest, store: AnnotationStore) -> list[str]:
    """The classes of a project: those of the manifest, then others that its files number."""
    unused = manifest.labels.get("unused", ())
    others = (name for name in store.names if name and name not in unused)
    return list(dict.fromkeys([*manifest.classes, *others]))
