"""The labelling tools that come with the program, registered as a plugin's would be."""

from __future__ import annotations

from workbench.extension.window import LabellingTool, labelling_tools

_HERE = "workbench.gui.label.images"
BUNDLED = (
    LabellingTool("polygon", "Draw polygons", f"{_HERE}.polygon_tools:DrawPolygon", ("P",),
                  "polygon"),
    LabellingTool("rotated", "Draw rotated boxes", f"{_HERE}.rotated_tool:DrawRotated", ("R",),
                  "rotated"),
    LabellingTool("keypoints", "Set key points", f"{_HERE}.keypoint_tool:DrawKeypoints", ("K",),
                  "keypoints"),
    LabellingTool("brush", "Paint masks", f"{_HERE}.brush_tool:Paint", ("B",), "brush"),
    LabellingTool("eraser", "Erase from masks", f"{_HERE}.brush_tool:Erase", ("E",), "eraser"),
    LabellingTool("fill", "Fill what has one colour", f"{_HERE}.brush_tool:Fill", ("F",), "fill"),
)


def register() -> None:
    """Register those that are not there yet."""
    for tool in BUNDLED:
        if tool.id not in labelling_tools:
            labelling_tools.register(tool)
