"""What a project offers to learn from, as far as the window knows it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.training.choices import Option
from workbench.gui.training.words import count

if TYPE_CHECKING:
    from workbench.project.session import Session


def is_unlabelled(session: Session | None) -> bool:
    """Whether it is certain that there is nothing to learn from."""
    if session is None:
        return True
    looked = not session.index.scanning and not session.index.summarizing
    return looked and not session.index.class_counts()


def label_words(session: Session | None) -> str:
    """How much is labelled ("292 images, 3 classes.")."""
    if session is None:
        return ""
    if is_unlabelled(session):
        return f"None of {count(len(session.index), 'image')} has a box yet."
    images = count(session.index.labelled_count(), "image")
    return f"{images}, {count(len(session.classes), 'class', 'classes')}."


def split_options(session: Session | None) -> list[Option]:
    """The splits that a training can use."""
    if session is None:
        return [Option("default", "Default")]
    published = (session.folder / "ImageSets" / "Main").is_dir()
    words = "As published (ImageSets)" if published else "70 / 15 / 15"
    options = [Option("default", words, "Images to learn from, to watch and to judge by.")]
    names = sorted(path.stem for path in (session.folder / "splits").glob("*.json"))
    return options + [Option(name, name) for name in names if name != "default"]
