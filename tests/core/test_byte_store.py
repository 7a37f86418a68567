"""Bytes that are kept in memory while they are few, and else in a file."""

from __future__ import annotations

from pathlib import Path

from workbench.core.byte_store import ByteStore


def test_what_is_too_much_for_memory_comes_back_from_the_disk(tmp_path: Path) -> None:
    store = ByteStore(tmp_path / "cache", most=1000)
    pieces = [bytes([at]) * 300 for at in range(20)]
    kept = [store.keep(piece) for piece in pieces]
    assert store.in_memory == 900
    assert [item.get() for item in reversed(kept)] == pieces[::-1]
    assert store.keep(b"").get() == b""
    del kept[:3]
    assert store.in_memory == 0, "room for others"
    kept.insert(0, store.keep(b"again"))
    assert kept[0].get() == b"again" and kept[-1].get() == pieces[-1]
    kept.clear()
    assert store.in_memory == 0
    another = [store.keep(piece) for piece in pieces]
    assert [item.get() for item in another] == pieces, "the file is written anew"


def test_where_the_disk_refuses_all_stay_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = ByteStore(tmp_path / "file" / "below", most=10)
    kept = [store.keep(bytes([at]) * 8) for at in range(4)]
    assert [item.get() for item in kept] == [bytes([at]) * 8 for at in range(4)]
    assert store.in_memory == 32
