"""Formats of labels that an import reads and an export writes.

A format is one file with up to three functions: ``sniff`` says whether a folder or file is of it,
``read`` yields what it says, ``write`` writes samples. They parse and write, and nothing else:
where images lie, how large they are and where they are copied to is told by a :class:`Source` and
a :class:`Target`, and what a format cannot hold is taken away before by
:func:`workbench.extension.holds.fit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.pixel_size import PixelSize
from workbench.core.shapes import Box, Region
from workbench.core.skeletons import Skeleton
from workbench.extension.holds import (
    ANY,
    BOX,
    DOT,
    KEYPOINTS,
    MASK,
    POLYGON,
    REGION,
    ROTATED,
    VERIFIED,
    VOC,
    WITHIN,
    Holds,
    Pixels,
)
from workbench.extension.registry import Registry

__all__ = ["ANY", "BOX", "DOT", "KEYPOINTS", "MASK", "POLYGON", "REGION", "ROTATED", "VERIFIED",
           "AnnotatedSample", "Annotation", "AnnotationFormat", "Box", "ClassNames", "Holds",
           "Keypoints", "LabeledObject", "Mask", "PixelSize", "Pixels", "Polygon", "Problem",
           "Region", "RotatedBox", "Skeleton", "Source", "Target", "annotation_formats"]

BOXES = Holds((BOX,))
"""Boxes and nothing else."""
_HERE = "workbench.project.imports.formats"


@dataclass(frozen=True, slots=True)
class AnnotatedSample:
    """An image (or sound) and what is said about it."""

    path: Path
    """The file."""
    annotation: Annotation | None
    """None where nothing is said. Its ``size`` is what the labels say the image measures, or None;
    of samples to write it is that of the displayed image."""
    split: str = ""
    """ "train", "val", "test" or "": nothing is said."""
    name: str = ""
    """Of samples to write: what the file is to be called, a posix path ("a/b.jpg") whose stem no
    other sample has, whatever the case of its letters."""
    extent: tuple[float, float] | None = None
    """Of sounds to write: seconds, and half the sample rate in Hz."""
    pixel: PixelSize | None = None
    """How large a pixel is, where the labels say so; of images to write where the format
    ``holds`` it."""


@dataclass(frozen=True, slots=True)
class ClassNames:
    """All classes of a data set in their fixed order, also those that no object has."""

    names: tuple[str, ...]
    skeletons: Mapping[str, Skeleton] = field(default_factory=dict)
    """What the key points of some of them are called."""
    colors: Mapping[str, str] = field(default_factory=dict)
    """The colours of some of them, as "#rrggbb"."""


class Source(Protocol):
    """What is read."""

    @property
    def folder(self) -> Path:
        """The folder of the data set."""
    @property
    def file(self) -> Path | None:
        """The one file of labels that a person pointed at ("instances.json"), or None."""
    @property
    def scratch(self) -> Path:
        """An empty folder where images may be put that the labels hold within themselves."""
    @property
    def used(self) -> set[Path]:
        """A reader adds archives and the like that it has read, so that they are not told as left
        behind."""

    def files(self, *suffixes: str) -> Sequence[Path]:
        """All files below the folder with such a suffix (".txt"), in natural order."""
        ...

    def images(self) -> Sequence[Path]:
        """All images below the folder, in natural order."""
        ...

    def find(self, name: str, near: Path | None = None) -> Path | None:
        """The image that ``name`` means, which may be written with folders of another computer,
        backslashes or letters of another case; None where there is none, or it is not clear.

        Parameters
        ----------
        near
            The folder to look in first.
        """
        ...

    def alike(self, name: str) -> Sequence[str]:
        """Posix paths in the folder of all images that ``name`` may mean."""
        ...

    def size(self, image: Path) -> tuple[int, int]:
        """Width and height in pixels as displayed; raises WorkbenchError."""
        ...


class Target(Protocol):
    """Where labels are written to: an empty folder."""

    @property
    def folder(self) -> Path:
        """The folder; a writer may also write below it itself."""
    @property
    def classes(self) -> tuple[str, ...]:
        """All classes in their order."""
    @property
    def skeletons(self) -> Mapping[str, Skeleton]:
        """What the key points of some of them are called."""
    @property
    def colors(self) -> Mapping[str, str]:
        """Their colours, as "#rrggbb"."""
    @property
    def problems(self) -> list[Problem]:
        """A writer adds what a person should know of what it wrote."""

    def skip(self, sample: AnnotatedSample, error: WorkbenchError) -> None:
        """Say that a sample could not be written, such as an image that cannot be decoded: it is
        told and not counted."""
        ...

    def place(self, sample: AnnotatedSample, name: str) -> None:
        """Put the sample's file at ``name``, a posix path below the folder: as a copy, as a link
        or not at all, as the person wants it."""
        ...

    def write(self, name: str, data: str | bytes) -> None:
        """Write a file at ``name``; texts are UTF-8."""
        ...


@dataclass(frozen=True, slots=True)
class AnnotationFormat:
    """One format of labels, of a whole folder."""

    id: str
    title: str
    """Stable name for the command line ("voc"), and words for lists."""
    medium: str
    """ "images" or "sounds"."""
    sniff: str
    """``"package.module:function"``: from a folder, or one file, to whether it holds labels of this
    format, by a few quick looks; "" for one that is only written."""
    read: str = ""
    """``"package.module:function"``: from a :class:`Source` to an iterator of
    :class:`AnnotatedSample`, of at most one :class:`ClassNames`, and of ``Problem`` for what cannot
    be read; classes that are not named there follow as objects have them. "" where it cannot be
    read like this."""
    write: str = ""
    """``"package.module:function"``: called with a :class:`Target` and an iterable of
    :class:`AnnotatedSample`, it writes labels and places samples; "" where that is not possible."""
    native: bool = False
    """Whether projects themselves are kept in it: an import copies its files as they are."""
    holds: Holds = BOXES
    """What it can say."""


annotation_formats: Registry[AnnotationFormat] = Registry("format")
"""All formats, the program's own first."""

