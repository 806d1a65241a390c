"""A workbook for people who reckon: amounts are numbers, times are dates, everything else is text that stays text.

Rows are written as they come, with inline strings, so memory does not grow with them (docs/adr/0024).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from apps.listing import CellContext, values
from apps.upstream.decode import Row

from .archive import Archive
from .cells import FIRST_DAY, KEY_HEAD, Kind, Out, Read, are_surely_harmless, clean, hour_of, is_formula, readers, texts

MOST_ROWS = 1_048_576
"""Of a sheet, the head and a line for totals among them."""
MOST_LETTERS = 32_767
"""Of a cell."""
MOST_DIGITS = 15
"""That Excel keeps of a number."""
SURE_DAY = date(1901, 1, 1)
SURE = (SURE_DAY - FIRST_DAY.date()).days * 86_400
"""Excel counts a 29th of February 1900."""
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""Excel reads `_x0041_` as A."""
TEXT, TEXT_AS_IT_IS, HEAD, DAY, MOMENT, NUMBERS = 1, 2, 3, 4, 5, 6
"""Places among `cellXfs`: plain text, text that looks like a formula, and so on; then two for each number of decimals."""
SHORT_NUMBERS = re.compile(r"(?:\|(?:-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,6})?)?)*")
"""Of a column, each behind a `|`: none of them has more than MOST_DIGITS, and none an end that Excel would not read."""

SHEET = '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/></sheetView></sheetViews>'
)
WIDTHS = {Kind.TEXT: 22, Kind.NUMBER: 16, Kind.MOMENT: 20, Kind.DAY: 12}


