"""Arrays are read as they are, and never larger than the file that holds them."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from workbench.formats.arrays import read_arrays


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, data in members.items():
            made.writestr(f"{name}.npy", data)
    return stream.getvalue()


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = (header + "\n").encode("latin-1")
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


def test_what_numpy_writes_is_read_and_may_be_changed() -> None:
    wanted = {
        "a": np.arange(6, dtype=np.int64).reshape(2, 3), "b": np.zeros((0, 4), np.float32),
        "c": np.array([True, False]), "d": np.array(2.5), "e": np.frombuffer(b"xy", np.uint8),
    }
    stream = io.BytesIO()
    np.savez(stream, **wanted)
    found = read_arrays(stream.getvalue(), wanted)
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
        assert found[name].flags.writeable


HEADER = "{'descr': '<i8', 'fortran_order': False, 'shape': (%s), }"


@pytest.mark.parametrize("member", [
    b"", b"\x93NUMPY", npy(HEADER % "3,", bytes(16)), npy(HEADER % "1,", bytes(16)),
    npy(HEADER % "-2,", bytes(16)), npy(HEADER % "2,", bytes(16), b"\x09\x00"),
    npy(HEADER.replace("<i8", "|O") % "2,", bytes(16)),
    npy(HEADER.replace("<i8", "<U9") % "2,", bytes(72)),
    npy(HEADER.replace("False", "True") % "2,", bytes(16)),
    npy("[" * 3000), npy(HEADER % "999999999999999999, 999999999999999999, 16", bytes(16)),
])
def test_what_is_not_what_it_says_is_refused(member: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_arrays(archive(a=member), ["a"])


def test_a_claim_of_terabytes_allocates_nothing() -> None:
    data = archive(a=npy(HEADER % "2000000000000,", bytes(16)))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="does not have the size that it says"):
            read_arrays(data, ["a"])
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_objects_are_never_unpickled() -> None:
    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (pytest.fail, ("code in the file was run",))

    stream = io.BytesIO()
    np.savez(stream, a=np.array([Harm()], dtype=object))
    with pytest.raises(ValueError, match="of another kind"):
        read_arrays(stream.getvalue(), ["a"])


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"no archive at all" * 10])
def test_no_archive_is_told(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_arrays(data, ["a"])


def test_a_packed_member_is_refused_before_it_is_unpacked() -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, a=np.zeros(10_000_000))
    with pytest.raises(ValueError, match="larger than its archive"):
        read_arrays(stream.getvalue(), ["a"])
