"""What consultations forget of a household whose file is destroyed: whose file it was (art. 15)."""

from collections.abc import Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from records.consultation.models import Certificate, Consultation, ConsultationItem, Inquirer, Redaction
from records.consultation.sealed import order_removal
from records.files.models import File, Item
from records.files.stubs import NAMELESS, reduces, strike
from records.holdings.models import DigitalObject
from records.households.models import Member, Person


@reduces
def _forget_consultations(session: Session, file: File, words: Sequence[str]) -> None:
    """Names, numbers and what was said of the household; who came for the own file is nobody afterwards."""
    numbers = set(
        session.scalars(
            select(Person.number_blind)
            .join(Member, Member.person_id == Person.id)
            .where(Member.household_id == file.household_id, Person.number_blind.is_not(None))
        )
    )
    in_file = select(ConsultationItem.consultation_id).join(Item).where(Item.file_id == file.id)
    concerned = or_(
        Consultation.id.in_(in_file),
        Consultation.subject_number_blind.in_(numbers),
        Consultation.unit_id == file.unit_id,
    )
    strike(
        session, concerned, words, Consultation.subject_name, Consultation.purpose, Consultation.asked,
        Consultation.left_out, Consultation.decision_reason, Consultation.end_reason, Consultation.effect,
        Consultation.undertaking_name, Consultation.letter_number,
    )  # fmt: skip
    of_person = session.scalars(
        select(Consultation.id).where(Consultation.subject_number_blind.in_(numbers))
    ).all()  # before the numbers go
    for case in session.scalars(select(Consultation).where(Consultation.subject_number_blind.in_(numbers))):
        case.subject_number_sealed = case.subject_number_blind = None
        case.subject_name = NAMELESS
    for person in session.scalars(select(Inquirer).where(Inquirer.number_blind.in_(numbers))):
        if person.body_name is None:
            person.name, person.number_sealed, person.number_blind = NAMELESS, None, None
    about = or_(Consultation.id.in_(in_file), Consultation.id.in_(of_person))
    keys = session.scalars(select(Consultation.letter_key).where(about, Consultation.letter_key.is_not(None)))
    certified = select(Certificate.key).join(Certificate.consultation).where(about)
    order_removal(session, {key for key in (*keys, *session.scalars(certified)) if key})
    strike(session, Inquirer.unit_id == file.unit_id, words, Inquirer.refusal)
    strike(session, Certificate.consultation_id.in_(in_file), words, Certificate.statement)
    objects = select(DigitalObject.id).where(DigitalObject.file_id == file.id)
    session.execute(delete(Redaction).where(Redaction.object_id.in_(objects)))
