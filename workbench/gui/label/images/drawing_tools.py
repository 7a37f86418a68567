"""The labelling tools that come with the program, registered as a plugin's would be."""

from __future__ import annotations

from workbench.extension.holds import KEYPOINTS, MASK, POLYGON, ROTATED
from workbench.extension.window import LabellingTool, labelling_tools

_HERE = "workbench.gui.label.images"
CUT = "cut"
"""The tool that makes several objects of one."""
BUNDLED = (
    LabellingTool("polygon", "Draw polygons", f"{_HERE}.polygon_tools:DrawPolygon", ("P",),
                  "polygon", hint="Click point after point, or go around it in one stroke. "
                  "Enter closes it.", shape=POLYGON),
    LabellingTool("edges", "Draw polygons along edges", f"{_HERE}.edge_tool:DrawAlongEdges",
                  ("Shift+P",), "scissors", hint="Click here and there along an edge; the line "
                  "follows it. Shift: straight. Enter closes it.", shape=POLYGON),
    LabellingTool("rotated", "Draw rotated boxes", f"{_HERE}.rotated_tool:DrawRotated", ("R",),
                  "rotated", hint="Drag a box, or click one; then turn it by its knob.",
                  shape=ROTATED),
    LabellingTool("keypoints", "Set key points", f"{_HERE}.keypoint_tool:DrawKeypoints", ("K",),
                  "keypoints", hint="Click each point in turn. Shift: hidden, right button: left "
                  "out, Enter ends.", shape=KEYPOINTS),
    LabellingTool("dots", "Set dots", f"{_HERE}.dot_tool:dots", ("Shift+K",), "dots",
                  hint="Click each thing once. Drag: move, <Alt>+click or Del: remove, <Shift>: "
                  "select.", shape=KEYPOINTS, controller=f"{_HERE}.dot_tool:DotController",
                  words="count points cells colonies animals counter"),
    LabellingTool("brush", "Paint masks", f"{_HERE}.brush_tool:Paint", ("B",), "brush",
                  hint="Drag to paint, with <Alt> to erase. <images.brush_smaller> "
                  "and <images.brush_larger> change the size, Enter begins another.", shape=MASK,
                  controller=f"{_HERE}.brush_tool:BrushController"),
    LabellingTool("eraser", "Erase from masks", f"{_HERE}.brush_tool:Erase", ("E",), "eraser",
                  hint="Drag to erase. <images.brush_smaller> and <images.brush_larger> change the "
                  "size.", shape=MASK, controller=f"{_HERE}.brush_tool:EraserController"),
    LabellingTool("fill", "Fill what has one colour", f"{_HERE}.brush_tool:Fill", ("F",), "fill",
                  hint="Click what has one colour; drag to the right for more of it, to the left "
                  "for less. Enter begins another.", shape=MASK,
                  controller=f"{_HERE}.brush_tool:FillController"),
    LabellingTool("superpixels", "Paint superpixels", f"{_HERE}.superpixel_tool:PaintSuperpixels",
                  ("U",), "superpixels", hint="Drag over patches to add them, with <Ctrl> to "
                  "remove them. Enter begins another mask.", shape=MASK,
                  controller=f"{_HERE}.superpixel_tool:SuperpixelController"),
    LabellingTool("prompt", "Find things by clicks", f"{_HERE}.prompt_tool:PromptObject",
                  ("Shift+M",), "spark", hint="Click a thing, right-click what is no part of it, "
                  "or drag a box. Enter: a mask, Shift+Enter: a polygon.", shape=MASK),
    LabellingTool(CUT, "Cut with a line", f"{_HERE}.polygon_tools:CutLine", ("Shift+J",), "cut",
                  hint="Drag across polygons or masks, or click point after point and press Enter. "
                  "<Ctrl>: to a corner or edge.", shape=POLYGON,
                  controller=f"{_HERE}.polygon_tools:CutController"),
)


def register() -> None:
    """Register those that are not there yet."""
    for tool in BUNDLED:
        if tool.id not in labelling_tools:
            labelling_tools.register(tool)
