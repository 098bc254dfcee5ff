"""Lists on paper: 移交清册, 借阅登记簿 and their like, as PDF/A fit to be signed and filed."""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from pypdf import PdfReader

from printing.typesetting import qr, typeset

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Column:
    """A column of a list; `width` is its share of the page beside the widths of the others."""

    heading: str
    width: float = 1
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True)
class Signature:
    """A place to sign; where `signed_at` is None it is left blank for a hand on paper, a `sealed` one for a seal.

    The name stands in the place once it was signed, and small beside the part until then.
    """

    role: str
    name: str
    signed_at: datetime | None = None
    sealed: bool = False


@dataclass(frozen=True)
class Printed:
    """A document made: the PDF, the SHA-256 of its bytes, its pages, and the SHA-256 of its content, which it shows."""

    pdf: bytes
    sha256: str
    pages: int
    content_sha256: str


@dataclass(frozen=True)
class Section:
    """A part of a sheet: a heading, facts as label and value, a table, and running text, each where it is given."""

    heading: str = ""
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[str]] = ()
    text: str = ""


def table_form(
    *,
    title: str,
    number: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    made_at: datetime,
    subtitle: str = "",
    facts: Sequence[tuple[str, str]] = (),
    signatures: Sequence[Signature] = (),
    footer: str = "",
    language: Language = "zh",
    landscape: bool = False,
) -> Printed:
    """A list of one table, printed as `sheet_form` does."""
    return sheet_form(
        title=title,
        number=number,
        sections=[Section(facts=facts, columns=columns, rows=rows)],
        made_at=made_at,
        subtitle=subtitle,
        signatures=signatures,
        footer=footer,
        language=language,
        landscape=landscape,
    )


def sheet_form(
    *,
    title: str,
    number: str,
    sections: Sequence[Section],
    made_at: datetime,
    subtitle: str = "",
    signatures: Sequence[Signature] = (),
    footer: str = "",
    language: Language = "zh",
    landscape: bool = False,
    address: str = "",
) -> Printed:
    """Print a form as PDF/A-2b on A4: head with QR code of `number`, sections one after the other, places to sign.

    With `address` the QR code leads to a page instead, as the one where a certificate is checked.
    `made_at` is aware, and printed in its own time zone; the same arguments give the same bytes. A file cannot show its
    own digest, so every page shows that of the content: SHA-256 over the arguments as JSON with sorted keys.
    Raises ValueError where a row has not one cell per column, or a time has no zone.
    """
    for section in sections:
        if any(len(row) != len(section.columns) for row in section.rows):
            raise ValueError(f"Every row must have {len(section.columns)} cells.")
    content = {
        "title": title,
        "number": number,
        "subtitle": subtitle,
        "sections": [_plain(section) for section in sections],
        "signatures": [_place(signature) for signature in signatures],
        "footer": footer,
        "language": language,
        "landscape": landscape,
        "made_at": _minute(made_at),
        **({"address": address} if address else {}),
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    content_sha256 = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    pdf = typeset("form.typ", {**content, "qr": qr(address or number), "digest": content_sha256}, made_at=made_at)
    return Printed(
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        pages=len(PdfReader(io.BytesIO(pdf)).pages),
        content_sha256=content_sha256,
    )


def _plain(section: Section) -> dict[str, object]:
    return {
        "heading": section.heading,
        "facts": [list(fact) for fact in section.facts],
        "columns": [asdict(column) for column in section.columns],
        "rows": [list(row) for row in section.rows],
        "text": section.text,
    }


def _place(signature: Signature) -> dict[str, object]:
    place: dict[str, object] = {
        "role": signature.role,
        "name": signature.name,
        "signed_at": _minute(signature.signed_at),
    }
    return {**place, "sealed": True} if signature.sealed else place


def _minute(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("A time on paper needs its zone.")
    return f"{moment:%Y-%m-%d %H:%M}"
