"""Photos of telephones go out as JPEG, which other programs read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.project.helpers import add_labels
from tests.support.picture_kinds import heic
from workbench.media.images.pixels import upright_rgb
from workbench.media.recording_time import recorded_at
from workbench.project.label_export import ExportRequest, export_labels, plan_export


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """One of a telephone, turned, and one of the web; each with a box."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "IMG_1.HEIC").write_bytes(heic("colour-6")())
    Image.new("RGB", (40, 30), "red").save(folder / "web.jpg")
    for name in ("IMG_1.HEIC", "web.jpg"):
        add_labels(folder, name, ["fox"])
    return folder


def test_a_photo_is_exported_as_jpeg_of_its_size_and_time(photos: Path, tmp_path: Path) -> None:
    request, out = ExportRequest("coco"), tmp_path / "out"
    words = ("1 image is JPEG there, of the same size: many programs do not read HEIC and "
             "AVIF.")
    assert words in plan_export(photos, request).lost()
    assert words in export_labels(photos, request, out).lost()
    named = {item["file_name"] for path in out.rglob("*.json")
             for item in json.loads(path.read_text())["images"]}
    assert named == {path.name for path in out.rglob("*.jpg")} and len(named) == 2
    assert not list(out.rglob("*.HEIC")) and not list(tmp_path.glob(".out*"))
    original = upright_rgb(photos / "IMG_1.HEIC")
    (copy,) = (path for path in out.rglob("*.jpg") if upright_rgb(path).shape == original.shape)
    assert np.abs(upright_rgb(copy).astype(int) - original).mean() < 3
    assert recorded_at(copy) == recorded_at(photos / "IMG_1.HEIC")


@pytest.mark.parametrize("images", ["link", "none"])
def test_what_is_not_copied_keeps_its_name(photos: Path, tmp_path: Path, images: str) -> None:
    done = export_labels(photos, ExportRequest("coco", images=images), tmp_path / "out")
    assert not done.converted
    assert "IMG_1.HEIC" in "".join(
        path.read_text() for path in (tmp_path / "out").rglob("*.json"))


def test_a_photo_that_cannot_be_decoded_is_copied_as_it_is(photos: Path, tmp_path: Path) -> None:
    whole = heic("colour-6")()
    (photos / "IMG_1.HEIC").write_bytes(whole[:-300])
    done = export_labels(photos, ExportRequest("yolo"), tmp_path / "out")
    assert ["IMG_1.HEIC: the picture is damaged or cut off." in item.reason
            for item in done.problems] == [True]
    (copy,) = (tmp_path / "out").rglob("*.HEIC")
    assert copy.read_bytes() == whole[:-300]
