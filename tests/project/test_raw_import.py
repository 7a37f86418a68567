"""RAW photos in a folder that is imported, or worked in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.raw_photo import jpeg, write_dng
from workbench.cli import main
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.imports.images import import_dataset
from workbench.project.imports.preview import plan_import
from workbench.project.manifest import Manifest


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """What a camera wrote: two photos, one of them with a JPEG beside it, and a damaged one."""
    folder = tmp_path / "card"
    write_dng(folder / "a" / "IMG_1.DNG")
    write_dng(folder / "a" / "IMG_2.DNG")
    (folder / "a" / "IMG_2.JPG").write_bytes(jpeg(40, 30))
    (folder / "b").mkdir()
    (folder / "b" / "IMG_1.nef").write_bytes(b"II*\0nothing of worth")
    return folder


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")
                  if path.is_file() and ".workbench" not in path.parts)


def test_an_import_makes_jpeg_images_once(card: Path, tmp_path: Path) -> None:
    project = tmp_path / "p"
    plan = plan_import(card, project)
    assert plan.report.images == 3 and "JPEG images of 2 RAW photos (DNG, Nikon)." in \
        plan.report.notes
    report = import_dataset(card, project)
    assert files(project) == ["images/a/IMG_1.jpg", "images/a/IMG_2.JPG", "workbench.toml"]
    assert report.images == 2 and "JPEG images of 1 RAW photo (DNG)." in report.notes
    assert [problem.reason for problem in report.problems] == [
        "IMG_1.nef was left out: it is cut off."]
    assert [(item.path, item.reason) for item in report.left] == [
        ("a/IMG_2.DNG", "IMG_2.JPG is there, which is read")]
    again = import_dataset(card, project)
    assert (again.images, again.already, again.made) == (0, 2, [])


def test_in_its_own_folder_images_are_made_beside(card: Path) -> None:
    before = {name: (card / name).read_bytes() for name in files(card)}
    for _ in range(2):
        import_dataset(card, card)
        assert files(card) == sorted([*before, "a/IMG_1.jpg", "workbench.toml"])
    assert all((card / name).read_bytes() == data for name, data in before.items())
    assert LabelledFolder(card).keys == ["a/IMG_1.jpg", "a/IMG_2.JPG"]


def test_photos_are_made_also_where_images_are_linked(card: Path, tmp_path: Path) -> None:
    report = import_dataset(card, tmp_path / "p", images="link")
    assert (report.images, report.linked) == (2, 1)
    assert not (tmp_path / "p" / "images" / "a" / "IMG_1.jpg").is_symlink()


def test_folders_of_photos_are_classes(tmp_path: Path) -> None:
    for name in ("robin/1.dng", "robin/2.dng", "wren/1.dng", "wren/2.dng"):
        write_dng(tmp_path / "birds" / name)
    report = import_dataset(tmp_path / "birds", tmp_path / "p")
    assert report.labels == 4 and report.classes == ["robin", "wren"]
    assert Manifest.load(tmp_path / "p").task == "image-classification"


def test_the_shell_says_what_to_do_with_one(card: Path, capsys: pytest.CaptureFixture[str],
                                            tmp_path: Path) -> None:
    assert main(["import", str(card), "--project", str(tmp_path / "p")]) == 0
    assert "JPEG images of 1 RAW photo (DNG)." in capsys.readouterr().out
