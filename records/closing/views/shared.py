"""What the pages of this room share: printing noted, the witness found, units to choose from."""

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.uses import note_use
from audit.chain import Subject
from printing.forms import Printed
from records.closing.sheets import Language
from records.lending.errors import UnknownPerson
from records.lending.services import person_named
from web.language import language


def paper_language() -> Language:
    """The language of a print, which is the reader's."""
    return "en" if language() == "en" else "zh"


def sent(printed: Printed, subject: Subject, name: str) -> ResponseReturnValue:
    """A print as the answer, noted in the use register (art. 17)."""
    note_use("content.printed", subject, sha256=printed.sha256, pages=printed.pages)
    return send_file(BytesIO(printed.pdf), mimetype="application/pdf", download_name=f"{name}.pdf")


def witness_named(session: Session, text: str) -> User:
    """The person who witnesses, by card number or sign-in name; raises UnknownPerson beside that field."""
    try:
        return person_named(session, text)
    except UnknownPerson as refusal:
        refusal.field = "witness"
        raise
