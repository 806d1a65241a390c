"""Pasting into a disclaimer: the plain text, all of it, once; and nothing where deleted words would come along.

The clipboard is the browser's own. LibreOffice's samples are from its clipboard, shortened; the others follow what Word, Google
Docs, Outlook, Excel and WPS are known to copy.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.disclaimers.models import Disclaimer
from apps.tenants.models import Tenant
from tests.browser.conftest import Open
from tests.browser.test_disclaimers import edit, editor, made, state
from tests.conftest import Person
from tests.disclaimers.conftest import written

__all__ = ["made"]

COPY = """([plain, html]) => document.addEventListener("copy", (event) => {
  event.preventDefault();
  event.clipboardData.setData("text/plain", plain);
  event.clipboardData.setData("text/html", html);
}, { once: true })"""


def paste(page: Page, plain: str, html: str) -> None:
    page.evaluate(COPY, [plain, html])
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")


def word(body: str, style: str = "") -> str:
    return (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">'
        '<head><meta name=Generator content="Microsoft Word 15"><link rel=File-List href="file:///C:/Temp/clip.xml">'
        f"<style><!-- p.MsoNormal {{margin:0in;}} {style} --></style></head><body lang=EN-US>"
        f"<!--StartFragment-->{body}<!--EndFragment--></body></html>"
    )


def docs(body: str) -> str:
    return f'<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1a2b">{body}</b>'


LINK = '<a href="https://example.com/terms">terms</a>'
TABLE = "<table><tr><td><p class=MsoNormal>Class<o:p></o:p></p></td><td><p class=MsoNormal>Fee<o:p></o:p></p></td></tr></table>"
NOTE = '<a style=\'mso-footnote-id:ftn1\' href="#_ftn1" name="_ftnref1" title=""><span class=MsoFootnoteReference>[1]</span></a>'
BELOW = '<div id=ftn1><p><a href="#_ftnref1" name="_ftn1">[1]</a> A note.</p></div>'
WPS = "span.msoDel{mso-style-type:export-only;text-decoration:line-through;color:red;}"

PLAIN = {
    "Word, table and link": ("See terms.\r\nClass\tFee\r\nA\t$10\r\n", word(f"<p>See {LINK}.</p>{TABLE}")),
    "Word, footnote": ("Risk.[1]\r\n\r\n[1] A note.", word(f"<p class=MsoNormal>Risk.{NOTE}</p>{BELOW}")),
    "Word, list": ("1.\tOne\r\n·\tTwo", word("<p style='mso-list:l0 level1 lfo1'>1. One</p><p>· Two</p>")),
    "LibreOffice, heading, footnote, list, table": (
        "Risk factors\nThe fee is $12 a year, bold.\nSee terms.1\n    • One\n    • Two\nClass\nPrice\nA\n$10\nEnd.",
        '<html>\n<head>\n<meta name="generator" content="LibreOffice 7.4.7.2 (Linux)"/><style>p { line-height: 115% }</style>\n'
        '</head>\n<body lang="en-US" dir="ltr"><h1 class="western">\nRisk factors</h1>\n<p style="margin-bottom: 0in">The fee is '
        f"$12 a\nyear, <b>bold</b>.</p>\n<p>See {LINK}."
        '<a class="sdfootnoteanc" name="sdfootnote1anc" href="#sdfootnote1sym"><sup>1</sup></a></p>\n'
        "<ul><li><p>One</p><li><p>Two</p></ul><table><col/><tr><td><p>Class</p></td><td><p>Price</p></td></tr>"
        "<tr><td><p>A</p></td><td><p>$10</p></td></tr></table><p>End.</p>"
        '<div id="sdfootnote1"><p><a name="sdfootnote1sym" href="#sdfootnote1anc">1</a>A\nfootnote.</p></div></body></html>',
    ),
    "Google Docs": (
        "Risk\nYou may lose terms",
        docs(f'<h1 dir="ltr"><span style="text-decoration:none">Risk</span></h1><p>You may lose {LINK}</p>'),
    ),
    "Outlook": ("Dear Ana,\r\n\r\nSee terms <https://example.com/terms>", word(f"<p>Dear Ana,</p><p>See {LINK}</p>")),
    "Excel": ("A\t$10\r\n", word("<table><tr><td class=xl65>A</td><td>$10</td></tr></table>", ".xl65 {color:red}")),
    "WPS, whose styles always name deleted words": ("As it is", word("<p class=MsoNormal>As it is</p>", WPS)),
    "HTML as words": ("<b>A & B</b> ~~c~~", "<p>&lt;b&gt;A &amp; B&lt;/b&gt; ~~c~~</p>"),
}
STRUCK = {
    "Word, tracked": word(
        '<p>The fee is <span class=msoDel><del\ncite="mailto:Ana" datetime="2026-01-05T10:00">$10</del></span>'
        '<span class=msoIns><ins\ncite="mailto:Ana" datetime="2026-01-05T10:00">$12</ins></span></p>'
    ),
    "Word, struck": word("<p>The fee is <s>$10</s>$12</p>"),
    "Word, a comparison's own style": word(
        "<p>The fee is <span class=DeltaViewDeletion>$10</span>$12</p>",
        'span.DeltaViewDeletion\n\t{mso-style-name:"DeltaView Deletion";\n\ttext-decoration:line-through;}',
    ),
    "LibreOffice, struck": "<html><body><p>The fee is <strike>$10</strike>$12</p></body></html>",
    "Google Docs, struck": docs('The fee is <span style="color:#000;text-decoration:line-through;">$10</span>$12'),
    "Excel, struck": word(
        "<table><tr><td class=xl65>$10</td></tr></table>", ".xl65\n\t{text-decoration:line-through;}"
    ),
}


@pytest.mark.parametrize(("plain", "html"), PLAIN.values(), ids=PLAIN)
def test_plain_text_comes_once_and_one_undo_takes_it_back(
    open_page: Open, ana: Person, acme: Tenant, plain: str, html: str
) -> None:
    made = written(acme, ana, "[]")
    page = open_page(ana, edit(made))
    editor(page).focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowRight")
    paste(page, plain, html)
    wanted = f"[{plain}]".replace("\r\n", "\n")
    expect(editor(page)).to_have_value(wanted)
    assert editor(page).evaluate("(text) => [text.selectionStart, text.selectionEnd]") == [len(wanted) - 1] * 2
    expect(state(page)).to_have_text(re.compile(r"^Saved \d"))
    assert made.drafts.order_by("-revision")[0].text.replace("\r\n", "\n") == wanted
    page.keyboard.press("Control+z")
    expect(editor(page)).to_have_value("[]")


def test_tracked_and_struck_words_are_refused(open_page: Open, ana: Person, made: Disclaimer) -> None:
    page = open_page(ana, edit(made))
    editor(page).focus()
    for html in STRUCK.values():
        paste(page, "The fee is $10$12", html)
        expect(page.get_by_role("alert")).to_contain_text("Nothing was pasted")
        expect(editor(page)).to_have_value("")
        paste(page, "$12", word("<p>$12</p>"))
        expect(editor(page)).to_have_value("$12")
        expect(page.get_by_role("alert")).to_be_hidden()
        page.keyboard.press("Control+z")


def test_a_drop_is_held_to_the_same(open_page: Open, ana: Person, made: Disclaimer) -> None:
    page = open_page(ana, edit(made))
    dropped = """(text, html) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData("text/html", html);
      return text.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
    }"""
    assert editor(page).evaluate(dropped, PLAIN["Word, table and link"][1])
    assert not editor(page).evaluate(dropped, STRUCK["Word, tracked"])
    expect(editor(page)).to_have_value("")
