"""Results of a classifier of sounds: what it confuses, and the sounds behind every number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.evaluation.classification import BACKGROUND
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.label.sounds.display import load_display
from workbench.gui.label.sounds.playback import ExcerptPlayback
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt
from workbench.gui.results.classifier_compare import classifier_comparison
from workbench.gui.results.classifier_page import ClassifierPage
from workbench.gui.results.compare import Comparison
from workbench.gui.results.waiting import WaitingWords
from workbench.project.datasets.sounds import BACKGROUND_WORDS, SoundSample
from workbench.tasks.sound_classification.results import (
    SoundKey,
    SoundSet,
    SoundSnapshot,
    csv_bytes,
    key_of,
    noun_of,
)
from workbench.tasks.sound_classification.saved_report import write_sound_report
from workbench.tasks.sound_classification.window.list_view import SoundListView
from workbench.tasks.sound_classification.window.loading import SoundResultsLoader, current_label
from workbench.tasks.sound_classification.window.panel import SoundPanel
from workbench.tasks.sound_classification.window.relabel import relabel


class SoundResults(ClassifierPage[SoundResultsLoader, SoundSample]):
    """Figures, matrix and curves at the left, the sounds at the right."""

    prefix = "results.sounds"
    noun = "sound"
    list_icon = "audio"
    words = WaitingWords("sound", "Here you see which sounds a model confuses, and hear them.",
                         "tested", "Test on", "has not been tested on")
    panel: SoundPanel
    view: SoundListView

    def __init__(self, context: AppContext) -> None:
        self._hears_clips = False
        super().__init__(context)

    # --- making ---------------------------------------------------------------------------------

    def make_loading(self) -> SoundResultsLoader:
        return SoundResultsLoader(self._context, self.worker)

    def make_panel(self) -> SoundPanel:
        self.sounds = SoundPanel(self._context.theme, load_display(self._context.settings))
        return self.sounds

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        made = super().make_parts()
        self.playback: ExcerptPlayback[SoundKey] = ExcerptPlayback(self)
        self.sounds.play_pressed.connect(self.toggle)
        self.view.play_pressed.connect(self.play)
        self.view.toggle_pressed.connect(self.toggle)
        self.playback.changed.connect(self._show_playing)
        self.playback.failed.connect(lambda sentence: self._context.say("warn", sentence))
        return made

    def add_own_actions(self) -> None:
        self.add_action("play", tr("Play or stop"), self.toggle, ("Space",), "play",
                        may=lambda: self.view.row is not None)
        super().add_own_actions()

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        display = load_display(self._context.settings)
        if display != self.sounds.thumbs.display:
            self.sounds.thumbs.display = display
            self.sounds.thumbs.forget()
        self.view.setFocus()
        super().entered(target)

    def left(self) -> None:
        self.playback.stop()

    def close_down(self) -> None:
        """End the threads that read and draw."""
        self.playback.stop()
        self.worker.close()
        self.sounds.thumbs.stop()

    def _session_changed(self) -> None:
        self._hears_clips = False
        self.sounds.thumbs.forget()
        super()._session_changed()

    # --- what the page shows --------------------------------------------------------------------

    def about_to_show(self, results: SoundSet) -> None:
        """Hear of clips that are found; not before sounds are looked at, which starts a scan."""
        self.use_noun(noun_of(results.samples))
        if results.background:
            self.confusion.set_last(BACKGROUND, BACKGROUND_WORDS)
        else:
            self.confusion.set_last()
        session = self._context.session
        if session is not None and not self._hears_clips:
            self._hears_clips = True
            self._connections.add(
                session.sounds.finished.connect(self.labels_changed),
                session.sounds.reset.connect(self.labels_changed),
            )

    def forget_samples(self) -> None:
        self.playback.stop()
        super().forget_samples()

    # --- hearing --------------------------------------------------------------------------------

    def play(self, row: int) -> None:
        """Play the sound of a row from its beginning."""
        if self.snapshot is not None and row < self.view.samples.rowCount():
            self.playback.play(*self._heard(row))

    def toggle(self) -> None:
        """Play the chosen sound, or stop it."""
        if self.snapshot is not None and self.view.row is not None:
            self.playback.toggle(*self._heard(self.view.row))

    def _heard(self, row: int) -> tuple[SoundKey, Excerpt]:
        sounds = self.view.sounds
        return key_of(sounds.sample(row)), sounds.excerpt(row)

    def _show_playing(self) -> None:
        self.view.show_playing(self.playback.key, self.playback.share)
        self.sounds.show_playing(self.playback.key is not None)

    # --- mending labels -------------------------------------------------------------------------

    def give_label(self, samples: Sequence[SoundSample], name: str) -> int:
        session = self._context.session
        return relabel(session, samples, name) if session is not None else 0

    def current_label(self, sample: SoundSample) -> str:
        session = self._context.session
        return current_label(session, sample) if session is not None else sample.label

    # --- going elsewhere ------------------------------------------------------------------------

    def open_sample(self, row: int) -> None:
        """Open a sound in Audio."""
        if self.snapshot is not None and row < self.view.samples.rowCount():
            self.playback.stop()
            sound = self.view.samples.sample(row)
            span = None if sound.whole else (sound.start, sound.end)
            self._context.go("audio", ImageTarget(sound.key, back="results", span=span))

    def compared(self, other: SoundSet, name: str) -> Callable[[], Comparison]:
        shown = self.snapshot
        assert shown is not None
        return partial(classifier_comparison, shown, other, name, noun=self.noun, key_of=key_of,
                       did="heard")

    def csv(self, shown: SoundSnapshot) -> tuple[str, Callable[[], bytes]]:
        return self.table_name(shown), partial(csv_bytes, shown)

    def report_writer(self, shown: SoundSnapshot, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_sound_report, path, shown.evaluation, shown.results.samples,
                       title=title, run=shown.results.run, split=shown.results.split,
                       doubt=shown.results.doubt, config=config, colors=self._colors)
