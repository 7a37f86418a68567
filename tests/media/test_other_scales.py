"""The size of a pixel in PNG and LSM files, and in world files beside images."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.project.helpers import png
from tests.support.tiff_tags import resolution, write_tiff
from workbench.core.pixel_size import PixelSize
from workbench.media.images.file_scale import read_pixel_size

UTM = "0.25\n0.0\n0.0\n-0.5\n455000.125\n5310000.5\n"
PROJECTED = 'PROJCS["x",GEOGCS["y",UNIT["degree",0.0174532925199433]],UNIT["{}",{}]]'


def with_phys(x: int, y: int, unit: int) -> bytes:
    data, body = png(), b"pHYs" + struct.pack(">IIB", x, y, unit)
    return data[:33] + struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# PNG


def test_a_png_of_a_microscope_tells_its_scale(tmp_path: Path) -> None:
    size = read_pixel_size(put(tmp_path / "a.PNG", with_phys(3_125_000, 2_000_000, 1)))
    assert size == PixelSize(0.32, 0.5, "µm")


@pytest.mark.parametrize("phys", [
    (2835, 2835, 1), (3780, 3780, 1), (11811, 11811, 1),  # 72, 96 and 300 pixels an inch
    (3_125_000, 3_125_000, 0), (3_125_000, 3_125_000, 2), (0, 0, 1), (3_125_000, 0, 1), (1, 1, 1)])
def test_what_printers_want_of_a_png_is_no_scale(tmp_path: Path,
                                                 phys: tuple[int, int, int]) -> None:
    assert read_pixel_size(put(tmp_path / "a.png", with_phys(*phys))) is None


def test_a_png_that_says_it_behind_its_pixels_is_not_read_to_its_end(tmp_path: Path) -> None:
    data = with_phys(3_125_000, 3_125_000, 1)
    late = data[:33] + data[54:-12] + data[33:54] + data[-12:]
    assert read_pixel_size(put(tmp_path / "a.png", late)) is None, "it belongs before them"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 80), st.integers(0, 255), st.booleans())
def test_damage_of_a_png_is_no_failure(tmp_path: Path, at: int, value: int, cut: bool) -> None:
    data = bytearray(with_phys(3_125_000, 3_125_000, 1))
    data[at] = value
    read_pixel_size(put(tmp_path / "a.png", bytes(data[:at] if cut else data)))


# LSM


def lsm(x: float, y: float, scan: int = 0, magic: int = 0x00400494C) -> bytes:
    return struct.pack("<Ii8i6dH", magic, 500, *range(8), x, y, 1e-6, 0.0, 0.0, 0.0, scan) + bytes(
        400)


def test_an_lsm_tells_its_voxels(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", {34412: lsm(1.3e-7, 2.6e-7)})
    assert read_pixel_size(path) == PixelSize(0.13, 0.26, "µm")
    assert read_pixel_size(write_tiff(path, {34412: lsm(1e-7, 1e-7, 6, 0x00300494C)})) is not None


@pytest.mark.parametrize("block", [
    lsm(0.0, 0.0), lsm(1e-7, 1e-7, scan=1), lsm(1e-7, 1e-7, magic=1), lsm(-1e-7, 1e-7), b"short",
    lsm(float("nan"), 1e-7), lsm(float("inf"), 1.0), lsm(1e300, 1e300)])
def test_other_blocks_of_an_lsm_tell_nothing(tmp_path: Path, block: bytes) -> None:
    assert read_pixel_size(write_tiff(tmp_path / "a.tif", {34412: block})) is None


# World files


@pytest.mark.parametrize(("image", "beside"), [
    ("a.jpg", "a.jgw"), ("a.jpeg", "a.jgw"), ("a.jpg", "a.jpgw"), ("a.JPG", "a.JGW"),
    ("a.png", "a.pgw"), ("a.tif", "a.tfw"), ("a.tiff", "a.tfw"), ("a.bmp", "a.wld")])
def test_a_world_file_tells_metres(tmp_path: Path, image: str, beside: str) -> None:
    put(tmp_path / image, png())
    assert read_pixel_size(tmp_path / image) is None
    put(tmp_path / beside, UTM.encode())
    assert read_pixel_size(tmp_path / image) == PixelSize(0.25, 0.5, "m")


def test_a_map_that_is_turned_and_commas(tmp_path: Path) -> None:
    put(tmp_path / "a.jgw", b"0,3\r\n0,4\r\n0,4\r\n-0,3\r\n455000,1\r\n5310000,5\r\n")
    assert read_pixel_size(tmp_path / "a.jpg") == PixelSize(0.5, 0.5, "m")


def test_what_the_file_itself_tells_goes_first(tmp_path: Path) -> None:
    put(tmp_path / "a.tfw", UTM.encode())
    path = write_tiff(tmp_path / "a.tif", {
        270: "ImageJ=1.54f\nunit=mm\n", 296: 1, 282: resolution(4), 283: resolution(4)})
    assert read_pixel_size(path) == PixelSize(0.25, 0.25, "mm")


@pytest.mark.parametrize(("name", "factor", "size"), [
    ("metre", "1", PixelSize(0.25, 0.5, "m")),
    ("Foot_US", "0.3048006096012192", PixelSize(0.07620015, 0.1524003, "m")),
    ("odd", "1e400", None), ("odd", "0", None), ("odd", "...", None)])
def test_the_unit_of_the_map_counts(tmp_path: Path, name: str, factor: str,
                                    size: PixelSize | None) -> None:
    put(tmp_path / "a.jgw", UTM.encode())
    put(tmp_path / "a.prj", PROJECTED.format(name, factor).encode())
    found = read_pixel_size(tmp_path / "a.jpg")
    assert (found is None) == (size is None)
    if found is not None and size is not None:
        assert (found.x, found.y) == (pytest.approx(size.x if found.unit == "m" else size.x * 1e3),
                                      pytest.approx(size.y if found.unit == "m" else size.y * 1e3))


@pytest.mark.parametrize("world", [
    "0.00001\n0\n0\n-0.00001\n11.5\n48.1\n",  # degrees
    "0.25\n0\n0\n-0.25\n455000\n", "a\nb\nc\nd\ne\nf\n",
    "0.25\n0\n0\n-0.25\n455000\n5310000\n7\n", "",
    "nan\n0\n0\n-1\n455000\n5310000\n", "0\n0\n0\n0\n455000\n5310000\n", "1e308\n" * 6,
    "\x00" * 40, "1_0\n0\n0\n-1\n455000\n5310000\nx"])
def test_what_is_no_world_file_tells_nothing(tmp_path: Path, world: str) -> None:
    put(tmp_path / "a.jgw", world.encode())
    assert read_pixel_size(tmp_path / "a.jpg") is None


def test_a_map_in_degrees_and_odd_files_tell_nothing(tmp_path: Path) -> None:
    put(tmp_path / "a.jgw", UTM.encode())
    put(tmp_path / "a.prj", b'GEOGCS["WGS 84",UNIT["degree",0.0174532925199433]]')
    assert read_pixel_size(tmp_path / "a.jpg") is None
    put(tmp_path / "b.jgw", UTM.encode() + b" " * 100_000)
    assert read_pixel_size(tmp_path / "b.jpg") is None, "nobody's world file is that large"
    (tmp_path / "c.jgw").mkdir()
    assert read_pixel_size(tmp_path / "c.jpg") is None
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "d.jgw")
        assert read_pixel_size(tmp_path / "d.jpg") is None, "nobody waits for a pipe"
