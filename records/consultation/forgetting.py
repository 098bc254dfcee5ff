"""What consultations forget of a household whose file is destroyed: whose file it was (art. 15)."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from sqlalchemy import ColumnElement, delete, false, or_, select
from sqlalchemy.orm import Session

from accounts.roles import Actor
from accounts.services import forget_inquirer
from records.consultation.models import Certificate, Consultation, ConsultationItem, Inquirer, Redaction, UseEffect
from records.consultation.sealed import order_removal
from records.files.masking import speaks_of_files
from records.files.models import File, Item
from records.files.stubs import NAMELESS, WORKER, reduces, strike
from records.holdings.models import DigitalObject
from records.households.models import Member, Person
from storage.sealing import vault_of

GONE = "该户档案已销毁"


@reduces
def _forget_consultations(session: Session, file: File, words: Sequence[str]) -> None:
    """Names, numbers and what was said of the household; who came for the own file is nobody afterwards."""
    members = _members(session, file)
    alone = [person for person in members if not _is_elsewhere(session, file, person)]
    known = {person.number_blind for person in members if person.number_blind}
    gone = {person.number_blind for person in alone if person.number_blind}
    in_file = Consultation.id.in_(select(ConsultationItem.consultation_id).join(Item).where(Item.file_id == file.id))
    of_person = Consultation.subject_number_blind.in_(gone) | (Consultation.subject_number_blind.in_(known) & in_file)
    about = or_(in_file, of_person, _by_name(session, file.unit_id, members))
    ids = session.scalars(select(Consultation.id).where(about)).all()  # before names and numbers go
    _strike_words(session, or_(Consultation.id.in_(ids), Consultation.unit_id == file.unit_id), words)
    for case in session.scalars(select(Consultation).where(of_person)):
        case.subject_number_sealed = case.subject_number_blind = None
        case.subject_name = NAMELESS
    _remove_papers(session, ids)
    for inquirer in session.scalars(select(Inquirer).where(Inquirer.number_blind.in_(gone))):
        if inquirer.body_name is None:
            _forget_inquirer(session, inquirer, file)
    strike(session, Inquirer.unit_id == file.unit_id, words, Inquirer.refusal, Inquirer.end_reason)
    objects = select(DigitalObject.id).where(DigitalObject.file_id == file.id)
    session.execute(delete(Redaction).where(Redaction.object_id.in_(objects)))


def forget_in_unit(session: Session, file: File, unit_id: int, words: Sequence[str]) -> None:
    """Forget the household in a unit that kept the file before, where it was asked for by name."""
    named = session.scalars(select(Consultation.id).where(_by_name(session, unit_id, _members(session, file)))).all()
    _strike_words(session, Consultation.id.in_(named), words)
    _remove_papers(session, named)


def _members(session: Session, file: File) -> Sequence[Person]:
    of_household = select(Member.person_id).where(Member.household_id == file.household_id)
    return session.scalars(select(Person).where(Person.id.in_(of_household))).all()


def _is_elsewhere(session: Session, file: File, person: Person) -> bool:
    """Whether a person is in another household as well, which is not forgotten."""
    others = select(Member.id).where(Member.person_id == person.id, Member.household_id != file.household_id)
    return session.scalar(others.limit(1)) is not None


def _by_name(session: Session, unit_id: int, members: Sequence[Person]) -> ColumnElement[bool]:
    """True for consultations of a unit that name a member and give no number; a name that others bear means nobody."""
    names = {person.name for person in members}
    namesakes = select(Person.name).where(Person.name.in_(names), Person.id.not_in([person.id for person in members]))
    meant = names - set(session.scalars(namesakes))
    if not meant:
        return false()
    return (
        (Consultation.unit_id == unit_id)
        & Consultation.subject_number_blind.is_(None)
        & Consultation.subject_name.in_(meant)
    )


def _strike_words(session: Session, concerned: ColumnElement[bool], words: Sequence[str]) -> None:
    strike(
        session, concerned, words, Consultation.subject_name, Consultation.purpose, Consultation.asked,
        Consultation.left_out, Consultation.decision_reason, Consultation.end_reason,
        Consultation.undertaking_name, Consultation.letter_number,
    )  # fmt: skip
    ids = select(Consultation.id).where(concerned)
    strike(session, UseEffect.consultation_id.in_(ids), words, UseEffect.told)
    given = Certificate.consultation_id.in_(ids)
    strike(session, given, words, Certificate.statement, Certificate.revocation_reason)


def _remove_papers(session: Session, ids: Sequence[int]) -> None:
    """The letters and certificates of some consultations go; their digests stay."""
    letters = select(Consultation.letter_key).where(Consultation.id.in_(ids), Consultation.letter_key.is_not(None))
    given = select(Certificate.key).where(Certificate.consultation_id.in_(ids))
    order_removal(session, {key for key in (*session.scalars(letters), *session.scalars(given)) if key})


def _forget_inquirer(session: Session, inquirer: Inquirer, file: File) -> None:
    """Who came for the own file is nobody now, and the account is closed: there is nothing left to read."""
    destroyed_on = file.destroyed_on
    at = datetime.combine(destroyed_on, time.min, UTC) if destroyed_on else inquirer.registered_at
    inquirer.name, inquirer.number_sealed, inquirer.number_blind = NAMELESS, None, None
    inquirer.phone_sealed = vault_of(session).seal(NAMELESS)
    if inquirer.decided_at is None:
        inquirer.decided_at, inquirer.decided_by, inquirer.refusal = at, WORKER, GONE
    elif inquirer.refusal is None and inquirer.ended_at is None:
        inquirer.ended_at = at
    if inquirer.user is not None:
        worker = Actor(None, WORKER, WORKER, inquirer.unit_path)
        forget_inquirer(session, inquirer.user, NAMELESS, actor=worker, at=at)
    session.flush()


speaks_of_files(
    Consultation,
    select(ConsultationItem.consultation_id, Item.file_id).join(ConsultationItem.item),
)