class Workbook:
    """`state`: that of the archive; "in_sheet" and "sheets": rows of data in the open sheet, and how many sheets; "cut": cells
    whose texts were too long."""

    def __init__(self, file: BinaryIO, title: str, columns: Sequence[Out], state: dict[str, Any]) -> None:
        self.archive, self.title, self.columns, self.state = Archive(file, state), title, columns, state
        self.names_keys = state.get("names_keys", False)
        self.places = sorted({each.places for each in columns if each.kind is Kind.NUMBER})
        self.read = readers(columns, self.part)
        self.more: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()

    def begin(self) -> None:
        self.state |= {"sheets": 0, "in_sheet": 0}
        self.begin_sheet()

    def write(self, rows: Sequence[Row], shown: CellContext, key: str) -> None:
        room = MOST_ROWS - 2 - self.state["in_sheet"]
        if len(rows) > room:
            self.write(rows[:room], shown, key)
            self.end_sheet("")
            self.begin_sheet()
            self.write(rows[room:], shown, key)
            return
        first = text_cell(key) if self.names_keys else ""
        cells_of = zip(*[read(rows) for read in self.read(shown)], strict=True)
        lines = [f"<row>{first}{''.join(line)}</row>" for line in cells_of]
        self.state["in_sheet"] += len(rows)
        self.archive.write("".join(lines).encode())

    def end(self, totals: Mapping[str, str], manifest: Sequence[tuple[str, str]]) -> None:
        self.end_sheet(self.total_line(totals))
        further = [*self.more, ("Manifest", manifest)]
        for place, (_, lines) in enumerate(further, start=self.state["sheets"] + 1):
            self.add_sheet(place, lines)
        for name, text in parts_around([*self.titles(), *(title for title, _ in further)], self.places):
            self.archive.add(name, text)
        self.archive.end()

    def add_sheet(self, place: int, pairs: Sequence[tuple[str, str]]) -> None:
        lines = "".join(f"<row>{text_cell(name, HEAD)}{text_cell(said)}</row>" for name, said in pairs)
        widths = '<cols><col min="1" max="1" width="30" customWidth="1"/><col min="2" max="2" width="90" customWidth="1"/></cols>'
        self.archive.add(
            f"xl/worksheets/sheet{place}.xml", f"{SHEET}{widths}<sheetData>{lines}</sheetData></worksheet>"
        )

    def titles(self) -> list[str]:
        return [self.title if not place else f"{self.title} {place + 1}" for place in range(self.state["sheets"])]

    def begin_sheet(self) -> None:
        self.state["sheets"] += 1
        self.state["in_sheet"] = 0
        self.archive.begin(f"xl/worksheets/sheet{self.state['sheets']}.xml")
        widths = [*([22] if self.names_keys else []), *(WIDTHS[each.kind] for each in self.columns)]
        cols = "".join(
            f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
            for place, width in enumerate(widths, start=1)
        )
        heads = [*([KEY_HEAD] if self.names_keys else []), *(each.head for each in self.columns)]
        head = "".join(text_cell(each, HEAD) for each in heads)
        self.archive.write(f"{SHEET}{FROZEN}<cols>{cols}</cols><sheetData><row>{head}</row>".encode())

    def end_sheet(self, line: str) -> None:
        """The filter covers the data, and not a line of totals below."""
        last = letters(len(self.columns) + self.names_keys) + str(self.state["in_sheet"] + 1)
        self.archive.end_member(f'{line}</sheetData><autoFilter ref="A1:{last}"/></worksheet>'.encode())

    def total_line(self, totals: Mapping[str, str]) -> str:
        if not totals:
            return ""
        found = [text_cell("Total", HEAD)] if self.names_keys else []
        for each in self.columns:
            if each.name in totals:
                found.append(number_cell(totals[each.name], self.style(each) + 1))
            else:
                found.append("<c/>" if found else text_cell("Total", HEAD))
        return f"<row>{''.join(found)}</row>"

    def style(self, column: Out) -> int:
        return NUMBERS + 2 * self.places.index(column.places)

    def part(self, column: Out, shown: CellContext) -> Read:
        """Reads a column's cells."""
        name, in_words = column.name, texts(column, shown)

        def of_kind(make: Callable[[Any], str]) -> Read:
            """What cannot be made is text."""
            return lambda rows: [make(row.get(name)) or self.text_cells(in_words([row]))[0] for row in rows]

        if column.kind is Kind.NUMBER:
            style = self.style(column)
            one_by_one = of_kind(lambda value: number_cell(values.sent_decimal(value), style))
            return lambda rows: number_cells(in_words(rows), style) or one_by_one(rows)
        if column.kind is Kind.MOMENT:
            return of_kind(lambda value: moment_cell(value, shown.zone))
        if column.kind is Kind.DAY:
            return of_kind(day_cell)
        return lambda rows: self.text_cells(in_words(rows))

    def text_cells(self, column: Sequence[str]) -> list[str]:
        """Cells of texts; those of a column in which nothing is to be escaped at once."""
        joined = f"|{'|'.join(column)}|"
        is_short = 2 * len(joined) <= MOST_LETTERS
        if is_short and are_surely_harmless(joined) and not any(sign in joined for sign in ("&", "<", ">", "_x", " |")):
            return [f'<c t="inlineStr" s="{TEXT}"><is><t>{text}</t></is></c>' if text else "<c/>" for text in column]
        if not is_short:
            self.state["cut"] = self.state.get("cut", 0) + sum(letters_of(text) > MOST_LETTERS for text in column)
        return [text_cell(text) for text in column]


