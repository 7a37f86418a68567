"""Small image files of every kind, depth and orientation, and what each of them looks like."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 40, 24
_X, _Y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
GREY = (_X * 4 + _Y * 4).astype(np.uint8)  # 0 … 248
COLOUR = np.stack([_X * 6, _Y * 10, 255 - _X * 3 - _Y * 4], axis=-1).astype(np.uint8)
DEEP = (800 + 12 * _X + 25 * _Y).astype(np.uint16)  # 12 bits of 16
DEEP_COLOUR = np.stack([DEEP, DEEP[::-1], 900 + DEEP // 2], axis=-1).astype(np.uint16)
HOLES = np.where(_X < 15, 0, np.where(_X < 30, 120, 255)).astype(np.uint8)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Kind:
    """A file, what it shows upright (H, W, 3), and how far a lossy decoder may be from that."""

    name: str
    data: Callable[[], bytes]
    looks: Pixels
    near: int = 0


def stretch(values: NDArray[Any]) -> Pixels:
    """The rule in words of its own: smallest 0, largest 255, over all colours."""
    exact = values.astype(np.float64)
    fine = np.isfinite(exact)
    low, high = exact[fine].min(), exact[fine].max()
    out = np.rint((exact - low) * (255 / (high - low)))
    out[~fine] = 0
    return rgb(out.astype(np.uint8))


def rgb(pixels: Pixels) -> Pixels:
    """Grey as three equal colours."""
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)


def turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """``pixels`` as shown when a file says that they lie so (CIPA DC-008, table of tag 274)."""
    return {
        1: pixels, 2: pixels[:, ::-1], 3: pixels[::-1, ::-1], 4: pixels[::-1],
        5: pixels.swapaxes(0, 1), 6: pixels[::-1].swapaxes(0, 1),
        7: pixels[::-1, ::-1].swapaxes(0, 1), 8: pixels[:, ::-1].swapaxes(0, 1),
    }[orientation]


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png16(values: NDArray[np.uint16], colour: int) -> bytes:
    """A PNG of 16 bits, which Pillow writes of grey only."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(
            ">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def tiff(
    values: NDArray[Any], order: str = "<", *, photometric: int | None = None,
    deflate: bool = False, orientation: int = 1, planar: int = 1, **tags: list[int],
) -> bytes:
    """A TIFF of any values; ``tags`` such as ``t339=[3]`` replace what is written."""
    bands = values.shape[2] if values.ndim == 3 else 1
    layers = np.moveaxis(values, 2, 0) if planar == 2 else values
    body = layers.astype(values.dtype.newbyteorder(order)).tobytes()  # type: ignore[call-overload]
    strips = bands if planar == 2 else 1
    size = len(body) // strips
    if deflate:
        body = zlib.compress(body)
        size = len(body)
    kind = {"u": 1, "i": 2, "f": 3, "c": 6}[values.dtype.kind]
    chosen = photometric if photometric is not None else (2 if bands >= 3 else 1)
    words: dict[int, tuple[str, list[int]]] = {
        256: ("I", [values.shape[1]]), 257: ("I", [values.shape[0]]),
        258: ("H", [values.dtype.itemsize * 8] * bands), 259: ("H", [8 if deflate else 1]),
        262: ("H", [chosen]), 273: ("I", [0] * strips), 274: ("H", [orientation]),
        277: ("H", [bands]), 278: ("I", [values.shape[0]]), 279: ("I", [size] * strips),
        284: ("H", [planar]), 339: ("H", [kind] * bands),
    }
    words |= {int(name[1:]): ("H", value) for name, value in tags.items()}
    pool_at = 8 + 2 + 12 * len(words) + 4
    start = pool_at + sum(len(value) * 4 for _, value in words.values())
    words[273] = ("I", [start + number * size for number in range(strips)])
    entries, pool = b"", b""
    for tag, (code, value) in sorted(words.items()):
        packed = struct.pack(f"{order}{len(value)}{code}", *value)
        field = packed.ljust(4, b"\0")
        if len(packed) > 4:
            field = struct.pack(f"{order}I", pool_at + len(pool))
            pool += packed
        entries += struct.pack(f"{order}HHI", tag, 3 if code == "H" else 4, len(value)) + field
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, len(words))
    return (head + entries + bytes(4) + pool).ljust(start, b"\0") + body


def bmp(bits: int, rows: bytes, compression: int = 0, masks: bytes = b"") -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, bits, compression, len(rows),
                       2835, 2835, 0, 0) + masks
    start = 14 + len(head)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + head + rows


