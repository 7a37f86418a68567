"""Images made of the pages of stacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tests.project.helpers import Owner
from tests.support.stacks import planes, write_stack
from workbench.core.background import Cancelled
from workbench.core.errors import UsageError
from workbench.core.pixel_size import PixelSize
from workbench.gui.predict.files import GivenFiles
from workbench.media.images.file_scale import read_pixel_size
from workbench.media.images.pixels import upright_values
from workbench.project.datasets.groups import declared_groups, groups_from_names
from workbench.project.doctor import doctor
from workbench.project.edits.file_steps import ImportedFiles
from workbench.project.grouping import RECORDING, Grouping
from workbench.project.imports.images import import_dataset
from workbench.project.session import Session
from workbench.project.stack_images import (
    PageChoice,
    PagesWritten,
    find_stacks,
    planned_text,
    write_page_images,
)

SIZE = PixelSize(0.25, 0.25, "µm")


def made(folder: Path, path: Path, choice: PageChoice) -> dict[str, np.ndarray]:
    """What is written, by name."""
    done = PagesWritten()
    stacks = find_stacks([(path.name, path)])
    write_page_images(stacks, choice, folder, lambda item: read_pixel_size(item.path), done,
                      lambda *_: None)
    assert not done.failed and all(read_pixel_size(found) == SIZE for found in done.made)
    assert len(done.made) + done.there == len(choice.images(stacks[0].stack))
    return {found.name: upright_values(found) for found in done.made}


def test_each_plane_comes_back_with_all_its_bits(tmp_path: Path) -> None:
    values = planes(2, 3, 2)
    path = write_stack(tmp_path / "a.tif", values)
    found = made(tmp_path / "out", path, PageChoice(channels="each"))
    assert len(found) == 12
    for frame, slice, channel in np.ndindex(2, 3, 2):
        name = f"a.tif-c{channel + 1}-{frame * 3 + slice + 1:06d}.tif"
        assert np.array_equal(found[name], values[frame, slice, channel])
    assert not made(tmp_path / "out", path, PageChoice(channels="each")), "all are there"
    assert sorted(made(tmp_path / "b", path, PageChoice(channels="2", every=2, every_frame=2))) == [
        "a.tif-c2-000001.tif", "a.tif-c2-000003.tif"]


def test_slices_together_and_channels_as_colours(tmp_path: Path) -> None:
    values = planes(2, 5, 2)
    path = write_stack(tmp_path / "a.ome.tif", values, "ome")
    found = made(tmp_path / "out", path, PageChoice("max"))
    assert sorted(found) == ["a.ome.tif-max-000001.tif", "a.ome.tif-max-000002.tif"]
    largest = found["a.ome.tif-max-000002.tif"]
    assert largest.dtype == np.uint16 and not largest[..., 2].any()
    assert np.array_equal(np.moveaxis(largest, -1, 0)[:2], values[1].max(axis=0))
    mean = made(tmp_path / "out", path, PageChoice("mean", channels="1", every=2))
    assert np.array_equal(mean["a.ome.tif-mean-c1-000001.tif"],
                          np.rint(values[0, ::2, 0].mean(axis=0)))
    dim = values.copy()
    dim[:, :, 1] //= 100
    path = write_stack(tmp_path / "dim.tif", dim)
    ranged = made(tmp_path / "out", path, PageChoice(own_range=True))
    for colour in (0, 1):
        both = np.stack([picture[..., colour] for picture in ranged.values()])
        assert both.min() == 0 and both.max() == 65535
    bytes_ = planes(1, 3, 3, kind="uint8")
    slices = made(tmp_path / "out", write_stack(tmp_path / "b.tif", bytes_), PageChoice())
    assert np.array_equal(slices["b.tif-000003.tif"], np.moveaxis(bytes_[0, 2], 0, -1))
    four = find_stacks([("c.tif", write_stack(tmp_path / "c.tif", planes(1, 2, 4)))])
    assert planned_text(four, PageChoice()) == "8 images of 8 × 6 pixels, 16-bit."
    assert not planned_text(four, PageChoice(channels="5"))


def test_pages_that_do_not_go_together(tmp_path: Path) -> None:
    """Pages of other bits are not cut to those of the first one, and a grey page does not make
    those of colours grey."""
    grey, deep = (planes(kind=kind)[0, 0, 0] for kind in ("uint8", "uint16"))
    colours = np.stack([grey, grey // 2, grey // 3], -1)
    for name, other in (("deep", deep), ("fractions", deep.astype(np.float32)),
                        ("colours", colours)):
        with tifffile.TiffWriter(path := tmp_path / f"{name}.tif") as file:
            for values in (grey, other):
                file.write(values, photometric="rgb" if values.ndim == 3 else "minisblack",
                           metadata=None)
        stacks = find_stacks([(path.name, path)])
        done = PagesWritten()
        write_page_images(stacks, PageChoice(), tmp_path / "out", lambda _: None, done,
                          lambda *_: None)
        assert np.array_equal(tifffile.imread(done.made[1]), other)
        for how in ("max", "mean"):
            done = PagesWritten()
            write_page_images(stacks, PageChoice(how), tmp_path / "out", lambda _: None, done,
                              lambda *_: None)
            assert not done.made and "its pages " in done.failed[0]


def test_values_that_are_none(tmp_path: Path) -> None:
    """The maximum is that of the slices that have one; complex numbers have none."""
    values = planes(slices=3).astype(np.float32)
    values[0, 1, 0, 2, 3] = np.nan
    path = write_stack(tmp_path / "a.tif", values)
    assert np.array_equal(made(tmp_path / "out", path, PageChoice("max"))["a.tif-max-000001.tif"],
                          np.nanmax(values, axis=1)[0, 0])
    path = write_stack(tmp_path / "c.tif", values.astype(np.complex64), "plain")
    done = PagesWritten()
    write_page_images(find_stacks([(path.name, path)]), PageChoice("mean"), tmp_path / "out",
                      lambda _: None, done, lambda *_: None)
    assert done.failed == ["c.tif: complex numbers are not supported."]


def test_words_that_mean_nothing() -> None:
    for words in ("colors", "0", "-1", ""):
        with pytest.raises(UsageError):
            PageChoice(channels=words)
    with pytest.raises(UsageError):
        PageChoice(every=0)


def test_what_was_made_stays_where_it_ends_early(tmp_path: Path) -> None:
    """A damaged page costs the rest of its stack; who cancels keeps what there is."""
    path = write_stack(tmp_path / "a.tif", planes(1, 4), "plain", compression="zlib")
    path.write_bytes(path.read_bytes()[:-20])
    other = write_stack(tmp_path / "b.tif", planes(1, 2))
    done, stacks = PagesWritten(), find_stacks([("a.tif", path), ("b.tif", other)])
    write_page_images(stacks, PageChoice(), tmp_path / "out", lambda _: None, done, lambda *_: None)
    assert len(done.made) >= 2 and {"b.tif-000002.tif"} < {item.name for item in done.made}
    done = PagesWritten()

    def cancel(at: int, _total: int) -> None:
        if at == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_page_images(find_stacks([("b.tif", other)]), PageChoice(), tmp_path / "two",
                          lambda _: None, done, cancel)
    assert [item.name for item in done.made] == ["b.tif-000001.tif"]


def test_images_of_a_stack_stay_together() -> None:
    """With the stack itself, whose first page is an image, too."""
    keys = ["deep/a.tif", *(f"images/deep_a.tif-max-{at:06d}.tif" for at in range(1, 4)),
            *(f"images/b.tif-c{c}-{at:06d}.tif" for c in (1, 2) for at in range(1, 4)),
            "images/b.tif-c1-000002-2.tif", "c_0001.tif", "c_0002.tif"]
    found = declared_groups(Path("nowhere"), keys, Grouping(RECORDING))
    assert [found[key] for key in keys] == ["deep_a.tif"] * 4 + ["b.tif"] * 7 + ["c"] * 2
    many = [f"s{stack}.tif-{at:06d}.tif" for stack in range(6) for at in range(1, 4)]
    assert len(set((groups_from_names([*many, "x.png"]) or {}).values())) == 6
    one = groups_from_names([f"s.tif-{at:06d}.tif" for at in range(1, 101)]) or {}
    assert len(set(one.values())) >= 10, "of a single one, neighbours stay together"


def test_one_step_of_undo(tmp_path: Path) -> None:
    path = write_stack(tmp_path / "a.tif", planes(1, 3))
    owner = Owner()
    with_session = Session.open(tmp_path, post=owner.post)
    try:
        owner.ready(with_session)
        found = made(tmp_path / "images", path, PageChoice())
        with_session.undo.push(ImportedFiles(with_session, [f"images/{name}" for name in found],
                                             ()))
        with_session.undo.undo()
        assert not list((tmp_path / "images").glob("*.tif")) and path.exists()
        with_session.undo.redo()
        assert len(list((tmp_path / "images").glob("*.tif"))) == 3
    finally:
        with_session.close()


def test_predict_says_that_first_pages_are_looked_at(tmp_path: Path) -> None:
    """Files come in by drag, dialog and shell alike."""
    files = GivenFiles()
    stack = write_stack(tmp_path / "a.tif", planes(1, 3))
    single = write_stack(tmp_path / "b.tif", planes(1, 1), "plain")
    found = files.finder([stack, single], frozenset({".tif"}))(lambda: None)
    assert files.trouble(found, "image")[1].startswith("1 file has several pages")
    files.finder([single, tmp_path / "none.tif"], frozenset({".tif"}))(lambda: None)
    assert not files.stacks


def test_doctor_and_import_tell(tmp_path: Path) -> None:
    write_stack(tmp_path / "from" / "a.tif", planes(1, 3, kind="uint8"))
    report = import_dataset(tmp_path / "from", tmp_path / "to", "voc")
    assert any("several pages" in note and "workbench pages" in note for note in report.notes)
    assert any(problem.kind == "several-pages" for problem in doctor(tmp_path / "to"))
