"""Which union makes the file of a household, and whether the one at work may (art. 8, 9, 10)."""

import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.responsibility import Responsibility, ResponsibleUnion, responsible
from records.households.models import Household
from records.workflow.errors import OtherUnitResponsible
from records.workflow.models import Application
from units.models import Unit, UnitKind

# What the name of a workplace union has behind that of the employer; the longer ones first.
UNION_ENDINGS = ("基层工会委员会", "工会委员会", "基层工会", "工会", "")
# Which of the unions of articles 8 and 9 a unit is.
UNION_OF_KIND = {
    UnitKind.WORKPLACE: ResponsibleUnion.EMPLOYER,
    UnitKind.STREET: ResponsibleUnion.STREET,
    UnitKind.AID_CENTRE: ResponsibleUnion.AID_CENTRE,
    UnitKind.DISTRICT: ResponsibleUnion.HIGHER,
    UnitKind.INDUSTRY: ResponsibleUnion.HIGHER,
    UnitKind.MUNICIPAL: ResponsibleUnion.HIGHER,
}


def responsibility(
    session: Session, unit: Unit, household: Household, *, socialised: bool = False, override: bool = False
) -> Responsibility:
    """Which union is responsible for a household, as far as the tree of unions tells (art. 8, 9, 10).

    The employer has a union if a workplace union of the tree bears the employer's name or credit code; the street has
    one if there is an open one in the line of the unit or below it.
    """
    employer = _plain(household.employer or "")
    workplace = select(Unit.id).where(
        Unit.kind == UnitKind.WORKPLACE,
        Unit.closed_on.is_(None),
        Unit.name.in_([f"{employer}{ending}" for ending in UNION_ENDINGS]) | (Unit.credit_code == employer),
    )
    line = [int(part) for part in unit.path.strip("/").split("/")]
    street = select(Unit.id).where(
        Unit.kind == UnitKind.STREET,
        Unit.closed_on.is_(None),
        Unit.id.in_(line) | Unit.path.startswith(unit.path),
    )
    found = is_employers_union(unit, household.employer) or bool(employer and session.scalar(workplace.limit(1)))
    return responsible(
        household.employment,
        has_employer_union=found,
        has_street_union=session.scalar(street.limit(1)) is not None,
        has_higher_union=UNION_OF_KIND[unit.kind] is not ResponsibleUnion.AID_CENTRE,
        socialised_retiree=socialised,
        retiree_override=override,
    )


def is_employers_union(unit: Unit, employer: str | None) -> bool:
    """Whether a unit is the union of an employer, who is known by name or credit code (art. 8, 9)."""
    employer = _plain(employer or "")
    return unit.kind is UnitKind.WORKPLACE and employer != "" and employer in (_plain(unit.name), unit.credit_code)


def _plain(name: str) -> str:
    """The name of an employer, or of its union, without blanks and without what makes it the name of a union."""
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    return next((plain.removesuffix(ending) for ending in UNION_ENDINGS if plain.endswith(ending)), plain)


def check_responsible(session: Session, application: Application, found: Responsibility) -> None:
    """See that the file-making unit is the responsible one, or says why it acts for it.

    A fallback that follows from the tree is noted as the reason. Raises OtherUnitResponsible (art. 8, 9).
    """
    unit, household = application.unit, application.household
    here = found.kind is not ResponsibleUnion.EMPLOYER or is_employers_union(unit, household.employer)
    if found.kind is None or (here and found.kind is UNION_OF_KIND[unit.kind]):
        if found.fallback is not None and not application.fallback_reason:
            application.fallback_reason = found.fallback.zh
        return
    if not application.fallback_reason:
        raise OtherUnitResponsible(responsible=found.kind.label, unit=unit.name)
