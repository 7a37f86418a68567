"""Pairs of ONNX files that find a thing by clicks: which are taken, and what they are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.tiny_pairs import (
    DECODER,
    EFFICIENT_SAM,
    ENCODER,
    SAM,
    SAM2,
    write_pair,
)
from workbench.core.errors import WorkbenchError
from workbench.engine.prompted.pair import PromptedPair


def picture() -> np.ndarray:
    """400 × 300, its left half red, with a blue square in it."""
    pixels = np.full((300, 400, 3), (20, 160, 60), np.uint8)
    pixels[:, :200] = (200, 30, 30)
    pixels[100:150, 50:100] = (30, 30, 220)
    return pixels


@pytest.mark.parametrize(("encoder", "decoder", "looked_at"), [
    (ENCODER.replace("H, W", "96, 180"), DECODER, (128, 96)),  # wider than needed
    (*SAM, (64, 48)), (*EFFICIENT_SAM, (400, 300)), (*SAM2, (64, 48)),
], ids=["MobileSAM, colours", "SAM, normalised planes", "EfficientSAM", "SAM 2"])
def test_clicks_in_and_out_and_a_box(tmp_path: Path, encoder: str, decoder: str,
                                     looked_at: tuple[int, int]) -> None:
    pair = PromptedPair(write_pair(tmp_path, encoder, decoder))
    seen = pair.embedded(picture())
    assert seen.size == (400, 300) and seen.seen == looked_at

    def share(*prompts: tuple[float, float, int]) -> float:
        mask, score = pair.mask(seen, prompts)
        assert mask.shape == seen.seen[::-1] and score == pytest.approx(0.9)
        return float(mask.mean())

    assert share((20, 20, 1)) == pytest.approx(0.5 - 2500 / 120_000, abs=0.02)
    assert share((20, 20, 1), (75, 125, 1)) == pytest.approx(0.5, abs=0.02)
    assert share((20, 20, 1), (10, 290, 0)) == 0
    assert share((60, 110, 2), (90, 140, 3)) == pytest.approx(2500 / 120_000, abs=0.01)
    mask, _ = pair.mask(seen, [(75, 125, 1)])
    rows, columns = np.nonzero(mask)
    scale = seen.seen[0] / 400
    assert [columns.min(), columns.max() + 1, rows.min(), rows.max() + 1] == pytest.approx(
        [50 * scale, 100 * scale, 100 * scale, 150 * scale], abs=1.1), "in its place"


ONE = """<ir_version: 8, opset_import: ["" : 17]>
    one (float[1, 10] x) => (float[1, 10] y) { y = Identity (x) }"""


@pytest.mark.parametrize(("encoder", "decoder", "words"), [
    (ONE, DECODER, "encoder.onnx: its inputs are x (1 × 10), and an encoder takes one image"),
    (ENCODER, ONE, "either decoder.onnx nor encoder.onnx is a decoder"),
    (ENCODER, DECODER.replace("image_embeddings", "features"),
     "decoder.onnx: it wants an input “features”, which this program cannot give"),
    (SAM2[0].replace("image_embed", "image_features"), SAM2[1].replace("high_res_feats_1", "feats"),
     "decoder.onnx: it wants an input “feats”"),
    (ENCODER, DECODER.replace("float[1, 3, h, w] image_embeddings, ", "").replace(
        "planes = Squeeze (image_embeddings, first)", "planes = Squeeze (mask_input, first)"),
     "decoder.onnx: it has no input “image_embeddings”"),
    (ENCODER, DECODER.replace("mask_input,", "mask_input, float[1] point_colors,", 1),
     "decoder.onnx: it wants an input “point_colors”, which this program cannot give"),
    (ENCODER, DECODER.replace("float[1, 3, h, w] image", "float[1, 256, 64, 64] image"),
     "decoder.onnx: it does not belong to encoder.onnx"),
])
def test_others_are_refused_in_one_sentence(
    tmp_path: Path, encoder: str, decoder: str, words: str
) -> None:
    with pytest.raises(WorkbenchError) as failed:
        PromptedPair(write_pair(tmp_path, encoder, decoder))
    assert words in failed.value.sentence()


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    files = write_pair(tmp_path)
    files[0].write_bytes(b"no model")
    with pytest.raises(WorkbenchError, match="no ONNX file"):
        PromptedPair(files)
    with pytest.raises(WorkbenchError, match="Choose two"):
        PromptedPair(files[1:])
