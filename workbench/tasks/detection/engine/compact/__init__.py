"""The compact detector: one stage, no anchors, shaped for CPUs."""

from workbench.tasks.detection.engine.compact.model import (
    CompactDetector,
    build,
    build_lite0,
    build_m,
    build_s,
)

__all__ = ["CompactDetector", "build", "build_lite0", "build_m", "build_s"]
