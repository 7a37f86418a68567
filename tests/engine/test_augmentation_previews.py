"""What a training would see: images as a recipe varies them, and the boxes with them."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from workbench.core.outlines import RotatedBox
from workbench.engine.training.augmentation_previews import vary
from workbench.engine.training.control import TrainControl
from workbench.jobs.commands import TrainRequest, Vary
from workbench.jobs.events import Event, Finished

VOC = ("<annotation><filename>{name}</filename><size><width>120</width><height>80</height>"
       "<depth>3</depth></size><object><name>box</name><bndbox><xmin>20</xmin><ymin>20</ymin>"
       "<xmax>60</xmax><ymax>60</ymax></bndbox></object></annotation>")


def seen(project: Path, recipe: str, draw: int = 0, **settings: Any) -> list[dict[str, Any]]:
    events: list[Event] = []
    request = TrainRequest(recipe=recipe, device="cpu", settings={
        f"augment.{name}" if name not in ("augment", "outlines") else name: value
        for name, value in settings.items()})
    vary(Vary("job", str(project), request, draw), events.append, TrainControl())
    (answer,) = [event for event in events if isinstance(event, Finished)]
    images: list[dict[str, Any]] = answer.result["images"]
    return images


def pixels(item: dict[str, Any]) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(item["jpeg"]))) as image:
        return np.asarray(image).astype(float)


@pytest.fixture
def sorted_project(tmp_path: Path) -> Path:
    chance = np.random.default_rng(0)
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(6):
            Image.fromarray(chance.integers(60, 190, (40, 40, 3)).astype(np.uint8)).resize(
                (80, 80)).save(tmp_path / label / f"{number}.png")
    return tmp_path


def test_settings_change_what_is_seen(sorted_project: Path) -> None:
    plain = seen(sorted_project, "vgg-9", augment=False)
    assert len(plain) == 8 and plain[0]["size"] == [64, 64] and plain[0]["boxes"] == []
    files = [item["file"] for item in plain]
    assert files[:4] == files[4:] and len(set(files)) == 4
    np.testing.assert_allclose(pixels(plain[0]), pixels(plain[4]))  # twice the same
    varied = seen(sorted_project, "vgg-9", brightness=0.9, flip_x=0.0)
    again = seen(sorted_project, "vgg-9", brightness=0.9, flip_x=0.0)
    assert [item["jpeg"] for item in varied] == [item["jpeg"] for item in again]
    means = [pixels(item).mean() for item in varied]
    assert max(means) - min(means) > 40, "some are darker, some brighter"
    others = seen(sorted_project, "vgg-9", 1, brightness=0.9, flip_x=0.0)
    assert [item["jpeg"] for item in others] != [item["jpeg"] for item in varied]


def test_a_recipe_that_looks_at_features_shows_nothing(sorted_project: Path) -> None:
    assert seen(sorted_project, "instant") == []


def test_boxes_come_along(tmp_path: Path) -> None:
    for number in range(8):
        image = Image.new("RGB", (120, 80), (30, 30, 30))
        image.paste((250, 250, 250), (20, 20, 60, 60))
        image.save(tmp_path / f"{number}.png")
        (tmp_path / f"{number}.xml").write_text(VOC.format(name=f"{number}.png"), "utf-8")
    for item in seen(tmp_path, "compact-n", mosaic=0.0):
        (box,) = item["boxes"]
        left, top, right, bottom = (round(value) for value in box)
        inside = pixels(item)[top + 2 : bottom - 2, left + 2 : right - 2]
        assert inside.size and inside.mean() > 150


def test_labels_of_areas_go_where_their_pixels_go(tmp_path: Path) -> None:
    polygon = ("<polygon><x1>60</x1><y1>0</y1><x2>120</x2><y2>0</y2><x3>120</x3><y3>80</y3>"
               "<x4>60</x4><y4>80</y4></polygon></object>")
    for number in range(6):
        name = f"{number}.png"
        shown = np.zeros((80, 120, 3), np.uint8)
        shown[:, 60:] = 200
        Image.fromarray(shown).save(tmp_path / name)
        (tmp_path / name).with_suffix(".xml").write_text(
            VOC.format(name=name).replace("<xmin>20<", "<xmin>60<").replace("</object>", polygon))
    for item in seen(tmp_path, "areas-n"):
        with Image.open(io.BytesIO(base64.b64decode(item["areas"]))) as image:
            areas = np.asarray(image)
        grey = pixels(item).mean(-1)
        assert areas.shape == grey.shape and set(np.unique(areas)) <= {0, 1, 255}
        assert grey[areas == 1].mean() > grey[areas == 0].mean() + 50
        assert item["boxes"] == []


def test_rotated_boxes_lie_on_what_they_are_of(tmp_path: Path) -> None:
    """However a picture is turned and mirrored."""
    shape = RotatedBox((50.0, 36.0), 60.0, 14.0, 0.5)
    for number in range(4):
        image = Image.new("RGB", (120, 80), (20, 40, 60))
        ImageDraw.Draw(image).polygon(shape.corners(), fill=(250, 240, 230))
        image.save(tmp_path / f"{number}.png")
        (tmp_path / f"{number}.xml").write_text(
            f"<annotation><filename>{number}.png</filename><size><width>120</width><height>80"
            "</height><depth>3</depth></size><object><name>ship</name><robndbox><cx>50</cx>"
            "<cy>36</cy><w>60</w><h>14</h><angle>0.5</angle></robndbox></object></annotation>")
    for x, y in ((1.0, 0.0), (0.0, 1.0), (0.5, 0.5)):
        for item in seen(tmp_path, "compact-n", flip_x=x, flip_y=y, mosaic=0.0):
            (corners,) = item["corners"]
            drawn = Image.new("L", item["size"])
            ImageDraw.Draw(drawn).polygon(corners, fill=1)
            meant, grey = np.asarray(drawn) > 0, pixels(item).mean(-1)
            bright = grey > (grey[meant].mean() + grey[~meant].mean()) / 2
            assert (meant & bright).sum() > 0.7 * (meant | bright).sum()
    boxes = seen(tmp_path, "compact-n", outlines="off")
    assert not any(item["corners"] for item in boxes) and all(item["boxes"] for item in boxes)
