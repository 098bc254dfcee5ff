"""Who sees which consultations, in which state they are, and for whom they wait (art. 17)."""

from datetime import date, datetime, time, tzinfo

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from accounts.roles import Actor, Permission
from accounts.scope import within
from records.consultation.models import Consultation, ConsultationItem, CounterReading, Inquirer, State
from records.holdings.models import PaperCopy
from units.models import Unit
from web.rules import NotVisible


def visible_consultations(actor: Actor) -> Select[Consultation]:
    """The consultations of the units whose custodians the actor belongs to; every list of them begins here.

    A request names whose file it is about, withdrawn ones among them, so that plain readers see none.
    """
    return (
        select(Consultation)
        .join(Consultation.unit)
        .join(Consultation.inquirer)
        .where(within(Unit.path, actor.scope(Permission.READ_WITHDRAWN)))
        .options(contains_eager(Consultation.unit), contains_eager(Consultation.inquirer).joinedload(Inquirer.user))
    )


def visible_consultation(session: Session, consultation_id: int, actor: Actor) -> Consultation:
    """One of them; raises NotVisible."""
    found = session.scalar(visible_consultations(actor).where(Consultation.id == consultation_id))
    if found is None:
        raise NotVisible
    return found


def own_consultations(actor: Actor) -> Select[Consultation]:
    """The actor's own requests; an inquirer sees nothing else."""
    return (
        select(Consultation)
        .join(Consultation.unit)
        .join(Consultation.inquirer)
        .where(Inquirer.user_id == actor.user_id, Inquirer.ended_at.is_(None))
        .options(contains_eager(Consultation.unit), contains_eager(Consultation.inquirer))
    )


def own_consultation(session: Session, consultation_id: int, actor: Actor) -> Consultation:
    """One of the actor's own; raises NotVisible."""
    found = session.scalar(own_consultations(actor).where(Consultation.id == consultation_id))
    if found is None:
        raise NotVisible
    return found


def in_state(state: State, at: datetime) -> ColumnElement[bool]:
    """True for consultations in a state at a moment."""
    over = and_(Consultation.state.in_([State.APPROVED, State.OPEN]), Consultation.lapses_at <= at)
    if state is State.LAPSED:
        return over
    if state in {State.APPROVED, State.OPEN}:
        return and_(Consultation.state == state, Consultation.lapses_at > at)
    return Consultation.state == state


def under_way(at: datetime) -> ColumnElement[bool]:
    """True for consultations in which something is still to come at a moment: settled, decided, opened or read."""
    before = Consultation.state.in_([state for state in State if state.before_decision])
    return or_(before, in_state(State.APPROVED, at), in_state(State.OPEN, at))


def not_back(on: date, zone: tzinfo) -> ColumnElement[bool]:
    """True for consultations whose reader still has paper of a day before 未归还: reading ends with the open day."""
    return (
        select(CounterReading.id)
        .join(ConsultationItem, ConsultationItem.id == CounterReading.line_id)
        .where(ConsultationItem.consultation_id == Consultation.id, kept_past(on, zone))
        .correlate(Consultation)
        .exists()
    )


def kept_past(on: date, zone: tzinfo) -> ColumnElement[bool]:
    """True for paper given to a reader before a day of the office and not given back."""
    return and_(
        CounterReading.returned_at.is_(None), CounterReading.given_at < datetime.combine(on, time.min, zone)
    )  # fmt: skip


def still_given(session: Session, which: ColumnElement[bool]) -> list[str]:
    """The barcodes of the paper that readers of some consultations have at the counter."""
    return list(
        session.scalars(
            select(PaperCopy.barcode)
            .join(CounterReading, CounterReading.copy_id == PaperCopy.id)
            .join(ConsultationItem, ConsultationItem.id == CounterReading.line_id)
            .join(Consultation, Consultation.id == ConsultationItem.consultation_id)
            .where(CounterReading.returned_at.is_(None), which)
            .order_by(PaperCopy.barcode)
        )
    )


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """True for requests whose next step is the actor's: to settle as a keeper, to decide as an approver."""
    return or_(
        and_(Consultation.state == State.FILED, within(Unit.path, actor.scope(Permission.RECEIVE))),
        and_(
            Consultation.state == State.NARROWED,
            Consultation.narrowed_by != actor.name,
            within(Unit.path, actor.scope(Permission.APPROVE)),
        ),
    )


def check_own(consultation: Consultation, actor: Actor) -> None:
    """Raise NotVisible where a consultation is not the actor's own."""
    if actor.user_id is None or consultation.inquirer.user_id != actor.user_id:
        raise NotVisible
