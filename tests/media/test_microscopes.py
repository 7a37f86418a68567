"""Files of microscopes: what their headers say, and the planes with all their bits."""

from __future__ import annotations

import random
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.microscopes import write_czi, write_lif, write_nd2
from tests.support.stacks import Planes, planes
from workbench.core.errors import WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.media.images.stack import Stack
from workbench.media.images.stack_kinds import stack_kind_of

SIZE = PixelSize(0.25, 0.25, "µm")
Write = Callable[[Path, Planes], Path]
WRITERS: dict[str, Write] = {
    "a.czi": lambda path, values: write_czi(path, [values]),
    "a.lif": lambda path, values: write_lif(path, {"S": values}),
    "a.nd2": lambda path, values: write_nd2(path, [values])}


def read(path: Path) -> list[tuple[Stack, np.ndarray]]:
    """The stacks in a file, with (T, Z, C, H, W) values, or colours behind."""
    kind = stack_kind_of(path)
    assert kind is not None
    found = []
    for stack in kind.read(path):
        with kind.open(path, stack) as reader:
            values = np.array([[[reader.plane(channel, slice, frame)
                                 for channel in range(stack.channels)]
                                for slice in range(stack.slices)]
                               for frame in range(stack.frames)])
        found.append((stack, values))
    return found


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(("frames", "slices", "channels", "kind"), [
    (2, 3, 2, "uint16"), (1, 4, 1, "uint8"), (3, 1, 4, "uint16"), (1, 1, 1, "uint8")])
def test_each_plane_comes_back(tmp_path: Path, name: str, frames: int, slices: int, channels: int,
                               kind: str) -> None:
    values = planes(frames, slices, channels, kind=kind, size=(5, 7))
    (stack, found), = read(WRITERS[name](tmp_path / name, values))
    assert (stack.frames, stack.slices, stack.channels) == (frames, slices, channels)
    assert (stack.width, stack.height, stack.bits, stack.whole) == (
        7, 5, 8 * values.dtype.itemsize, True)
    assert found.dtype == values.dtype and np.array_equal(found, values)
    assert stack.pixel_size == SIZE and stack.title == ("S" if name == "a.lif" else "")


@pytest.mark.parametrize("name", WRITERS)
def test_colours_are_in_their_order(tmp_path: Path, name: str) -> None:
    values = planes(1, 3, 1, kind="uint8", size=(5, 7))[0, :, 0].transpose(1, 2, 0)
    (stack, found), = read(WRITERS[name](tmp_path / name, values))
    assert stack.colours and np.array_equal(found[0, 0, 0], values)


@pytest.mark.parametrize("name", ["a.czi", "a.lif"])
def test_fractions(tmp_path: Path, name: str) -> None:
    values = planes(1, 2, 1, size=(5, 7)).astype("float32") / 7
    (stack, found), = read(WRITERS[name](tmp_path / name, values))
    assert not stack.whole and np.array_equal(found, values)


def test_several_images_of_a_file(tmp_path: Path) -> None:
    one, other = planes(2, 2, 2), planes(2, 2, 2, seed=1)
    for path, titles in (
            (write_czi(tmp_path / "a.czi", [one, other]), ["Scene 1", "Scene 2"]),
            (write_lif(tmp_path / "a.lif", {"Leaf": one, "Root": other}), ["Leaf", "Root"]),
            (write_lif(tmp_path / "b.lif", {"Leaf": one, "Root": other}, version=1),
             ["Leaf", "Root"]),
            (write_nd2(tmp_path / "a.nd2", [one, other]), ["Position 1", "Position 2"])):
        found = read(path)
        assert [stack.title for stack, _ in found] == titles
        assert all(np.array_equal(values, wanted)
                   for (_, values), wanted in zip(found, (one, other), strict=True))


def test_tiles_are_put_together_and_smaller_copies_left_out(tmp_path: Path) -> None:
    values = planes(1, 2, 2, size=(6, 20))
    (stack, found), = read(write_czi(tmp_path / "a.czi", [values], tile=8, pyramid=True))
    assert (stack.width, stack.height) == (20, 6) and np.array_equal(found, values)


