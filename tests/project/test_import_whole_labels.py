"""Data sets of whole images with labels come in: folders, tables, MNIST and CIFAR files."""

from __future__ import annotations

import errno
import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.project.helpers import add_image
from workbench.cli import main
from workbench.core.errors import UsageError
from workbench.project.datasets.splits import load_split
from workbench.project.imports.images import import_dataset
from workbench.project.imports.preview import plan_import
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.dataset import load_images
from workbench.tasks.image_classification.labels import read_labels, write_labels


def idx(path: Path, values: np.ndarray, *, cut: int = 0) -> Path:
    head = struct.pack(f">4B{values.ndim}i", 0, 0, 8, values.ndim, *values.shape)
    data = head + values.astype(np.uint8).tobytes()
    data = data[: len(data) - cut]
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def mnist(folder: Path, images: int = 24) -> Path:
    """A made-up MNIST: train gzipped, test plain."""
    folder.mkdir(parents=True)
    for name, number, end in (("train", images, ".gz"), ("t10k", 4, "")):
        pixels = np.arange(number * 6 * 5).reshape(number, 6, 5) % 251
        idx(folder / f"{name}-images-idx3-ubyte{end}", pixels)
        idx(folder / f"{name}-labels-idx1-ubyte{end}", np.arange(number) % 3)
    return folder


def test_mnist_files_become_images_in_folders_of_classes(tmp_path: Path) -> None:
    report = import_dataset(mnist(tmp_path / "mnist"), tmp_path / "digits")
    assert (report.images, report.labels, report.left) == (28, 28, [])
    assert [problem.kind for problem in report.problems] == ["no-val"]
    folder = tmp_path / "digits"
    with Image.open(folder / "images/train/2/train-00005.png") as image:
        assert np.array_equal(np.asarray(image), np.arange(150, 180).reshape(6, 5) % 251)
    data = load_images(folder)
    assert data.classes == ["0", "1", "2"]
    assert [len(data.part(part)) for part in ("train", "val", "test")] == [22, 2, 4]
    assert {item.label for item in data.test} == {"0", "1", "2"}
    assert Manifest.load(folder).task == "image-classification"
    again = import_dataset(tmp_path / "mnist", folder)
    assert (again.images, again.labels, again.already) == (0, 0, 28)


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda f: idx(f / "train-images-idx3-ubyte.gz", np.zeros((24, 6, 5)), cut=7),
     "it is cut off: 713 of 720 values are there"),
    (lambda f: (f / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8bnothing"),
     "it could not be read"),
    (lambda f: (f / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"no IDX at all")),
     "it is no IDX file"),
    (lambda f: (f / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(
        struct.pack(">4B3i", 0, 0, 8, 3, 2**30, 2**30, 2**30))), "more than are read"),
    (lambda f: (f / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(
        struct.pack(">4B3i", 0, 0, 8, 3, -1, 6, 5))), "it is cut off"),
    (lambda f: (f / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(
        struct.pack(">4B3i", 0, 0, 13, 3, 24, 6, 5))), "its values are not unsigned bytes"),
    (lambda f: idx(f / "train-labels-idx1-ubyte.gz", np.zeros(5)), "24 images, but train-labels"),
    (lambda f: (f / "train-labels-idx1-ubyte.gz").unlink(), "train-labels-idx1-ubyte.gz, are not"),
])
def test_broken_idx_files_are_told_and_the_others_come_in(
        tmp_path: Path, spoil: object, words: str) -> None:
    folder = mnist(tmp_path / "mnist")
    spoil(folder)  # type: ignore[operator]
    report = import_dataset(folder, tmp_path / "digits")
    assert report.images == 4
    told = [problem.reason for problem in report.problems]
    assert len([reason for reason in told if words in reason]) == 1, told


def test_nothing_but_broken_files_is_said_in_one_sentence(tmp_path: Path) -> None:
    folder = mnist(tmp_path / "mnist")
    for name in ("train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte"):
        (folder / name).write_bytes(b"broken")
    with pytest.raises(UsageError, match=r"there are no images in this folder: "
                                         r".*t10k-images-idx3-ubyte: it is no IDX file"):
        import_dataset(folder, tmp_path / "digits")
    assert not (tmp_path / "digits").exists()


def test_pairs_of_the_same_part_do_not_overwrite_each_other(tmp_path: Path) -> None:
    folder = mnist(tmp_path / "emnist", images=3)
    idx(folder / "emnist-letters-train-images-idx3-ubyte", np.full((3, 6, 5), 77))
    idx(folder / "emnist-letters-train-labels-idx1-ubyte", np.full(3, 9))
    plain = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    (folder / "train-images-idx3-ubyte").write_bytes(plain)  # beside the gzipped one
    report = import_dataset(folder, tmp_path / "out")
    assert (report.images, report.left) == (10, [])
    assert [problem.kind for problem in report.problems] == ["no-val"]
    for item in load_images(tmp_path / "out").train:
        with Image.open(item.path) as image:
            assert bool(np.all(np.asarray(image) == 77)) == (item.label == "9")


def cifar(folder: Path, hundred: bool) -> Path:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    names, size = ("fine_label_names.txt", 2) if hundred else ("batches.meta.txt", 1)
    (folder / names).write_text("cat\nbig truck\n\n", encoding="utf-8")
    for file in ("train.bin", "test.bin") if hundred else ("data_batch_1.bin", "test_batch.bin"):
        records = rng.integers(0, 255, (3, size + 3072)).astype(np.uint8)
        records[:, size - 1] = (0, 1, 1)
        records[0, size:] = np.repeat([200, 100, 50], 1024)
        (folder / file).write_bytes(records.tobytes())
    return folder


