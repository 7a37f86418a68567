"""The card at the right in Images with the switch by which areas are suggested while one paints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QWidget

from workbench.core.text import count, tr
from workbench.gui.label.images.live_areas import LiveAreas
from workbench.gui.style import tokens
from workbench.gui.widgets import LabeledSlider, ProgressLine, column, label
from workbench.gui.widgets.key_words import keyed_tip
from workbench.project.suggestions import MOST

if TYPE_CHECKING:
    from workbench.gui.label.picture_place import PicturePlace
    from workbench.project.session import Session

PATIENCE_MS = 500
"""What takes longer shows that it goes on."""
_ON, _LEAST = "live_areas", "live_least"
_YES, _NO = "yes", "no"


class LiveAreasCard(QWidget):
    """Shown where areas are painted; the switch and the score are kept for each project."""

    def __init__(self, place: PicturePlace, parent: QWidget) -> None:
        super().__init__(parent)
        self._place = place
        self.live = live = LiveAreas(place.editor, place.colors, self._next, self)
        self.switch = QCheckBox(tr("Suggest while I paint"))
        keyed_tip(self.switch, tr("Paint a short stroke of each of two classes: the rest of the "
                                  "image is suggested, and each further stroke corrects it "
                                  "(<images.live_areas>)"))
        self.score = LabeledSlider(tr("Least score"), 0.0, MOST, 0.0,
                                  least_text=tr("off"))
        self.score.setToolTip(tr("Pixels below this score are not suggested"))
        self.said = label("", "caption", wrap=True)
        # two lines, so that the switch stays where it is
        self.said.setMinimumHeight(2 * self.said.fontMetrics().lineSpacing())
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.progress = ProgressLine()
        edge = tokens.SPACE_L
        self.setLayout(column(self.switch, self.score, self.progress, self.said,
                              spacing=tokens.SPACE_S, margins=(edge, 0, edge, 0)))
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._is_late)
        self._late = False
        self.switch.clicked.connect(self.set_on)
        self.score.value_changed.connect(live.set_least)
        self.score.released.connect(lambda value: place.remember(_LEAST, f"{value:g}"))
        live.changed.connect(self._live_changed)
        place.editor.mode_changed.connect(self.show_state)
        place.editor.sample_changed.connect(self.show_state)
        self.hide()

    def _next(self) -> list[str]:
        key = self._place.sample_panel.view.step(1)
        return [key] if key else []

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Turn to another project, as it was left."""
        self.live.set_session(session)
        least = self._place.remembered(_LEAST)
        self.score.set_value(float(least) if least.replace(".", "", 1).isdigit() else 0.0,
                             announce=False)
        self.live.set_least(self.score.value())
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

    # --- what is shown --------------------------------------------------------------------------

    def _live_changed(self) -> None:
        scene, canvas = self._place.canvas.scene, self._place.canvas
        if scene.suggested is not self.live.image:
            scene.suggested = self.live.image
            canvas.layer.invalidate()
            canvas.update()
        self._place.viewer.update_notice()
        self.show_state()

    def show_state(self) -> None:
        """Say what is suggested, or why nothing is."""
        live = self.live
        self.setVisible(live.possible)
        self.switch.setChecked(live.on)
        self._show_progress()
        for widget in (self.score, self.said):
            widget.setVisible(live.on)
        self.said.setText(state_words(live, self._place) if live.on else "")

    def _show_progress(self) -> None:
        """Show that it goes on, where it takes long; a line that comes and goes with each stroke
        would be in the way."""
        live = self.live
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
        return tr("Paint a short stroke of each of two classes.")
    if len(learned.classes) == 1:
        return tr("Now paint a stroke of a second class, such as “background”.") \
            if live.has_a_choice else \
            tr("Make a second class (+ beside Classes), and paint a stroke of it, too.")
    if learned.suggestion is not None and not learned.suggestion.free.any():
        return tr("All of this image is labelled.")
    if not live.shown:
        return tr("Nothing is as sure as the least score.")
    return tr("Learned from {images}. Paint where it is wrong.",
              images=count(learned.images, "image"))

