"""Paper read at the counter under the keeper's eyes 到馆查阅: given to the reader, read, given back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from printing.forms import Printed, Section, Signature, sheet_form
from records.consultation.errors import ItemClosed, NotBeingRead, ReadAtCounter, StillBeingRead
from records.consultation.models import Consultation, ConsultationItem, CounterReading, State, Way
from records.consultation.registration import receives
from records.consultation.requests import closed_now
from records.consultation.undertaking import TEXT, VERSION
from records.holdings.locking import lock


def note_read_at_counter(
    session: Session, consultation: Consultation, line: ConsultationItem, *, actor: Actor, at: datetime
) -> CounterReading:
    """Note that the reader was given an item on paper, and enter it in the use register.

    The paper has to be here, and what was closed since the approval is not read. Raises ReceivedElsewhere,
    ReadAtCounter, StillBeingRead, OwnFileClosed or ItemClosed.
    """
    receives(consultation.unit, actor)
    lock(session, consultation)
    if consultation.way is not Way.COUNTER or consultation.state_at(at) is not State.OPEN:
        raise ReadAtCounter(number=consultation.number)
    if _with_reader(session, line):
        raise StillBeingRead(code=line.item.code)
    if why := closed_now(session, consultation, line, at.date()):
        raise ItemClosed(item_id=line.item_id, code=line.item.code, why=why)
    made = CounterReading(line_id=line.id, given_at=at, given_by=actor.name)
    session.add(made)
    audit.record_use(
        session, actor.name, "content.read_at_counter", line.item, request=consultation.number,
        reader=consultation.inquirer.reader, pages=line.pages,
    )  # fmt: skip
    return made


def note_given_back(
    session: Session, consultation: Consultation, line: ConsultationItem, *, actor: Actor, at: datetime
) -> None:
    """Note that the reader gave an item back; also after the end. Raises ReceivedElsewhere or NotBeingRead."""
    receives(consultation.unit, actor)
    lock(session, consultation)
    reading = _with_reader(session, line)
    if reading is None:
        raise NotBeingRead(code=line.item.code)
    reading.returned_at, reading.returned_by = at, actor.name
    audit.record_use(
        session, actor.name, "content.given_back_at_counter", line.item, request=consultation.number,
        reader=consultation.inquirer.reader,
    )  # fmt: skip


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


def _with_reader(session: Session, line: ConsultationItem) -> CounterReading | None:
    return session.scalar(
        select(CounterReading).where(CounterReading.line_id == line.id, CounterReading.returned_at.is_(None))
    )