@pytest.mark.parametrize("hundred", [False, True])
def test_cifar_files_become_images(tmp_path: Path, hundred: bool) -> None:
    report = import_dataset(cifar(tmp_path / "cifar", hundred), tmp_path / "out")
    assert (report.images, report.labels) == (6, 6)
    found = read_labels(tmp_path / "out")
    assert found.classes == ["big truck", "cat"]
    assert found.labels["images/train/big truck/train-00001.png"] == "big truck"
    with Image.open(tmp_path / "out/images/test/cat/test-00000.png") as image:
        assert image.getpixel((31, 31)) == (200, 100, 50)
    missing = [item.reason for item in report.problems if item.kind == "missing-file"]
    assert missing == ([] if hundred else [f"data_batch_{n}.bin is not there." for n in "2345"])


def test_broken_cifar_files_are_told(tmp_path: Path) -> None:
    folder = cifar(tmp_path / "cifar", hundred=True)
    (folder / "test.bin").write_bytes((folder / "test.bin").read_bytes()[:-1])
    (folder / "fine_label_names.txt").write_text("cat\nbig truck\n", encoding="utf-8")
    report = import_dataset(folder, tmp_path / "out")
    assert report.images == 3
    assert any("no whole number of images" in problem.reason for problem in report.problems)
    (folder / "fine_label_names.txt").write_text("cat\n", encoding="utf-8")
    with pytest.raises(UsageError):
        import_dataset(folder, tmp_path / "none")


def test_tables_of_any_name_give_classes_and_parts(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for number in range(4):
        add_image(folder, f"pics/{number}.png", number)
    (folder / "train.tsv").write_text("image\tclass\n0.png\tant\npics/1\tbee\nno.png\tbee\n",
                                      encoding="utf-8")
    (folder / "test.csv").write_text("path;species\npics\\2.png;ant\n2.png;bee\n3.png;bee\n",
                                     encoding="utf-16")
    report = import_dataset(folder, tmp_path / "out")
    assert read_labels(tmp_path / "out").labels == {
        f"images/pics/{name}.png": label for name, label in (("0", "ant"), ("1", "bee"),
                                                             ("3", "bee"))}
    split = load_split(tmp_path / "out")
    assert split.members("train") == ["images/pics/0.png", "images/pics/1.png"]
    assert "images/pics/3.png" in split.members("test")
    assert {problem.kind for problem in report.problems} >= {"missing-image", "conflicting-rows"}


def test_a_table_of_tags_makes_a_project_of_tags(tmp_path: Path) -> None:
    for number in range(3):
        add_image(tmp_path / "set", f"{number}.png", number)
    (tmp_path / "set/attributes.csv").write_text("file,tags\n0.png,cat;night\n1.png,cat\n",
                                                 encoding="utf-8")
    import_dataset(tmp_path / "set", tmp_path / "out")
    found = read_labels(tmp_path / "out")
    assert found.kind == "tags"
    assert found.tags() == {"images/0.png": ("cat", "night"), "images/1.png": ("cat",)}


def test_class_folders_and_their_table_come_along(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for number, name in enumerate(("train/a/0", "train/b/0", "val/a/1", "val/b/1", "test/a/2")):
        add_image(folder, f"{name}.png", number)
    (folder / "labels.csv").write_text("file,label,by\ntrain/a/0.png,b,me\n", encoding="utf-8")
    plan = plan_import(folder, tmp_path / "out")
    assert (plan.report.labels, plan.objects, plan.report.left) == (5, {"b": 3, "a": 2}, [])
    report = import_dataset(folder, tmp_path / "out")
    assert report.words() == "5 images and 5 labels were copied."
    data = load_images(tmp_path / "out")
    assert {item.key: item.label for item in data.train} == {
        "images/train/a/0.png": "b", "images/train/b/0.png": "b"}
    assert [item.key for item in data.test] == ["images/test/a/2.png"]
    write_labels(tmp_path / "out", {"images/train/a/0.png": "c"})
    again = import_dataset(folder, tmp_path / "out")
    assert [problem.kind for problem in again.problems] == ["kept"]
    assert read_labels(tmp_path / "out").labels["images/train/a/0.png"] == "c"


def test_another_kind_of_labels_is_left_out(tmp_path: Path) -> None:
    add_image(tmp_path / "set", "0.png", 1)
    (tmp_path / "set/labels.csv").write_text("file,number\n0.png,4\n", encoding="utf-8")
    add_image(tmp_path / "out", "1.png", 2)
    (tmp_path / "out/labels.csv").write_text("file,label\n1.png,ant\n", encoding="utf-8")
    (tmp_path / "out/workbench.toml").write_text('task = "image-classification"\n',
                                                 encoding="utf-8")
    report = import_dataset(tmp_path / "set", tmp_path / "out")
    assert (report.images, report.labels) == (1, 0)
    assert "classes, tags and numbers do not mix" in report.problems[-1].reason


def test_the_shell_says_what_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = mnist(tmp_path / "mnist")
    assert main(["import", str(folder), "--project", str(tmp_path / "p"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["images"], said["labels"], said["left_behind"]) == (28, 28, [])


def test_equal_names_in_folders_of_classes_share_nothing(tmp_path: Path) -> None:
    for at, key in enumerate(("cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png")):
        add_image(tmp_path / "pets", key, seed=at)
    report = import_dataset(tmp_path / "pets", tmp_path / "project")
    assert (report.images, report.labels, report.problems) == (4, 4, [])


def test_an_import_that_stops_half_way_is_no_success(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    add_image(tmp_path / "pets", "a.png")

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("workbench.project.imports.copying.copy_file", full)
    assert main(["import", str(tmp_path / "pets"), "--project", str(tmp_path / "project")]) == 1
    assert "the disk is full" in capsys.readouterr().out
