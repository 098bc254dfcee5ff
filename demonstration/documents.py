"""Born-digital documents: PDFs set in Chinese type, a workbook, a word-processor document, a plain text."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from xml.sax.saxutils import escape

import typst
from pylopdf_fonts_zh_cn import sans_path

from classification.articles import ARTICLES, PUBLISHED_ON, REGULATION, TITLE
from demonstration.drawing import MARK

LETTER = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, date: auto)
#set page(paper: "a4", margin: (x: 28mm, top: 32mm, bottom: 28mm), numbering: "— 1 —")
#set text(font: ("Noto Serif SC", "Noto Sans SC"), size: 12pt, lang: "zh", region: "cn")
#set par(leading: 1em, spacing: 1em, justify: true)
#if data.sender != "" {
  align(center, text(size: 22pt, fill: rgb("#c0271e"), tracking: 0.2em, data.sender))
  if data.number != "" { align(center, data.number) }
  line(length: 100%, stroke: 1.2pt + rgb("#c0271e"))
}
#v(6mm)
#align(center, text(size: 18pt, data.title))
#if data.sender == "" and data.number != "" { align(center, data.number) }
#v(4mm)
#for words in data.paragraphs { par(first-line-indent: (amount: 2em, all: true), words) }
#v(6mm)
#align(right)[#data.signed \\ #data.dated]
"""
_ZIPPED_AT = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say: the same content gives the same bytes
_OFFICE = "http://schemas.openxmlformats.org"
_TYPES = (
    '<Types xmlns="{office}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.'
    'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/{main}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/>'
    "{more}</Types>"
)
_RELATIONS = (
    '<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" '
    'Type="{office}/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'
)

_WORKBOOK = (
    '<workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r="{office}/officeDocument/2006/relationships">'
    '<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def letter(
    title: str, paragraphs: Sequence[str], *, signed: str, on: date, sender: str = "", number: str = ""
) -> bytes:
    """An official letter 公文 as PDF/A-2b; with `sender` it has the red head of one."""
    data = {
        "title": title,
        "paragraphs": [*paragraphs, f"（本件为{MARK}，所载单位、人员均属虚构。）"],
        "signed": signed,
        "dated": in_words(on),
        "sender": sender,
        "number": number,
    }
    return _typeset(data, on)


def regulation() -> bytes:
    """The regulation with its 21 articles as PDF/A-2b."""
    articles = [f"{article.label.zh}　{article.zh}" for article in ARTICLES]
    data = {
        "title": TITLE.zh,
        "paragraphs": articles,
        "signed": "",
        "dated": in_words(PUBLISHED_ON),
        "sender": "",
        "number": REGULATION.zh,
    }
    return _typeset(data, PUBLISHED_ON)


def workbook(rows: Sequence[Sequence[str | int]]) -> bytes:
    """An XLSX of one sheet."""
    lines = "".join(f"<row>{''.join(_cell(value) for value in row)}</row>" for row in rows)
    main = "xl/workbook.xml"
    sheet = (
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.worksheet+xml"/>'
    )
    return _zipped({
        "[Content_Types].xml": _TYPES.format(office=_OFFICE, main=main, kind="spreadsheetml.sheet", more=sheet),
        "_rels/.rels": _RELATIONS.format(office=_OFFICE, kind="officeDocument", target=main),
        main: _WORKBOOK.format(office=_OFFICE, name=MARK),
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            office=_OFFICE, kind="worksheet", target="worksheets/sheet1.xml"
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_OFFICE}/spreadsheetml/2006/main">'
        f"<sheetData>{lines}</sheetData></worksheet>",
    })  # fmt: skip


def word_document(title: str, paragraphs: Sequence[str]) -> bytes:
    """A DOCX of plain paragraphs."""
    main = "word/document.xml"
    body = "".join(f"<w:p><w:r><w:t>{escape(words)}</w:t></w:r></w:p>" for words in (title, *paragraphs))
    return _zipped({
        "[Content_Types].xml": _TYPES.format(office=_OFFICE, main=main, kind="wordprocessingml.document", more=""),
        "_rels/.rels": _RELATIONS.format(office=_OFFICE, kind="officeDocument", target=main),
        main: f'<w:document xmlns:w="{_OFFICE}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>',
    })  # fmt: skip


def plain_text(title: str, lines: Sequence[str]) -> bytes:
    """A text in UTF-8."""
    return "\n".join((title, "", *lines, "")).encode()


def in_words(on: date) -> str:
    """A date as Chinese papers write it: 2026年3月1日."""
    return f"{on.year}年{on.month}月{on.day}日"


def _typeset(data: Mapping[str, object], on: date) -> bytes:
    compiler = typst.Compiler(
        LETTER.encode(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(dict(data), ensure_ascii=False)},
    )
    made_at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    pdf = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=int(made_at.timestamp()), pdf_tags=False)
    if not isinstance(pdf, bytes):
        raise TypeError(f"The letter was set as {type(pdf).__name__}, not as one PDF")
    return pdf


@cache
def _fonts() -> typst.Fonts:
    folder = sans_path().parent.as_posix()
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def _zipped(parts: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, xml in parts.items():
            entry = zipfile.ZipInfo(name, _ZIPPED_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{xml}')
    return content.getvalue()
