"""Sending prints 打印: in the language of the reader, each entered in the use register (art. 17)."""

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue

from accounts.uses import note_use
from audit.chain import Subject
from printing.forms import Language, Printed
from web.language import language


def paper_language() -> Language:
    """The language of a print, which is the reader's."""
    return "en" if language() == "en" else "zh"


def sent(printed: Printed, subject: Subject, name: str) -> ResponseReturnValue:
    """A print as the answer, noted with its digest; `name` is that of the PDF without its ending."""
    note_use("content.printed", subject, sha256=printed.sha256, pages=printed.pages)
    return answer(printed, name)


def answer(printed: Printed, name: str) -> ResponseReturnValue:
    """A print as the answer, noted already."""
    return send_file(BytesIO(printed.pdf), mimetype="application/pdf", download_name=f"{name}.pdf")
