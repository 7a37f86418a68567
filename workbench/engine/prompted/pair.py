"""An encoder, which looks at a picture once, and a decoder, which is asked by clicks.

What is known are the names and shapes in which these are exported:

- Segment Anything and MobileSAM: the decoder as Meta's own script writes it, the encoder for
  1 × 3 × 1024 × 1024 normalised values, or for height × width × 3 colours from 0 to 255, which it
  normalises itself.
- EfficientSAM (``export_to_onnx.py`` of yformer/EfficientSAM): 1 × 3 × height × width colours from
  0 to 1, points as 1 × 1 × n × 2.
- SAM 2 (``export_sam2.py`` of vietanhdev/samexporter, and others with its names): normalised values
  of the picture stretched to a square, and finer features besides, which the decoder is given, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.core.arrays import Rgb
from workbench.core.errors import WorkbenchError
from workbench.core.text import tr

Array = NDArray[Any]
Prompts = Sequence[tuple[float, float, int]]

SIDE = 1024
"""Pixels of the longer side, where the encoder takes any."""
_MEAN, _SPREAD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_SEEN = ("image_embeddings", "image_embed")
"""What the decoder calls the encoder's answer, or the main one of several."""
_PROMPTS = {"point_coords": "point_labels", "batched_point_coords": "batched_point_labels"}
"""Inputs for points, each with that for what they mean."""
_OPTIONAL = ("mask_input", "has_mask_input", "orig_im_size")
_MASKS = ("masks", "output_masks")
_BOX = (2, 3)
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64,
          "tensor(uint8)": np.uint8, "tensor(int32)": np.int32, "tensor(int64)": np.int64}


@dataclass(frozen=True, slots=True)
class Embedding:
    """What the encoder saw."""

    values: dict[str, Array]
    """By the names that the decoder has for them."""
    size: tuple[int, int]
    """``(width, height)`` of the picture."""
    seen: tuple[int, int]
    """The same of what was looked at, before anything was added at its sides."""
    frame: tuple[int, int]
    """The same with what was added to fill an encoder that takes colours of one size only; the
    decoder is told of this one."""
    scale: tuple[float, float]
    """Of points of the picture to those of the decoder, in x and y."""


