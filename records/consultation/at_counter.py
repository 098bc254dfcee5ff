"""Paper read at the counter under the keeper's eyes 到馆查阅: given to the reader, read, given back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor
from printing.forms import Printed, Section, Signature, sheet_form
from records.consultation.errors import ItemClosed, NotBeingRead, ReadAtCounter, ReadByAnother, StillBeingRead
from records.consultation.models import Consultation, ConsultationItem, CounterReading, State, Way
from records.consultation.registration import receives
from records.consultation.requests import closed_now
from records.consultation.scope import NO_PAPER, paper_here
from records.consultation.undertaking import TEXT, VERSION
from records.holdings.being_read import BeingRead, being_read, tells_being_read
from records.holdings.condition import note_returned
from records.holdings.copies import lock_copy
from records.holdings.errors import CopyBeingRead
from records.holdings.locking import lock
from records.holdings.merging import merge_rule
from records.holdings.models import Box, Condition, PaperCopy
from records.lending.queue import aside_of
from web.language import N_

GIVEN_BACK = N_("Given back at the counter")
FOUND_DAMAGED = "到馆查阅归还时发现破损"  # in the case, which is kept in Chinese


def note_read_at_counter(
    session: Session, consultation: Consultation, line: ConsultationItem, *, actor: Actor, at: datetime
) -> CounterReading:
    """Note that the reader was given an item on paper, and enter it in the use register.

    The paper has to be here and with nobody, and what was closed since the approval is not read. `at` is in the
    office's zone. Raises ReceivedElsewhere, ReadAtCounter, StillBeingRead, OwnFileClosed, ItemClosed or ReadByAnother.
    """
    receives(consultation.unit, actor)
    lock(session, consultation)
    if consultation.way is not Way.COUNTER or consultation.state_at(at) is not State.OPEN:
        raise ReadAtCounter(number=consultation.number)
    if _with_reader(session, line):
        raise StillBeingRead(code=line.item.code)
    if why := closed_now(session, consultation, line, at.date()):
        raise ItemClosed(item_id=line.item_id, code=line.item.code, why=why)
    copy = _free_copy(session, line)
    made = CounterReading(line_id=line.id, copy_id=copy.id, copy=copy, given_at=at, given_by=actor.name)
    session.add(made)
    session.flush()
    audit.record_use(
        session, actor.name, "content.read_at_counter", line.item, request=consultation.number,
        reader=consultation.inquirer.reader, pages=line.pages,
    )  # fmt: skip
    return made


def note_given_back(
    session: Session,
    consultation: Consultation,
    line: ConsultationItem,
    *,
    condition: Condition | None = None,
    actor: Actor,
    at: datetime,
    on: date,
) -> str | None:
    """Note that the reader gave an item back and in which condition, None for as it was given; also after the end.

    The answer is the number of the case where it came back damaged (art. 19). Raises ReceivedElsewhere, NotBeingRead,
    or what `note_returned` raises.
    """
    receives(consultation.unit, actor)
    lock(session, consultation)
    reading = _with_reader(session, line)
    if reading is None:
        raise NotBeingRead(code=line.item.code)
    copy = reading.copy
    happened = f"{FOUND_DAMAGED}（{consultation.number}）"
    case = note_returned(session, copy, condition, happened, reason=GIVEN_BACK, actor=actor, at=at, on=on)
    reading.returned_at, reading.returned_by = at, actor.name
    audit.record_use(
        session, actor.name, "content.given_back_at_counter", line.item, request=consultation.number,
        reader=consultation.inquirer.reader, condition=copy.condition,
    )  # fmt: skip
    return case


def counter_readings(session: Session, consultation: Consultation) -> Mapping[int, Sequence[CounterReading]]:
    """Each time an item of the scope was given to its reader, by line, in their order; one query."""
    rows = session.scalars(
        select(CounterReading)
        .join(ConsultationItem, ConsultationItem.id == CounterReading.line_id)
        .where(ConsultationItem.consultation_id == consultation.id)
        .order_by(CounterReading.id)
    )
    found: dict[int, list[CounterReading]] = {}
    for row in rows:
        found.setdefault(row.line_id, []).append(row)
    return found


def undertaking_sheet(consultation: Consultation, keeper: str, *, at: datetime) -> Printed:
    """The undertaking 保密承诺书 of a reader at the counter, to be signed on paper. `at` is in the office's zone."""
    inquirer, lapses_at = consultation.inquirer, consultation.lapses_at
    return sheet_form(
        title="查阅档案保密承诺书",
        number=consultation.number,
        subtitle=consultation.unit.name,
        sections=[
            Section(
                facts=[
                    ("查档人", inquirer.name),
                    ("查档单位", inquirer.body_name or "本人"),
                    ("查阅目的", consultation.purpose),
                    ("查阅期限", f"至 {lapses_at.astimezone(at.tzinfo):%Y-%m-%d %H:%M}" if lapses_at else "—"),
                    ("承诺书版本", consultation.undertaking_version or VERSION),
                ]
            ),
            Section(heading="本次未提供查阅的内容及原因", text=consultation.left_out or "无"),
            Section(heading="承诺内容", text=consultation.undertaking_text or TEXT.zh),
        ],
        made_at=at,
        signatures=[Signature("承诺人", inquirer.name), Signature("经办人", keeper)],
    )


