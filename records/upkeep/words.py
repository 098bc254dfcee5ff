"""What a twin duty is about, in words: fields by name, reasons of withdrawal, everything else as it was typed."""

from collections.abc import Mapping
from typing import Any

from records.files.models import WithdrawalReason
from web.language import N_, gettext
from web.shown import words

HOUSEHOLD_FIELDS: Mapping[str, str] = {
    "address": N_("Address"),
    "employer": N_("Employer"),
    "employment": N_("Employment"),
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
