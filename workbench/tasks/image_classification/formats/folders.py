"""A folder for each class, below one for each part, as torchvision's ImageFolder and Keras read it.

Projects are kept like this themselves, so it is only written here.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from workbench.core.errors import Problem, UsageError
from workbench.extension.annotation_formats import AnnotatedSample, Target
from workbench.media.recording_place import PARTS
from workbench.project.class_levels import ClassLevels
from workbench.tasks.image_classification.formats.pixels import file_name, labelled


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Put each image into the folder of its class, and in there into those that say where it was
    made; where these would be taken for classes they become a part of its name."""
    names: dict[str, str] = {}  # folder of each class
    found = [(sample, names.get(label) or _folder_of(label, names, target), places)
             for (sample, label), places in _with_places(labelled(samples), target)]
    paths = {"/".join((sample.split or "", folder, *places, "x")): folder
             for sample, folder, places in found}
    levels = ClassLevels(paths)
    joint = "_" if any(levels.name(path) not in ("", name) for path, name in paths.items()) else "/"
    taken: set[str] = set()
    for sample, folder, places in found:
        stem, dot, suffix = sample.name.rpartition("/")[2].rpartition(".")
        above = f"{sample.split}/{folder}/" if sample.split else f"{folder}/"
        path = _free(f"{above}{joint.join((*places, stem))}", taken)
        taken.add(path.casefold())
        target.place(sample, f"{path}{dot}{suffix}")
    if names and not any(target.folder.iterdir()):
        raise UsageError("the folders of the images are the labels here: have images copied or "
                         "linked")


def _with_places(found: list[tuple[AnnotatedSample, str]], target: Target
                 ) -> list[tuple[tuple[AnnotatedSample, str], tuple[str, ...]]]:
    """The samples, each with those of its folders that are neither classes nor parts of a split,
    below the ones in which all are."""
    classes = set(target.classes)
    places = [tuple(name for name in sample.name.split("/")[:-1] if name not in classes
                    and name.lower() not in PARTS) for sample, _ in found]
    common = len([*takewhile(lambda names: len({*names}) == 1, zip(*places, strict=False))])
    return [(item, of[common:]) for item, of in zip(found, places, strict=True)]


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
