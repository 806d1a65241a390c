"""A zip archive that is written once, front to back, and can be gone on with after a crash: zipfile's cannot.

Each member is deflated on its own. After every piece the deflater is flushed so that another one can continue, and the
checksum and the sizes so far are in `state`. Sizes of 64 bits (APPNOTE 4.5.3) are used only where they are needed: Excel offers
to repair a workbook that has them without need.
"""

import struct
import zlib
from typing import Any, BinaryIO

LOCAL, CENTRAL = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L")
END_64, LOCATOR, END = struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL"), struct.Struct("<4s4H2LH")
NEEDS, NEEDS_64, UTF_8, DEFLATED, NEW_YEAR_1980 = 20, 45, 0x800, 8, 0x21
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF
GROWTH_HINT = struct.pack("<4H12x", 0xA220, 16, 0xA028, 0)
"""Padding of Open Packaging (ECMA-376, part 2, annex C), as long as two sizes of 64 bits, for which it keeps the room."""
LEVEL = 1
"""Of deflating: the best costs five times as much for a fifth less."""


class Archive:
    """`state`: {"done": members, "open": the one that is being written or None}, each [name, offset, crc, size, packed]."""

    def __init__(self, file: BinaryIO, state: dict[str, Any]) -> None:
        self.file, self.state = file, state
        state.setdefault("done", [])
        state.setdefault("open", None)
        self.deflater = new_deflater()

    def begin(self, name: str) -> None:
        self.state["open"] = [name, self.file.tell(), 0, 0, 0]
        self.deflater = new_deflater()
        self.file.write(local_header(name, 0, 0, 0))

    def write(self, data: bytes, *, is_last: bool = False) -> None:
        """Afterwards the archive may be left and gone on with."""
        name, offset, crc, size, packed = self.state["open"]
        piece = self.deflater.compress(data) + self.deflater.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)
        self.file.write(piece)
        self.state["open"] = [name, offset, zlib.crc32(data, crc), size + len(data), packed + len(piece)]

    def end_member(self, data: bytes = b"") -> None:
        self.write(data, is_last=True)
        name, offset, crc, size, packed = self.state["open"]
        here = self.file.tell()
        self.file.seek(offset)
        self.file.write(local_header(name, crc, size, packed))
        self.file.seek(here)
        self.state["done"] = [*self.state["done"], self.state["open"]]
        self.state["open"] = None

    def add(self, name: str, text: str) -> None:
        self.begin(name)
        self.end_member(text.encode())

    def end(self) -> None:
        """The central directory."""
        start = self.file.tell()
        for member in self.state["done"]:
            self.file.write(central_header(*member))
        end, number = self.file.tell(), len(self.state["done"])
        size = end - start
        if max(size, start) >= FULL_32 or number >= FULL_16:
            self.file.write(END_64.pack(b"PK\6\6", 44, NEEDS_64, NEEDS_64, 0, 0, number, number, size, start))
            self.file.write(LOCATOR.pack(b"PK\6\7", 0, end, 1))
        few, small, near = min(number, FULL_16), min(size, FULL_32), min(start, FULL_32)
        self.file.write(END.pack(b"PK\5\6", 0, 0, few, few, small, near, 0))


def new_deflater() -> Any:
    return zlib.compressobj(LEVEL, zlib.DEFLATED, -15)


def local_header(name: str, crc: int, size: int, packed: int) -> bytes:
    """Of the same length whatever the sizes, so that it can be written again when they are known."""
    text, is_large = name.encode(), max(size, packed) >= FULL_32
    extra = struct.pack("<2H2Q", 1, 16, size, packed) if is_large else GROWTH_HINT
    needs, sizes = (NEEDS_64, (FULL_32, FULL_32)) if is_large else (NEEDS, (packed, size))
    head = LOCAL.pack(b"PK\3\4", needs, UTF_8, DEFLATED, 0, NEW_YEAR_1980, crc, *sizes, len(text), len(extra))
    return head + text + extra


def central_header(name: str, offset: int, crc: int, size: int, packed: int) -> bytes:
    text, is_large = name.encode(), max(size, packed, offset) >= FULL_32
    extra = struct.pack("<2H3Q", 1, 24, size, packed, offset) if is_large else b""
    needs, sizes, place = (NEEDS_64, (FULL_32, FULL_32), FULL_32) if is_large else (NEEDS, (packed, size), offset)
    head = CENTRAL.pack(
        b"PK\1\2", needs, needs, UTF_8, DEFLATED, 0, NEW_YEAR_1980,
        crc, *sizes, len(text), len(extra), 0, 0, 0, 0, place,
    )  # fmt: skip
    return head + text + extra
