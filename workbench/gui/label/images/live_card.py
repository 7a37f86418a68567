"""The card at the right in Images with the switch by which areas are suggested while one paints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QWidget

from workbench.core.area_names import is_background
from workbench.core.text import count, tr
from workbench.extension.saving import SMALLEST, SMOOTH
from workbench.gui.app.context import AppContext
from workbench.gui.label.images.live_areas import LiveAreas
from workbench.gui.label.images.use_on_all import UseOnAll
from workbench.gui.style import tokens
from workbench.gui.widgets import LabeledSlider, LinkButton, ProgressLine, column, label
from workbench.gui.widgets.key_words import keyed_tip
from workbench.project.live_areas.shown_areas import ShownAreas
from workbench.project.suggestions import MOST

if TYPE_CHECKING:
    from workbench.gui.label.picture_place import PicturePlace
    from workbench.project.session import Session

PATIENCE_MS = 500
"""What takes longer shows that it goes on."""
_ON, _LEAST = "live_areas", "live_least"
_SMALLEST, _SMOOTH, _DOUBTS, _COVER = "live_smallest", "live_smooth", "live_doubts", "live_cover"
_LARGEST = 1000.0  # pixels
_COVERS, _FAINTEST = 75.0, 10.0
"""How much the edges of what is suggested hide of what lies below, in per cent: until a person says
otherwise, and the least; its fills hide a third of that."""
_BESIDE = 0.05  # of the longer side: so much is seen around an unsure place
_YES, _NO = "yes", "no"


class LiveAreasCard(QWidget):
    """Shown where areas are painted; the switch and the score are kept for each project."""

    def __init__(self, place: PicturePlace, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._place, self._context = place, context
        self.live = live = LiveAreas(place.editor, place.colors, self._next, self, self._mouse)
        self.job = UseOnAll(context, self)
        self.switch = QCheckBox(tr("Suggest while I paint"))
        keyed_tip(self.switch, tr("Paint a short stroke of each of two classes: the rest of the "
                                  "image is suggested, and each further stroke corrects it "
                                  "(<images.live_areas>)"))
        self._make_sliders()
        self.said = label("", "caption", wrap=True)
        # most are of three lines at most, so that the switch stays where it is
        self.said.setMinimumHeight(3 * self.said.fontMetrics().lineSpacing())
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.progress = ProgressLine()
        self.unsure = LinkButton(tr("Go to where it is unsure"), "search", run=self.go_to_unsure)
        keyed_tip(self.unsure, tr("Show where the next stroke says most, another place each time "
                                  "(<images.unsure>)"))
        self.all = LinkButton(tr("Use on all images"), "spark",
                              run=context.actions["images.use_on_all"].run)
        self.all.setToolTip(tr("Make a model of all that is painted, in seconds, and have it "
                               "suggest on all images; you accept its suggestions one by one or "
                               "all at once. The model is among the runs in Train and Results"))
        self.cancel = LinkButton(tr("Cancel"), "close", run=self.job.cancel)
        edge = tokens.SPACE_L
        self.setLayout(column(self.switch, self.score, self.smallest, self.cover, self.smooth,
                              self.doubts, self.progress, self.said, self.unsure, self.all,
                              self.cancel, spacing=tokens.SPACE_S,
                              margins=(edge, 0, edge, 0)))
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._is_late)
        self._late = False
        self.switch.clicked.connect(self.set_on)
        self._wire()
        live.changed.connect(self._live_changed)
        place.editor.mode_changed.connect(self.show_state)
        place.editor.sample_changed.connect(self.show_state)
        self.hide()

    def _make_sliders(self) -> None:
        """What of a suggestion is shown."""
        self.score = LabeledSlider(tr("Least score"), 0.0, MOST, 0.0, least_text=tr("off"))
        self.score.setToolTip(tr("Pixels below this score are not suggested"))
        self.smallest = LabeledSlider(tr("Smallest area"), 0.0, _LARGEST, 0.0, step=5.0,
                                      unit="px", least_text=tr("off"))
        self.smallest.setToolTip(tr("What has fewer pixels than that belongs to what is around it"))
        self.cover = LabeledSlider(tr("Suggestions cover"), _FAINTEST, 100.0, _COVERS, step=5.0,
                                   unit="%")
        keyed_tip(self.cover, tr("How strongly suggestions are drawn. Hold <images.hide_boxes> to "
                                 "see what lies below"))
        self.smooth = QCheckBox(tr("Smooth borders"))
        self.doubts = QCheckBox(tr("Hatch what is unsure"))
        self.doubts.setToolTip(tr("Paint where it is hatched: there a stroke says most"))

    def _wire(self) -> None:
        """Each choice is kept for the project."""
        remember = self._place.remember
        self.score.released.connect(lambda value: remember(_LEAST, f"{value:g}"))
        self.smallest.released.connect(lambda value: remember(_SMALLEST, f"{value:g}"))
        self.cover.released.connect(lambda value: remember(_COVER, f"{value:g}"))
        self.cover.value_changed.connect(lambda _value: self._show_cover())
        for slider in (self.score, self.smallest):
            slider.value_changed.connect(lambda _value: self._choose())
        for box, name in ((self.smooth, _SMOOTH), (self.doubts, _DOUBTS)):
            box.clicked.connect(lambda on, name=name: remember(name, _YES if on else _NO))
            box.clicked.connect(lambda _on: self._choose())
            box.clicked.connect(lambda _on: self._place.viewer.focus())  # where Enter accepts
        self.live.unsure_found.connect(self._show_unsure)
        self._place.editor.objects_changed.connect(lambda: self._mark(None))
        self._place.editor.sample_changed.connect(lambda: self._mark(None))
        self.job.changed.connect(self.show_state)
        self.job.failed.connect(lambda reason: self._context.say("bad", reason))

    def _choose(self) -> None:
        """Show what is chosen of the suggestion."""
        self.live.set_wanted(ShownAreas(self.score.value(), (), round(self.smallest.value()),
                                    self.smooth.isChecked()))
        self.live.set_doubts(self.doubts.isChecked())

    def _show_cover(self) -> None:
        scene, canvas = self._place.canvas.scene, self._place.canvas
        scene.suggested_cover = self.cover.value() / 100
        if scene.suggested is not None:
            canvas.layer.invalidate()
            canvas.update()

    def _mouse(self) -> tuple[float, float] | None:
        canvas = self._place.canvas
        return canvas.viewport.to_image(canvas.mouse) if canvas.mouse is not None else None

    def _next(self) -> list[str]:
        key = self._place.sample_panel.view.step(1)
        return [key] if key else []

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Turn to another project, as it was left."""
        self.live.set_session(session)
        for slider, name, usual in ((self.score, _LEAST, 0.0), (self.smallest, _SMALLEST, 0.0),
                                    (self.cover, _COVER, _COVERS)):
            kept = self._place.remembered(name)
            slider.set_value(float(kept) if kept.replace(".", "", 1).isdigit() else usual,
                             announce=False)
        for box, name in ((self.smooth, _SMOOTH), (self.doubts, _DOUBTS)):
            box.setChecked(self._place.remembered(name) == _YES)
        self._choose()
        self._show_cover()
        self.job.cancel()
        self.live.set_on(session is not None and self._place.remembered(_ON) == _YES)
        self.show_state()

    def entered(self) -> None:
        """The place is shown: something else may be learned now, or be painted."""
        self.live.look_again()
        self.show_state()

    def set_on(self, on: bool) -> None:
        """Suggest while areas are painted, or not, and keep that for the project."""
        self._place.remember(_ON, _YES if on else _NO)
        self.live.set_on(on)
        self._place.viewer.focus()  # where strokes and Enter are

    # --- all images -----------------------------------------------------------------------------

    @property
    def can_use_on_all(self) -> bool:
        """Whether there is something to be learned, and nothing is on its way."""
        return self.live.on and self.live.possible and self.live.painted_classes \
            and not self.job.busy

    def use_on_all(self, then: Callable[[str, list[str], Mapping[str, object]], object]) -> None:
        """Make a model of what is painted; ``then`` is given its run, the images to ask it about,
        and how areas are tidied."""
        session = self._context.session
        if session is not None and self.can_use_on_all:
            self._place.canvas.settle()
            self.job.start(session, lambda run, keys: then(run, keys, {
                SMALLEST: self.live.wanted.smallest, SMOOTH: self.live.wanted.smooth}))

    # --- what is shown --------------------------------------------------------------------------

    def go_to_unsure(self) -> None:
        """Show where the suggestion is least sure, so that the next stroke goes there."""
        if not self.live.look_for_unsure():
            self._place.refuse(tr("Nothing is suggested on this image yet."))

    def _show_unsure(self, spot: tuple[float, float] | None) -> None:
        if spot is None:
            self._place.refuse(tr("It is unsure of nothing on this image."))
            return
        width, height = self._place.editor.size
        x, y, reach = *spot, max(width, height) * _BESIDE
        self._mark(spot)
        self._place.canvas.show_box((max(0.0, x - reach), max(0.0, y - reach),
                                     min(width, x + reach), min(height, y + reach)))

    def _mark(self, spot: tuple[float, float] | None) -> None:
        """Have a ring around a place of the image, or none."""
        canvas = self._place.canvas
        if canvas.scene.unsure != spot:
            canvas.scene.unsure = spot
            canvas.update()

    def _live_changed(self) -> None:
        scene, canvas = self._place.canvas.scene, self._place.canvas
        if scene.suggested is not self.live.image:
            scene.suggested = self.live.image
            canvas.layer.invalidate()
            canvas.update()
        if not self.live.shown:
            self._mark(None)
        self._place.viewer.update_notice()
        self.show_state()

    def show_state(self) -> None:
        """Say what is suggested, or why nothing is."""
        live = self.live
        self.setVisible(live.possible)
        self.switch.setChecked(live.on)
        self._show_progress()
        for widget in (self.score, self.smallest, self.cover, self.smooth, self.doubts, self.said):
            widget.setVisible(live.on)
        self.unsure.setVisible(live.on and live.shown)
        self.all.setVisible(live.on and not self.job.busy and live.painted_classes)
        self.all.setEnabled(self.can_use_on_all)
        self.cancel.setVisible(self.job.busy)
        words = self.job.words if self.job.busy else state_words(live, self._place)
        self.said.setText(words if live.on else "")

    def _show_progress(self) -> None:
        """Show that it goes on, where it takes long; a line that comes and goes with each stroke
        would be in the way."""
        live = self.live
        if self.job.busy:
            self.progress.setVisible(True)
            self.progress.set_fraction(self.job.fraction)
            return
        if not live.busy:
            self._patience.stop()
            self._late = False
        elif not self._late and not self._patience.isActive():
            self._patience.start()
        self.progress.setVisible(live.busy and self._late)
        done = live.progress
        self.progress.set_fraction(done[0] / done[1] if done is not None else None)

    def _is_late(self) -> None:
        self._late = True
        self._show_progress()

    def close_down(self) -> None:
        """The window closes."""
        self.job.cancel()
        self.live.close()


