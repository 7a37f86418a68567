"""A line above the pictures: labels were mended, or images came in since."""

from __future__ import annotations

from PySide6.QtCore import Signal

from workbench.core.text import count, tr
from workbench.gui.widgets import Card, ElidedLabel, QuietButton, row


class UpdateNotice(Card):
    """Tells why the numbers are not of today, and what to do about it.

    Parameters
    ----------
    noun
        What has labels.
    detect_text
        What the button says that has the engine look at new ones.
    """

    recompute_pressed = Signal()
    detect_pressed = Signal()
    look_pressed = Signal()
    train_pressed = Signal()
    """A button was pressed."""

    def __init__(self, noun: str, detect_text: str) -> None:
        super().__init__()
        self._noun = noun
        self.text = ElidedLabel("")
        self.recompute_button = QuietButton(tr("Update results"), "refresh")
        self.recompute_button.setToolTip(tr("Count again with the labels as they are now"))
        self.detect_button = QuietButton(detect_text, "eye", run=self.detect_pressed)
        self.look_button = QuietButton(tr("Look now"), "play", run=self.look_pressed, tip=tr(
            "The training stands still until the better model was judged; then it goes on by "
            "itself"))
        self.train_button = QuietButton(tr("Train again"), "train", run=self.train_pressed,
                                        tip=tr("Train another model on the corrected labels"))
        self.recompute_button.clicked.connect(self.recompute_pressed)
        line = row((self.text, 1), self.recompute_button, self.detect_button,
                   self.look_button, self.train_button)
        self.add(line)
        self.hide()

    def use_noun(self, noun: str) -> None:
        """What has labels is called so."""
        self._noun = noun

    def show_state(self, changed: int, recomputed: bool, missing: int, note: str = "", *,
                   behind: bool = False) -> None:
        """Show the one thing that matters most, or nothing.

        Parameters
        ----------
        changed
            Images (or sounds) whose labels were changed since they were counted.
        recomputed
            The numbers were counted again with mended labels.
        missing
            Those of the split without detections (or scores).
        note
            Shown where there is nothing else to tell.
        behind
            Whether the run is still trained, and has a better model by now.
        """
        if changed:
            text = tr("Labels changed on {count}", count=count(changed, self._noun))
        elif recomputed:
            text = tr("Updated with your corrections")
        elif behind:
            text = tr("Still training, and better by now")
        elif missing:
            text = count(missing, f"new {self._noun}")
        else:
            text = note
        if text != self.text.full_text():
            self.text.setText(text)
        self.recompute_button.setVisible(bool(changed))
        self.train_button.setVisible(bool(changed or recomputed))
        self.look_button.setVisible(behind and not changed and not recomputed)
        self.detect_button.setVisible(bool(missing) and not (changed or recomputed or behind))
        self.setVisible(bool(text))
