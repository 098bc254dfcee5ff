"""The original information form 原始信息表 against the electronic record of the union aid system (art. 6)."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.hardship import Cause
from classification.identity import BadResidentNumber, Masks, mask, mask_phone, resident_number
from classification.responsibility import Employment
from classification.text import Label, LabelledEnum
from records.households.models import Relation
from records.households.services import unsealed_number, unsealed_phone
from records.workflow.course import acting_user, at_step, fill_in
from records.workflow.errors import FormsDiffer, NoElectronicRecord, NotCompared
from records.workflow.models import UNDER_WAY, AidSystemImport, AidSystemRecord, Application, Comparison
from rules.services import strictest_masks
from storage.sealing import vault_of
from units.models import Unit

FIELDS: Mapping[str, Label] = {
    "name": Label("姓名", "Full name"),
    "number": Label("身份证号", "ID number"),
    "relation": Label("与本人关系", "Relation to the worker"),
    "employment": Label("就业状况", "Employment"),
    "employer": Label("工作单位", "Employer"),
    "address": Label("家庭住址", "Address"),
    "phone": Label("联系电话", "Telephone"),
    "main_cause": Label("主要致困原因", "Main cause"),
    "heads": Label("家庭人口", "Members of the household"),
    "income": Label("家庭月人均收入", "Monthly income per head"),
}
PERSON_FIELDS = ("name", "number", "relation")
HOUSEHOLD_FIELDS = ("employment", "employer", "address", "phone", "main_cause", "heads", "income")


@dataclass(frozen=True)
class Form:
    """A household as a form states it: its own fields, and each person's, the worker first. All as plain text."""

    household: Mapping[str, str]
    people: Sequence[Mapping[str, str]]

    @property
    def plain(self) -> dict[str, Any]:
        return {"household": dict(self.household), "people": [dict(person) for person in self.people]}


@dataclass(frozen=True)
class FieldPair:
    """One field of both forms as it may be shown: numbers masked; `person` is whose it is, if one's."""

    field: str
    person: str
    paper: str
    electronic: str
    equal: bool

    @property
    def label(self) -> Label:
        return FIELDS[self.field]


def paper_form(session: Session, application: Application) -> Form:
    """What the original information form says, in the order in which its people were entered, the worker first."""
    household = application.household
    people = sorted(household.present_members, key=lambda member: (member.relation is not Relation.WORKER, member.id))
    income = household.monthly_income_per_head
    return Form(
        household={
            "employment": household.employment.value,
            "employer": household.employer or "",
            "address": household.address,
            "phone": unsealed_phone(session, household),
            "main_cause": household.main_cause.value,
            "heads": str(len(people)),
            "income": f"{income:f}" if income is not None else "",
        },
        people=[
            {
                "name": member.person.name,
                "number": unsealed_number(session, member.person),
                "relation": member.relation.value,
            }
            for member in people
        ],
    )


def form_digest(form: Form) -> str:
    """SHA-256 in hex over the normalised form, by which a form changed since is known."""
    plain = {
        "household": {name: normal(name, value) for name, value in form.household.items()},
        "people": [{name: normal(name, value) for name, value in person.items()} for person in form.people],
    }
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def normal(field: str, text: str) -> str:
    """A value as it is compared: full and half width, blanks, the old ID number, x and X, 520 and 520.00 are equal."""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    match field:
        case "number":
            try:
                return resident_number(folded) if folded else ""
            except BadResidentNumber:
                return folded.upper()
        case "phone":
            return re.sub(r"[()-]", "", folded)
        case "income" | "heads":
            try:
                return f"{Decimal(folded).normalize():f}" if folded else ""
            except InvalidOperation:
                return folded
        case "employment":
            return _member(Employment, folded)
        case "main_cause":
            return _member(Cause, folded)
        case "relation":
            return _member(Relation, folded)
    return folded