def _oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def _image(pixels: NDArray[Any]) -> Image.Image:
    return Image.fromarray(pixels)


def _colours() -> Image.Image:
    return _image(COLOUR)


def _see_through() -> Image.Image:
    return _image(np.dstack([COLOUR, HOLES]))


def _palette(**options: Any) -> Callable[[], bytes]:
    return lambda: saved(_colours().quantize(16), "PNG", **options)


def _plain() -> list[Kind]:
    few = np.asarray(_colours().quantize(16).convert("RGB"))
    bits = (GREY > 127).astype(np.uint8) * 255
    five = COLOUR[::-1] >> 3
    packed = (five[..., 0].astype("<u2") << 10 | five[..., 1].astype("<u2") << 5 | five[..., 2])
    wide = five.astype(np.uint16) * 255 // 31
    return [
        Kind("png-colour", lambda: saved(_colours(), "PNG"), COLOUR),
        Kind("png-grey", lambda: saved(_image(GREY), "PNG"), rgb(GREY)),
        Kind("png-grey-key", lambda: saved(_image(GREY), "PNG", transparency=80), rgb(GREY)),
        Kind("png-colour-key", lambda: saved(_colours(), "PNG", transparency=(0, 0, 255)), COLOUR),
        Kind("png-alpha-0", lambda: saved(_see_through(), "PNG"), COLOUR),
        Kind("png-grey-alpha-0", lambda: saved(
            Image.merge("LA", (_image(GREY), _image(HOLES))), "PNG"), rgb(GREY)),
        Kind("png-palette", _palette(), few),
        Kind("png-palette-key", _palette(transparency=3), few),
        Kind("png-palette-alpha", _palette(transparency=bytes(range(0, 256, 16))), few),
        Kind("png-bits", lambda: saved(_image(bits).convert("1"), "PNG"), rgb(bits)),
        Kind("png-exif", lambda: saved(_colours(), "PNG", exif=_oriented(6)), COLOUR),
        Kind("gif", lambda: saved(_colours().quantize(16), "GIF"), few),
        Kind("gif-key", lambda: saved(_colours().quantize(16), "GIF", transparency=3), few),
        Kind("gif-moving", lambda: saved(
            _colours().quantize(16), "GIF", save_all=True, append_images=[_image(GREY)]), few),
        Kind("bmp", lambda: saved(_colours(), "BMP"), COLOUR),
        Kind("bmp-grey", lambda: saved(_image(GREY), "BMP"), rgb(GREY)),
        Kind("bmp-32", lambda: saved(_see_through(), "BMP"), COLOUR),
        Kind("bmp-555", lambda: bmp(16, packed.tobytes()), wide[::-1].astype(np.uint8), near=2),
        Kind("bmp-masks", lambda: bmp(
            16, packed.tobytes(), 3, struct.pack("<III", 0x7C00, 0x3E0, 0x1F)),
            wide[::-1].astype(np.uint8), near=2),
        Kind("webp", lambda: saved(_colours(), "WEBP", lossless=True), COLOUR),
        Kind("webp-alpha-0", lambda: saved(
            _see_through(), "WEBP", lossless=True, exact=True), COLOUR),
        Kind("webp-moving", lambda: saved(
            _colours(), "WEBP", save_all=True, lossless=True, append_images=[_image(GREY)]),
            COLOUR),
        Kind("webp-exif", lambda: saved(_colours(), "WEBP", lossless=True, exif=_oriented(6)),
             COLOUR),
        Kind("jpeg-grey", lambda: saved(_image(GREY), "JPEG", quality=100), rgb(GREY), near=3),
        Kind("jpeg-inks", lambda: saved(_colours().convert("CMYK"), "JPEG", quality=100), COLOUR,
             near=12),
        Kind("jpeg-progressive", lambda: saved(
            _colours(), "JPEG", quality=100, subsampling=0, progressive=True), COLOUR, near=4),
    ]


