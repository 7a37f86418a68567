"""Real data goes out in each format and comes back the same; the shell does both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import shared_data
from tests.project.helpers import add_image, box, labelled
from workbench.cli import main
from workbench.core.annotation import Annotation
from workbench.formats.voc import new_voc, read_voc
from workbench.project.datasets.splits import Split, load_split, save_split
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.manifest import Manifest

Labels = dict[str, list[tuple[str, object]]]
"""Labels and boxes of each image, by its name."""


@pytest.fixture(scope="module", params=["bccd", "kangaroo"])
def first(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that was imported."""
    folder = tmp_path_factory.mktemp("imported") / request.param
    import_dataset(shared_data(request.param), folder)
    return folder


@pytest.fixture(scope="module")
def wanted(first: Path) -> Labels:
    return labels_of(first)


def labels_of(project: Path) -> Labels:
    return {path.stem: [(item.label, item.box) for item in read_voc(path).annotation.objects
                        if item.width and item.height]
            for path in (project / "annotations").rglob("*.xml")}


@pytest.mark.parametrize("format", ["yolo", "coco", "voc", "yolo-segment", "yolo-obb", "yolo-pose"])
def test_real_data_goes_out_and_comes_back(first: Path, wanted: Labels, format: str,
                                           tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    written = export_labels(first, ExportRequest(format, images="link"), out)
    import_dataset(out, again, follow=True)
    assert Manifest.load(again).classes == Manifest.load(first).classes
    assert labels_of(again) == wanted and len(wanted) == written.samples
    assert sum(load_split(again).counts().values()) == written.samples


def test_the_shell_exports_and_imports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    for name, label in (("a.png", "cat"), ("b.png", "dog")):
        labelled(source, name, [label])
    assert main(["export-labels", str(source), "--format", "coco", "--out", str(out), "--check",
                 "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["samples"], plan["objects"], plan["planned"]) == (2, 2, True) and not out.exists()
    assert main(["export-labels", str(source), "--format", "yolo", "--out", str(out), "--class",
                 "dog", "--images", "none"]) == 0
    assert "2 images with 1 object were written as YOLO." in capsys.readouterr().out
    assert not (out / "images").exists() and (out / "data.yaml").is_file()
    assert main(["export-labels", str(source), "--format", "nonsense", "--out", str(out)]) == 2
    assert "there is no format “nonsense”; there are: voc, yolo" in capsys.readouterr().err
    (source / "notes.json").write_text("{}")
    assert main(["import", str(source / "notes.json"), "--project", str(out)]) == 2
    assert "notes.json" in capsys.readouterr().err


@pytest.mark.parametrize("format", ["voc", "coco", "cvat", "via", "csv", "datumaro", "mot", "yolo"])
def test_images_of_one_name_in_folders_within_each_other_keep_their_labels(
        format: str, tmp_path: Path) -> None:
    first, out, again = tmp_path / "first", tmp_path / "out", tmp_path / "again"
    folders = ("", "night/", "night/deep/")
    for at, folder in enumerate(folders):
        image = add_image(first, f"images/{folder}a.png", seed=at)
        labels = first / "annotations" / folder / "a.xml"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_bytes(new_voc(Annotation((box("cat", at, 1, at + 9, 20),), size=(64, 48)),
                                   image_path=image, depth=1))
    save_split(first, Split(train=["images/a.png", "images/night/a.png"],
                            val=["images/night/deep/a.png"]))
    export_labels(first, ExportRequest(format), out)
    import_dataset(out, again, split="lists" if format == "voc" else "auto")

    def found(project: Path) -> dict[bytes, tuple[object, bool]]:
        split = load_split(project)
        return {path.read_bytes(): (
            read_voc(project / "annotations" / path.relative_to(project / "images").with_suffix(
                ".xml")).annotation.objects[0].box,
            path.relative_to(project).as_posix() in split.val)
            for path in (project / "images").rglob("*.png")}

    assert found(again) == found(first) and len(found(first)) == len(folders)


@pytest.mark.parametrize("format", ["coco", "datumaro", "via", "labelme"])
def test_attributes_that_are_called_as_what_a_format_says_itself(
        format: str, tmp_path: Path) -> None:
    first, out, again = tmp_path / "first", tmp_path / "out", tmp_path / "again"
    image = add_image(first, "images/a.png")
    said = {"class": "sedan", "Class": "van", "rotation": 30.0, "label": "x", "name": "Bob"}
    item = box("cat").with_label("cat")
    for name, value in said.items():
        item = item.with_attribute(name, value)
    (first / "annotations").mkdir()
    (first / "annotations" / "a.xml").write_bytes(
        new_voc(Annotation((item,), size=(64, 48)), image_path=image, depth=1))
    export_labels(first, ExportRequest(format), out)
    import_dataset(out, again)
    [path] = (again / "annotations").rglob("*.xml")
    [found] = read_voc(path).annotation.objects
    assert (found.label, found.shape) == ("cat", item.shape)
    assert sorted(found.attributes.values(), key=str) == sorted(said.values(), key=str)
    assert format == "via" or found.attributes == said
