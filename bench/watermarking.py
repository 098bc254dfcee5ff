"""How long a page image for an outside reader takes: drawn and marked for the first time, and again as it is kept.

As in: python bench/watermarking.py --pages 20
"""

import argparse
import io
import statistics
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw
from sqlalchemy import select

from app import create_app
from config import default_settings
from records.consultation.models import ConsultationItem
from records.consultation.reading import Tools, note_page, open_page, page_picture
from records.consultation.requests import accept_undertaking, decide, narrow, scope_digest
from records.holdings.models import DigitalObject
from records.holdings.views.blueprint import workshop
from records.holdings.work import prepare_some
from storage.database import Base, Database
from tests.cast import MONDAY, NOON, Cast, make_cast
from tests.records.consultation.office import PERSON, UNTIL, Reading, filed, furnish
from web.transaction import store


def scans(pages: int) -> bytes:
    """A PDF of scanned pages at 200 dpi, as archives have them."""
    sheets = []
    for number in range(pages):
        sheet = Image.effect_noise((1654, 2339), 12).convert("RGB")
        draw = ImageDraw.Draw(sheet)
        for line in range(40):
            draw.text((150, 150 + line * 50), f"page {number + 1}, line {line + 1} " * 4, fill=(20, 20, 20))
        sheets.append(sheet)
    made = io.BytesIO()
    sheets[0].save(made, "PDF", save_all=True, append_images=sheets[1:], resolution=200)
    return made.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20)
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as folder:
        settings = default_settings(Path(folder))
        app = create_app(settings)
        database: Database = app.extensions["anjuan.database"]
        Base.metadata.create_all(database.engine)
        with app.app_context():
            tools = Tools(database, store(), workshop(), settings.time_zone)
            consultation_id, line_id, cast = _opened(database, tools, pages)
            first = [_seconds(database, tools, cast, consultation_id, line_id, n + 1) for n in range(pages)]
            again = [_seconds(database, tools, cast, consultation_id, line_id, n + 1) for n in range(pages)]
            tools.workshop.close()
        database.close()
    for words, seconds in (("First time", first), ("From cache", again)):
        middle, most = statistics.median(seconds) * 1_000, max(seconds) * 1_000
        print(f"{words}: {middle:.1f} ms in the middle, {most:.1f} ms at most, of {pages} pages")


def _opened(database: Database, tools: Tools, pages: int) -> tuple[int, int, Cast]:
    with database.begin() as session:
        cast = make_cast(session)
        one: Reading = furnish(session, tools.store, cast, scans(pages), pages)
        asked = filed(session, tools.store, cast, one)
        given = {"actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
        narrow(session, asked, {one.application.id: None}, "无", identity_seen=True, **given)
        decide(
            session, asked, "可", until=UNTIL, seen_sha256=scope_digest(session, asked), actor=cast.approver.actor,
            at=NOON, on=MONDAY,
        )  # fmt: skip
        accept_undertaking(session, asked, PERSON, language="zh", actor=cast.inquirer.actor, at=NOON)
        line = session.scalars(select(ConsultationItem)).one()
        for row in session.scalars(select(DigitalObject)):
            row.prepared_at = None
    while prepare_some(database, tools.store, tools.workshop, limit=10):
        pass
    return asked.id, line.id, cast


def _seconds(database: Database, tools: Tools, cast: Cast, consultation_id: int, line_id: int, number: int) -> float:
    """As the view does it: rights, use register, picture."""
    begun = time.perf_counter()
    with database.reading() as session:
        page = open_page(session, consultation_id, line_id, number, cast.inquirer.actor, at=NOON)
        with database.begin() as noting:
            note_page(noting, page, cast.inquirer.actor)
        if page_picture(session, page, tools, at=NOON) is None:
            raise RuntimeError(f"Page {number} was not drawn.")
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
