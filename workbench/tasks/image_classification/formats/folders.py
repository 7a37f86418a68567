"""A folder for each class, below one for each part, as torchvision's ImageFolder and Keras read it.

Projects are kept like this themselves, so it is only written here.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.core.errors import Problem, UsageError
from workbench.extension.annotation_formats import AnnotatedSample, Target
from workbench.tasks.image_classification.formats.pixels import file_name, labelled


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Put each image into the folder of its class."""
    names: dict[str, str] = {}  # folder of each class
    taken: set[str] = set()
    for sample, label in labelled(samples):
        folder = names.get(label) or _folder_of(label, names, target)
        stem, dot, suffix = sample.name.rpartition("/")[2].rpartition(".")
        above = f"{sample.split}/{folder}/" if sample.split else f"{folder}/"
        path = _free(f"{above}{stem}", taken)
        taken.add(path.casefold())
        target.place(sample, f"{path}{dot}{suffix}")
    if names and not any(target.folder.iterdir()):
        raise UsageError("the folders of the images are the labels here: have images copied or "
                         "linked")


def _folder_of(label: str, names: dict[str, str], target: Target) -> str:
    """A folder of its own for a class; told where it is called otherwise than the class, which
    whoever reads the folders then takes for its name."""
    folder = names[label] = _free(file_name(label), set(map(str.casefold, names.values())))
    if folder != label:
        why = ("another class has a folder of that name, as disks see it"
               if folder != file_name(label) else "the name of a folder cannot hold all signs")
        target.problems.append(Problem(
            folder, "class-renamed",
            f"The images of “{label}” are in the folder “{folder}”: {why}.", "warning"))
    return folder


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{name}-{number}"
    return free
