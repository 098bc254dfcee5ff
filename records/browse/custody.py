"""The chain of custody of a file 保管链: who kept it, where, and through which hands it went, since its beginning."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from accounts.prints import paper_language
from audit import AuditEntry
from printing.forms import Column, Printed, table_form
from records.closing.models import CustodyOnBehalf, FileLink, FileTransfer
from records.consultation.models import Consultation, ConsultationItem, CounterReading
from records.files.masking import unnamed
from records.files.models import Custody, File, FileFromBefore, Item
from records.handover.models import Handover, HandoverLine, HandoverSignature, HandoverState, LineKind
from records.holdings.models import Box, Movement, PaperCopy, Place
from records.lending.models import Loan
from records.lending.undoing import UNDONE
from records.supervision.incidents import incidents_about
from web.language import gettext, ngettext
from web.shown import words

OF_A_MOMENT = ("opened", "unit", "behalf", "handover", "keeper", "place", "loan", "link", "incident", "destroyed")
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """One step of the chain: on which day, of which kind, what happened, and the page about it, if any.

    `at` is the moment where one is kept, so that the steps of a day stand in the order in which they happened; `taker`
    is who keeps the file by it.
    """

    on: date
    kind: str
    what: str
    details: str = ""
    until: date | None = None
    at: datetime | None = None
    taker: int | None = None
    endpoint: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


def chain_of(session: Session, file: File, zone: tzinfo) -> list[Step]:
    """Every step since the file was opened, the oldest first, on days of `zone`; as many queries for any file."""
    transfers = session.scalars(
        select(FileTransfer).where(FileTransfer.file_id == file.id).order_by(FileTransfer.id)
    ).all()
    steps = [
        *_beginning(session, file),
        *_handovers(session, file, zone),
        *_transfers(transfers, zone),
        *_on_behalf(session, file, {(one.passed_on, one.to_unit_id): one.answered_at for one in transfers}),
        *_links(session, file),
        *_incidents(session, file, zone),
        *_loans(session, file),
        *_readings(session, file, zone),
        *_places(session, file, zone),
        *_boxes(session, file, zone),
    ]
    steps += _keepers(session, file, {(step.on, step.taker): step.at for step in steps if step.taker})
    if file.destroyed_on is not None:
        steps.append(
            Step(
                file.destroyed_on,
                "destroyed",
                gettext("Destroyed"),
                gettext("Destruction list %(number)s", number=file.destroyed_under),
                at=LAST,
            )
        )
    return sorted(steps, key=lambda step: (step.on, step.at or FIRST, OF_A_MOMENT.index(step.kind)))


def chain_sheet(file: File, steps: list[Step], *, made_at: datetime) -> Printed:
    """The chain on paper, as PDF/A."""
    return table_form(
        title=gettext("Chain of custody"),
        number=file.code,
        columns=[
            Column(gettext("From"), 1),
            Column(gettext("Until"), 1),
            Column(gettext("Step in the chain"), 3),
            Column(gettext("Details"), 4),
        ],
        rows=[
            [step.on.isoformat(), step.until.isoformat() if step.until else "", step.what, unnamed(step.details, file)]
            for step in steps
        ],
        made_at=made_at,
        subtitle=file.unit.name,
        facts=[
            (gettext("Reference code"), file.code),
            (gettext("Title"), file.discreetly(file.title)),
            (gettext("Unit"), file.unit.name),
        ],
        language=paper_language(),
    )


def _beginning(session: Session, file: File) -> Iterator[Step]:
    before = session.get(FileFromBefore, file.id)
    if before is None:
        yield Step(file.opened_on, "opened", gettext("File opened"), file.code)
        return
    yield Step(before.established_on, "opened", gettext("Established on paper, before the system"), before.paper_place)
    yield Step(before.entered_on, "opened", gettext("Entered into the system"), before.reason)


def _keepers(session: Session, file: File, passed: Mapping[tuple[date, int | None], datetime | None]) -> Iterator[Step]:
    """Who kept it, each from the moment of the handover or transfer of that day by which they took it."""
    query = select(Custody).where(Custody.file_id == file.id).order_by(Custody.id).options(joinedload(Custody.keeper))
    for kept in session.scalars(query):
        yield Step(
            kept.from_on,
            "keeper",
            gettext("Kept by %(name)s", name=kept.keeper.display_name),
            "" if kept.until_on else gettext("until today"),
            kept.until_on,
            passed.get((kept.from_on, kept.keeper_id)),
        )


def _handovers(session: Session, file: File, zone: tzinfo) -> Iterator[Step]:
    signed_at = (
        select(func.max(HandoverSignature.signed_at))
        .where(HandoverSignature.handover_id == Handover.id, HandoverSignature.lapsed_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(Handover, HandoverLine, signed_at)
        .join(HandoverLine, HandoverLine.handover_id == Handover.id)
        .where(HandoverLine.kind == LineKind.FILE, HandoverLine.subject_id == file.id, HandoverLine.left_at.is_(None))
        .order_by(Handover.id)
    )
    for one, line, at in rows:
        told = [
            gettext("%(leaver)s to %(receiver)s", leaver=one.leaver.display_name, receiver=one.receiver.display_name)
        ]
        told.append(words(one.state))
        if line.refused_reason is not None:
            told.append(gettext("refused: %(reason)s", reason=line.refused_reason))
        if line.difference_reason is not None:
            told.append(f"{words(line.difference)} {line.difference_reason}")
        yield Step(
            one.ended_on or one.started_at.astimezone(zone).date(),
            "handover",
            gettext("Handover %(number)s", number=one.number),
            gettext("; ").join(told),
            at=at if one.state is HandoverState.SIGNED else one.started_at,
            taker=one.receiver_id if one.state is HandoverState.SIGNED and line.refused_reason is None else None,
            endpoint="handover.show_handover",
            arguments={"handover_id": one.id},
        )


def _transfers(transfers: Sequence[FileTransfer], zone: tzinfo) -> Iterator[Step]:
    for one in transfers:
        told = [words(one.reason), words(one.state)]
        if one.ended_reason:
            told.append(one.ended_reason)
        yield Step(
            one.passed_on or (one.answered_at or one.proposed_at).astimezone(zone).date(),
            "unit",
            gettext("From %(giver)s to %(taker)s", giver=one.from_unit.name, taker=one.to_unit.name),
            gettext("; ").join([gettext("Transfer %(number)s", number=one.number), *told]),
            at=one.answered_at or one.proposed_at,
            taker=one.keeper_id,
            endpoint="closing.show_transfer",
            arguments={"file_transfer_id": one.id},
        )


def _on_behalf(
    session: Session, file: File, passed: Mapping[tuple[date | None, int], datetime | None]
) -> Iterator[Step]:  # fmt: skip
    """Units that kept it on behalf, each from the moment of the transfer of that day by which it came to them."""
    query = select(CustodyOnBehalf).where(CustodyOnBehalf.file_id == file.id).order_by(CustodyOnBehalf.id)
    for one in session.scalars(
        query.options(joinedload(CustodyOnBehalf.keeper_unit), joinedload(CustodyOnBehalf.owner))
    ):
        yield Step(
            one.from_on,
            "behalf",
            gettext("Kept by %(keeper)s on behalf of %(owner)s", keeper=one.keeper_unit.name, owner=one.owner.name),
            one.reason,
            one.until_on,
            passed.get((one.from_on, one.keeper_unit_id)),
        )


def _links(session: Session, file: File) -> Iterator[Step]:
    query = select(FileLink).where(or_(FileLink.file_id == file.id, FileLink.other_id == file.id))
    for link in session.scalars(query.options(joinedload(FileLink.file), joinedload(FileLink.other))):
        what = gettext("%(code)s: %(how)s %(other)s", code=link.file.code, how=words(link.kind), other=link.other.code)
        yield Step(link.on, "link", what, words(link.why))


def _incidents(session: Session, file: File, zone: tzinfo) -> Iterator[Step]:
    """What was lost, damaged or altered of it, and how the case ended (art. 19).

    A case keeps the day of its end; the moment is that of its entry in the audit chain, where that is of the same day.
    """
    told = incidents_about(session, file=file)
    entries = select(AuditEntry.subject_id, AuditEntry.at).where(
        AuditEntry.subject_kind == "incident",
        AuditEntry.subject_id.in_([one.id for one in told]),
        AuditEntry.action == "incident.closed",
    )
    ends: dict[int | None, datetime] = dict(session.execute(entries).all())
    for one in reversed(told):
        show = "supervision.show_incident", {"incident_id": one.id}
        case = gettext("Incident %(number)s", number=one.number)
        yield Step(one.found_on, "incident", words(one.kind), case, None, one.reported_at, None, *show)
        if one.closed_on is not None:
            end = ends.get(one.id)
            at = end if end is not None and end.astimezone(zone).date() == one.closed_on else LAST
            yield Step(one.closed_on, "incident", words(one.outcome), case, None, at, None, *show)


def _loans(session: Session, file: File) -> Iterator[Step]:
    """Loans of its paper, what went out together told as one; where all of it went, the whole file."""
    of_file = (PaperCopy.item_id == Item.id) & (Item.file_id == file.id)
    registered = dict(
        session.execute(
            select(PaperCopy.registered_on, func.count()).join(Item, of_file).group_by(PaperCopy.registered_on)
        ).all()
    )
    rows = session.scalars(
        select(Loan)
        .join(PaperCopy, PaperCopy.id == Loan.copy_id)
        .join(Item, of_file)
        .order_by(Loan.id)
        .options(joinedload(Loan.borrower))
    ).all()
    began = _lent_at(session, of_file, rows)
    together: dict[tuple[date, str, date | None, bool], list[Loan]] = defaultdict(list)
    for loan in rows:
        if not loan.undone:
            together[loan.lent_on, loan.borrower.display_name, loan.returned_on, loan.lost].append(loan)
    for (lent_on, name, returned_on, lost), loans in together.items():
        copies = len({loan.copy_id for loan in loans})
        there = sum(count for day, count in registered.items() if day <= lent_on)
        whole = copies >= there
        yield Step(
            lent_on,
            "loan",
            gettext("The whole file lent to %(name)s", name=name) if whole else gettext("Lent to %(name)s", name=name),
            gettext("%(copies)s of %(all)s paper copies", copies=copies, all=there)
            + (gettext("; lost") if lost else "" if returned_on else gettext("; not returned")),
            None if lost else returned_on,
            began.get(loans[0].id),
        )


def _readings(session: Session, file: File, zone: tzinfo) -> Iterator[Step]:
    """Paper given to outside readers at the counter, what was given under one case on one day told as one.

    Who read stands in the case, for those who may see it.
    """
    rows = session.execute(
        select(CounterReading, Consultation.id, Consultation.number)
        .join(ConsultationItem, ConsultationItem.id == CounterReading.line_id)
        .join(Consultation, Consultation.id == ConsultationItem.consultation_id)
        .join(Item, Item.id == ConsultationItem.item_id)
        .where(Item.file_id == file.id)
        .order_by(CounterReading.id)
    )
    together: dict[tuple[date, int, str], list[CounterReading]] = defaultdict(list)
    for reading, case_id, number in rows:
        together[reading.given_at.astimezone(zone).date(), case_id, number].append(reading)
    for (on, case_id, number), readings in together.items():
        backs = [one.returned_at.astimezone(zone).date() for one in readings if one.returned_at is not None]
        out = len(backs) < len(readings)
        yield Step(
            on,
            "loan",
            gettext("Given to an outside reader at the counter"),
            gettext("consultation %(number)s", number=number) + (gettext("; not returned") if out else ""),
            None if out else max(backs),
            readings[0].given_at,
            None,
            "consultation.show_consultation",
            {"consultation_id": case_id},
        )


def _lent_at(session: Session, of_file: ColumnElement[bool], loans: Sequence[Loan]) -> dict[int, datetime]:
    """The moment of each loan: of one copy the first loan is its first way into somebody's hands, and so on."""
    ways = session.execute(
        select(Movement.copy_id, Movement.at)
        .join(PaperCopy, PaperCopy.id == Movement.copy_id)
        .join(Item, of_file)
        .where(Movement.to_holder_id.is_not(None), Movement.reason != UNDONE)
        .order_by(Movement.id)
    )
    of_copy: dict[int | None, list[datetime]] = defaultdict(list)
    for copy_id, at in ways:
        of_copy[copy_id].append(at)
    waiting = {copy_id: iter(moments) for copy_id, moments in of_copy.items()}
    return {loan.id: next(waiting[loan.copy_id]) for loan in loans}


