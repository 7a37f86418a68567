"""What the status bar says about Images."""

from __future__ import annotations

from workbench.core.text import tr
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.real_sizes import scale_words
from workbench.gui.label.images.scene import drawn_each
from workbench.gui.label.status import GAP, busy_words
from workbench.media.images.windowing import WHOLE


def skipped_words(editor: Editor) -> str:
    """"Image 10 of 364   120 labelled · 33 %   73 verified"."""
    session = editor.session
    if session is None:
        return ""
    total = len(session.index)
    if not total:
        return tr("Looking for images …") if session.index.scanning else tr("No images")
    busy = busy_words(session.images) or editor.working
    if busy:
        return busy
    row = session.index.row(editor.key) if editor.key else None
    first = tr("Image {row:,} of {total:,}",
               row=row + 1, total=total) if row is not None else tr("{total:,} images", total=total)
    labelled, verified = session.index.labelled_count(), session.index.verified_count()
    words = [first, tr("{labelled:,} labelled · {labelled2} %",
                       labelled=labelled, labelled2=100 * labelled // total)]
    if verified:
        words.append(tr("{verified:,} verified", verified=verified))
    if editor.hand:
        words.append(tr("Drag to move the picture"))
    elif editor.drawing:
        name = editor.current_class
        words.append(tr("Drag to draw {name}", name=name) if name else tr("Drag to draw a box"))
    elif len(editor.selection) > 1:
        words.append(tr("{selection:,} selected", selection=len(editor.selection)))
    return GAP.join(words)


def right_words(editor: Editor, canvas: Canvas) -> str:
    """"640 × 480   x 412 y 306"; of labels that are not the usual VOC files also what they are."""
    session = editor.session
    if session is None or not editor.key:
        return ""
    words = []
    picture = canvas.scene.picture
    width, height = picture.size
    if width and height:
        deep = ""
        if picture.bits > 8:
            whole = canvas.scene.adjustments.window == WHOLE
            deep = tr(" · {bits}-bit, stretched", bits=picture.bits) if whole \
                else tr(" · {bits}-bit, part of the range", bits=picture.bits)
        words.append(f"{width} × {height}{deep}")
    if picture.pages > 1:
        words.append(tr("Page 1 of {pages:,}", pages=picture.pages))
    if editor.scale is not None:
        words.append(scale_words(editor.scale))
    if canvas.cursor_pixel is not None:
        words.append("x {} y {}".format(*canvas.cursor_pixel))
    each = drawn_each(canvas.scene)
    if each > 1:
        words.append(tr("1 box in {each} is drawn, all when you zoom in", each=each))
    if session.manifest.format != "voc":
        words.append(session.store.title)
    elif session.manifest.voc_convention != "as-is":
        words.append(tr("VOC, pixels from 1"))
    return GAP.join(words)