def _tiffs() -> list[Kind]:
    few = np.asarray(_colours().quantize(16).convert("RGB"))
    ready = _image(np.dstack([COLOUR, HOLES]))
    return [
        Kind("tiff-grey", lambda: tiff(GREY), rgb(GREY)),
        Kind("tiff-white-is-0", lambda: tiff(GREY, photometric=0), rgb(255 - GREY)),
        Kind("tiff-bits", lambda: saved(_image(GREY).convert("1"), "TIFF"),
             np.asarray(_image(GREY).convert("1").convert("RGB"))),
        Kind("tiff-palette", lambda: saved(_colours().quantize(16), "TIFF"), few),
        Kind("tiff-alpha-0", lambda: saved(ready, "TIFF"), COLOUR),
        Kind("tiff-grey-alpha-0", lambda: tiff(
            np.dstack([GREY, HOLES]), photometric=1, t338=[2]), rgb(GREY)),
        Kind("tiff-lzw", lambda: saved(_colours(), "TIFF", compression="tiff_lzw"), COLOUR),
        Kind("tiff-planes", lambda: tiff(COLOUR, planar=2), COLOUR),
        Kind("tiff-big", lambda: saved(_colours(), "TIFF", big_tiff=True), COLOUR),
        Kind("tiff-inks", lambda: saved(_colours().convert("CMYK"), "TIFF"), COLOUR),
        Kind("tiff-jpeg", lambda: saved(_colours(), "TIFF", compression="jpeg", quality=100),
             COLOUR, near=24),
        Kind("tiff-pages", lambda: saved(
            _colours(), "TIFF", save_all=True, append_images=[_image(GREY)]), COLOUR),
    ]


def _deep() -> list[Kind]:
    fractions = (DEEP / 4096).astype(np.float32)
    gaps = fractions.copy()
    gaps[3, 4], gaps[5, 6] = np.nan, np.inf
    wide = DEEP.astype(np.uint32) * 1_500_000  # beyond what is positive with a sign
    signed = DEEP.astype(np.int16) - 1200
    alpha = np.dstack([DEEP_COLOUR, np.where(HOLES > 0, 65535, 0)]).astype(np.uint16)
    grey_alpha = np.dstack([DEEP, alpha[..., 3]])
    kinds = [
        Kind("png-16", lambda: saved(_image(DEEP), "PNG"), stretch(DEEP)),
        Kind("png-16-colour", lambda: png16(DEEP_COLOUR, 2), stretch(DEEP_COLOUR)),
        Kind("png-16-alpha-0", lambda: png16(alpha, 6), stretch(DEEP_COLOUR)),
        Kind("png-16-grey-alpha-0", lambda: png16(grey_alpha, 4), stretch(DEEP)),
        Kind("tiff-16-lzw", lambda: saved(_image(DEEP), "TIFF", compression="tiff_lzw"),
             stretch(DEEP)),
        Kind("tiff-16-flat", lambda: tiff(np.full_like(DEEP, 700)), rgb(np.zeros_like(GREY))),
        Kind("tiff-float-gaps", lambda: tiff(gaps), stretch(gaps)),
        Kind("tiff-u32", lambda: tiff(wide), stretch(wide)),
    ]
    for order, name in (("<", "le"), (">", "be")):
        kinds += [
            Kind(f"tiff-16-{name}", lambda o=order: tiff(DEEP, o), stretch(DEEP)),
            Kind(f"tiff-s16-{name}", lambda o=order: tiff(signed, o), stretch(signed)),
            Kind(f"tiff-s32-{name}", lambda o=order: tiff(signed.astype(np.int32) * 70_000, o),
                 stretch(signed)),
            Kind(f"tiff-float-{name}", lambda o=order: tiff(fractions, o), stretch(fractions)),
            Kind(f"tiff-16-colour-{name}", lambda o=order: tiff(DEEP_COLOUR, o),
                 stretch(DEEP_COLOUR)),
            Kind(f"tiff-16-colour-deflate-{name}",
                 lambda o=order: tiff(DEEP_COLOUR, o, deflate=True), stretch(DEEP_COLOUR)),
            Kind(f"tiff-16-alpha-{name}", lambda o=order: tiff(alpha, o, t338=[2]),
                 stretch(DEEP_COLOUR)),
        ]
    return kinds


def _turned() -> list[Kind]:
    kinds = []
    for n in range(1, 9):
        shown = np.ascontiguousarray(turned(COLOUR, n))
        kinds += [
            Kind(f"jpeg-{n}", lambda n=n: saved(
                _colours(), "JPEG", quality=100, subsampling=0, exif=_oriented(n)), shown, near=4),
            Kind(f"tiff-{n}", lambda n=n: tiff(COLOUR, orientation=n), shown),
            Kind(f"tiff-grey-{n}", lambda n=n: tiff(GREY, orientation=n),
                 rgb(np.ascontiguousarray(turned(GREY, n)))),
            Kind(f"tiff-lzw-{n}", lambda n=n: saved(
                _colours(), "TIFF", compression="tiff_lzw", exif=_oriented(n)), shown),
            Kind(f"tiff-16-{n}", lambda n=n: tiff(DEEP, orientation=n),
                 stretch(np.ascontiguousarray(turned(DEEP, n)))),
            Kind(f"tiff-16-colour-{n}", lambda n=n: tiff(DEEP_COLOUR, orientation=n, deflate=True),
                 stretch(np.ascontiguousarray(turned(DEEP_COLOUR, n)))),
        ]
    return kinds