def _places(session: Session, file: File, zone: tzinfo) -> Iterator[Step]:
    """Where its paper was put, what was put there together told as one."""
    query = (
        select(Movement)
        .join(PaperCopy, PaperCopy.id == Movement.copy_id)
        .join(Item, Item.id == PaperCopy.item_id)
        .where(Item.file_id == file.id, Movement.to_holder_id.is_(None), Movement.from_holder_id.is_(None))
        .options(*(joinedload(way) for way in _ENDS))
        .order_by(Movement.id)
    )
    together: dict[tuple[date, str, str], int] = defaultdict(int)
    began: dict[tuple[date, str, str], datetime] = {}
    for one in session.scalars(query):
        on = one.at.astimezone(zone).date()
        end = one.to_destruction
        what = (
            gettext("Paper destroyed, list %(number)s", number=end)
            if end
            else gettext("Paper to %(place)s", place=_spot(one.to_box, one.to_place))
        )
        put = on, _spot(one.from_box, one.from_place), what
        together[put] += 1
        began.setdefault(put, one.at)
    for put, copies in together.items():
        on, came_from, what = put
        told = ngettext("%(count)s paper copy", "%(count)s paper copies", copies, count=copies)
        from_where = gettext("; from %(place)s", place=came_from) if came_from else ""
        yield Step(on, "place", what, f"{told}{from_where}", at=began[put])


