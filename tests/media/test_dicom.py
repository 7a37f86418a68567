"""DICOM: what images of it show, and that nothing of a patient comes along."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import UID, RLELossless

from tests.support.dicoms import NAME, write_dicom
from tests.support.stacks import planes
from workbench.cli import main
from workbench.core.errors import WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.media.images.file_scale import read_pixel_size
from workbench.media.images.stack import Stack
from workbench.media.images.stack_kinds import stack_kind_of

VALUES = planes(1, 1, 1, size=(6, 8))[0, 0, 0] // 16  # 12 bits


def read(path: Path) -> tuple[Stack, list[np.ndarray]]:
    kind = stack_kind_of(path)
    assert kind is not None
    (stack,) = kind.read(path)
    with kind.open(path, stack) as reader:
        return stack, [reader.plane(0, slice, frame) for frame in range(stack.frames)
                       for slice in range(stack.slices)]


def test_values_stay_where_no_window_is_said(tmp_path: Path) -> None:
    stack, (found,) = read(write_dicom(tmp_path / "a.dcm", VALUES))
    assert (stack.width, stack.height, stack.bits) == (8, 6, 16)
    assert found.dtype == np.uint16 and np.array_equal(found, VALUES)


def test_the_window_is_what_is_seen(tmp_path: Path) -> None:
    scan = VALUES.astype(np.int16) - 1000
    path = write_dicom(tmp_path / "a.dcm", scan, WindowCenter=[40, 300], WindowWidth=[400, 1500],
                       RescaleSlope=1, RescaleIntercept=0)
    _, (found,) = read(path)
    assert found.dtype == np.uint16
    assert (found[scan <= -160] == 0).all() and (found[scan >= 240] == 65535).all()
    inside = (scan > -160) & (scan < 239)
    assert np.allclose(found[inside], (scan[inside] - 39.5) / 399 * 65535 + 65535 / 2, atol=1)


def test_what_a_scanner_measures_has_its_unit(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", VALUES, RescaleSlope=1, RescaleIntercept=-1024)
    _, (found,) = read(path)
    assert found.dtype == np.int16 and np.array_equal(found, VALUES.astype(int) - 1024)


@pytest.mark.parametrize("window", [{}, {"WindowCenter": 2000, "WindowWidth": 4000}])
def test_white_is_bright(tmp_path: Path, window: dict[str, int]) -> None:
    _, (plain,) = read(write_dicom(tmp_path / "a.dcm", VALUES, **window))
    _, (found,) = read(write_dicom(tmp_path / "b.dcm", VALUES, **window,
                                   PhotometricInterpretation="MONOCHROME1"))
    assert found.dtype == plain.dtype
    assert np.array_equal(found.astype(int), int(plain.min()) + int(plain.max()) - plain) or \
        np.array_equal(found, 65535 - plain)


def test_colours_and_films(tmp_path: Path) -> None:
    colours = planes(1, 3, 1, kind="uint8", size=(6, 8))[0, :, 0].transpose(1, 2, 0)
    stack, (found,) = read(write_dicom(tmp_path / "a.dcm", colours))
    assert stack.colours and np.array_equal(found, colours)
    several = planes(1, 5, 1, kind="uint8", size=(6, 8))[0, :, 0]
    stack, images = read(write_dicom(tmp_path / "b.dcm", several))
    assert (stack.slices, stack.frames) == (5, 1) and np.array_equal(images, several)
    stack, images = read(write_dicom(tmp_path / "c.dcm", several, FrameTime=40))
    assert (stack.slices, stack.frames) == (1, 5) and np.array_equal(images, several)


def test_the_scale_comes_along_and_the_patient_does_not(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_dicom(tmp_path / "a.dcm", VALUES, PixelSpacing=[0.5, 0.25])
    assert main(["pages", str(path), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.startswith("a.dcm: 1 image\nMade 1 image.")
    (made,) = (tmp_path / "out").iterdir()
    assert made.name == "a.dcm-000001.tif" and read_pixel_size(made) == PixelSize(0.25, 0.5, "mm")
    assert not any(name.encode() in made.read_bytes() for name in NAME.split("^"))
    stack, _ = read(write_dicom(tmp_path / "b.dcm", VALUES, ImagerPixelSpacing=[0.5, 0.5]))
    assert stack.pixel_size is None, "that is of the detector, and not of the body"


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(b"nothing of worth" * 99)
    with pytest.raises(WorkbenchError, match=r"^a\.dcm: it is no DICOM file\.$"):
        read(path)
    with pytest.raises(WorkbenchError, match=r"^a\.dcm: its images are compressed by JPEG L"):
        read(write_dicom(path, VALUES, syntax=UID("1.2.840.10008.1.2.4.70")))
    assert np.array_equal(read(write_dicom(path, VALUES, syntax=RLELossless))[1][0], VALUES)
    write_dicom(path, VALUES, Rows=0)
    with pytest.raises(WorkbenchError, match=r"^a\.dcm: there is no image in it\.$"):
        read(path)


def test_damage_of_any_kind_is_a_sentence(tmp_path: Path) -> None:
    path, chance = write_dicom(tmp_path / "a.dcm", VALUES, PixelSpacing=[1, 1]), random.Random(3)
    whole = path.read_bytes()
    for number in range(200):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.choice((0, 255, chance.randrange(256)))
        path.write_bytes(data[:chance.randrange(len(data))] if number % 5 == 0 else data)
        try:
            read(path)
        except WorkbenchError as error:
            assert error.sentence().startswith("a.dcm: "), error.sentence()