annotation_formats.register(AnnotationFormat(
    "voc", "Pascal VOC", "images", f"{_HERE}:sniff_voc", f"{_HERE}:read_voc_folder",
    f"{_HERE}:write_voc_folder", native=True, holds=VOC))


def _register(id: str, title: str, module: str, holds: Holds, write: str = "write",
              read: str = "read") -> None:
    module = f"workbench.formats.{module}"
    annotation_formats.register(AnnotationFormat(
        id, title, "images", f"{module}:sniff", f"{module}:{read}",
        f"{module}:{write}" if write else "", holds=holds))


_register("yolo", "YOLO", "yolo", Holds((BOX,), splits=True, part_folders=True))
_register("yolo-segment", "YOLO (outlines)", "yolo",
          Holds((POLYGON,), splits=True, part_folders=True), "write_outlines", "read_outlines")
_register("yolo-obb", "YOLO (rotated boxes)", "yolo",
          Holds((ROTATED,), splits=True, part_folders=True), "write_rotated")
_register("yolo-pose", "YOLO (key points)", "yolo",
          Holds((KEYPOINTS, BOX), splits=True, part_folders=True), "write_poses")
_register("dota", "DOTA", "dota", Holds((ROTATED, POLYGON), ("difficult",), ("imagesource",),
                                         corners=4, splits=True, part_folders=True,
                                         scale=True))
_register("coco", "COCO", "coco",
          Holds((BOX, POLYGON, MASK, KEYPOINTS), ANY, ANY, labels=True, parts=True,
                splits=True))
_register("labelme", "labelme", "labelme", Holds((BOX, POLYGON, MASK, DOT), ANY, ANY, parts=True))
_register("cvat", "CVAT XML", "cvat",
          Holds((BOX, POLYGON, ROTATED, MASK), ANY, labels=True, splits=True))
_register("via", "VIA", "via", Holds((BOX, POLYGON), ANY, ANY, splits=True))
_register("createml", "CreateML", "create_ml",
          Holds((BOX,), splits=True, part_folders=True))
_register("csv", "Table of boxes (TensorFlow CSV)", "csv_boxes",
          Holds((BOX,), splits=True, empty=False))
_register("datumaro", "Datumaro", "datumaro",
          Holds((BOX, POLYGON, ROTATED, MASK), ANY, ANY, labels=True, splits=True,
                part_folders=True))
_register("label-studio", "Label Studio", "label_studio",
          Holds((BOX, POLYGON, ROTATED), of_sample=ANY, labels=True))
_register("tfrecord", "TFRecord", "tf_record", Holds((BOX,), splits=True, files=WITHIN))
_register("masks", "Mask images", "mask_images", Holds((MASK,), splits=True, overlap=False,
                                                           void=True))
_register("cityscapes", "Cityscapes", "cityscapes", Holds((POLYGON,), splits=True), write="")
_register("megadetector", "MegaDetector", "mega_detector", Holds((BOX,), ("score",)))
_register("deeplabcut", "DeepLabCut", "deep_lab_cut",
          Holds((KEYPOINTS,), ("individual",)), write="")
_register("qupath", "QuPath GeoJSON", "qupath",
          Holds((BOX, POLYGON, DOT), ("name", "objectType"), parts=True, holes=True))
_register("imagej", "ImageJ ROIs", "imagej",
          Holds((BOX, POLYGON, DOT), parts=True, holes=True, empty=False))
_register("points", "Table of points (CSV)", "csv_points", Holds((DOT,), splits=True))
_register("dotdotgoose", "DotDotGoose", "dot_dot_goose", Holds((DOT,)))
_register("cellcounter", "ImageJ Cell Counter", "cell_counter", Holds((DOT,)), write="")
_register("mot", "MOT challenge", "mot", Holds((BOX,), ("track", "difficult"), splits=True))

annotation_formats.register(AnnotationFormat(
    "sounds", "Sounds with tables, folders or names", "sounds", f"{_HERE}:sniff_sounds",
    native=True, holds=Holds((REGION,), ("channel", "score"))))
for _id, _title, _write, _holds in (
        ("raven", "Raven", "write_raven", Holds((REGION,), ("channel", "score"))),
        ("audacity", "Audacity", "write_audacity", Holds((REGION,))),
        ("textgrid", "TextGrid (Praat)", "write_textgrid", Holds((REGION,), frequencies=False)),
        ("segments", "Table of segments (CSV)", "write_table", Holds((REGION,), empty=False))):
    annotation_formats.register(AnnotationFormat(
        _id, _title, "sounds", "", write=f"workbench.formats.sound_labels:{_write}", holds=_holds))
