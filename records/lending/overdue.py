"""Who keeps something overdue 逾期 for too long is lent nothing more, but for a stated reason (art. 17)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from records.files.grounds import check_said
from records.files.models import File, Item
from records.holdings.models import PaperCopy
from records.lending.errors import OverdueFirst, OverdueNotRenewed
from records.lending.models import Loan
from rules.services import rulebook
from units.models import Unit

MOST_NAMED = 5


def overdue_too_long(session: Session, borrower: User, unit: Unit, on: date) -> Sequence[Loan]:
    """What a borrower has of a unit that is overdue for longer than its rule bears, the latest first."""
    return session.scalars(
        select(Loan)
        .join(Loan.copy)
        .join(PaperCopy.item)
        .join(Item.file)
        .where(
            Loan.borrower_id == borrower.id,
            Loan.returned_on.is_(None),
            Loan.due_on < on - timedelta(days=_days_borne(session, unit, on)),
            File.unit_id == unit.id,
        )
        .order_by(Loan.due_on, Loan.id)
        .options(contains_eager(Loan.copy))
    ).all()


def reason_to_lend(session: Session, borrower: User, unit: Unit, despite: str | None, on: date) -> str | None:
    """Why a unit lends all the same, None where nothing is overdue too long; raises OverdueFirst or SaidTooLittle."""
    late = overdue_too_long(session, borrower, unit, on)
    if not late:
        return None
    if not despite:
        raise OverdueFirst(**_named(session, late, borrower, unit, on))
    check_said(despite, "despite", article=17)
    return despite


def not_renewed_before(session: Session, borrower: User, unit: Unit, on: date) -> OverdueNotRenewed | None:
    """Why nothing is renewed: a borrower has something of a unit overdue for longer than its rule bears."""
    late = overdue_too_long(session, borrower, unit, on)
    return OverdueNotRenewed(**_named(session, late, borrower, unit, on)) if late else None


def _named(session: Session, late: Sequence[Loan], borrower: User, unit: Unit, on: date) -> dict[str, Any]:
    """What the refusals name."""
    return {
        "name": borrower.display_name, "count": len(late), "barcodes": _in_words(late), "unit": unit.name,
        "days": _days_borne(session, unit, on),
    }  # fmt: skip


def _days_borne(session: Session, unit: Unit, on: date) -> int:
    return rulebook(session, unit, on).whole("overdue_days_borne")


def _in_words(late: Sequence[Loan]) -> str:
    """Barcodes with the days on which they were due, of the first five."""
    told = "、".join(f"{loan.copy.barcode} ({loan.due_on})" for loan in late[:MOST_NAMED])
    return told if len(late) <= MOST_NAMED else f"{told}、…"
