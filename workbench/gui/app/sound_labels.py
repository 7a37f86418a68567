"""What a project of sounds offers to learn from, as far as the window knows it by itself."""

from __future__ import annotations

from collections.abc import Callable

from workbench.core.text import count, tr
from workbench.extension.window import SplitOption
from workbench.project.rounds import LabellingState
from workbench.project.session import Session
from workbench.project.suggestions import suggestions_of
from workbench.project.task import left_out_text

_MOST_NAMES = 12


class SoundLabelSummary:
    """See :class:`workbench.extension.window.LabelSummary`; ``task`` is the id of the task that
    learns from them."""

    def __init__(self, task: str) -> None:
        self.task = task

    def is_unlabelled(self, session: Session) -> bool:
        return not session.sounds.scanning and not session.sounds.class_counts()

    def words(self, session: Session) -> str:
        other = left_out_text(self.task, images=len(session.index),
                               sounds=len(session.sounds))
        return f"{self._labelled(session)} {other}".rstrip()

    def _labelled(self, session: Session) -> str:
        sounds = session.sounds
        if self.is_unlabelled(session):
            return tr("No labelled sounds yet.") if len(sounds) else tr("No sounds yet.")
        labelled = sum(1 for key in sounds if sounds.summary(key).classes)
        classes = len(sounds.class_counts())
        return f"{count(labelled, 'labelled sound')}, {count(classes, 'class')}."

    def labelling(self, session: Session, run: str) -> LabellingState:
        sounds, store = session.sounds, suggestions_of(session, sounds=True)
        objects, clips = store.sums()
        bare = [key for key in sounds if not sounds.summary(key).classes]
        return LabellingState(len(sounds), len(sounds) - len(bare), clips, objects,
                         len(store.asked_by(run)), sum(store.asked(key) != run for key in bare))

    def splits(self, session: Session) -> list[SplitOption]:
        sounds = session.sounds
        groups = sorted(set(sounds.groups().values()))
        help_ = tr("Sounds for training, validation and testing.")
        if len(groups) >= 2:
            names = ", ".join(groups[:_MOST_NAMES]) + (" …" if len(groups) > _MOST_NAMES else "")
            help_ += (tr("\nTo test on speakers or recordings that were never heard in "
                         "training, name some under “Hold out for testing”: {names}.", names=names))
        options = [SplitOption("default", "70 / 15 / 15", help_)]
        if "{n}" in sounds.settings.pattern:
            options.append(SplitOption(
                "official", tr("As published: numbers 0 to 4 are test"),
                tr("The split published with the data set, which papers report on.")))
        return options

    def watch(self, session: Session, changed: Callable[[], None]) -> list[Callable[[], None]]:
        sounds = session.sounds
        return [sounds.finished.connect(changed), sounds.reset.connect(changed),
                sounds.summary_changed.connect(lambda _: changed())]
