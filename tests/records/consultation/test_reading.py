"""What an outside reader is shown: pages naming the reader, black where a keeper marked them, drawn once a minute."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from audit.models import AuditEntry
from printing.marking import Box, Watermark, marked
from records.consultation.models import Consultation, Redaction
from records.consultation.reading import open_page, page_picture, remove_pictures
from records.consultation.requests import revoke, scope_of
from records.consultation.views.blueprint import tools
from records.holdings.models import DigitalObject, Rendition
from records.holdings.work import prepare_some
from storage.database import Database
from storage.media import Workshop
from tests.cast import NOON, find_cast
from tests.conftest import SignedIn
from tests.records.consultation.office import blacked, furnish, opened
from web.transaction import store

READER = Watermark("郑外", "东区人民法院（示例）", "2026-03-02 12:00", "CD-2026-0001")


def page(shade: int = 255, size: tuple[int, int] = (1400, 1980)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (shade, shade, shade)).save(made, "JPEG")
    return made.getvalue()


def test_the_watermark_carries_its_reader_and_nobody_else() -> None:
    other = replace(READER, name="何来访", number="CD-2026-0002")
    mine, theirs = (marked(page(), [], mark)[0] for mark in (READER, other))
    assert mine == marked(page(), [], READER)[0]
    with Image.open(io.BytesIO(mine)) as image:
        assert image.info["comment"].decode() == READER.text
    assert mine != theirs
    pixels, others = (Image.open(io.BytesIO(content)).convert("L") for content in (mine, theirs))
    different = sum(a != b for a, b in zip(pixels.tobytes(), others.tobytes(), strict=True))
    assert different > 10_000  # all over the page, not in the comment alone


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_the_watermark_is_seen_on_light_and_on_dark(shade: int) -> None:
    content, width, _ = marked(page(shade), [], READER)
    with Image.open(io.BytesIO(content)) as image:
        over = image.convert("L").crop((0, 0, width, 1600))
    darkest, lightest = over.getextrema()
    assert lightest - darkest > 15


def test_every_quarter_of_a_page_carries_the_watermark() -> None:
    content, width, height = marked(page(), [], READER)
    with Image.open(io.BytesIO(content)) as image:
        for left in (0, width // 2):
            for top in (0, height // 2 - 60):
                part = image.convert("L").crop((left, top, left + width // 2, top + height // 2 - 60))
                assert part.getextrema()[0] < 240


def test_what_is_blacked_out_leaves_no_trace() -> None:
    """Two pages that differ in the covered part alone give the same picture."""
    part = Box(100, 100, 300, 100)
    made = []
    for written in (0, 90):
        image = Image.new("RGB", (1400, 1980), "white")
        image.paste((written, written, 200), (150, 205, 550, 390))
        content = io.BytesIO()
        image.save(content, "PNG")
        made.append(marked(content.getvalue(), [part], READER)[0])
    assert made[0] == made[1]
    with Image.open(io.BytesIO(made[0])) as image:
        inside = image.convert("L").crop((130, 180, 470, 330))
    assert inside.getextrema()[1] < 60


@pytest.fixture
def reading(app: Flask, database: Database, workshop: Workshop) -> tuple[str, int]:
    """The address of the first page of an open reading, and the object it is drawn from."""
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one = furnish(session, store(), cast)
        asked = opened(session, store(), cast, one)
        for row in session.scalars(select(DigitalObject)):
            row.prepared_at = None
        object_id, consultation_id = one.scan.id, asked.id
    with app.app_context():
        prepare_some(database, store(), workshop, limit=50)
    return f"/readings/{consultation_id}/items/1/pages/1.jpg", object_id


def kept(database: Database) -> list[str]:
    with database.reading() as session:
        drawn = Rendition.kind.startswith("reading-")
        return list(session.scalars(select(Rendition.kind).where(drawn).order_by(Rendition.id)))


def test_a_page_is_drawn_once_a_minute_and_anew_when_a_part_is_blacked_out(
    app: Flask, database: Database, signed_in: SignedIn, reading: tuple[str, int]
) -> None:
    address, object_id = reading
    client, keeper = signed_in("inquirer"), signed_in("keeper")
    first = client.get(address).data
    assert client.get(address).data == first
    drawn = kept(database)
    assert len(drawn) == 1
    part = {
        "page": "1", "left_permille": "0", "top_permille": "0", "width_permille": "900", "height_permille": "300",
        "reason": "公民身份号码",
    }  # fmt: skip
    marks = f"/objects/{object_id}/redactions"
    assert keeper.post(marks, data={**part, "width_permille": "1001"}).status_code == 422
    assert keeper.post(marks, data={**part, "page": "9"}).status_code == 422
    assert keeper.post(marks, data=part).status_code == 303
    assert keeper.get(marks).status_code == 200
    covered = client.get(address).data
    assert covered != first
    assert len(kept(database)) == 1
    assert kept(database) != drawn
    preview = keeper.get(f"{marks}/1.jpg")
    assert (preview.status_code, preview.headers["Cache-Control"]) == (200, "no-store")
    assert client.get(f"{marks}/1.jpg").status_code == 403
    with database.reading() as session:
        one = session.scalars(select(Redaction)).one()  # marked since the approval, hence taken away freely
    assert signed_in("west.keeper").post(f"/redactions/{one.id}/removal").status_code == 404
    assert keeper.post(f"/redactions/{one.id}/removal").status_code == 303
    with database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("redaction."))).all()
    assert actions == ["redaction.marked", "redaction.removed"]


def test_what_was_black_when_it_was_approved_is_not_uncovered_for_the_reader(
    app: Flask, database: Database, signed_in: SignedIn, workshop: Workshop
) -> None:
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one = furnish(session, store(), cast)
        on_first, on_third = blacked(session, cast, one.scan), blacked(session, cast, one.scan, 3)
        asked = opened(session, store(), cast, one)
        first, third, scan, line = on_first.id, on_third.id, one.scan.id, scope_of(session, asked)[0].id
        address = f"/readings/{asked.id}/items/{line}"
        for row in session.scalars(select(DigitalObject)):
            row.prepared_at = None
    with app.app_context():
        prepare_some(database, store(), workshop, limit=50)
    reader, keeper = signed_in("inquirer"), signed_in("keeper")
    black = reader.get(f"{address}/pages/1.jpg").data
    assert keeper.post(f"/redactions/{third}/removal").status_code == 303  # page 3 was not approved
    assert reader.get(f"{address}/pages/1.jpg").data == black
    part = {
        "page": "1", "left_permille": "100", "top_permille": "50", "width_permille": "400", "height_permille": "199",
        "reason": "号码",
    }  # fmt: skip
    marks = f"/objects/{scan}/redactions"
    assert keeper.post(marks, data=part).status_code == 303
    assert keeper.post(f"/redactions/{first}/removal").status_code == 303
    for path in (address, f"{address}/pages/1.jpg", f"{address}/pages/2.jpg"):
        answer = reader.get(path)
        assert answer.status_code == 403
        assert "were black when this was approved" in answer.text
    assert keeper.post(marks, data={**part, "height_permille": "300"}).status_code == 303
    assert reader.get(f"{address}/pages/1.jpg").status_code == 200


def test_pages_drawn_for_a_reader_are_thrown_away_when_the_reading_is_over(
    app: Flask, database: Database, signed_in: SignedIn, reading: tuple[str, int]
) -> None:
    signed_in("inquirer").get(reading[0])
    with app.app_context():
        assert remove_pictures(database, store(), at=NOON) == 0
        with database.begin() as session:
            one = session.scalars(select(Consultation)).one()
            revoke(session, one, "不符", actor=find_cast(session).approver.actor, at=NOON)
        assert remove_pictures(database, store(), at=NOON + timedelta(seconds=1)) == 1
        assert kept(database) == []
        assert remove_pictures(database, store(), at=NOON + timedelta(seconds=2)) == 0


def test_a_page_drawn_while_the_pictures_are_thrown_away_is_not_kept(
    app: Flask, database: Database, reading: tuple[str, int]
) -> None:
    with app.app_context():
        with database.reading() as drawing:
            actor = find_cast(drawing).inquirer.actor
            page = open_page(drawing, 1, 1, 1, actor, at=NOON)
            with database.begin() as session:
                one = session.scalars(select(Consultation)).one()
                revoke(session, one, "不符", actor=find_cast(session).approver.actor, at=NOON)
            assert remove_pictures(database, store(), at=NOON) == 1
            assert page_picture(drawing, page, tools(), at=NOON)
        assert kept(database) == []
        with database.reading() as session:
            named = set(session.scalars(select(Rendition.key)))
        assert {each.key for each in store().keys("derived")} == named