def state_words(live: LiveAreas, place: PicturePlace) -> str:
    """What is to be done, or what came of it."""
    learned, editor = live.learned, place.editor
    if not editor.key:
        return ""
    if editor.undrawable_reason or live.failure:
        return editor.undrawable_reason or live.failure
    if live.stands_back:
        return tr("The suggestions of a model are shown on this image. Accept or reject them "
                  "first.")
    if live.dismissed:
        return tr("Rejected on this image, until you paint more.")
    if learned is None:
        return tr("Looking at the image …")
    if live.progress is not None:
        done, total = live.progress
        return tr("Learning from what is painted: {done} of {images}", done=done,
                  images=count(total, "image"))
    if not learned.classes:
        if learned.apart:
            return tr("Images in grey and in colours are learned apart: paint a short stroke of "
                      "each of two classes here, too.")
        return tr("Paint a short stroke of each of two classes.")
    if len(learned.classes) == 1:
        return tr("Now paint a stroke of a second class, such as “background”.") \
            if live.has_a_choice else \
            tr("Make a second class (+ beside Classes), and paint a stroke of it, too.")
    if learned.suggestion is not None and not learned.suggestion.free.any():
        return tr("All of this image is labelled.")
    if not live.shown:
        return tr("Nothing is as sure as the least score.")
    images = count(learned.images, "image")
    if any(map(is_background, learned.classes)):
        return tr("Learned from {images}. Paint where it is wrong.", images=images)
    return tr("Learned from {images}. Paint where it is wrong; what is none of these classes, as a "
              "class “background”.", images=images)

