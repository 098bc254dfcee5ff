"""What a case of forgery or alteration puts in doubt: documents that prove nothing, and classes that rest on them."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from records.files.locking import asked_below, household_of, lock_files
from records.files.models import File, Item
from records.holdings.cases import tells_doubt
from records.holdings.models import PaperCopy
from records.households.models import Anew
from records.households.services import determine_anew
from records.supervision.models import OF_TRUTH, STAYS_FALSE, Incident, IncidentSubject
from records.upkeep.determining import rests_on


@tells_doubt
def false_or_doubted(session: Session, file: File) -> Collection[int]:
    """The ids of the items of a file that an open case says are forged or altered, or a closed one found so.

    A case of a whole file reaches its items while it is open: what is added to the file afterwards is not doubted.
    """
    is_open = Incident.closed_on.is_(None)
    found_so = _names_item() & (is_open | Incident.outcome.in_(STAYS_FALSE))
    said_so = select(IncidentSubject.id).join(Incident, Incident.id == IncidentSubject.incident_id).where(
        Incident.kind.in_(OF_TRUTH), found_so | ((IncidentSubject.file_id == Item.file_id) & is_open)
    )  # fmt: skip
    return session.scalars(select(Item.id).where(Item.file_id == file.id, said_so.correlate(Item).exists())).all()


def _names_item() -> ColumnElement[bool]:
    """True where a subject of a case is an item, or a paper copy of it."""
    copies = select(PaperCopy.id).where(PaperCopy.item_id == Item.id).correlate(Item)
    return or_(IncidentSubject.item_id == Item.id, IncidentSubject.copy_id.in_(copies))


def look_anew(session: Session, incident: Incident, on: date) -> None:
    """Have the class determined anew of every active household whose class may rest on what a case found false."""
    named = select(IncidentSubject.id).where(
        IncidentSubject.incident_id == incident.id, _names_item() | (IncidentSubject.file_id == Item.file_id)
    )
    items = session.scalars(select(Item).where(named.correlate(Item).exists())).all()
    for file in lock_files(session, {item.file_id for item in items}, asked_below):
        of_file = [item for item in items if item.file_id == file.id]
        if file.household_id is not None and file.active and rests_on(session, file, of_file):
            determine_anew(household_of(session, file), Anew.PROOF, on)
