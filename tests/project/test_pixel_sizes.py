"""What size a pixel has in a project: who says so, and that workbench.toml keeps it openly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, labelled
from tests.support.tiff_tags import resolution, write_tiff
from workbench.core.pixel_size import PixelSize
from workbench.project.manifest import Manifest
from workbench.project.pixel_sizes import (
    pixel_size_at,
    pixel_size_of,
    pixel_size_of_file,
    set_pixel_sizes,
)
from workbench.project.scale_table import PixelSizes, sizes_of_table
from workbench.project.session import Session
from workbench.project.stores.adopt import adopt

Open = Callable[[Path], Session]
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


def test_how_far_apart_frames_of_time_lapses_are_is_kept_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "workbench.toml"
    path.write_text(THEIRS.replace("[scale.images]", 'frame = "300 s"\n[scale.images]'), "utf-8")
    manifest = Manifest.load(tmp_path)
    assert manifest.pixel_sizes.frame == 300
    changed = manifest.pixel_sizes.with_changes(PixelSizes(), PixelSizes(frame=0.5))
    assert changed.frame == 0.5 and changed.images == manifest.pixel_sizes.images
    assert sizes_of_table({k: v for k, v in changed.table().items() if v is not None}) == changed
    for wrong in ("300", 300, "3 px", True):
        with pytest.raises(ValueError, match=r"scale\.frame"):
            sizes_of_table({"frame": wrong})


def test_a_time_lapse_is_one_video_a_folder_or_the_project(tmp_path: Path) -> None:
    path = tmp_path / "workbench.toml"
    path.write_text('[scale]\nframe = "5 min"  # the dishes\n[scale.frames]\n'
                    '"dish/" = "60 s"\n"dish/tour.mp4" = "as filmed"\n', "utf-8")
    manifest = Manifest.load(tmp_path)
    sizes = manifest.pixel_sizes
    assert [sizes.frame_of(key) for key in ("a.mp4", "dish/b.mp4", "dish/tour.mp4")] == [300, 60, 0]
    assert [sizes.frame_scope(key) for key in ("a.mp4", "dish/b.mp4", "dish/tour.mp4")] == [
        "", "dish/", "dish/tour.mp4"]
    own = sizes.with_frame("a.mp4", "a.mp4", 0)
    assert own.frame_of("a.mp4") == 0 and own.frame_of("b.mp4") == 300
    assert own.with_frame("a.mp4", "a.mp4", 300) == sizes, "it says no more than the project"
    folder = sizes.with_frame("dish/", "dish/tour.mp4", 30)
    assert folder.frames == {"dish/": 30}
    whole = sizes.with_frame("", "dish/b.mp4", 10)
    assert whole.frame == 10 and whole.frames == {"dish/tour.mp4": 0}
    renamed = sizes.with_names({"dish/tour.mp4": "tour.mp4"})
    assert renamed.frame_of("tour.mp4") == 0
    manifest.pixel_sizes = own.with_changes(sizes, folder)
    manifest.save(tmp_path)
    assert Manifest.load(tmp_path).pixel_sizes.frames == {"a.mp4": 0, "dish/": 30}
    assert "# the dishes" in path.read_text("utf-8")
    for wrong in ({"frames": 3}, {"frames": {"a.mp4": "3 px"}}):
        with pytest.raises(ValueError, match=r"scale\.frames"):
            sizes_of_table(wrong)


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
    assert pixel_size_at(manifest.pixel_sizes, tmp_path, tmp_path / "slides/40x/x.png") == \
        PixelSize(0.16, 0.16, "µm")
    elsewhere = pixel_size_at(manifest.pixel_sizes, tmp_path / "inner", tmp_path / "x.png")
    assert elsewhere == size, "that of the project is better than none"
    manifest.pixel_sizes = manifest.pixel_sizes.with_image("b.png", PixelSize(1, 2, "nm"))
    manifest.save(tmp_path)
    text = (tmp_path / "workbench.toml").read_text(encoding="utf-8")
    assert THEIRS[THEIRS.index("[scale]"):] + '"b.png" = "1 × 2 nm"' in text
    assert Manifest.load(tmp_path).pixel_sizes == manifest.pixel_sizes


def test_what_is_taken_back_leaves_the_file(tmp_path: Path) -> None:
    (tmp_path / "workbench.toml").write_text(THEIRS, encoding="utf-8")
    manifest = Manifest.load(tmp_path)
    for key in ("slides/a.png", "slides/40x/x.png", "other.png"):
        manifest.pixel_sizes = manifest.pixel_sizes.without(key)
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


def test_what_is_said_of_a_folder_counts_for_the_image_that_one_sees() -> None:
    sizes = sizes_of_table({"images": {"a/b/c.png": "1 µm", "a/b/": "2 µm", "a/": "3 µm",
                                       "a/b/d.png": "4 µm"}})
    size = PixelSize(9, 9, "µm")
    wide = sizes.with_folder("a/", "a/b/c.png", size, before_files=True)
    assert wide.images == {"a/": size, "a/b/d.png": PixelSize(4, 4, "µm")} and wide.before_files
    whole = sizes.with_folder("", "a/b/c.png", size, before_files=False)
    assert whole.project == size and list(whole.images) == ["a/b/d.png"]
    told = PixelSize(5, 5, "nm")
    assert PixelSizes(size).without("x.tif", told) == PixelSizes(size), "the file's own stays"
    assert PixelSizes(size).without("x.tif") == PixelSizes()


@pytest.mark.parametrize("kept", ["voc", "yolo", "coco"])
def test_setting_it_is_a_step_that_is_saved(owner: Owner, open_ready: Open, tmp_path: Path,
                                            kept: str) -> None:
    add_image(tmp_path, "images/a.png")
    labels = tmp_path / {"voc": "annotations/a.xml", "yolo": "labels/a.txt",
                         "coco": "annotations/all.json"}[kept]
    labels.parent.mkdir()
    if kept == "yolo":
        labels.write_text("0 0.5 0.5 0.2 0.2\n")
        (tmp_path / "data.yaml").write_text("train: images\nnames: [cat]\n")
    elif kept == "coco":
        labels.write_text('{"images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],'
                          ' "annotations": [], "categories": [{"id": 1, "name": "cat"}]}')
    if kept != "voc":
        adopt(tmp_path)
    before = labels.read_bytes() if labels.exists() else None
    session = open_ready(tmp_path)
    heard = []
    session.scale_changed.connect(lambda: heard.append(session.manifest.pixel_sizes.project))
    size = PixelSize(0.32, 0.32, "µm")
    set_pixel_sizes(session, PixelSizes(size))
    assert pixel_size_of(session, "images/a.png") == size
    owner.finish(session)
    again = Manifest.load(tmp_path)
    assert again.pixel_sizes.project == size and again.format == kept
    session.undo.undo()
    assert pixel_size_of(session, "images/a.png") is None and heard == [size, None]
    owner.finish(session)
    assert "µm" not in (tmp_path / "workbench.toml").read_text(encoding="utf-8")
    assert before == (labels.read_bytes() if before is not None else None)


def test_two_windows_set_scales_and_take_them_back(owner: Owner, open_ready: Open,
                                                   tmp_path: Path) -> None:
    for key in ("a.png", "b.png"):
        labelled(tmp_path, key, ["cat"])
    windows = first, second = open_ready(tmp_path), open_ready(tmp_path)
    size, other = PixelSize(1.0, 1.0, "µm"), PixelSize(2.0, 2.0, "µm")
    for session, key, its in ((first, "a.png", size), (second, "b.png", other)):
        set_pixel_sizes(session, session.manifest.pixel_sizes.with_image(key, its))
        owner.finish(session)
    assert Manifest.load(tmp_path).pixel_sizes.images == {"a.png": size, "b.png": other}
    assert pixel_size_of(second, "a.png") == size
    first.undo.undo()
    owner.finish(first)
    assert Manifest.load(tmp_path).pixel_sizes.images == {"b.png": other}
    second.undo.undo()
    owner.finish(second)
    assert Manifest.load(tmp_path).pixel_sizes == PixelSizes()
    assert all(session.close(20) for session in windows)


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be written down"):
        PixelSizes().with_image("a\udcff.png", PixelSize(1.0, 1.0, "µm"))
