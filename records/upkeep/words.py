"""What a twin duty is about, in words: fields by name, reasons of withdrawal, everything else as it was typed.

And what the chains say of upkeep.
"""

from collections.abc import Mapping
from typing import Any

from audit.words import in_words, member
from records.files.models import WithdrawalReason
from records.upkeep.models import CleanUpResult
from web.language import N_, gettext
from web.shown import words

HOUSEHOLD_FIELDS: Mapping[str, str] = {
    "address": N_("Address"),
    "employer": N_("Employer"),
    "employment": N_("Employment"),
    "hardship_class": N_("Hardship class"),
    "main_cause": N_("Main cause"),
    "monthly_income_per_head": N_("Monthly income per head"),
    "phone": N_("Telephone"),
}


def change_words(what: Any) -> str:
    """What changed, in words."""
    text = str(what)
    if text in list(WithdrawalReason):
        return words(WithdrawalReason(text))
    names = text.split(",")
    if all(name in HOUSEHOLD_FIELDS for name in names):
        return gettext(", ").join(gettext(HOUSEHOLD_FIELDS[name]) for name in names)
    return text


in_words(
    actions={
        "clean_up.checked": N_("Sample checked"),
        "clean_up.list_renewed": N_("List of the clean-up renewed"),
        "clean_up.part_closed": N_("Clean-up closed"),
        "clean_up.result_noted": N_("Result of the clean-up noted"),
        "clean_up.results_noted": N_("Results of the clean-up noted"),
        "clean_up.sent_back": N_("Result of the clean-up sent back"),
        "clean_up.started": N_("Clean-up started"),
        "determination.confirmed": N_("Class confirmed"),
        "determination.ended": N_("Proposed class ended"),
        "determination.proposed": N_("Class proposed"),
        "determination.refused": N_("Proposed class not confirmed"),
        "determination.taken_back": N_("Proposed class taken back"),
    },
    kinds={
        "clean_up": N_("Clean-up"),
        "clean_up_part": N_("Clean-up of a unit"),
        "determination": N_("Determination of the class"),
    },
    fields={
        "files": N_("Files"),
        "listed_since": N_("Come onto the list"),
        "withdrawn_since": N_("Withdrawn since"),
        "note": N_("Note"),
        "result": N_("Result"),
        "units": N_("Units"),
    },
    readers={
        "change": change_words,
        "result": member(CleanUpResult),
    },
)