class PromptedPair:
    """Two ONNX files that belong together, in any order.

    Raises
    ------
    WorkbenchError
        If one of them is no such model, in one sentence that names the file.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        if len(files) != 2:
            raise WorkbenchError(tr("Choose two ONNX files: an encoder and its decoder"))
        opened = [(path, _open(path)) for path in files]
        opened.sort(key=lambda item: _points_of(item[1]) is not None)
        (self._encoder_path, self._encoder), (self._decoder_path, self._decoder) = opened
        points = _points_of(self._decoder)
        if points is None:
            raise WorkbenchError(tr(
                "Neither {one} nor {other} is a decoder, which has an input “point_coords”",
                one=files[0].name, other=files[1].name))
        self._points = points
        self._labels = _PROMPTS[points.name]
        self._image = self._image_input()
        self._sources = self._matched()
        """Of what the encoder answers, by its place, what the decoder calls it."""
        self._many = len(self._sources) > 1  # SAM 2
        self._unit = points.name == "batched_point_coords"  # EfficientSAM

    # --- what the files are -----------------------------------------------------------------

    def _image_input(self) -> Any:
        inputs = self._encoder.get_inputs()
        image, shape = inputs[0], list(inputs[0].shape)
        channels = shape[2] if len(shape) == 3 else shape[1] if len(shape) == 4 else None
        if len(inputs) != 1 or (channels != 3 and not isinstance(channels, str)):
            raise WorkbenchError(tr(
                "its inputs are {inputs}, and an encoder takes one image, height × width × 3 or "
                "1 × 3 × height × width", inputs=_shapes(inputs)), path=self._encoder_path)
        return image

    def _matched(self) -> dict[int, str]:
        """Which answer of the encoder each input of the decoder is."""
        path, names = self._decoder_path, _names(self._decoder)
        made = [item.name for item in self._encoder.get_outputs()]
        wanted = [name for name in names
                  if name not in (self._points.name, self._labels, *_OPTIONAL)]
        found = {made.index(name): name for name in wanted if name in made}
        main = next((name for name in _SEEN if name in wanted), "")
        left = [at for at in range(len(made)) if at not in found]
        if main and main not in made and left:
            found[left[0]] = main
        strange = [name for name in wanted if name not in found.values()]
        missing = "" if self._labels in names else self._labels
        if missing or not (main or strange):
            raise WorkbenchError(tr("it has no input “{name}”, as the decoder of such a pair has",
                                    name=missing or _SEEN[0]), path=path)
        if strange:
            raise WorkbenchError(tr("it wants an input “{name}”, which this program cannot give",
                                    name=strange[0]), path=path)
        self._check_shapes(found)
        return found

    def _check_shapes(self, found: dict[int, str]) -> None:
        wanted = {item.name: item.shape for item in self._decoder.get_inputs()}
        for at, name in found.items():
            made = self._encoder.get_outputs()[at].shape
            if len(wanted[name]) != len(made) or any(
                    isinstance(a, int) and isinstance(b, int) and a != b
                    for a, b in zip(wanted[name], made, strict=True)):
                raise WorkbenchError(tr(
                    "it does not belong to {other}, whose answer has another shape",
                    other=self._encoder_path.name), path=self._decoder_path)

    # --- what they answer -------------------------------------------------------------------

    def embedded(self, pixels: Rgb) -> Embedding:
        """Look at a picture of height, width and red, green, blue."""
        size = (pixels.shape[1], pixels.shape[0])
        fixed = [side if isinstance(side, int) else None for side in self._image.shape]
        planes = len(fixed) == 4
        high, wide = fixed[2:] if planes else fixed[:2]
        room = (wide or SIDE, high or SIDE)
        least = min(room[0] / size[0], room[1] / size[1])
        if self._unit and not (high and wide):
            least = min(1.0, least)  # it takes any size
        seen = (max(1, round(size[0] * least)), max(1, round(size[1] * least)))
        shown = room if self._many else seen
        values: Array = np.asarray(Image.fromarray(pixels).resize(
            shown, Image.Resampling.BILINEAR), np.float32)
        if self._unit:
            values = values / 255
        elif planes:
            values = (values - np.array(_MEAN, np.float32)) / np.array(_SPREAD, np.float32)
        filled = bool(high and wide) or (planes and not self._unit)
        if filled:
            values = np.pad(values, ((0, room[1] - shown[1]), (0, room[0] - shown[0]), (0, 0)))
        if planes:
            values = values.transpose(2, 0, 1)[None]
        kind = _TYPES.get(self._image.type, np.float32)
        answer = _run(self._encoder, {self._image.name: np.ascontiguousarray(values, kind)},
                      self._encoder_path)
        told = filled and not self._many and (self._unit or not planes)
        return Embedding({name: answer[at] for at, name in self._sources.items()}, size, seen,
                         room if told else seen, (shown[0] / size[0], shown[1] / size[1]))

    def mask(self, embedding: Embedding, prompts: Prompts) -> tuple[NDArray[np.bool_], float]:
        """Which pixels of what was looked at (height × width) are meant, and how sure that is."""
        width, height = embedding.frame
        places, labels = self._given(embedding, prompts)
        given = {
            **embedding.values, self._points.name: places, self._labels: labels,
            "mask_input": np.zeros(self._mask_shape(), np.float32),
            "has_mask_input": np.zeros(1), "orig_im_size": np.array([height, width]),
        }
        feeds = {item.name: np.asarray(given[item.name], _TYPES.get(item.type, np.float32))
                 for item in self._decoder.get_inputs()}
        named = dict(zip((item.name for item in self._decoder.get_outputs()),
                         _run(self._decoder, feeds, self._decoder_path), strict=True))
        found = next((named[name] for name in _MASKS if name in named), next(iter(named.values())))
        masks = found.reshape(-1, *found.shape[-2:])
        scores = named.get("iou_predictions", np.ones(1)).ravel()
        best = int(scores.argmax()) if scores.size == len(masks) else 0
        return self._fitted(masks[best], embedding) > 0, float(scores[best])

    def _given(self, embedding: Embedding, prompts: Prompts) -> tuple[Array, Array]:
        """Points and what they mean, as the decoder wants them."""
        across, down = embedding.scale
        points = [(x * across, y * down, label) for x, y, label in prompts]
        own = not (self._many or self._unit)  # these add a point of no meaning themselves
        if own and not any(label in _BOX for _, _, label in prompts):
            points.append((0.0, 0.0, -1))  # as in training, where there is no box
        room = self._points.shape[-2]
        if isinstance(room, int):
            points = [*points, *[(0.0, 0.0, -1)] * (room - len(points))][:room]
        outer = (1,) * (len(self._points.shape) - 2)
        return (np.array([point[:2] for point in points]).reshape(*outer, -1, 2),
                np.array([point[2] for point in points]).reshape(*outer, -1))

    def _mask_shape(self) -> tuple[int, ...]:
        shape = next((item.shape for item in self._decoder.get_inputs()
                      if item.name == "mask_input"), ())
        usual = (1, 1, SIDE // 4, SIDE // 4)
        return tuple(side if isinstance(side, int) else default
                     for side, default in zip(shape, usual, strict=False)) or usual

    def _fitted(self, mask: Array, embedding: Embedding) -> Array:
        """Of a mask of the frame, or of a small one of the whole square, the part that shows the
        picture, in its size; the picture fills the square where it was stretched to that."""
        width, height = embedding.seen
        if mask.shape == embedding.frame[::-1]:
            return mask[:height, :width]
        side = max(embedding.frame)
        room = (width, height) if self._many else (side, side)
        whole = Image.fromarray(mask.astype(np.float32)).resize(room, Image.Resampling.BILINEAR)
        return np.asarray(whole)[:height, :width]


def _open(path: Path) -> Any:
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # nothing leaves this machine
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its many kinds of faults share no base
        raise WorkbenchError(tr("it is no ONNX file that can be run"), path=path) from error


def _run(session: Any, feeds: dict[str, Array], path: Path) -> list[Array]:
    try:
        return [np.asarray(item) for item in session.run(None, feeds)]
    except Exception as error:
        raise WorkbenchError(tr("it could not be run"), path=path) from error


def _points_of(session: Any) -> Any:
    """The input for points; None where there is none."""
    return next((item for item in session.get_inputs() if item.name in _PROMPTS), None)


def _names(session: Any) -> list[str]:
    return [item.name for item in session.get_inputs()]


def _shapes(inputs: Sequence[Any]) -> str:
    return ", ".join(f"{item.name} ({' × '.join(map(str, item.shape))})" for item in inputs)
