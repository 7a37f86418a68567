"""What image files tell of the size of their pixels, and what is not believed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.tiff_tags import Fraction, Value, resolution, write_tiff
from workbench.core.pixel_size import PixelSize
from workbench.media.images.file_scale import read_pixel_size
from workbench.media.images.header import read_image_info

Tags = dict[int, Value | Fraction]
OME = """<?xml version="1.0" encoding="UTF-8"?><!-- a comment -->
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument ID="I:0"/>
<Image ID="Image:0"><Pixels ID="P:0" {sizes} SizeX="4"><Channel/></Pixels></Image>
<Image ID="Image:1"><Pixels PhysicalSizeX="99"/></Image></OME>"""
METAMORPH = """<MetaData><prop id="spatial-calibration-state" type="bool" value="{state}"/>
<prop id="spatial-calibration-x" type="float" value="0.645"/>
<prop id="spatial-calibration-y" type="float" value="0.65"/>
<prop id="spatial-calibration-units" type="string" value="um"/></MetaData>"""


def imagej(unit: str, a_unit: float = 4.0, more: str = "") -> Tags:
    return {270: f"ImageJ=1.54f\nimages=3\n{unit}\n{more}loop=false\n", 296: 1,
            282: resolution(a_unit), 283: resolution(a_unit)}


def printed(a_unit: float, unit: int) -> Tags:
    return {282: resolution(a_unit), 283: resolution(a_unit), 296: unit}


@pytest.mark.parametrize(("tags", "x", "y", "unit"), [
    ({270: OME.format(sizes='PhysicalSizeX="0.1" PhysicalSizeY="0.2"')}, 0.1, 0.2, "µm"),
    ({270: OME.format(sizes='PhysicalSizeX="4" PhysicalSizeXUnit="nm" PhysicalSizeY="0.004" '
                            'PhysicalSizeYUnit="µm"')}, 4, 4, "nm"),
    ({270: OME.format(sizes='PhysicalSizeX="40" PhysicalSizeXUnit="Å"')}, 4, 4, "nm"),
    ({270: OME.replace("<", "<ome:").replace("<ome:/", "</ome:").replace("<ome:?", "<?")
      .replace("<ome:!", "<!").replace("xmlns=", "xmlns:ome=")
      .format(sizes='PhysicalSizeX="0.3"')}, 0.3, 0.3, "µm"),
    (imagej("unit=micron"), 0.25, 0.25, "µm"),
    (imagej("unit=\\u00B5m"), 0.25, 0.25, "µm"),
    (imagej("unit=\u00b5m"), 0.25, 0.25, "µm"),
    (imagej("unit=mm", more="yunit=um\n"), 0.25, 0.00025, "mm"),
    (imagej("unit=cm", 40_000.0) | {296: 3}, 0.000025, 0.000025, "cm"),
    ({270: METAMORPH.format(state="on")}, 0.645, 0.65, "µm"),
    ({34118: b"AP_MAG\r\nMag = 5.00 K X\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 22.3 nm\r\n"},
     22.3, 22.3, "nm"),
    ({34118: "Image Pixel Size = 1.2 µm".encode("latin-1")}, 1.2, 1.2, "µm"),
    ({34682: "[User]\r\nDate=1\r\n[Scan]\r\nPixelWidth=4.2e-009\r\nPixelHeight=4.3e-009\r\n"},
     4.2, 4.3, "nm"),
    ({33550: (0.2, 0.25, 0.0), 34735: (1, 1, 0, 2, 1024, 0, 1, 1, 3076, 0, 1, 9001)},
     0.2, 0.25, "m"),
    (printed(31_250, 3), 0.32, 0.32, "µm"),
    (printed(10_160_000, 2), 2.5, 2.5, "nm"),
])
def test_sizes_that_files_tell(tmp_path: Path, tags: Tags, x: float, y: float, unit: str) -> None:
    for order, big in (("<", False), (">", False), ("<", True)):
        path = write_tiff(tmp_path / f"{big}{order == '>'}.TIF", tags, order=order, big=big)
        size = read_pixel_size(path)
        assert size is not None
        assert (size.x, size.y, size.unit) == (pytest.approx(x), pytest.approx(y), unit)
        assert read_image_info(path).width == 4, "the file is a picture that opens"


@pytest.mark.parametrize("tags", [
    {}, printed(300, 2), printed(118.11, 3), printed(1200, 2), printed(9600, 2), printed(31_250, 1),
    {282: Fraction((0, 1)), 283: Fraction((1, 0)), 296: 3},
    imagej("unit=pixel"), imagej("unit="), imagej("min=0"), imagej("unit=micron", 0.0),
    imagej("unit=micron", more="yunit=furlong\n"),
    {270: OME.format(sizes="")}, {270: OME.format(sizes='PhysicalSizeX="-1"')},
    {270: OME.format(sizes='PhysicalSizeX="1" PhysicalSizeXUnit="pixel"')},
    {270: OME.format(sizes='PhysicalSizeX="1" PhysicalSizeXUnit="reference frame"')},
    {270: '<!DOCTYPE a [<!ENTITY b "c">]><Pixels PhysicalSizeX="0.1"/>'},
    {270: METAMORPH.format(state="off")}, {270: "a nice picture < 3 µm"}, {34118: "Mag = 5 K X"},
    {34682: "[Scan]\nPixelWidth=0\n"}, {34682: "[Scan]\nPixelWidth=wide\n"},
    {33550: (0.2, 0.2, 0.0), 34735: (1, 1, 0, 1, 1024, 0, 1, 2)},  # degrees
    {33550: (1e308, 1e-300, 0.0), 34735: (1, 1, 0, 1, 1024, 0, 1, 1)},
    imagej("unit=a\\ud800b"), imagej("unit=a\\u0000b"), imagej(f"unit={'a' * 9999}"),
    {33550: (0.2, 0.2, 0.0), 34735: (1, 1, 0, 2, 1024, 0, 1, 1, 3076, 0, 1, 9002)},  # feet
])
def test_what_is_no_scale_is_not_believed(tmp_path: Path, tags: Tags) -> None:
    assert read_pixel_size(write_tiff(tmp_path / "a.tif", tags)) is None


def test_a_picture_that_lies_on_its_side(tmp_path: Path) -> None:
    tags: Tags = {270: OME.format(sizes='PhysicalSizeX="1" PhysicalSizeY="2"'), 274: 6}
    assert read_pixel_size(write_tiff(tmp_path / "a.tif", tags)) == PixelSize(2, 1, "µm")


def test_a_long_description_is_read_where_its_beginning_says_it(tmp_path: Path) -> None:
    text = OME.format(sizes='PhysicalSizeX="0.5"').replace(
        "<Channel/>", "<Channel Name='µ'/>" * 40_000)
    size = read_pixel_size(write_tiff(tmp_path / "a.tif", {270: text}))
    assert size == PixelSize(0.5, 0.5, "µm")


def test_other_files_are_not_even_opened(tmp_path: Path) -> None:
    for name in ("gone.tif", "gone.png"):
        assert read_pixel_size(tmp_path / name) is None
    assert read_pixel_size(write_tiff(tmp_path / "a.png", imagej("unit=mm"))) is None


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 400), st.integers(0, 255), st.booleans())
def test_damage_is_no_failure(tmp_path: Path, at: int, value: int, cut: bool) -> None:
    path = write_tiff(tmp_path / "a.tif", imagej("unit=micron"))
    data = bytearray(path.read_bytes())
    at %= len(data)
    data[at] = value
    path.write_bytes(data[:at] if cut else data)
    read_pixel_size(path)
