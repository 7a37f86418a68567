"""What the benchmarks share: quantiles, and files to measure on."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

LINKS = 30_000
"""Names that one file can have on common file systems, with room to spare."""


def quantiles(values: Sequence[float], scale: float = 1000.0) -> dict[str, float]:
    """Median, p95, p99 and maximum; seconds become milliseconds by default."""
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * scale, 3)

    return {"median": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0),
            "count": len(ordered)}


def make_image(path: Path, width: int, height: int, seed: int = 0) -> Path:
    """Write a JPEG with some texture, as large on disk as a photo of that size."""
    from PIL import Image

    noise = random.Random(seed).randbytes((width // 16) * (height // 16) * 3)
    small = Image.frombytes("RGB", (width // 16, height // 16), noise)
    small.resize((width, height), Image.Resampling.BICUBIC).save(path, quality=85)
    return path


def voc(name: str, width: int, height: int, boxes: int, seed: int = 0) -> str:
    """A VOC file as labelImg writes it, with ``boxes`` random boxes of three classes."""
    chance = random.Random(seed)
    objects = []
    for index in range(boxes):
        x, y = chance.randrange(width - 40), chance.randrange(height - 40)
        w, h = chance.randrange(8, 40), chance.randrange(8, 40)
        objects.append(
            f"\t<object>\n\t\t<name>class{index % 3}</name>\n\t\t<pose>Unspecified</pose>\n"
            "\t\t<truncated>0</truncated>\n\t\t<difficult>0</difficult>\n\t\t<bndbox>\n"
            f"\t\t\t<xmin>{x + 1}</xmin>\n\t\t\t<ymin>{y + 1}</ymin>\n\t\t\t<xmax>{x + w}</xmax>\n"
            f"\t\t\t<ymax>{y + h}</ymax>\n\t\t</bndbox>\n\t</object>\n"
        )
    return (
        f"<annotation>\n\t<folder>images</folder>\n\t<filename>{name}</filename>\n"
        f"\t<size>\n\t\t<width>{width}</width>\n\t\t<height>{height}</height>\n"
        "\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n"
        f"{''.join(objects)}</annotation>\n"
    )


def make_learnable(project: Path, images: int) -> Path:
    """A project to train on: pictures of 640×480, each another, with six boxes of three classes."""
    for name in ("images", "annotations"):
        (project / name).mkdir(parents=True)
    for index in range(images):
        make_image(project / "images" / f"{index:03d}.jpg", 640, 480, index)
        text = voc(f"{index:03d}.jpg", 640, 480, 6, index)
        (project / "annotations" / f"{index:03d}.xml").write_text(text)
    return project


def make_project(folder: Path, images: int, boxes: int = 10, size: tuple[int, int] = (1280, 720),
                 ) -> Path:
    """A labelImg folder: ``images`` JPEGs (one decoded picture, hard-linked) with VOC files."""
    folder.mkdir(parents=True, exist_ok=True)
    first = make_image(folder / "image_000000.jpg", *size)
    (folder / "image_000000.xml").write_text(voc(first.name, *size, boxes))
    for index in range(1, images):
        name = f"image_{index:06d}"
        if index % LINKS:
            (folder / f"{name}.jpg").hardlink_to(first)
        else:
            first = Path(shutil.copy(first, folder / f"{name}.jpg"))
        (folder / f"{name}.xml").write_text(voc(f"{name}.jpg", *size, boxes, index))
    return folder