def letters_of(text: str) -> int:
    """As Excel counts them: those beyond the first 65,536 signs of Unicode twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def cut(text: str) -> str:
    """As much as a cell takes."""
    if letters_of(text) <= MOST_LETTERS:
        return text
    return text.encode("utf-16-le", "replace")[: 2 * MOST_LETTERS].decode("utf-16-le", "ignore")


def number_cells(column: Sequence[str], style: int) -> list[str]:
    """Cells of a column in which there are only usual numbers, and blanks; else none."""
    joined = "|".join(column)
    if not SHORT_NUMBERS.fullmatch(f"|{joined}") or joined.count("|") != len(column) - 1:
        return []
    return [f'<c s="{style}"><v>{digits}</v></c>' if digits else "<c/>" for digits in column]


def text_cell(text: str, style: int = TEXT) -> str:
    """Never a formula: an inline string is text, and one that looks like a formula stays text when it is edited."""
    if not text:
        return "<c/>"
    text = cut(clean(text))
    if style == TEXT and is_formula(text):
        style = TEXT_AS_IT_IS
    said = escape(ESCAPED.sub("_x005F_", text))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{said}</t></is></c>'


def number_cell(digits: str | None, style: int) -> str:
    """ "" for what is no number; a number of more digits than Excel keeps is text."""
    if digits is None:
        return ""
    if len(digits.lstrip("-0").replace(".", "").lstrip("0")) > MOST_DIGITS:
        return text_cell(digits)
    whole, point, rest = digits.partition(".")
    number = f"{whole}{'0' if whole in ('', '-') else ''}{point if rest else ''}{rest}"
    return f'<c s="{style}"><v>{number}</v></c>'


def moment_cell(value: Any, zone: ZoneInfo) -> str:
    if hour := hour_of(value, zone):
        seconds = hour.seconds + 60 * int(value[14:16]) + int(value[17:19])
    elif at := values.sent_moment(value):
        seconds = int((at.astimezone(zone).replace(tzinfo=None, microsecond=0) - FIRST_DAY).total_seconds())
    else:
        return ""
    return f'<c s="{MOMENT}"><v>{seconds / 86_400!r}</v></c>' if seconds >= SURE else ""


def day_cell(value: Any) -> str:
    try:
        found = date.fromisoformat(str(value))
    except ValueError:
        return ""
    days = (found - FIRST_DAY.date()).days
    return f'<c s="{DAY}"><v>{days}</v></c>' if found >= SURE_DAY else ""


def letters(place: int) -> str:
    """1 -> A, 27 -> AA."""
    found = ""
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found


def number_format(places: int) -> str:
    return "#,##0" + (f".{'0' * places}" if places else "")


def parts_around(titles: Sequence[str], places: Sequence[int]) -> list[tuple[str, str]]:
    """What a workbook holds beside its sheets."""
    office = "http://schemas.openxmlformats.org"
    relations = f"{office}/officeDocument/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbered = list(enumerate(titles, start=1))
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{kind}.worksheet+xml"/>'
        for place, _ in numbered
    )
    sheets = "".join(
        f'<sheet name="{escape(title, {chr(34): "&quot;"})}" sheetId="{place}" r:id="rId{place}"/>'
        for place, title in numbered
    )
    links = "".join(
        f'<Relationship Id="rId{place}" Type="{relations}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place, _ in numbered
    )
    styles = f'<Relationship Id="rId{len(titles) + 1}" Type="{relations}/styles" Target="styles.xml"/>'
    return [
        (
            "[Content_Types].xml",
            f'{head}<Types xmlns="{office}/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{overrides}'
            f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        ),
        (
            "_rels/.rels",
            f'{head}<Relationships xmlns="{office}/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        ),
        (
            "xl/workbook.xml",
            f'{head}<workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r="{relations}">'
            f"<bookViews><workbookView/></bookViews><sheets>{sheets}</sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            f'{head}<Relationships xmlns="{office}/package/2006/relationships">{links}{styles}</Relationships>',
        ),
        ("xl/styles.xml", head + style_sheet(places)),
    ]


def style_sheet(places: Sequence[int]) -> str:
    """The places of `cellXfs` are those of TEXT, HEAD and so on."""
    formats = ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", *map(number_format, places)]
    named = "".join(f'<numFmt numFmtId="{164 + at}" formatCode="{code}"/>' for at, code in enumerate(formats))
    looks = ['numFmtId="49" applyNumberFormat="1"', 'numFmtId="49" applyNumberFormat="1" quotePrefix="1"']
    looks += ['numFmtId="49" applyNumberFormat="1" fontId="1" applyFont="1"']
    looks += [f'numFmtId="{164 + at}" applyNumberFormat="1"' for at in range(2)]
    for at in range(2, len(formats)):
        looks += [f'numFmtId="{164 + at}" applyNumberFormat="1"{bold}' for bold in ("", ' fontId="1" applyFont="1"')]
    xfs = "".join(f'<xf xfId="0" {look}/>' for look in ['numFmtId="0"', *looks])
    return (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<numFmts count="{len(formats)}">{named}</numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(looks) + 1}">{xfs}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
