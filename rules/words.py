"""What the chains say of rules, in words."""

from audit.words import in_words, looked_up
from classification.rulebook import rule_definition
from web.language import N_

in_words(
    actions={
        "calendar.corrected": N_("Plan of working days corrected"),
        "calendar.loaded": N_("Plan of working days loaded"),
        "calendar.taken_back": N_("Plan of working days taken back"),
        "rule.set": N_("Rule set"),
    },
    kinds={
        "calendar_year": N_("Calendar"),
        "rule_value": N_("Rule"),
    },
    fields={
        "holidays": N_("Holidays"),
        "in_force_from": N_("In force from"),
        "make_up": N_("Weekend days worked instead"),
        "reason": N_("Reason"),
        "rule": N_("Rule"),
        "source": N_("Source"),
        "source_on": N_("Day of the paper"),
        "value": N_("Value"),
        "year": N_("Year"),
    },
    readers={
        "rule": looked_up(rule_definition),
    },
)
