"""The middle of Images: toolbar, canvas, zoom buttons and notice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QWidget

from workbench.core.shapes import Shape
from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.label.images.adjustments import UNADJUSTED, AdjustmentsModel
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.ghost import ghost_words
from workbench.gui.label.images.image_source import ImageSource, Picture
from workbench.gui.label.images.ruler_tool import RULER
from workbench.gui.label.images.suggested import suggested_choices, suggested_words
from workbench.gui.label.images.toolbar import ImageToolbar, ZoomBar
from workbench.gui.label.viewer import Remark, SampleViewer
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import column, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.key_words import with_keys
from workbench.gui.widgets.notice import Choice

if TYPE_CHECKING:
    from workbench.gui.label.images.adjustments_popup import AdjustmentsPopup
    from workbench.gui.label.images.navigator import Navigator
    from workbench.gui.label.images.tool_slider import ToolSlider
    from workbench.gui.widgets.class_chooser import ClassChooser

FIRST_LOOK_S = 0.04
"""A picture that comes within this time is shown at once instead of after a blank."""
AHEAD_MS = 12
"""Neighbours are decoded when the image itself is on the screen: on two cores the threads would
take the processor from the paint."""
NOTICE_WIDTH = 400
"""Logical pixels that a sentence with two buttons needs beside the zoom buttons."""
AREA_HINTS = {
    "brush": "Drag to paint, with <Alt> to erase; a digit goes on with another class, "
             "<images.fill_rest> gives it the rest, <images.void> is what nobody knows.",
    "fill": "Click what has one colour; drag to the right for more of it, to the left for less. A "
            "digit goes on with another class.",
    "superpixels": "Drag over patches to add them, with <Ctrl> to remove them; a digit goes on "
                   "with another class."}
"""What is said of tools that paint, by their names, where each pixel has one class."""
REFINE_MS = 60
"""Detail is asked for when zooming and moving rest for so long."""


class ImageViewer(SampleViewer):
    """Shows the editor's image and says what is wrong with it."""

    shown = Signal()
    """The picture is on the canvas, or will never be."""
    scale_wanted = Signal()
    """A person wants to say how large a pixel is."""
    pages_wanted = Signal()
    """A person wants images of the other pages of the file."""
    tool_fold_changed = Signal(bool)
    """A person folded the size of the tool away, or unfolded it."""
    left_unnamed = Signal(object)
    """(shape) it was drawn on what is shown, and no class was given to it."""

    _editor: Editor
    canvas: Canvas
    toolbar: ImageToolbar

    def __init__(self, editor: Editor, theme: Theme, colors: ClassColors,
                 actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(editor, theme, colors, parent)
        self._ahead: Sequence[Path] = ()
        self._left_pages: set[Path | None] = set()  # of these, nobody wants to hear more of it
        self.adjustments = AdjustmentsModel()
        self._adjustments_popup: AdjustmentsPopup | None = None
        self.source = ImageSource(self)
        self.canvas = Canvas(editor, theme, colors, self)
        self.tool_slider: ToolSlider | None = None
        self.tool_folded = False
        """Whether the size of a tool is folded away, when it is shown first."""
        self.navigator: Navigator | None = None
        below = self.make_parts(actions)
        self.setLayout(column(self.toolbar, (self.canvas, 1), *below, spacing=0))
        self._refine = QTimer(self, singleShot=True, interval=REFINE_MS)
        self._refine.timeout.connect(self._ask_for_detail)
        self._ahead_soon = QTimer(self, singleShot=True, interval=AHEAD_MS)
        self._ahead_soon.timeout.connect(lambda: self.source.prefetch(self._ahead))
        self.source.changed.connect(self._picture_changed)
        self.canvas.view_changed.connect(lambda: self._refine.start())
        self.adjustments.changed.connect(self._adjustments_changed)
        self.canvas.class_wanted.connect(self.ask_for_class)
        self.canvas.new_class_wanted.connect(self._choose_new_class)
        editor.sample_changed.connect(self._image_changed)
        editor.objects_changed.connect(self.update_notice)
        editor.mode_changed.connect(self.update_notice)
        editor.mode_changed.connect(self._show_tool_size)
        editor.ghost_changed.connect(self.update_notice)
        editor.suggestions.changed.connect(self.update_notice)

    def make_parts(self, actions: ActionRegistry) -> Sequence[QWidget | QLayout]:
        """Make the toolbar and what lies below the canvas, which is returned."""
        self.toolbar = ImageToolbar(self._editor, actions, self._theme, self)
        self.zoom_bar = ZoomBar(self.canvas, actions, self)
        edge = tokens.SPACE_M
        return (row(1, self.zoom_bar, margins=(edge, tokens.SPACE_S, edge, tokens.SPACE_S)),)

    # --- which image ----------------------------------------------------------------------------

    def open(self, key: str, ahead: Sequence[Path] = ()) -> None:
        """Show image ``key``, then decode ``ahead``."""
        self.canvas.settle()
        self.dismiss_chooser()
        self._ahead = ahead
        self._editor.open(key)

    def _image_changed(self) -> None:
        path = self._path()
        if path is None:
            self.canvas.show_image(Picture())
            self.notice.dismiss()
            return
        picture = self.source.show(path, FIRST_LOOK_S)
        self._editor.size = picture.size
        self._editor.set_told(picture.pixel_size)
        self._editor.set_blank(bool(picture.failure))
        self.canvas.show_image(picture)
        self._ahead_soon.start()
        self.update_notice()
        if picture.settled:
            self.shown.emit()

    def _picture_changed(self, name: str) -> None:
        path = self._path()
        if path is None or name != str(path):
            return
        before = self.canvas.scene.picture
        picture = self.source.picture(path)
        if picture is before:
            return
        self._editor.size = picture.size
        self._editor.set_told(picture.pixel_size)
        self._editor.set_blank(bool(picture.failure))
        self.canvas.set_picture(picture)
        if not before.settled:
            # The neighbours had to stand back for this one.
            self.source.prefetch(self._ahead)
            self.shown.emit()
        self.update_notice()
        self._refine.start()

    def _ask_for_detail(self) -> None:
        path = self._path()
        if path is not None:
            viewport = self.canvas.viewport
            self.source.refine(path, viewport.visible(),
                               viewport.scale * self.canvas.devicePixelRatioF())

    def _path(self) -> Path | None:
        session = self._editor.session
        return session.index.path(self._editor.key) if session and self._editor.key else None

    # --- how it looks ---------------------------------------------------------------------------

    @property
    def adjustments_popup(self) -> AdjustmentsPopup:
        """The sliders, made when they are first asked for."""
        if self._adjustments_popup is None:
            from workbench.gui.label.images.adjustments_popup import AdjustmentsPopup

            self._adjustments_popup = AdjustmentsPopup(self.adjustments, self)
        return self._adjustments_popup

    def open_adjustments(self) -> None:
        """Offer the sliders."""
        self._show_adjusted()
        self.adjustments_popup.open_above(self.zoom_bar)

    def show_navigator(self, shown: bool) -> None:
        """Show the whole picture small while it is larger than the view, or no longer."""
        if self.navigator is None and shown:
            from workbench.gui.label.images.navigator import Navigator

            self.navigator = Navigator(self.canvas, self)
        if self.navigator is not None:
            self.navigator.want(shown)

    def _show_tool_size(self) -> None:
        """A slider above the picture, while a tool that has a size is chosen."""
        if self.tool_slider is None and self.canvas.picker.tool is not None:
            from workbench.gui.label.images.tool_slider import ToolSlider

            self.tool_slider = ToolSlider(self.canvas, self, folded=self.tool_folded)
            self.tool_slider.folded.connect(self.tool_fold_changed)
        if self.tool_slider is not None:
            self.tool_slider.refresh()

    def _adjustments_changed(self) -> None:
        self.source.set_window(self.adjustments.now.window)
        self.canvas.set_adjustments(self.adjustments.now)
        self._show_adjusted()

    def _show_adjusted(self) -> None:
        """The button is down while pictures do not look as they are."""
        self.zoom_bar.adjust.setChecked(self.adjustments.now != UNADJUSTED)

    # --- classes at the box ---------------------------------------------------------------------

    @property
    def chooser(self) -> ClassChooser:
        if self._chooser is None:
            super().chooser.closed.connect(lambda: self.canvas.show_unnamed(None))
        return super().chooser

    def _choose_new_class(self, at: QRect, drawn: Shape) -> None:
        session = self._editor.session
        if session is None:
            return

        def chosen(name: str) -> None:
            self._editor.set_current_class(name)
            self._editor.add_shape(drawn)

        self.chooser.ask(session.classes.names, "", at, chosen,
                         lambda: self.left_unnamed.emit(drawn))

    # --- what is wrong --------------------------------------------------------------------------

    def update_notice(self) -> None:
        """As in the base; the bar lies over the picture or below it, so it moves nothing when it
        comes or goes."""
        super().update_notice()
        self._place_notice()
        covered = 0 if self.notice.isHidden() else \
            self.canvas.geometry().bottom() + 1 - self.notice.geometry().top()
        self.canvas.scale_bar.stand_on(max(0, covered))

    def remark(self) -> Remark | None:
        editor, document, picture = self._editor, self._editor.document, self.canvas.scene.picture
        if editor.ghost is not None:
            return Remark("info", ghost_words(editor.ghost), (
                (tr("Add as a label"), editor.accept_ghost, tr("Make it a label (Enter)")),
                (tr("Dismiss"), lambda: editor.show_ghost(None), tr("Hide it (Esc)"))))
        if editor.hidden:
            return Remark("info", tr("The labels are hidden."), (
                (tr("Show boxes"), lambda: editor.set_hidden(False),
                 with_keys(tr("Show them again (<images.hide_boxes>)"))),))
        if (words := editor.hidden_words):
            return Remark("info", words, (
                (tr("Show all"), editor.states.show_all,
                 with_keys(tr("Show the other classes again (<images.only_class>)"))),))
        if (words := suggested_words(editor)):
            return Remark("info", words, suggested_choices(editor))
        tool, room = self.canvas.picker.tool, self.zoom_bar.x() - 2 * tokens.SPACE_M
        if tool is not None and tool.hint and room >= NOTICE_WIDTH:  # it would cover the picture
            hint = AREA_HINTS.get(tool.id, tool.hint) if editor.one_class else tool.hint
            return Remark("info", with_keys(tr(hint)), (*self._tool_choices(), (
                tr("Done"), lambda: self.canvas.picker.choose(None),
                tr("Put the tool down (Esc)"))))
        if picture.warning:
            return Remark("warn", picture.warning, (self.folder_choice,))
        if document is not None and document.problems:
            more = len(document.problems) - 1
            words = document.problems[0].reason.rstrip(".")
            others = tr(" (and {more} more like this)", more=more) if more else ""
            return Remark("info", f"{document.annotation_path.name}: {words}{others}.",
                          (self.folder_choice,))
        if picture.pages > 1 and self._path() not in self._left_pages:
            return Remark("info", tr("This is the first of {pages:,} pages of the file.",
                                     pages=picture.pages), (
                (tr("Make images of its pages…"), self.pages_wanted.emit,
                 tr("Slices, frames and channels as images of their own")),
                (tr("Leave them"), lambda: self.leave_pages((self._path(),)),
                 tr("Only the first page counts"))))
        return None

    def leave_pages(self, files: Iterable[Path | None]) -> None:
        """Say no more that these files have several pages."""
        self._left_pages.update(files)
        self.update_notice()

    def offer_pages(self, files: Iterable[Path]) -> None:
        """Say it again."""
        self._left_pages.difference_update(files)
        self.update_notice()

    def _tool_choices(self) -> tuple[Choice, ...]:
        """What else there is to do with the tool in the hand."""
        if self.canvas.picker.tool is not RULER:
            return ()
        return ((tr("Set the scale…"), self.scale_wanted.emit,
                 tr("Say how long the line is in µm, mm or another unit")),)

    def _place_notice(self) -> None:
        """Beside the zoom buttons, or above them where that is too narrow for words."""
        notice, edge = self.notice, tokens.SPACE_M
        if notice.isHidden():
            return
        room = self.zoom_bar.x() - 2 * edge
        level = room >= NOTICE_WIDTH
        width = room if level else self.width() - 2 * edge
        height = notice.heightForWidth(width)
        bottom = self.height() - tokens.SPACE_XS if level else self.canvas.geometry().bottom()
        notice.setGeometry(edge, bottom - height, width, height)
        notice.raise_()

    def reload(self) -> None:
        super().reload()
        self.reopen()

    def read_again(self) -> None:
        self.reload()

    def reopen(self) -> None:
        self._editor.reattach()
        self.update_notice()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_notice()
        if self.tool_slider is not None:
            self.tool_slider.place()