def _boxes(session: Session, file: File, zone: tzinfo) -> Iterator[Step]:
    """Moves of the boxes that its paper has ever lain in."""
    held = (
        select(Movement.to_box_id)
        .join(PaperCopy, PaperCopy.id == Movement.copy_id)
        .join(Item, Item.id == PaperCopy.item_id)
        .where(Item.file_id == file.id, Movement.to_box_id.is_not(None))
    )
    query = (
        select(Movement, Box.barcode)
        .join(Box, Box.id == Movement.box_id)
        .where(Movement.box_id.in_(held), Movement.from_place_id.is_not(None))
        .options(*(joinedload(way) for way in _ENDS))
        .order_by(Movement.id)
    )
    for one, barcode in session.execute(query):
        yield Step(
            one.at.astimezone(zone).date(),
            "place",
            gettext("Box %(barcode)s to %(place)s", barcode=barcode, place=_spot(one.to_box, one.to_place)),
            gettext("from %(place)s", place=_spot(None, one.from_place)),
            at=one.at,
        )


_ENDS = (Movement.from_box, Movement.from_place, Movement.to_box, Movement.to_place)


def _spot(box: Box | None, place: Place | None) -> str:
    if box is not None:
        return gettext("box %(barcode)s", barcode=box.barcode)
    return place.address if place is not None else ""
