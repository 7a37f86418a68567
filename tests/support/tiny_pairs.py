"""An encoder and a decoder with the names and shapes of Segment Anything, a few operators each."""

from __future__ import annotations

import re
from pathlib import Path

_HEAD = '<ir_version: 8, opset_import: ["" : 17]>\n'


def _decoder(inputs: str, outputs: str, first: str, limit: float) -> str:
    """A decoder that finds what has the colour of a point inside (or a corner of a box), and not
    that of one outside.

    ``first`` makes ``planes`` (3, h, w), ``points`` (n, 2) and ``labels``
    (n) of the inputs; ``limit`` is by how much a colour may differ; the dimensions of the outputs
    are those of their declarations.
    """
    (sides, name), (scores, _) = re.findall(r"float\[(.*?)] (\w+)", outputs)
    outer = list(range(sides.count(",") - 1))
    return f"""{_HEAD}decoder ({inputs}) => ({outputs}) {{
  first = Constant <value_ints = [0]> ()
  second = Constant <value_ints = [0, 1]> ()
  middle = Constant <value_ints = [1, 2]> ()
  outer = Constant <value_ints = {outer}> ()
  flip = Constant <value_ints = [1, 0]> ()
  limit = Constant <value_float = {limit}> ()
  half = Constant <value_float = 0.5> ()
  less = Constant <value_float = -0.5> ()
  never = Constant <value_float = -100.0> ()
  none = Constant <value_float = 0.0> ()
  {first}
  pixels = Transpose <perm = [1, 2, 0]> (planes)
  turned = Gather <axis = 1> (points, flip)
  places = Cast <to = 7> (turned)
  colors = GatherND (pixels, places)
  wanted = Unsqueeze (colors, middle)
  there = Unsqueeze (pixels, first)
  differ = Sub (there, wanted)
  away = Abs (differ)
  far = ReduceMax <axes = [3], keepdims = 0> (away)
  near = Sub (limit, far)
  label = Unsqueeze (labels, middle)
  inside = Greater (label, half)
  like = Where (inside, near, never)
  best = ReduceMax <axes = [0], keepdims = 0> (like)
  least = Greater (label, less)
  most = Less (label, half)
  outside = And (least, most)
  unlike = Where (outside, near, never)
  worst = ReduceMax <axes = [0], keepdims = 0> (unlike)
  out = Greater (worst, none)
  found = Where (out, never, best)
  {name} = Unsqueeze (found, outer)
  iou_predictions = Constant <value = float[{scores}] {{0.9}}> ()
}}"""


_META = ("float[1, N, 2] point_coords, float[1, N] point_labels, float[1, 1, 256, 256] mask_input, "
         "float[1] has_mask_input, float[2] orig_im_size")
_ANSWER = "float[1, 1, h, w] masks, float[1, 1] iou_predictions"
_FIRST = """planes = Squeeze (image_embeddings, first)
  points = Squeeze (point_coords, first)
  labels = Squeeze (point_labels, first)"""
ENCODER = f"""{_HEAD}encoder (float[H, W, 3] input_image) => (float[1, 3, h, w] image_embeddings) {{
  planes = Transpose <perm = [2, 0, 1]> (input_image)
  first = Constant <value_ints = [0]> ()
  image_embeddings = Unsqueeze (planes, first)
}}"""
"""What it sees is the picture itself."""
DECODER = _decoder(f"float[1, 3, h, w] image_embeddings, {_META}", _ANSWER, _FIRST, 30.0)
SAM = (f"""{_HEAD}encoder (float[1, 3, 64, 64] images) => (float[1, 3, 64, 64] embeddings) {{
  embeddings = Identity (images) }}""",
       _decoder(f"float[1, 3, h, w] image_embeddings, {_META}", _ANSWER, _FIRST, 0.5))
"""As Segment Anything is exported with an encoder for normalised values, padded to a square."""
EFFICIENT_SAM = (
    f"""{_HEAD}encoder (float[batch, 3, height, width] batched_images) =>
        (float[batch, 3, height, width] image_embeddings) {{
  image_embeddings = Identity (batched_images) }}""",
    _decoder("float[batch, 3, h, w] image_embeddings, float[1, 1, N, 2] batched_point_coords, "
             "float[1, 1, N] batched_point_labels, int64[2] orig_im_size",
             "float[1, 1, 1, h, w] output_masks, float[1, 1, 1] iou_predictions",
             """planes = Squeeze (image_embeddings, first)
  points = Squeeze (batched_point_coords, second)
  labels = Squeeze (batched_point_labels, second)""", 0.1))
"""As EfficientSAM's script writes them: colours from 0 to 1, points with one more dimension."""
SAM2 = (
    f"""{_HEAD}encoder (float[1, 3, 64, 64] image) => (float[1, 3, 64, 64] high_res_feats_0,
        float[1, 3, 64, 64] high_res_feats_1, float[1, 3, 64, 64] image_embed) {{
  high_res_feats_0 = Sub (image, image)
  high_res_feats_1 = Sub (image, image)
  image_embed = Identity (image) }}""",
    _decoder("float[1, 3, 64, 64] image_embed, float[1, 3, 64, 64] high_res_feats_0, "
             "float[1, 3, 64, 64] high_res_feats_1, float[k, N, 2] point_coords, "
             "float[k, N] point_labels, float[k, 1, 256, 256] mask_input, float[k] has_mask_input",
             _ANSWER, """fine = Add (high_res_feats_0, high_res_feats_1)
  whole = Add (image_embed, fine)
  planes = Squeeze (whole, first)
  points = Squeeze (point_coords, first)
  labels = Squeeze (point_labels, first)""", 0.5))
"""As samexporter writes them: the picture stretched to a square, and finer features handed on."""


def write_pair(folder: Path, encoder: str = ENCODER, decoder: str = DECODER) -> list[Path]:
    """The two files, the decoder first."""
    import onnx.parser

    made = []
    for name, text in (("decoder.onnx", decoder), ("encoder.onnx", encoder)):
        path = folder / name
        path.write_bytes(onnx.parser.parse_model(text).SerializeToString())
        made.append(path)
    return made
