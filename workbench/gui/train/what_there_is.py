"""What a project offers to learn from, as far as the window knows it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.text import count
from workbench.gui.app.task import SOUNDS, task_of
from workbench.gui.train.choices import Option
from workbench.project.task import left_out_words

if TYPE_CHECKING:
    from workbench.project.session import Session

_MOST_NAMES = 12


def is_unlabelled(session: Session | None) -> bool:
    """Whether it is certain that there is nothing to learn from."""
    if session is None:
        return True
    if task_of(session) == SOUNDS:
        return not session.sounds.scanning and not session.sounds.class_counts()
    looked = not session.index.scanning and not session.index.summarizing
    return looked and not session.index.class_counts()


def label_words(session: Session | None) -> str:
    """How much is labelled ("292 images, 3 classes.")."""
    if session is None:
        return ""
    if task_of(session) == SOUNDS:
        other = left_out_words(SOUNDS, images=len(session.index), sounds=len(session.sounds))
        return f"{_sound_words(session)} {other}".rstrip()
    if is_unlabelled(session):
        return "No labelled images yet." if len(session.index) else "No images yet."
    images = count(session.index.labelled_count(), "image")
    return f"{images}, {count(len(session.classes), 'class', 'classes')}."


def _sound_words(session: Session) -> str:
    sounds = session.sounds
    if is_unlabelled(session):
        return "No labelled clips yet." if len(sounds) else "No clips yet."
    labelled = sum(1 for key in sounds if sounds.summary(key).classes)
    classes = len(sounds.class_counts())
    return f"{count(labelled, 'labelled clip')}, {count(classes, 'class', 'classes')}."


def split_options(session: Session | None) -> list[Option]:
    """The splits that a training can use."""
    if session is None:
        return [Option("default", "Default")]
    if task_of(session) == SOUNDS:
        options = _sound_splits(session)
    else:
        published = (session.folder / "ImageSets" / "Main").is_dir()
        words = "As published (ImageSets)" if published else "70 / 15 / 15"
        options = [Option("default", words, "Images for training, validation and testing.")]
    names = sorted(path.stem for path in (session.folder / "splits").glob("*.json"))
    known = {option.value for option in options}
    return options + [Option(name, name) for name in names if name not in known]


def _sound_splits(session: Session) -> list[Option]:
    sounds = session.sounds
    groups = sorted(set(sounds.groups().values()))
    help_ = "Clips for training, validation and testing."
    if len(groups) >= 2:
        names = ", ".join(groups[:_MOST_NAMES]) + (" …" if len(groups) > _MOST_NAMES else "")
        help_ += ("\nTo test on speakers or recordings that were never heard in training, name "
                  f"some under “Hold out for testing”: {names}.")
    options = [Option("default", "70 / 15 / 15", help_)]
    if "{n}" in sounds.settings.pattern:
        options.append(Option("official", "As published: numbers 0 to 4 are test",
                              "The split published with the data set, which papers report on."))
    return options
