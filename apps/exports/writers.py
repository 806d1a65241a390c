"""What a file is written with, a page of rows at a time. After each page the file is whole up to its end, and `state` is all
that another worker needs to go on from there."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

import msgspec

from apps.listing import CellContext
from apps.upstream.decode import Row

from .asked import Format
from .cells import KEY_HEAD, Out, all_harmless, harmless, readers, texts
from .xlsx import Workbook

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's own alphabet."""


More = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Further lists of two columns: title and lines. A workbook has a sheet for each."""


class Writer(Protocol):
    state: dict[str, Any]
    more: More

    def begin(self) -> None: ...
    def write(self, rows: Sequence[Row], shown: CellContext, key: str) -> None:
        """`key`: the label of the API key that the rows came by; "" if the file does not name it."""

    def end(self, totals: Mapping[str, str], manifest: Sequence[tuple[str, str]]) -> None:
        """`totals`: column -> its sum; `manifest`: what the file says of itself, if it can."""


class Csv:
    """Text is guarded against formulas, numbers stand bare, and every line is a row of data."""

    def __init__(self, file: BinaryIO, columns: Sequence[Out], state: dict[str, Any], *, for_excel: bool) -> None:
        self.file, self.columns, self.state, self.for_excel = file, columns, state, for_excel
        self.names_keys = state.get("names_keys", False)
        self.read = readers(columns, texts)
        self.more: More = ()

    def begin(self) -> None:
        heads = [*([KEY_HEAD] if self.names_keys else []), *(column.head for column in self.columns)]
        self.put([map(harmless, heads)], BYTE_ORDER_MARK if self.for_excel else "")

    def write(self, rows: Sequence[Row], shown: CellContext, key: str) -> None:
        columns = [all_harmless(read(rows)) for read in self.read(shown)]
        self.put(zip(*([[harmless(key)] * len(rows)] if self.names_keys else []), *columns, strict=True))

    def put(self, lines: Iterable[Iterable[str]], before: str = "") -> None:
        text = io.StringIO()
        text.write(before)
        csv.writer(text, lineterminator="\r\n").writerows(lines)
        self.file.write(text.getvalue().encode())

    def end(self, totals: Mapping[str, str], manifest: Sequence[tuple[str, str]]) -> None:
        """A total among the rows would be added up with them: it is in the manifest."""


class JsonLines:
    """Members as they were sent, by the API's own names, digits as they are."""

    def __init__(self, file: BinaryIO, columns: Sequence[Out], state: dict[str, Any]) -> None:
        self.file, self.columns, self.state = file, columns, state
        self.more: More = ()
        self.encoder = msgspec.json.Encoder(decimal_format="number")

    def begin(self) -> None: ...

    def write(self, rows: Sequence[Row], shown: CellContext, key: str) -> None:
        first: dict[str, Any] = {"api_key": key} if key else {}
        names = [column.name for column in self.columns]
        lines = [first | {name: row[name] for name in names if name in row} for row in rows]
        self.file.write(self.encoder.encode_lines(lines))

    def end(self, totals: Mapping[str, str], manifest: Sequence[tuple[str, str]]) -> None: ...


class Nothing:
    """No file is wanted."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state
        self.more: More = ()

    def begin(self) -> None: ...
    def write(self, rows: Sequence[Row], shown: CellContext, key: str) -> None: ...
    def end(self, totals: Mapping[str, str], manifest: Sequence[tuple[str, str]]) -> None: ...


def writer(kind: Format, file: BinaryIO, title: str, columns: Sequence[Out], state: dict[str, Any]) -> Writer:
    """`state`: that of the last page that was written, or what is to be known from the start."""
    if kind is Format.EXCEL:
        return Workbook(file, title, columns, state)
    if kind is Format.SUM:
        return Nothing(state)
    if kind is Format.JSON_LINES:
        return JsonLines(file, columns, state)
    return Csv(file, columns, state, for_excel=kind is Format.CSV_FOR_EXCEL)
