"""Files of microscopes in a folder: images of them are made on request, and each once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.dicoms import write_dicom
from tests.support.microscopes import write_czi, write_lif, write_nd2
from tests.support.stacks import planes
from workbench.cli import main
from workbench.media.images.file_scale import read_pixel_size
from workbench.media.images.pixels import upright_values
from workbench.project.datasets.groups import declared_groups
from workbench.project.grouping import RECORDING, Grouping
from workbench.project.imports.images import import_dataset
from workbench.project.library.scan import Unread, unread_alone
from workbench.tasks.image_classification.recognise import recognise


def test_the_shell_makes_images_of_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = planes(1, 3, 2), planes(1, 1, 1, seed=1)
    source = tmp_path / "scope"
    write_czi(source / "a.czi", [one])
    write_lif(source / "b.lif", {"Leaf/1": one, "Root": other})
    write_nd2(source / "c.nd2", [one])
    (source / "d.czi").write_bytes(b"nothing")
    out = tmp_path / "out"
    assert main(["pages", str(source), "--out", str(out), "--channels", "each"]) == 0
    said = capsys.readouterr()
    assert "b.lif · Leaf/1: 2 channels, 3 slices" in said.out and "Made 19 images." in said.out
    assert said.err == "d.czi: the picture is damaged or cut off.\n"
    names = sorted(path.name for path in out.iterdir())
    assert names[:2] == ["a.czi-c1-000001.tif", "a.czi-c1-000002.tif"]
    assert names[6] == "b.lif-Leaf_1-c1-000001.tif" and names[12] == "b.lif-Root-000001.tif"
    assert np.array_equal(upright_values(out / "c.nd2-c2-000003.tif"), one[0, 2, 1])
    scale = read_pixel_size(out / "a.czi-c1-000001.tif")
    assert scale is not None and scale.text == "0.25 µm"


def test_images_of_one_image_of_a_file_stay_together() -> None:
    keys = ["a.czi-c1-000001.tif", "a.czi-c2-000001.tif", "images/a.czi-Scene 1-max-000001.tif",
            "b.lif-Leaf_1-c1-000001.tif", "b.lif-Leaf_1-000002.tif", "b.lif-Root-000001.tif"]
    found = declared_groups(Path("nowhere"), keys, Grouping(RECORDING))
    assert [found[key] for key in keys] == [
        "a.czi", "a.czi", "images/a.czi-Scene 1", "b.lif-Leaf_1", "b.lif-Leaf_1", "b.lif-Root"]


def test_one_image_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_lif(tmp_path / "b.lif", {"Leaf": planes(), "Root": planes(slices=2)})
    for wanted in ("Root", "2"):
        assert main(["pages", str(path), "--image", wanted, "--check", "--json", "--out",
                     str(tmp_path)]) == 0
        (found,) = json.loads(capsys.readouterr().out)["stacks"]
        assert (found["image"], found["slices"]) == ("Root", 2)
    assert main(["pages", str(path), "--image", "Stem", "--out", str(tmp_path)]) == 2
    assert "no stack with an image of this name" in capsys.readouterr().err


def test_a_file_of_which_images_are_there_is_not_asked_about_again() -> None:
    unread = ["s/a.czi", "b.LIF", "c.nd2", "d.CR2"]
    assert unread_alone([], unread) == Unread(["d.CR2"], ["b.LIF", "c.nd2", "s/a.czi"])
    keys = ["images/s_a.czi-000001.tif", "b.LIF-Root-max-000001.tif", "c.nd22-1.tif"]
    assert unread_alone(keys, unread) == Unread(["d.CR2"], ["c.nd2"])
    assert unread_alone(["s/a.czi-000001.tif"], [*unread, "t/a.czi"]) == Unread(
        ["d.CR2"], ["b.LIF", "c.nd2", "t/a.czi"])


def test_images_are_made_in_the_folders_that_say_what_they_show(tmp_path: Path) -> None:
    for name in ("well/1.dcm", "well/2.dcm", "ill/1.dcm", "ill/2.dcm"):
        write_dicom(tmp_path / name, planes()[0, 0, 0])
    assert recognise(tmp_path), "folders are classes, before and after"
    (tmp_path / "workbench.toml").write_text("")
    for _ in range(2):
        assert main(["pages", str(tmp_path)]) == 0
        assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.tif")) \
            == [f"{name}/{at}.dcm-000001.tif" for name in ("ill", "well") for at in (1, 2)]
    assert recognise(tmp_path)


def test_an_import_says_what_becomes_of_them(tmp_path: Path) -> None:
    source = tmp_path / "scope"
    write_czi(source / "a.czi", [planes()])
    (source / "b.png").write_bytes((Path(__file__).parents[1] / "data" / "pictures").joinpath(
        "grey.heic").read_bytes())
    report = import_dataset(source, tmp_path / "p")
    assert [(item.path, item.kind) for item in report.left] == [("a.czi", "image")]
    assert "drop it on the window, or use “workbench pages”" in report.left[0].reason
