"""The bar above the results of a detector."""

from __future__ import annotations

from workbench.core.text import tr
from workbench.evaluation.result import Thresholds
from workbench.gui.results.toolbar import ResultsToolbar
from workbench.gui.widgets import LabeledSlider

FIRST = Thresholds()


class DetectionToolbar(ResultsToolbar):
    """The three thresholds of a detector; ``noun`` is what the splits are made of."""

    def __init__(self, noun: str = "image") -> None:
        self.score = LabeledSlider(tr("Score"), 0.01, 0.99, FIRST.score_thresh)
        self.nms = LabeledSlider(tr("NMS IoU"), 0.1, 0.95, FIRST.nms_thresh)
        self.match = LabeledSlider(tr("Match IoU"), 0.1, 0.95, FIRST.match_iou)
        self.score.setToolTip(tr("Detections below this score are not counted or drawn"))
        self.nms.setToolTip(tr("Of two detections of a class that overlap more than this, the "
                               "weaker is dropped"))
        self.match.setToolTip(tr("A detection matches a label when they overlap at least this "
                                 "much"))
        super().__init__(noun, (self.score, self.nms, self.match), "boxes")

    def thresholds(self) -> Thresholds:
        """What the sliders say."""
        return Thresholds(self.score.value(), self.nms.value(), self.match.value())
