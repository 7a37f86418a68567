"""What the status bar says about Images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.label.images.scene import drawn_each

if TYPE_CHECKING:
    from workbench.gui.label.images.canvas import Canvas
    from workbench.gui.label.images.editor import Editor

GAP = "   "


def left_words(editor: Editor) -> str:
    """"Image 10 of 364   120 labelled · 33 %   73 verified"."""
    session = editor.session
    if session is None:
        return ""
    total = len(session.index)
    if not total:
        return "Looking for images …" if session.index.scanning else "No images"
    row = session.index.row(editor.key) if editor.key else None
    first = f"Image {row + 1:,} of {total:,}" if row is not None else f"{total:,} images"
    labelled, verified = session.index.labelled_count(), session.index.verified_count()
    words = [first, f"{labelled:,} labelled · {100 * labelled // total} %"]
    if verified:
        words.append(f"{verified:,} verified")
    if editor.hand:
        words.append("Drag to move the picture")
    elif editor.drawing:
        name = editor.current_class
        words.append(f"Drag to draw {name}" if name else "Drag to draw a box")
    elif len(editor.selection) > 1:
        words.append(f"{len(editor.selection):,} selected")
    return GAP.join(words)


def right_words(editor: Editor, canvas: Canvas) -> str:
    """"640 × 480   x 412 y 306   VOC as-is"."""
    session = editor.session
    if session is None or not editor.key:
        return ""
    words = []
    picture = canvas.scene.picture
    width, height = picture.size
    if width and height:
        deep = f" · {picture.bits}-bit, stretched" if picture.bits > 8 else ""
        words.append(f"{width} × {height}{deep}")
    if canvas.cursor_pixel is not None:
        words.append("x {} y {}".format(*canvas.cursor_pixel))
    each = drawn_each(canvas.scene)
    if each > 1:
        words.append(f"1 box in {each} is drawn, all when you zoom in")
    convention = str(session.manifest.voc_convention)
    words.append("VOC as-is" if convention == "as-is" else "VOC 1-based")
    return GAP.join(words)
