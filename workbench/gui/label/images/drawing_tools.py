"""The labelling tools that come with the program, registered as a plugin's would be."""

from __future__ import annotations

from workbench.extension.window import LabellingTool, labelling_tools

_HERE = "workbench.gui.label.images"
BUNDLED = (
    LabellingTool("polygon", "Draw polygons", f"{_HERE}.polygon_tools:DrawPolygon", ("P",),
                  "polygon", hint="Click point after point, or go around it in one stroke. "
                  "Enter closes it."),
    LabellingTool("rotated", "Draw rotated boxes", f"{_HERE}.rotated_tool:DrawRotated", ("R",),
                  "rotated", hint="Drag a box, then turn it by its knob."),
    LabellingTool("keypoints", "Set key points", f"{_HERE}.keypoint_tool:DrawKeypoints", ("K",),
                  "keypoints", hint="Click each point in turn. Shift: hidden, right button: left "
                  "out, Enter ends."),
    LabellingTool("brush", "Paint masks", f"{_HERE}.brush_tool:Paint", ("B",), "brush",
                  hint="Drag to paint, with Alt to erase. [ and ] change the size, Enter begins "
                  "another."),
    LabellingTool("eraser", "Erase from masks", f"{_HERE}.brush_tool:Erase", ("E",), "eraser",
                  hint="Drag to erase. [ and ] change the size."),
    LabellingTool("fill", "Fill what has one colour", f"{_HERE}.brush_tool:Fill", ("F",), "fill",
                  hint="Click what has one colour; drag sideways, or [ and ], for more or less "
                  "of it."),
)


def register() -> None:
    """Register those that are not there yet."""
    for tool in BUNDLED:
        if tool.id not in labelling_tools:
            labelling_tools.register(tool)