def test_compressed_ones(tmp_path: Path) -> None:
    from backports import zstd

    def apart(data: bytes) -> bytes:
        """Low bytes before high ones, as Zeiss stores 16 bits."""
        return b"\3\1\1" + zstd.compress(data[::2] + data[1::2])

    values = planes(1, 2, 2, size=(6, 20))
    for number, (coding, encode) in enumerate((
            (5, zstd.compress), (6, apart), (6, lambda data: b"\1" + zstd.compress(data)))):
        path = write_czi(tmp_path / f"{number}.czi", [values], coding=coding, encode=encode)
        assert np.array_equal(read(path)[0][1], values)
    assert np.array_equal(read(write_nd2(tmp_path / "a.nd2", [values], zipped=True))[0][1], values)
    with pytest.raises(WorkbenchError, match=r"^a\.czi: its images are compressed by JPEG XR, wh"):
        read(write_czi(tmp_path / "a.czi", [values], coding=4))


def test_rows_with_a_rest_and_recordings_that_were_ended_early(tmp_path: Path) -> None:
    values = planes(3, 2, 1, kind="uint8", size=(5, 7))
    assert np.array_equal(read(write_nd2(tmp_path / "a.nd2", [values], padding=1))[0][1], values)
    (stack, found), = read(write_nd2(tmp_path / "b.nd2", [values], cut=3))
    assert (stack.frames, stack.slices) == (1, 2) and np.array_equal(found, values[:1])


@pytest.mark.parametrize("name", WRITERS)
def test_damage_of_any_kind_is_a_sentence(tmp_path: Path, name: str) -> None:
    values, chance = planes(2, 2, 2, size=(5, 7)), random.Random(name)
    path = WRITERS[name](tmp_path / name, values)
    whole = path.read_bytes()
    for number in range(250):
        data = bytearray(whole)
        if number % 5 == 0:
            data = data[:chance.randrange(len(data))]
        for _ in range(chance.randint(1, 6)):
            if data:
                data[chance.randrange(len(data))] = chance.choice((0, 255, chance.randrange(256)))
        path.write_bytes(data)
        try:
            read(path)
        except WorkbenchError as error:
            assert error.sentence().startswith(f"{name}: "), error.sentence()
            assert "invalid argument" not in error.sentence()


@pytest.mark.parametrize(("said", "damaged"), [("uiComp", 1 << 24), ("uiWidth", 1 << 31)])
def test_numbers_that_cannot_be_take_neither_time_nor_memory(tmp_path: Path, said: str,
                                                             damaged: int) -> None:
    path = WRITERS["a.nd2"](tmp_path / "a.nd2", planes(2, 2, 2, size=(5, 7)))
    data = bytearray(path.read_bytes())
    at = data.index(f"{said}\0".encode("utf-16-le")) + 2 * len(said) + 2
    data[at:at + 4] = damaged.to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(WorkbenchError, match=r"^a\.nd2: "):
        read(path)


@pytest.mark.parametrize("write", [write_czi, write_nd2])
def test_many_positions_are_read_at_once(tmp_path: Path, write: Callable[..., Path]) -> None:
    kind = ".czi" if write is write_czi else ".nd2"
    path = write(tmp_path / f"a{kind}", [planes(2, 1, 1, size=(1, 1))] * 3000)
    found = stack_kind_of(path)
    assert found is not None
    begin = time.process_time()
    assert len(found.read(path)) == 3000
    assert time.process_time() - begin < 2


def test_what_is_something_else_is_told(tmp_path: Path) -> None:
    for name, said in (("a.czi", "it is no CZI file"), ("a.lif", "it is no LIF file"),
                       ("a.nd2", "it is no ND2 file")):
        path = tmp_path / name
        path.write_bytes(zlib.compress(bytes(999)) * 99)
        with pytest.raises(WorkbenchError, match=f"{name}: {said}"):
            read(path)
    (tmp_path / "a.nd2").write_bytes(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99))
    with pytest.raises(WorkbenchError, match="an ND2 file of an old kind"):
        read(tmp_path / "a.nd2")