def _of_telephones() -> list[Kind]:
    kinds = [
        Kind("heic-grey", heic("grey"), rgb(GREY)),
        Kind("avif-grey", lambda: saved(Image.fromarray(GREY), "AVIF", quality=100), rgb(GREY),
             near=3),
    ]
    for n in range(1, 9):
        shown = np.ascontiguousarray(turned(COLOUR, n))
        kinds += [
            Kind(f"heic-{n}", heic(f"colour-{n}"), shown),
            Kind(f"avif-{n}", lambda n=n: saved(_colours(), "AVIF", quality=100,
                                                subsampling="4:4:4", exif=_oriented(n)),
                 shown, near=4),
        ]
    return kinds


def heic(name: str) -> Callable[[], bytes]:
    """One of the HEIC files that are kept, for nothing here can write them: :data:`COLOUR` without
    losses, lying in one of the eight ways; it in tiles; :data:`GREY`. All were taken on 2026-05-04
    at 21:03:02."""
    return (Path(__file__).parents[1] / "data" / "pictures" / f"{name}.heic").read_bytes


def _with_bits(data: bytes, bits: int) -> bytes:
    """The same HEIC file, whose header says that so many bits of brightness are coded."""
    place = data.index(b"hvcC") + 4 + 17
    return data[:place] + bytes([0xF8 | bits - 8]) + data[place + 1:]


KINDS = [*_plain(), *_tiffs(), *_deep(), *_turned(), *_of_telephones()]

DAMAGED = "the picture is damaged or cut off"
_HEIC = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic") + bytes(200)
_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s4sI4s", 20, b"ftyp", b"jp2 ", 0, b"jp2 ")

REFUSED: dict[str, tuple[bytes, str]] = {
    "float64.tif": (tiff(DEEP / 4096), "64-bit TIFF is not supported"),
    "bands.tif": (tiff(np.dstack([COLOUR, GREY, GREY]), t338=[0, 0]),
                  "5-band TIFF is not supported"),
    "float16.tif": (tiff(DEEP.astype(np.float16)), "16-bit float TIFF is not supported"),
    "float-colour.tif": (tiff(COLOUR.astype(np.float32)),
                         "32-bit float 3-band TIFF is not supported"),
    "planes.tif": (tiff(DEEP_COLOUR, planar=2), "16-bit TIFF in separate planes is not supported"),
    "empty.heic": (_HEIC, "the image has no header"),
    "cut-head.heic": (heic("colour-1")()[:200], "the image has no header"),
    "cut.heic": (heic("colour-1")()[:-300], DAMAGED),
    "deep.heic": (_with_bits(heic("grey")(), 9),
                  "HEIC in grey of more than 8 bits is not supported"),
    "jpeg.heic": (heic("colour-1")().replace(b"hvcC", b"jpgC"),
                  "this kind of HEIF is not supported"),
    "jxl.jpg": (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40), "JPEG XL is not supported"),
    "jp2.jpg": (_JP2, "JPEG 2000 is not supported"),
    "text.png": (b"this is no image at all" * 20, "it is not an image of a known kind"),
    "empty.png": (b"", "the file is empty"),
    "cut.png": (saved(_colours(), "PNG")[:-60], DAMAGED),
    "palette.png": (saved(_colours().quantize(16), "PNG").replace(b"PLTE", b"PLTF"), DAMAGED),
    "masks.bmp": (bmp(16, bytes(2 * WIDTH * HEIGHT), 3, struct.pack("<III", 7, 56, 448)),
                  "this kind of BMP is not supported"),
    "rows.tif": (tiff(DEEP.astype(np.int32), t257=[60_000]), DAMAGED),
    "cut-16.tif": (tiff(DEEP)[:-600], DAMAGED),
    "zeros.jpg": (b"\xff\xd8" + bytes(1 << 20), "the image has no header"),
}
"""Name: a file of which no side makes a picture, and the words that all say."""
