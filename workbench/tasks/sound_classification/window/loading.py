"""How a run on sounds comes from the disk or from the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from workbench.core.errors import UsageError
from workbench.core.text import tr
from workbench.gui.results.loading import ResultsLoader
from workbench.gui.results.runs import ResultRun
from workbench.project.datasets.sounds import SoundSample
from workbench.project.datasets.splits import PART_WORDS
from workbench.project.session import Session
from workbench.tasks.sound_classification.kind import ID
from workbench.tasks.sound_classification.results import (
    Fresh,
    SoundKey,
    SoundLabels,
    SoundSet,
    held_out,
    key_of,
    open_sounds,
    read_sounds,
    relabelled,
)


class SoundResultsLoader(ResultsLoader[SoundLabels, SoundSet, Fresh]):
    """Classes of clips and of parts of them."""

    task = ID

    def read_labels(self, project: Path, run: ResultRun) -> SoundLabels:
        return read_sounds(project, run.folder)

    def same_labels(self, labels: SoundLabels, run: ResultRun) -> bool:
        return (labels.split == run.folder.split and labels.run in ("", run.name)
                and labels.held_out == held_out(run.folder))

    def open_results(self, run: ResultRun, part: str, labels: SoundLabels, classes: Sequence[str],
                     fresh: Fresh) -> SoundSet:
        return open_sounds(run.folder, part, labels, classes, fresh)

    def fresh(self) -> Fresh:
        """Labels of the shown sounds that differ now."""
        session, results = self._context.session, self.results
        if session is None or results is None:
            return {}
        return changed_labels(session, results.every)

    def changed(self) -> int:
        return len(self.fresh())

    def relabelled(self, results: SoundSet, fresh: Fresh) -> SoundSet:
        return relabelled(results, fresh)

    def detecting_words(self) -> str:
        return tr("Listening to the {part} sounds", part=PART_WORDS[self.part])


def changed_labels(session: Session, sounds: Iterable[SoundSample]) -> dict[SoundKey, str]:
    """Labels of ``sounds`` where the window has others; "" where one was taken off."""
    found = {}
    for sound in sounds:
        label = current_label(session, sound)
        if label != sound.label:
            found[key_of(sound)] = label
    return found


def current_label(session: Session, sound: SoundSample) -> str:
    """What a sound is called now; as it was where the clip is not known (yet, or any more)."""
    library = session.sounds
    if library.scanning or library.row(sound.key) is None:
        return sound.label
    if sound.whole:
        return library.summary(sound.key).label
    try:
        document = library.document(sound.key)
    except UsageError:
        return sound.label  # the file was removed since; the scan tells of it
    if document.readonly_reason is not None:
        return sound.label
    key = key_of(sound)
    for region in document.annotation.objects:
        end = min(region.end, document.duration)
        if (round(region.start, 3), round(end, 3)) == key[1:]:
            return region.label
    return ""
