"""What size a pixel has in a project: who says so, and that workbench.toml keeps it openly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tiff_tags import resolution, write_tiff
from workbench.core.pixel_size import PixelSize
from workbench.project.manifest import Manifest
from workbench.project.pixel_sizes import pixel_size_in, pixel_size_of_file
from workbench.project.scale_table import PixelSizes, sizes_of_table

THEIRS = """\
# slides of spring
name = "Slides"

[scale]  # from the micrometer
pixel = "0.32 µm"   # 20x
objective = "20x"

[scale.images]
"slides/a.png" = "0.5 µm"  # zoomed
"slides/40x/" = "0.16 µm"
"""


def tiff(path: Path, micrometres: float) -> Path:
    return write_tiff(path, {282: resolution(10_000 / micrometres), 296: 3})


def test_the_nearest_word_counts(tmp_path: Path) -> None:
    sizes = sizes_of_table({"pixel": "0.32 µm", "images": {
        "slides/a.tif": "0.5 µm", "slides/40x/": "0.16 µm", "slides/40x/old/": "0.2 µm"}})
    for key, x, origin in (("slides/a.tif", 0.5, "image"), ("slides/b.tif", 0.65, "file"),
                           ("slides/40x/c.png", 0.16, "folder"), ("d.png", 0.32, "project"),
                           ("slides/40x/old/deep/e.png", 0.2, "folder")):
        known = sizes.known(key, tiff(tmp_path / key, 0.65))
        assert known is not None and (known.size.x, known.origin) == (x, origin)
    assert PixelSizes().known("d.png", tmp_path / "d.png") is None
    before = PixelSizes(PixelSize(1, 1, "mm"), before_files=True)
    known = before.known("slides/b.tif", tmp_path / "slides/b.tif")
    assert known is not None and known.origin == "project"


def test_a_file_outside_a_project(tmp_path: Path) -> None:
    fallback = PixelSize(1, 1, "mm")
    told = pixel_size_of_file(tiff(tmp_path / "a.tif", 0.65), fallback)
    assert told == PixelSize(0.65, 0.65, "µm")
    assert pixel_size_of_file(tmp_path / "gone.tif", fallback) == fallback
    assert pixel_size_of_file(tmp_path / "gone.tif") is None


def test_comments_and_foreign_keys_stay(tmp_path: Path) -> None:
    (tmp_path / "workbench.toml").write_text(THEIRS, encoding="utf-8")
    manifest = Manifest.load(tmp_path)
    size = manifest.pixel_sizes.project
    assert size == PixelSize(0.32, 0.32, "µm")
    assert pixel_size_in(manifest, tmp_path, "slides/40x/x.png") == PixelSize(0.16, 0.16, "µm")
    manifest.pixel_sizes = manifest.pixel_sizes.with_images(["b.png"], PixelSize(1, 2, "nm"))
    manifest.save(tmp_path)
    text = (tmp_path / "workbench.toml").read_text(encoding="utf-8")
    assert THEIRS[THEIRS.index("[scale]"):] + '"b.png" = "1 × 2 nm"' in text
    assert Manifest.load(tmp_path).pixel_sizes == manifest.pixel_sizes


def test_what_is_taken_back_leaves_the_file(tmp_path: Path) -> None:
    (tmp_path / "workbench.toml").write_text(THEIRS, encoding="utf-8")
    manifest = Manifest.load(tmp_path)
    manifest.pixel_sizes = manifest.pixel_sizes.with_images(
        ["slides/a.png", "slides/40x/"], None).with_project(None)
    manifest.save(tmp_path)
    text = (tmp_path / "workbench.toml").read_text(encoding="utf-8")
    assert "µm" not in text and 'objective = "20x"' in text
    assert Manifest.load(tmp_path).pixel_sizes == PixelSizes()


def test_a_project_without_a_scale_names_none(tmp_path: Path) -> None:
    manifest = Manifest.load(tmp_path)
    manifest.save(tmp_path)
    assert "[scale" not in (tmp_path / "workbench.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("line", "key"), [
    ('scale = "0.3 µm"', "scale"), ('scale.pixel = "wide"', "scale.pixel"),
    ("scale.pixel = 0.3", "scale.pixel"), ('scale.images = "a"', "scale.images"),
    ('scale.images."a.png" = "0 µm"', "scale.images.a.png"), ("scale.before_files = 1", "before"),
])
def test_what_is_no_scale_is_named_and_left(tmp_path: Path, line: str, key: str) -> None:
    (tmp_path / "workbench.toml").write_text(line, encoding="utf-8")
    manifest = Manifest.load(tmp_path)
    assert manifest.problem is not None and key in manifest.problem.reason
