"""Importing copies everything, overwrites nothing and can be repeated."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.conftest import shared_data
from tests.project.helpers import add_image, add_labels, labelled
from workbench.core.attributes import Attribute
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.skeletons import Skeleton
from workbench.formats.voc import read_voc
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.splits import load_split
from workbench.project.imports import copying
from workbench.project.imports.damaged import damage_words
from workbench.project.imports.files import copy_file
from workbench.project.imports.images import import_dataset
from workbench.project.manifest import Manifest


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def test_real_data_with_its_lists(tmp_path: Path) -> None:
    project = tmp_path / "deep" / "project"
    seen: list[tuple[int, int]] = []
    report = import_dataset(shared_data("bccd"), project, "voc",
                            progress=lambda done, total: seen.append((done, total)))
    assert (report.images, report.annotations, report.already, report.problems) == (292, 292, 0, [])
    assert report.split == {"train": 205, "val": 87, "test": 0} and seen[-1] == (292, 292)
    assert report.classes == ["WBC", "RBC", "Platelets"]
    manifest = Manifest.load(project)
    assert (manifest.images, manifest.annotations) == ("images", "annotations")
    assert load_split(project).val[0] == "images/BloodImage_00000.jpg"
    dataset = load_dataset(project)
    assert (len(dataset.train), len(dataset.val)) == (205, 87)
    assert os.access(project / "annotations" / "BloodImage_00000.xml", os.W_OK)
    before = files(project)
    again = import_dataset(shared_data("bccd"), project)
    assert (again.images, again.annotations, again.already) == (0, 0, 584)
    assert files(project) == before


def test_content_is_copied_byte_for_byte(tmp_path: Path) -> None:
    source = tmp_path / "source"
    path = labelled(source, "a.png", ["cat"])
    path.write_bytes(path.read_bytes() + b"<!-- theirs -->")
    (source / "a.png").chmod(0o444)
    report = import_dataset(source, tmp_path / "project")
    project = tmp_path / "project"
    assert (project / "annotations" / "a.xml").read_bytes() == path.read_bytes()
    assert (project / "images" / "a.png").read_bytes() == (source / "a.png").read_bytes()
    assert (project / "images" / "a.png").stat().st_mode & 0o200
    assert "1 image and 1 annotation were copied" in report.words()
    assert report.to_json()["classes"] == ["cat"]


def test_key_points_and_attributes_of_a_project_come_along(tmp_path: Path) -> None:
    for name in ("source", "project"):
        labelled(tmp_path / name, f"{name}.png", ["cat"])
        manifest = Manifest.load(tmp_path / name)
        manifest.skeletons = {name: Skeleton((name,)), "cat": Skeleton((f"nose of {name}",))}
        manifest.attributes = (Attribute("colour", classes=(name,)), Attribute(name))
        manifest.save(tmp_path / name)
    import_dataset(tmp_path / "source", tmp_path / "project")
    after = Manifest.load(tmp_path / "project")
    assert after.skeletons == {"source": Skeleton(("source",)), "project": Skeleton(("project",)),
                               "cat": Skeleton(("nose of project",))}  # what was there stays
    assert after.attributes == (Attribute("colour", classes=("project",)), Attribute("project"),
                                Attribute("source"))


def test_another_image_of_the_same_name_gets_a_number(tmp_path: Path) -> None:
    project = tmp_path / "project"
    labelled(tmp_path / "one", "a.png", ["cat"])
    add_image(tmp_path / "two", "a.png", seed=99)
    add_labels(tmp_path / "two", "a.png", ["dog"])
    import_dataset(tmp_path / "one", project)
    before = files(project)
    for copied in (1, 0):
        report = import_dataset(tmp_path / "two", project)
        assert report.renamed == {"a.png": "images/a-2.png"} and report.images == copied
    after = files(project)
    assert {name: after[name] for name in before if name != "workbench.toml"} == {
        name: data for name, data in before.items() if name != "workbench.toml"}
    assert after["images/a-2.png"] == (tmp_path / "two" / "a.png").read_bytes()
    assert [i.label for i in read_voc(project / "annotations" / "a-2.xml").annotation.objects] == [
        "dog"]
    assert Manifest.load(project).classes == ["cat", "dog"]


def test_another_image_of_the_same_stem_gets_a_number_too(tmp_path: Path) -> None:
    project = tmp_path / "project"
    labelled(tmp_path / "one", "a.png", ["cat"])
    add_image(tmp_path / "two", "a.jpg", seed=99)
    add_labels(tmp_path / "two", "a.jpg", ["dog"])
    import_dataset(tmp_path / "one", project)
    for _ in range(2):
        report = import_dataset(tmp_path / "two", project)
        assert report.renamed == {"a.jpg": "images/a-2.jpg"} and not report.problems
    assert sorted(path.name for path in (project / "annotations").iterdir()) == ["a-2.xml", "a.xml"]
    assert sorted(path.name for path in (project / "images").iterdir()) == ["a-2.jpg", "a.png"]


def test_work_in_the_project_is_kept(tmp_path: Path) -> None:
    project = tmp_path / "project"
    labelled(tmp_path / "source", "a.png", ["cat"])
    import_dataset(tmp_path / "source", project)
    mine = (project / "annotations" / "a.xml").read_bytes().replace(b"cat", b"lynx")
    (project / "annotations" / "a.xml").write_bytes(mine)
    report = import_dataset(tmp_path / "source", project)
    assert (project / "annotations" / "a.xml").read_bytes() == mine
    assert [problem.kind for problem in report.problems] == ["kept"]
    assert "the project's was kept" in report.problems[0].reason
    assert not list(project.rglob("*-2*"))


def test_an_annotation_that_was_missing_is_brought(tmp_path: Path) -> None:
    project = tmp_path / "project"
    add_image(tmp_path / "source", "a.png")
    assert import_dataset(tmp_path / "source", project).unlabelled == 1
    add_labels(tmp_path / "source", "a.png", ["cat"])
    report = import_dataset(tmp_path / "source", project)
    assert (report.images, report.annotations, report.already) == (0, 1, 1)


def test_subfolders_are_kept_so_that_equal_stems_do_not_meet(tmp_path: Path) -> None:
    source, project = tmp_path / "source", tmp_path / "project"
    for part in ("train", "valid"):
        labelled(source, f"{part}/a.png", [part])
    report = import_dataset(source, project)
    assert not report.problems and report.split == {"train": 1, "val": 1, "test": 0}
    dataset = load_dataset(project)
    assert [r.key for r in dataset.train] == ["images/train/a.png"]
    assert [i.label for i in dataset.train[0].objects] == ["train"]
    assert [i.label for i in dataset.val[0].objects] == ["valid"]


def test_unusable_files_are_copied_and_told(tmp_path: Path) -> None:
    source, project = tmp_path / "source", tmp_path / "project"
    labelled(source, "a.png", ["cat"])
    labelled(source, "b.png", ["cat"]).write_bytes(b"<annotation>")
    (source / "c.png").write_bytes(b"")
    report = import_dataset(source, project)
    assert {(Path(p.path).name, p.kind) for p in report.problems} == {
        ("b.xml", "unreadable-annotation"), ("c.png", "unreadable-image")}
    assert (project / "annotations" / "b.xml").read_bytes() == b"<annotation>"
    assert (report.images, report.annotations) == (3, 2)


def test_two_images_with_one_stem_come_with_the_file_of_its_owner(tmp_path: Path) -> None:
    source, project = tmp_path / "source", tmp_path / "project"
    add_image(source, "a.jpg", seed=5)
    labelled(source, "a.png", ["cat"])
    report = import_dataset(source, project)
    assert [problem.kind for problem in report.problems] == ["one-stem"]
    assert (report.images, report.annotations, report.unlabelled) == (2, 1, 1)
    dataset = load_dataset(project)
    assert [record.key for record in dataset.train] == ["images/a.png"]


def test_a_cancelled_import_goes_on(tmp_path: Path) -> None:
    source, project = tmp_path / "source", tmp_path / "project"
    for number in range(6):
        labelled(source, f"{number}.png", ["cat"])
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 3

    report = import_dataset(source, project, cancelled=cancelled)
    assert report.cancelled and report.images == 3
    assert import_dataset(source, project).images == 3
    assert len(load_dataset(project).train) > 0


def test_a_project_is_made_of_a_folder_in_place(tmp_path: Path) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    before = files(tmp_path)
    report = import_dataset(tmp_path, tmp_path)
    assert report.already == 2 and report.images == 0
    after = files(tmp_path)
    assert after.pop("workbench.toml") and after == before
    assert Manifest.load(tmp_path).classes == ["cat"]


def test_the_devkits_own_nesting(tmp_path: Path) -> None:
    root = tmp_path / "VOCdevkit" / "VOC2012"
    labelled(root, "JPEGImages/a.png", ["cat"], annotations="Annotations")
    (root / "ImageSets" / "Main").mkdir(parents=True)
    (root / "ImageSets" / "Main" / "train.txt").write_text("a\n")
    report = import_dataset(tmp_path, tmp_path / "project")
    assert report.annotations == 1 and report.split["train"] == 1


def test_wrong_use_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        import_dataset(tmp_path / "nowhere", tmp_path / "p")
    with pytest.raises(UsageError, match="no images"):
        import_dataset(tmp_path, tmp_path / "p")
    with pytest.raises(UsageError, match="no format “nonsense”; there are: voc"):
        import_dataset(tmp_path, tmp_path / "p", "nonsense")
    add_image(tmp_path / "s", "a.png")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "workbench.toml").write_text('voc_convention = "voc-1-based"')
    with pytest.raises(UsageError, match="counts pixels"):
        import_dataset(tmp_path / "s", tmp_path / "p")


def test_the_projects_own_images_are_not_copied_again(tmp_path: Path) -> None:
    outer, project = tmp_path / "outer", tmp_path / "outer" / "project"
    labelled(project, "own.png", ["cat"])
    labelled(project, "more/b.png", ["cat"])
    labelled(outer, "c.png", ["cat"])
    report = import_dataset(outer, project)
    assert report.made == ["c.png", "c.xml"] and report.already == 4
    before = files(tmp_path)
    assert import_dataset(outer, project).made == []
    assert import_dataset(project / "more", project).made == []
    assert files(tmp_path) == before


@pytest.fixture
def six(tmp_path: Path) -> Path:
    for number in range(6):
        labelled(tmp_path / "six", f"{number}.png", ["cat"])
    return tmp_path / "six"


def moving(folder: Path) -> ProgressCallback:
    """Somebody gives the folder another name after the second image."""
    def progress(done: int, _total: int) -> None:
        if done == 2:
            folder.rename(folder.with_name("moved"))

    return progress


def test_a_full_disk_ends_the_import(
        six: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, target: str) -> None:
        if Path(source).name == "2.png":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        copy_file(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "copy_file", full)
        report = import_dataset(six, tmp_path / "project")
    assert report.cancelled and report.images == 2 and not report.problems
    assert "the import stopped: the disk is full" in report.words()
    assert import_dataset(six, tmp_path / "project").images == 4


def test_a_source_that_is_gone_ends_the_import(six: Path, tmp_path: Path) -> None:
    report = import_dataset(six, tmp_path / "project", progress=moving(six))
    assert report.cancelled and report.images == 2 and not report.problems
    assert "the folder “six” is gone" in report.words()


def test_a_project_that_is_gone_is_not_made_anew(six: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    with pytest.raises(WorkbenchError, match="2 images had been copied"):
        import_dataset(six, project, progress=moving(project))
    assert not project.exists()


def test_damaged_pictures_of_one_name_are_all_counted(tmp_path: Path) -> None:
    paths = [tmp_path / place / "1.png" for place in ("north", "south")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(b"")
    assert damage_words(paths)[0].startswith("2 images could not be read: 1.png (")