def pairs(paper: Form, electronic: Form, masks: Masks) -> list[FieldPair]:
    """Every field of both forms; people are matched by their number, those without one by their name."""

    def pair(field: str, person: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> FieldPair:
        return _pair(field, person, ours.get(field, ""), theirs.get(field, ""), masks)

    found = [pair(field, "", paper.household, electronic.household) for field in HOUSEHOLD_FIELDS]
    left = list(electronic.people)
    for person in paper.people:
        other = next((each for each in left if _key(each) == _key(person)), None)
        if other is None and person.get("relation") == Relation.WORKER:
            other = next(
                (each for each in left if normal("relation", each.get("relation", "")) == Relation.WORKER), None
            )
        if other is not None:
            left.remove(other)
        found += [pair(field, person["name"], person, other or {}) for field in PERSON_FIELDS]
    for person in left:
        found += [pair(field, person.get("name", ""), {}, person) for field in PERSON_FIELDS]
    return found


def compare(session: Session, application: Application, *, actor: Actor, at: datetime) -> Comparison:
    """Hold the form against the latest imported record of the worker's number, and keep what differs.

    The number is matched in the database by its blind index alone. What is kept is never written again, so that of
    numbers it shows the least that the unit's masks have ever allowed (art. 20). Raises WrongStep, NotTheKeepersUnit,
    SamePersonAgain or NoElectronicRecord.
    """
    at_step(session, application, *UNDER_WAY)
    fill_in(session, application, actor)
    record = record_of(session, application)
    if record is None:
        raise NoElectronicRecord
    paper = paper_form(session, application)
    masks = strictest_masks(session, application.unit.path)
    found = pairs(paper, electronic_form(session, record), masks)
    differing = [pair for pair in found if not pair.equal]
    user = acting_user(session, actor)
    row = Comparison(
        application_id=application.id,
        record_id=record.id,
        paper_sha256=form_digest(paper),
        fields_count=len(found),
        differences_count=len(differing),
        differences=[
            {"field": pair.field, "person": pair.person, "paper": pair.paper, "electronic": pair.electronic}
            for pair in differing
        ],
        compared_at=at,
        compared_by_id=user.id,
        compared_by=user,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor.name,
        "application.compared",
        application,
        number=application.number,
        differences=len(differing),
        fields=[pair.field for pair in differing],
    )
    return row


def check_compared(session: Session, application: Application) -> Comparison:
    """The comparison that stands for the form as it is now; raises NoElectronicRecord, NotCompared or FormsDiffer.

    Article 6.
    """
    latest = comparisons_of(session, application)[-1:]
    record = record_of(session, application)
    if record is None:
        raise NoElectronicRecord
    if not latest:
        raise NotCompared
    [row] = latest
    if row.record_id != record.id or row.paper_sha256 != form_digest(paper_form(session, application)):
        raise NotCompared
    if row.differences_count:
        raise FormsDiffer(count=row.differences_count)
    return row


def mismatched() -> ColumnElement[bool]:
    """True for applications under way whose last comparison found a difference (art. 6)."""
    last = select(func.max(Comparison.id)).group_by(Comparison.application_id)
    differing = select(Comparison.application_id).where(Comparison.id.in_(last), Comparison.differences_count > 0)
    return Application.state.in_(UNDER_WAY) & Application.id.in_(differing)


def comparisons_of(session: Session, application: Application) -> Sequence[Comparison]:
    """Every comparison of an application, the latest one last."""
    return session.scalars(
        select(Comparison).where(Comparison.application_id == application.id).order_by(Comparison.id)
    ).all()


def record_of(session: Session, application: Application) -> AidSystemRecord | None:
    """The latest record of the worker's number among what the unit or its superiors imported."""
    blind = application.household.worker.person.number_blind
    line = [int(part) for part in application.unit.path.strip("/").split("/")]
    return session.scalar(
        select(AidSystemRecord)
        .join(AidSystemImport, AidSystemImport.id == AidSystemRecord.import_id)
        .where(AidSystemRecord.number_blind == blind, AidSystemImport.unit_id.in_(line))
        .order_by(AidSystemRecord.id.desc())
        .limit(1)
    )


def electronic_form(session: Session, record: AidSystemRecord) -> Form:
    """What the electronic record says."""
    plain = json.loads(vault_of(session).unseal(record.values_sealed))
    return Form(plain["household"], plain["people"])


def visible_imports(actor: Actor) -> Select[AidSystemImport]:
    """The imports of the units in scope."""
    return (
        select(AidSystemImport)
        .join(Unit, Unit.id == AidSystemImport.unit_id)
        .where(within(Unit.path, actor.scope(Permission.READ)))
    )


def _key(person: Mapping[str, str]) -> tuple[str, str]:
    number = normal("number", person.get("number", ""))
    return ("number", number) if number else ("name", normal("name", person.get("name", "")))


def _pair(field: str, person: str, ours: str, theirs: str, masks: Masks) -> FieldPair:
    return FieldPair(
        field,
        person,
        _shown(field, ours, masks),
        _shown(field, theirs, masks),
        normal(field, ours) == normal(field, theirs),
    )


def _shown(field: str, text: str, masks: Masks) -> str:
    """A value as it may be kept and shown."""
    if field == "number":
        plain = normal(field, text)
        return mask(plain, masks.id_signs) if len(plain) == 18 else "•" * len(plain)
    if field == "phone":
        plain = normal(field, text)
        return mask_phone(plain, masks.phone_signs) if plain else ""
    kind = _ENUMERATIONS.get(field)
    if kind is not None:
        value = _member(kind, text)
        return kind(value).label.zh if value in list(kind) else text
    return text


def _member(kind: type[LabelledEnum], text: str) -> str:
    """The value of a member that is written by its value or its words; other text as it is."""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    for member in kind:
        if folded in (member.value, member.label.zh, "".join(member.label.en.split())):
            return member.value
    return folded


_ENUMERATIONS: Mapping[str, type[LabelledEnum]] = {
    "employment": Employment,
    "main_cause": Cause,
    "relation": Relation,
}
