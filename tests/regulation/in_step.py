"""A household file that changes on one carrier, for the tests of article 13."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.files.living import TwinCause, TwinDuty
from records.files.membership import adjust_household
from records.files.models import File, Item
from records.holdings.copies import register_copy
from records.holdings.models import DigitalObject
from tests.cast import MONDAY, NOON, Cast
from tests.records.lending.shelf import make_place

TUESDAY = MONDAY + timedelta(days=1)
DUE_OF_MONDAY = date(2026, 4, 14)  # thirty working days after 2 March 2026, with Qingming between
LEAP_DAY = date(2024, 2, 29)


def adjust(session: Session, file: File, actor: Actor, on: date, **changes: object) -> None:
    """Change something of the household."""
    household = file.household
    assert household is not None
    fields: dict[str, object] = {
        "address": household.address,
        "employment": household.employment,
        "employer": household.employer,
        "main_cause": household.main_cause,
        "monthly_income_per_head": household.monthly_income_per_head,
        "phone": None,
    }
    adjust_household(session, file, actor=actor, on=on, **{**fields, **changes})  # type: ignore[arg-type]
    session.flush()


def scanned(session: Session, item: Item) -> None:
    """Give an item a digital file that has been examined."""
    digest = f"{item.id:064x}"
    session.add(
        DigitalObject(
            item=item, item_id=item.id, file_id=item.file_id, name="scan.pdf", key=f"original/{digest}", sha256=digest,
            size_bytes=1, media_type="application/pdf", facts={}, findings=[], stored_at=NOON, prepared_at=NOON,
        )
    )  # fmt: skip
    session.flush()


def on_paper(session: Session, cast: Cast, item: Item, barcode: str) -> None:
    """Register paper of an item in the repository of the district."""
    place = make_place(session, cast, f"库 {barcode}")
    session.flush()
    register_copy(
        session, item, place, pages_count=1, actor=cast.keeper.actor, at=NOON, on=MONDAY, barcode=barcode
    )  # fmt: skip


def causes(duty: TwinDuty | None) -> list[TwinCause]:
    return [change.cause for change in duty.changes] if duty else []