@tells_being_read(select(CounterReading.copy_id).where(CounterReading.returned_at.is_(None)))
def _at_the_counter(session: Session, copy_ids: Collection[int]) -> Mapping[int, BeingRead]:
    """Which copies are with a reader of some case; how far that case is says nothing of it."""
    rows = session.execute(
        select(CounterReading, Consultation)
        .join(ConsultationItem, ConsultationItem.id == CounterReading.line_id)
        .join(Consultation, Consultation.id == ConsultationItem.consultation_id)
        .where(CounterReading.copy_id.in_(copy_ids), CounterReading.returned_at.is_(None))
        .options(joinedload(Consultation.inquirer))
    )
    return {
        given.copy_id: BeingRead(case.number, case.inquirer.reader, case.id, given.given_at) for given, case in rows
    }


@merge_rule
def nothing_of_it_is_read(session: Session, box: Box) -> None:
    """Raise CopyBeingRead while an outside reader has anything that belongs in a box (art. 17)."""
    reading = session.execute(
        select(PaperCopy, Consultation.number)
        .join(CounterReading, CounterReading.copy_id == PaperCopy.id)
        .join(ConsultationItem, ConsultationItem.id == CounterReading.line_id)
        .join(Consultation, Consultation.id == ConsultationItem.consultation_id)
        .where(PaperCopy.box_id == box.id, CounterReading.returned_at.is_(None))
        .order_by(PaperCopy.id)
        .limit(1)
    ).first()
    if reading is not None:
        raise CopyBeingRead(barcode=reading[0].barcode, case=reading[1])


def _free_copy(session: Session, line: ConsultationItem) -> PaperCopy:
    """A copy of an item that is here and with no reader, kept from others until commit; or ReadByAnother.

    What is put aside for somebody is taken last.
    """
    copies = sorted(paper_here(session, line.item_id), key=lambda copy: copy.id)
    for copy in copies:
        lock_copy(session, copy)  # a desk that lends it comes before, or waits
    here = [copy for copy in copies if copy.holder_id is None and copy.missing_since is None]
    read = being_read(session, [copy.id for copy in here])
    if free := [copy for copy in here if copy.id not in read]:
        return min(free, key=lambda copy: aside_of(session, copy) is not None)
    if not here:
        raise ItemClosed(item_id=line.item_id, code=line.item.code, why=NO_PAPER)
    raise ReadByAnother(code=line.item.code, barcode=here[0].barcode, case=read[here[0].id].case)


def _with_reader(session: Session, line: ConsultationItem) -> CounterReading | None:
    return session.scalar(
        select(CounterReading).where(CounterReading.line_id == line.id, CounterReading.returned_at.is_(None))
    )
