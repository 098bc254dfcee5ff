"""What the chains say of households, in words."""

from decimal import Decimal, InvalidOperation
from typing import Any

from audit.words import in_words, member, members
from records.households.models import Cause, Employment, Relation
from web.language import N_, gettext


def yuan(value: Any) -> str | None:
    """An amount in yuan as pages show it; None for what is none."""
    try:
        return gettext("%(amount)s yuan", amount=f"{Decimal(str(value)):,.2f}")
    except InvalidOperation:
        return None


in_words(
    actions={
        "household.changed": N_("Household changed"),
        "household.registered": N_("Household registered"),
        "member.corrected": N_("Member corrected"),
        "member.joined": N_("Member joined"),
        "member.left": N_("Member left"),
        "person.renamed": N_("Name changed"),
    },
    kinds={
        "household": N_("Household"),
        "person": N_("Person"),
    },
    fields={
        "employer": N_("Employer"),
        "employment": N_("Employment"),
        "health": N_("Health"),
        "id_number": N_("ID number"),
        "main_cause": N_("Main cause"),
        "members": N_("Members"),
        "monthly_income_per_head": N_("Monthly income per head"),
        "other_causes": N_("Further causes"),
        "phone": N_("Telephone"),
        "relation": N_("Relation"),
    },
    readers={
        "employment": member(Employment),
        "main_cause": member(Cause),
        "monthly_income_per_head": yuan,
        "other_causes": members(Cause),
        "relation": member(Relation),
    },
)
