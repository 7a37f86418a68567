"""CRC-32C (Castagnoli), which checks the records of TensorFlow.

Long data is cut into pieces of one length that are worked on side by side; a piece is put behind
another by what that many zeros do to a checksum, which is linear.
"""

from __future__ import annotations

from functools import cache
from typing import Any

_POLYNOMIAL = 0x82F63B78
_PIECES = 256
_SHORT = 2048  # bytes that are not worth cutting


@cache
def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


def crc32c(data: bytes) -> int:
    """The checksum of ``data``."""
    if len(data) < _SHORT:
        return _plain(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    import numpy as np

    length = len(data) // _PIECES
    pieces = np.frombuffer(data, np.uint8, _PIECES * length).reshape(_PIECES, length)
    table = np.array(_table(), np.uint32)
    state = np.zeros(_PIECES, np.uint32)
    state[0] = 0xFFFFFFFF
    for column in pieces.T:
        state = table[(state ^ column) & 0xFF] ^ state >> np.uint32(8)
    shift = _shift(length)
    whole = 0
    for value in state.tolist():
        whole = _applied(shift, whole) ^ value
    return _plain(data[_PIECES * length :], whole) ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    """The checksum as records hold it."""
    value = crc32c(data)
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _plain(data: bytes, state: int) -> int:
    table = _table()
    for byte in data:
        state = table[(state ^ byte) & 0xFF] ^ state >> 8
    return state


@cache
def _shift(length: int) -> tuple[tuple[int, ...], ...]:
    """What ``length`` zero bytes do to a state, as a table for each of its four bytes."""
    columns = [_power(1 << bit, length) for bit in range(32)]
    tables: list[list[int]] = []
    for byte in range(4):
        found = []
        for value in range(256):
            total = 0
            for bit in range(8):
                if value >> bit & 1:
                    total ^= columns[8 * byte + bit]
            found.append(total)
        tables.append(found)
    return tuple(map(tuple, tables))


def _power(state: int, length: int) -> int:
    table = _table()
    for _ in range(length):
        state = table[state & 0xFF] ^ state >> 8
    return state


def _applied(shift: Any, state: int) -> int:
    return int(shift[0][state & 0xFF] ^ shift[1][state >> 8 & 0xFF]
               ^ shift[2][state >> 16 & 0xFF] ^ shift[3][state >> 24])
