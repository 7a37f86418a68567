"""How previews of a task are painted over their pictures."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Keypoints, Mask
from workbench.core.text import tr
from workbench.gui.label.images.outlines import MASK_ALPHA, mask_image, path_of, rings_of
from workbench.gui.train.history import PreviewImage
from workbench.gui.train.preview_images import PreviewPicture
from workbench.gui.train.project_files import ProjectFiles
from workbench.gui.widgets.point_painting import paint_keypoints


class PreviewLook:
    """What differs between tasks; ``files`` are those of the run that is shown."""

    truth_above = False
    """Whether labels are drawn above what the model says."""

    def __init__(self, files: ProjectFiles) -> None:
        self.files = files

    def empty(self) -> str:
        """What stands there before the first epoch is over."""
        return tr("After each epoch, a few validation images show what the model finds.")

    def caption(self, preview: PreviewImage, epochs: str) -> str:
        """What stands below a small picture; ``epochs`` says after which epoch, or of which
        file."""
        return epochs

    def paint(self, painter: QPainter, preview: PreviewImage, picture: PreviewPicture,
              area: QRectF, *, large: bool = False) -> None:
        """Draw what the model says over ``area``, where the picture lies."""
        raise NotImplementedError

    def paint_words(self, painter: QPainter, preview: PreviewImage, area: QRectF) -> None:
        """Write above all else what belongs into an enlarged preview."""

    def words(self, preview: PreviewImage, *, truth: bool) -> str:
        """What is seen of an enlarged preview, and what is the model's; ``truth`` is whether labels
        are drawn, too."""
        raise NotImplementedError

    def described(self, preview: PreviewImage) -> str:
        """The same for who does not see it."""
        raise NotImplementedError

    def paint_truth(self, painter: QPainter, file: str, area: QRectF, scale: float) -> None:
        """Draw the labels of a file; a pixel of the image is ``scale`` wide."""
        for item in self.files.truth_of(file):
            ink = self.files.color_of(item.label)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(ink, 1))
            self.paint_label(painter, item, area, scale, ink)

    def paint_label(self, painter: QPainter, item: LabeledObject, area: QRectF, scale: float,
                    ink: QColor) -> None:
        """Draw one of them with the pen that is set."""
        if isinstance(item.shape, Mask):
            _paint_mask(painter, item.shape, area, scale, ink)
        elif rings := rings_of(item.shape):
            painter.drawPath(path_of(
                QPolygonF([area.topLeft() + QPointF(x, y) * scale for x, y in ring])
                for ring in rings))
        else:
            box = item.box
            painter.drawRect(QRectF(area.left() + box[0] * scale, area.top() + box[1] * scale,
                                    item.width * scale, item.height * scale))
        if isinstance(item.shape, Keypoints):
            paint_keypoints(painter, item.shape,
                            lambda x, y: area.topLeft() + QPointF(x, y) * scale,
                            self.files.skeleton_of(item.label), QPen(ink, 1))



def _paint_mask(painter: QPainter, shape: Mask, area: QRectF, scale: float, ink: QColor) -> None:
    """Paint a mask in a translucent colour, where a pixel of the image is ``scale`` wide."""
    step = max(1, int(1 / scale))
    image = mask_image(shape, step, (shape.x, shape.y, shape.width, shape.height))
    veil = QColor(ink)
    veil.setAlphaF(MASK_ALPHA)
    image.setColorTable([0, veil.rgba()])
    painter.drawImage(QRectF(area.left() + shape.x * scale, area.top() + shape.y * scale,
                             image.width() * step * scale, image.height() * step * scale), image)


def fitted(size: QSize, area: QRectF) -> QRectF:
    """Where a picture of ``size`` lies in ``area`` when it is shown whole."""
    scale = min(area.width() / max(1, size.width()), area.height() / max(1, size.height()))
    width, height = size.width() * scale, size.height() * scale
    corner = area.center() - QPointF(width / 2, height / 2)
    return QRectF(corner.x(), corner.y(), width, height)
