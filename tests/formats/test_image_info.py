"""Headers say what a full decoder says, and broken ones are told plainly."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from PySide6.QtGui import QImageReader

from workbench.core.errors import FormatError, WorkbenchError
from workbench.media.images import header as image_info
from workbench.media.images.header import IMAGE_SUFFIXES, ImageInfo, read_image_info

ORIENTATION = 0x0112


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def info_of(data: bytes, folder: Path) -> ImageInfo:
    path = folder / "image.bin"
    path.write_bytes(data)
    return read_image_info(path)


def oriented(kind: str, width: int, height: int, orientation: int, **options: Any) -> bytes:
    image = Image.new("RGB", (width, height), (90, 30, 60))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encoded(image, kind, exif=exif, **options)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 700),
    height=st.integers(1, 300),
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"]),
    mode=st.sampled_from(["L", "RGB", "RGBA"]),
)
def test_generated_images_agree_with_a_decoder(
    width: int, height: int, kind: str, mode: str
) -> None:
    if mode == "RGBA" and kind == "JPEG":
        mode = "CMYK"
    data = encoded(Image.new(mode, (width, height)), kind)
    with TemporaryDirectory() as folder:
        info = info_of(data, Path(folder))
    with Image.open(io.BytesIO(data)) as decoded:
        assert (info.width, info.height) == decoded.size == (width, height)
        assert info.format == str(decoded.format).lower()
        if kind in ("JPEG", "PNG", "TIFF"):
            assert info.depth == len(decoded.getbands())
    assert info.orientation == 1
    assert info.depth in (1, 3, 4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_orientation_turns_the_size_as_qt_and_pillow_do(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(oriented(kind, 40, 20, orientation))
    info = read_image_info(path)
    assert info.orientation == orientation
    with Image.open(path) as image:
        turned = ImageOps.exif_transpose(image)
        assert turned is not None and (info.width, info.height) == turned.size
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    shown = reader.read()
    assert (info.width, info.height) == (shown.width(), shown.height())


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_formats_that_qt_shows_as_stored_are_not_turned(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(oriented(kind, 40, 20, 6))
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    shown = reader.read()
    info = read_image_info(path)
    assert (info.width, info.height) == (shown.width(), shown.height()) == (40, 20)
    assert info.orientation == 1


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_senseless_orientation_is_upright(tmp_path: Path, orientation: int) -> None:
    assert info_of(oriented("JPEG", 40, 20, orientation), tmp_path).orientation == 1


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg: bytes, *parts: bytes) -> bytes:
    return jpeg[:2] + b"".join(parts) + jpeg[2:]


PLAIN = encoded(Image.new("RGB", (33, 17)), "JPEG")


@pytest.mark.parametrize(
    "data",
    [
        encoded(Image.new("RGB", (33, 17)), "JPEG", progressive=True),
        encoded(Image.new("RGB", (33, 17)), "JPEG", icc_profile=b"x" * 200_000),
        encoded(Image.new("RGB", (33, 17)), "JPEG", comment=b"\xff\xc0\xff\xd9 not a marker"),
        with_segments(PLAIN, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")),
        with_segments(PLAIN, b"\xff\xff\xff", segment(0xEE, b"Adobe")),  # fill bytes
        with_segments(PLAIN, b"\xff\x01", segment(0xFE, b"")),
        with_segments(PLAIN, segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")),  # damaged Exif
        with_segments(PLAIN, segment(0xE1, b"Exif\0\0")),
        with_segments(PLAIN, b"\0\0", segment(0xFE, b"x")),  # stray bytes between segments
    ],
    ids=["progressive", "icc", "comment", "xmp", "fill", "standalone", "bad-exif", "no-exif",
         "stray"],
)
def test_unusual_jpegs(tmp_path: Path, data: bytes) -> None:
    assert info_of(data, tmp_path) == ImageInfo(33, 17, 1, "jpeg", 3)


def test_the_thumbnail_inside_exif_is_not_taken_for_the_image(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    block = exif.tobytes() + encoded(Image.new("RGB", (16, 12)), "JPEG")
    data = encoded(Image.new("RGB", (330, 170)), "JPEG", exif=block)
    assert info_of(data, tmp_path) == ImageInfo(170, 330, 6, "jpeg", 3)


def test_big_endian_exif(tmp_path: Path) -> None:
    block = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, 8, 0, 0)
    data = with_segments(PLAIN, segment(0xE1, b"Exif\0\0" + block))
    assert info_of(data, tmp_path) == ImageInfo(17, 33, 8, "jpeg", 3)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: encoded(Image.new("P", (9, 5)), "PNG"), ImageInfo(9, 5, 1, "png", 3)),
        (lambda: encoded(Image.new("LA", (9, 5)), "PNG"), ImageInfo(9, 5, 1, "png", 4)),
        (lambda: encoded(Image.new("I;16", (9, 5)), "PNG"),
         ImageInfo(9, 5, 1, "png", 1, 16, False)),
        (lambda: encoded(Image.new("1", (9, 5)), "TIFF"), ImageInfo(9, 5, 1, "tiff", 1, 8, False)),
        (lambda: encoded(Image.new("P", (9, 5)), "TIFF"), ImageInfo(9, 5, 1, "tiff", 3, 8, False)),
        (lambda: encoded(Image.new("RGB", (9, 5)), "TIFF", big_tiff=True),
         ImageInfo(9, 5, 1, "tiff", 3, 8, False)),
        (lambda: encoded(Image.new("RGB", (9, 5)), "WEBP", lossless=True),
         ImageInfo(9, 5, 1, "webp", 3)),
        (lambda: encoded(Image.new("RGBA", (9, 5), (1, 2, 3, 4)), "WEBP", lossless=True),
         ImageInfo(9, 5, 1, "webp", 4)),
        (lambda: encoded(Image.new("RGBA", (9, 5), (1, 2, 3, 4)), "WEBP"),
         ImageInfo(9, 5, 1, "webp", 4)),
        (lambda: encoded(Image.new("RGB", (9, 5)), "WEBP", exif=b"Exif\0\0II*\0"),
         ImageInfo(9, 5, 1, "webp", 3)),
    ],
)
def test_kinds_of_pixels(
    tmp_path: Path, make: Callable[[], bytes], expected: ImageInfo
) -> None:
    assert info_of(make(), tmp_path) == expected


def test_bmp_from_the_top_down_and_the_old_header(tmp_path: Path) -> None:
    top_down = b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, 7, -3, 1, 24, 0)
    assert info_of(top_down, tmp_path) == ImageInfo(7, 3, 1, "bmp", 3)
    old = b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 7, 3, 1, 24)
    assert info_of(old, tmp_path) == ImageInfo(7, 3, 1, "bmp", 3)
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    alpha = b"BM" + bytes(12) + struct.pack("<IiiHHI", 56, 7, 3, 1, 32, 3) + bytes(20) + masks
    assert info_of(alpha, tmp_path) == ImageInfo(7, 3, 1, "bmp", 4, 8, False)


WHOLE = {
    kind: encoded(Image.new("RGB", (33, 17), (1, 2, 3)), kind)
    for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")
}
HEADER = {"JPEG": 600, "PNG": 26, "GIF": 10, "BMP": 34, "TIFF": 20, "WEBP": 30}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_header_that_breaks_off_anywhere_is_told(tmp_path: Path, kind: str) -> None:
    for cut in range(HEADER[kind]):
        with pytest.raises(FormatError) as caught:
            info_of(WHOLE[kind][:cut], tmp_path)
        assert str(caught.value).startswith("image.bin: ")
        assert caught.value.path == tmp_path / "image.bin"


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(sorted(WHOLE)),
    changes=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 255)), max_size=4),
    cut=st.integers(4, 700),
)
def test_damage_is_never_more_than_a_format_error(
    kind: str, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(WHOLE[kind][:cut])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    with TemporaryDirectory() as folder:
        try:
            info = info_of(bytes(data), Path(folder))
        except FormatError:
            return
    assert info.width > 0 and info.height > 0


@settings(max_examples=100, deadline=None)
@given(start=st.sampled_from([b"\xff\xd8", b"II*\0", b"MM\0*", b"II+\0", b"BM", b"GIF89a",
                              b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8X", b"RIFF\0\0\0\0WEBP"]),
       rest=st.binary(max_size=60))
def test_noise_behind_a_good_start(start: bytes, rest: bytes) -> None:
    with TemporaryDirectory() as folder:
        try:
            info_of(start + rest, Path(folder))
        except FormatError:
            return


@pytest.mark.parametrize("offset", [500, 2**31, 2**63, 2**64 - 1])
def test_a_tiff_that_points_behind_its_end(tmp_path: Path, offset: int) -> None:
    with pytest.raises(FormatError, match="the image breaks off in its header"):
        info_of(b"II+\0\x08\0\0\0" + struct.pack("<Q", offset), tmp_path)


@pytest.mark.parametrize("part", [b"\0" * 50, b"\xff" * 50, b"\xff\xfe\0\2" * 12, b"\xff\xd0" * 25],
                         ids=["zeros", "fill", "segments", "markers"])
def test_little_is_read_of_a_large_file_without_a_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8" + part * 40_000)
    read = 0
    real = image_info.take

    def counted(stream: BinaryIO, count: int) -> bytes:
        nonlocal read
        read += count
        return real(stream, count)

    monkeypatch.setattr(image_info, "take", counted)
    with pytest.raises(FormatError):
        read_image_info(path)
    assert read <= 300_000


def test_plain_sentences(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"^image\.bin: the file is empty\.$"):
        info_of(b"", tmp_path)
    with pytest.raises(FormatError, match="it is not an image of a known kind"):
        info_of(b"hello, world", tmp_path)
    with pytest.raises(FormatError, match="the image breaks off in its header"):
        info_of(PLAIN[:100], tmp_path)
    with pytest.raises(FormatError, match="0 × 3 pixels"):
        info_of(b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, 0, 3, 1, 24, 0), tmp_path)
    with pytest.raises(WorkbenchError, match="the file is not there"):
        read_image_info(tmp_path / "none.jpg")
    with pytest.raises(WorkbenchError, match="it is a folder"):
        read_image_info(tmp_path)


@pytest.mark.parametrize("name", ["kangaroo", "bccd"])
def test_real_images_agree_with_pillow(name: str, data_set: Callable[[str], Path]) -> None:
    paths = [p for p in data_set(name).rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES]
    assert len(paths) > 100
    for path in paths:
        info = read_image_info(path)
        with Image.open(path) as image:
            turned = image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
            width, height = image.size[::-1] if turned else image.size
            assert (info.width, info.height) == (width, height), path
            assert info.depth == len(image.getbands()), path
            assert info.format == str(image.format).lower(), path
