"""Projects to try the program with, made on this machine."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.folders import user_data_folder
from workbench.core.shipped import shipped_folder


@dataclass(frozen=True, slots=True)
class SampleProject:
    """A project to try the program with, made on this machine by a script under ``resources/``."""

    generator: str
    """Name of the script."""
    name: str
    """Of its folder."""
    shows: str
    """What one learns from it, in few words for a button."""
    icon: str
    about: str
    """In a sentence, what a person does, and what the model then does."""
    first: str
    """What to do in it first; said when it was made."""


SAMPLES = {
    "images": SampleProject("sample_project", "Pond life", "Boxes", "box",
                            "Draw boxes around things; a model learns to find them.",
                            "Drag a box around each thing in the images without labels, or go to "
                            "Train at once: most are labelled."),
    "sorting": SampleProject("sample_leaves", "Autumn leaves", "Classes of images", "tag",
                             "Say of each photo what is on it; a model sorts the others.",
                             "Select leaves and press a digit to say what they are, or go to "
                             "Train at once: most are labelled."),
    "areas": SampleProject("sample_tissue", "Tissue sections", "Areas", "brush",
                           "Paint what is what; a model says it of each pixel.",
                           "Press B and paint on the images without labels, or go to Train at "
                           "once: most are painted."),
    "counting": SampleProject("sample_colonies", "Colony plates", "Counting", "dots",
                              "Click each thing once; a model counts the rest.",
                              "Press Shift+K and click each colony once in the images without "
                              "labels, or go to Train at once: most are counted."),
    "differs": SampleProject("sample_washers", "Washers", "What differs", "differs",
                             "Bring photos of good parts; a model marks what is odd on others.",
                             "Go to Train: from the good washers a model learns in seconds, and "
                             "Results shows what it marks on the others."),
    "sounds": SampleProject("sample_sounds", "Night garden", "Classes of sounds", "audio",
                            "Say what is heard in short recordings; a model names it in others.",
                            "Press a digit to say what is heard in the sounds without labels, or "
                            "go to Train at once: most are labelled."),
    "calls": SampleProject("sample_calls", "Evening chorus", "Calls in sounds", "calls",
                           "Mark calls by time and pitch; a model finds them in long recordings.",
                           "Hold Shift and drag a box around each call, or go to Train at once: "
                           "most recordings are labelled."),
}
"""By kind, in the order in which they are offered."""


def sample_folder(kind: str = "images") -> Path:
    """Where a sample project of this person lies, or will; ``kind`` is a key of SAMPLES."""
    return user_data_folder() / "sample" / SAMPLES[kind].name


def make_sample_project(folder: Path | None = None, generator: str = "sample_project") -> Path:
    """Make the sample project unless it is there, and return its folder. Takes some seconds.

    ``generator`` is that of one of :data:`SAMPLES`.

    Raises
    ------
    WorkbenchError
        If it cannot be written, or its generator did not come with the program.
    """
    target = folder or sample_folder()
    if (target / "workbench.toml").is_file():
        return target
    path = shipped_folder("resources") / f"{generator}.py"
    spec = importlib.util.spec_from_file_location(f"workbench_{generator}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise WorkbenchError("the sample project's generator is missing", path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(f"the folder cannot be made ({error.strerror})",
                             path=target.parent) from error
    module.make_sample(target)
    return target


if __name__ == "__main__":
    # the window makes the sample in a process of its own, so that it keeps answering
    try:
        make_sample_project(Path(sys.argv[2]), SAMPLES[sys.argv[1]].generator)
    except WorkbenchError as problem:
        sys.exit(str(problem))
