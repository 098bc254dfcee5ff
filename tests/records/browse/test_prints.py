"""The forms of one file on paper: cover 案卷封面, note 备考表, item register 归档文件目录 (DA/T 22)."""

import io
from datetime import date

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from audit import UseEntry
from records.browse.contents import contents_list
from records.browse.printed import cover, file_register, note_sheet
from records.files.models import File, FileNote
from records.files.notes import NoteEntry, write_note
from storage.database import Database
from tests.cast import MONDAY, NOON
from tests.conftest import SignedIn
from tests.printing.paper import words
from tests.records.browse.conftest import Office


def printed(signed_in: SignedIn, path: str, *, who: str = "keeper", language: str = "zh") -> str:
    """The words of a form; that it claims PDF/A-2b is looked at on the way."""
    client = signed_in(who)
    client.post(f"/language/{language}")
    answer = client.get(path)
    assert answer.mimetype == "application/pdf"
    metadata = PdfReader(io.BytesIO(answer.data)).xmp_metadata
    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "B")
    return words(answer.data)


def test_the_cover_says_fonds_title_code_count_and_period(signed_in: SignedIn, office: Office) -> None:
    file = office.file
    said = printed(signed_in, f"/files/{file.id}/cover.pdf")
    for told in ("案卷封面", file.title, file.code.replace(" ", ""), file.unit.name, str(file.year), "10年"):
        assert told in said
    assert f"件数{file.last_item_number}" in said
    assert "Coverofthefile" in printed(signed_in, f"/files/{file.id}/cover.pdf", language="en")


def test_the_note_says_what_is_missing_who_arranged_and_that_nobody_checked(
    signed_in: SignedIn, database: Database, office: Office
) -> None:
    path = f"/files/{office.file.id}/note.pdf"
    assert signed_in("keeper").get(path).status_code == 404  # nobody has written one
    with database.begin() as session:
        file, entry = session.get_one(File, office.file.id), NoteEntry(missing="缺收入证明", added="补户口簿复印件")
        write_note(session, file, entry, keeper=office.keeper, actor=office.keeper.actor, on=MONDAY)
    said = printed(signed_in, path)
    for told in ("备考表", file.code.replace(" ", ""), "缺收入证明", "补户口簿复印件", office.keeper.display_name):
        assert told in said
    assert date.isoformat(MONDAY) in said


def test_the_item_register_lists_what_is_filed_and_nothing_else(signed_in: SignedIn, office: Office) -> None:
    said = printed(signed_in, f"/files/{office.file.id}/register.pdf")
    filed = office.filed
    assert filed.code is not None
    for told in ("归档文件目录", filed.code.replace(" ", ""), filed.title, filed.responsible_body, filed.dated):
        assert told.replace(" ", "") in said
    assert office.empty.number is None
    assert office.empty.title.replace(" ", "") not in said


def test_every_form_of_a_destroyed_file_says_when_and_under_which_list(app: Flask, office: Office) -> None:
    office.file.destroyed_on = office.filed.destroyed_on = MONDAY
    office.file.destroyed_under = office.filed.destroyed_under = "XH-2026-0009"
    note = FileNote(version=1, arranger=office.keeper, arranged_on=MONDAY)
    with app.test_request_context():
        forms = (
            cover(office.file, [office.filed], office.file.unit, made_at=NOON),
            note_sheet(office.file, note, made_at=NOON),
            file_register(office.file, [office.filed], made_at=NOON),
            contents_list(office.file, [office.filed], made_at=NOON),
        )
    for form in forms:
        assert f"已销毁，清册XH-2026-0009，{MONDAY}" in words(form.pdf)


@pytest.mark.parametrize("form", ["cover", "register"])
def test_a_form_of_a_file_is_printed_within_scope_and_noted(
    signed_in: SignedIn, database: Database, office: Office, form: str
) -> None:
    path = f"/files/{office.file.id}/{form}.pdf"
    assert signed_in("west.keeper").get(path).status_code == 404
    printed(signed_in, path)
    with database.reading() as session:
        assert session.scalars(select(UseEntry.action)).all()[-1] == "content.printed"
