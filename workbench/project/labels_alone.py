"""Labels of other formats that come without their images: of images that are here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file
from workbench.formats.scratch import scratch_folder
from workbench.project.imports.archives import is_archive
from workbench.project.imports.files import link_file
from workbench.project.imports.formats import foreign_labels
from workbench.project.imports.label_source import FolderSource


def are_alone(path: Path) -> bool:
    """Whether a folder or file is known as labels of another format, and no image lies with it."""
    try:
        known = not is_archive(path) and foreign_labels(path) is not None
        return known and not FolderSource(path, path, follow=True).images()
    except (OSError, WorkbenchError):
        return False  # told by whoever reads it


@contextmanager
def among_images(labels: Path, images: Mapping[str, Path]) -> Iterator[Path]:
    """``labels`` as they are where images lie with them; else, for as long as the block runs, what
    is the same in a folder of links to them and to ``images``.

    Parameters
    ----------
    labels
        A folder, or a file.
    images
        By the posix path that each is to have.
    """
    source = FolderSource(labels, labels, follow=True)
    if source.images():
        yield labels
        return
    with scratch_folder("workbench-labels-") as place:
        folder = place / (labels.parent if is_file(labels) else labels).name
        files = [labels] if is_file(labels) else [
            Path(base) / name for base, _, names in os.walk(labels) for name in names]
        start = labels.parent if is_file(labels) else labels
        for path in files:
            _link(path, folder / path.relative_to(start))
        for name, path in images.items():
            _link(path, folder / name)
        yield folder / labels.name if is_file(labels) else folder


def _link(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        link_file(path, target)
    except FileExistsError:
        pass  # an image is never in the place of a file of labels
    except (OSError, NotImplementedError):
        shutil.copy2(path, target)
