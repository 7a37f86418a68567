"""What a TIFF of several pages holds, and what its pages look like."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.support.stacks import Flavour, Planes, many_directories, planes, write_stack
from workbench.core.errors import WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.media.images.file_scale import read_pixel_size
from workbench.media.images.pixels import upright_values
from workbench.media.images.stack import MOST_PAGES, Stack, page_count, read_stack
from workbench.media.images.stack_pages import StackReader, tiff_bytes


def known(path: Path) -> Stack:
    stack = read_stack(path)
    assert stack is not None
    return stack


def holds(path: Path, values: Planes) -> Stack:
    """Whether it is known what each plane is, and all bits of it are read."""
    stack = known(path)
    assert (stack.frames, stack.slices, stack.channels) == values.shape[:3]
    with StackReader(path, stack) as reader:
        for frame, slice, channel in np.ndindex(*values.shape[:3]):
            found = reader.plane(channel, slice, frame)
            assert found.dtype == values.dtype
            assert np.array_equal(found, values[frame, slice, channel])
    return stack


@pytest.mark.parametrize("flavour", ["imagej", "one-directory"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_imagej(tmp_path: Path, flavour: Flavour, byteorder: str) -> None:
    values = planes(2, 4, 3)
    stack = holds(write_stack(tmp_path / "a.tif", values, flavour, byteorder=byteorder), values)
    assert stack.words() == "3 channels, 4 slices, 2 frames" and stack.number == 24


@pytest.mark.parametrize("order", ["TZCYX", "TCZYX", "CTZYX", "ZCTYX"])
@pytest.mark.parametrize("how", [{}, {"bigtiff": True, "byteorder": ">"}, {"compression": "zlib"}])
def test_ome(tmp_path: Path, order: str, how: dict[str, Any]) -> None:
    values = planes(2, 4, 3)
    holds(write_stack(tmp_path / "a.ome.tif", values, "ome", order=order, **how), values)


def test_channels_in_one_page(tmp_path: Path) -> None:
    values = planes(1, 4, 3)
    for planar in ("separate", "contig"):
        path, axes = tmp_path / f"{planar}.tif", "ZCYX" if planar == "separate" else "ZYXC"
        tifffile.imwrite(path, values[0] if planar == "separate" else np.moveaxis(values[0], 1, -1),
                         photometric="minisblack", planarconfig=planar, ome=True,
                         metadata={"axes": axes if planar == "separate" else "ZYXS"})
        assert holds(path, values).number == 4


def test_zeiss(tmp_path: Path) -> None:
    """All channels lie in a page, and after each comes a preview."""
    values, path = planes(2, 2, 3), tmp_path / "a.lsm"
    lsm = struct.pack("<I4x6i", 0x00400494C, 8, 6, 2, 3, 2, 2).ljust(200, b"\0")
    with tifffile.TiffWriter(path) as file:
        for at, page in enumerate(values.reshape(-1, 3, 6, 8)):
            file.write(page, photometric="minisblack", planarconfig="separate", metadata=None,
                       extratags=[(34412, 1, len(lsm), lsm, True)] if not at else ())
            file.write(np.zeros((2, 2, 3), np.uint8), photometric="rgb", subfiletype=1,
                       metadata=None)
    assert holds(path, values).number == 4


def test_pages_of_which_nothing_is_said(tmp_path: Path) -> None:
    values = planes(1, 12)
    assert holds(write_stack(tmp_path / "a.tif", values, "plain"), values).words() == "12 pages"
    pictures = [Image.fromarray(page) for page in values[0, :, 0]]
    for way in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        pictures[0].save(tmp_path / "b.tif", save_all=True, append_images=pictures[1:],
                         compression=way)
        holds(tmp_path / "b.tif", values)
    colours = np.random.default_rng(0).integers(0, 255, (1, 3, 1, 6, 8, 3), np.uint8)
    pictures = [Image.fromarray(page) for page in colours[0, :, 0]]
    pictures[0].save(tmp_path / "c.tif", save_all=True, append_images=pictures[1:],
                     compression="tiff_lzw")
    assert holds(tmp_path / "c.tif", colours).colours


def test_pages_look_as_the_first_one_does_where_it_is_shown(tmp_path: Path) -> None:
    for mode, orientation in (("L", 6), ("P", 1), ("1", 1), ("RGB", 3), ("LA", 1), ("RGBA", 5)):
        picture = Image.fromarray(planes(kind="uint8", size=(12, 7))[0, 0, 0]).convert(mode)
        path = tmp_path / f"{mode}.tif"
        picture.save(path, save_all=True, append_images=[picture], tiffinfo={274: orientation})
        stack = known(path)
        shown = upright_values(path)
        assert (stack.height, stack.width) == shown.shape[:2]
        with StackReader(path, stack) as reader:
            assert np.array_equal(reader.plane(0, 0, 0), shown), mode
            assert np.array_equal(reader.plane(0, 1, 0), shown), mode


def test_a_recording_that_was_ended_early(tmp_path: Path) -> None:
    """Whole frames count; where not even one is whole, each page is for itself."""
    values = planes(4, 2, 3)
    for there, shape in ((18, (3, 2, 3)), (20, (3, 2, 3)), (5, (1, 5, 1))):
        path = tmp_path / f"{there}.tif"
        with tifffile.TiffWriter(path) as file:
            for page in values.reshape(-1, 6, 8)[:there]:
                file.write(page, contiguous=False, metadata=None, description=(
                    "ImageJ=1.54f\nimages=24\nchannels=3\nslices=2\nframes=4\n"))
        stack = known(path)
        assert (stack.frames, stack.slices, stack.channels) == shape
        with StackReader(path, stack) as reader:
            assert np.array_equal(reader.plane(0, 1, 0), values.reshape(-1, 6, 8)[
                3 if there > 5 else 1])


def test_ome_of_several_files_or_another_order_is_not_mixed_up(tmp_path: Path) -> None:
    path = write_stack(tmp_path / "a.ome.tif", planes(1, 4, 3), "ome")
    data = path.read_bytes()
    path.write_bytes(data.replace(b'SizeC="3"', b'SizeC="9"'))
    assert known(path).words() == "12 slices" or known(path).channels == 1
    pixels = b'<OME><Image><Pixels DimensionOrder="XYCZT" SizeC="2" SizeZ="2" SizeT="1">' \
        b'<TiffData IFD="0" FirstC="1" FirstZ="0" FirstT="0"/></Pixels></Image></OME>'
    tifffile.imwrite(path, planes(1, 4)[0, :, 0], photometric="minisblack", metadata=None,
                     description=pixels)
    assert known(path).channels == 1 and known(path).slices == 4


def test_hostile_files(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    assert page_count(many_directories(path, 3, last=8)) == 3, "a loop"
    assert page_count(many_directories(path, 3, last=1 << 31)) == 3
    assert page_count(many_directories(path, MOST_PAGES + 9)) == MOST_PAGES
    for data in (b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"GIF89a"):
        path.write_bytes(data)
        assert page_count(path) == 1 and read_stack(path) is None
    assert page_count(tmp_path / "none.tif") == 1


@pytest.mark.parametrize("text", [
    "ImageJ=1\nimages=999999999\nslices=999999999\n", "ImageJ=1\nimages=-3\n",
    "ImageJ=1\nimages=0\nchannels=0\n",
    '<!DOCTYPE a [<!ENTITY b "c">]><OME><Pixels SizeC="3" SizeZ="99"/></OME>',
    '<OME><Pixels DimensionOrder="XYQQQ" SizeZ="many"/></OME>', "<OME><Pixels SizeZ='99'"])
def test_what_is_said_and_is_not_there(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, planes(1, 1)[0, 0, 0], metadata=None, description=text)
    assert page_count(path) == 1


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes_are_one_sentence(tmp_path_factory: pytest.TempPathFactory,
                                        data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.tif"
    write_stack(path, planes(1, 3), data.draw(st.sampled_from(["imagej", "ome", "plain"])))
    whole = bytearray(path.read_bytes())
    for place, value in data.draw(st.lists(st.tuples(
            st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=6)):
        whole[place] = value
    path.write_bytes(whole[:data.draw(st.integers(1, len(whole)))])
    stack = read_stack(path)
    if stack is None:
        return
    try:
        with StackReader(path, stack) as reader:
            for slice in range(min(stack.slices, 4)):
                reader.plane(0, slice, 0)
    except WorkbenchError as error:
        assert error.path == path


_UNITS = st.sampled_from(["nm", "µm", "mm", "m", "furlong"])


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(["uint8", "uint16", "int16", "int32", "uint32", "float32"]),
       x=st.floats(1e-3, 1e3), y=st.floats(1e-3, 1e3), unit=_UNITS, seed=st.integers(0, 99),
       colours=st.booleans())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, kind: str, x: float,
                                 y: float, unit: str, seed: int, colours: bool) -> None:
    """All bits and the size of a pixel, by what shows images everywhere."""
    values = planes(seed=seed, kind="uint16")[0, 0, 0].astype(kind)
    if colours and kind in ("uint8", "uint16"):
        values = np.stack([values, values // 2, values // 3], axis=-1)
    path = tmp_path_factory.getbasetemp() / "written.tif"
    path.write_bytes(tiff_bytes(values, PixelSize(x, y, unit)))
    assert np.array_equal(upright_values(path), values)
    size = read_pixel_size(path)
    assert size is not None and size.unit == unit
    assert (size.x, size.y) == pytest.approx((x, y), rel=2e-6)
    path.write_bytes(tiff_bytes(values, None))
    assert read_pixel_size(path) is None
