"""Reads printed sheets back: their words, their fonts, and the QR codes as a scanner sees them."""

import io
import re

import pypdfium2
import segno
from pypdf import PdfReader
from sqlalchemy.orm import Session

from records.files.models import Item
from records.holdings.printed import filed_print
from storage.objects import ObjectStore

MM = 72 / 25.4


def words(pdf: bytes) -> str:
    """The text of all pages without blanks and line ends, which depend on where a line breaks."""
    return re.sub(r"\s", "", "".join(pages(pdf)))


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def filed(session: Session, store: ObjectStore, item: Item) -> str:
    """The words of a form as it was filed."""
    stored = filed_print(session, item.id)
    assert stored is not None
    with store.open(stored.key) as stream:
        return words(stream.read())


def page_count(pdf: bytes) -> int:
    """The number of pages."""
    return len(PdfReader(io.BytesIO(pdf)).pages)


def modules_seen(pdf: bytes, *, left_mm: float, top_mm: float, size_mm: float, code: str) -> list[list[bool]]:
    """The dark modules found on the first page where the QR code of `code`, quiet zone included, should be."""
    across = len(segno.make(code, error="m", micro=False).matrix) + 8
    scale = 8.0
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=scale).to_pil().convert("L")

    def dark(row: int, column: int) -> bool:
        x, y = (start + (place + 0.5) * size_mm / across for start, place in ((left_mm, column), (top_mm, row)))
        return bool(picture.getpixel((int(x * MM * scale), int(y * MM * scale))) < 128)

    return [[dark(row, column) for column in range(across)] for row in range(across)]


def modules_due(code: str) -> list[list[bool]]:
    """The modules of the QR code of `code` with its quiet zone of four."""
    symbol = segno.make(code, error="m", micro=False)
    return [[bool(module) for module in row] for row in symbol.matrix_iter(border=4)]


def sides(pdf: bytes, text: str) -> tuple[float, float]:
    """Where a text of one line begins and ends on the first page, in points from the left; its first occurrence."""
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    found = page.search(text).get_next()
    assert found is not None, text
    boxes = [page.get_charbox(index) for index in range(found[0], found[0] + found[1])]
    return boxes[0][0], boxes[-1][2]


def right_edge(pdf: bytes, sign: str) -> float:
    """Where the rightmost of a sign ends on the first page, in points from the left."""
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    text = page.get_text_range()
    return max(page.get_charbox(at)[2] for at, found in enumerate(text) if found == sign)
