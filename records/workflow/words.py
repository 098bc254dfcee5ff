"""What the chains say of applications, in words."""

from audit.words import in_words, member
from classification.eligibility import Outcome
from classification.hardship import HardshipClass
from records.workflow.models import Origin, State
from web.language import N_

in_words(
    actions={
        "aid_system.imported": N_("Export of the aid system taken in"),
        "application.assessed": N_("Household assessed"),
        "application.changed": N_("Application changed"),
        "application.closed": N_("Public notice closed"),
        "application.compared": N_("Form and electronic record compared"),
        "application.decided": N_("Decided by the unit leader"),
        "application.document_added": N_("Document added to the application"),
        "application.document_dropped": N_("Document taken out of the application"),
        "application.document_kept": N_("Document found in the earlier file"),
        "application.drafted": N_("Application begun"),
        "application.lodged": N_("Lodged with the aid centre"),
        "application.objection_noted": N_("Objection recorded"),
        "application.objection_resolved": N_("Objection resolved"),
        "application.overridden": N_("Retiree admitted by an approver"),
        "application.posted": N_("Public notice posted"),
        "application.refused": N_("Refused to open a file"),
        "application.returned": N_("Application returned"),
        "application.reviewed": N_("Application reviewed"),
        "application.stated": N_("Facts stated"),
        "application.submitted": N_("Application submitted"),
        "application.verified": N_("Application verified"),
        "application.withdrawn": N_("Withdrawn by the applicant"),
        "lodged_copy.registered": N_("Lodged set registered"),
    },
    kinds={
        "aid_system_import": N_("Export of the aid system"),
        "application": N_("Application"),
        "lodged_copy": N_("Lodged copy"),
        "refusal": N_("Refusal register"),
    },
    fields={
        "applied_on": N_("Made on"),
        "differences": N_("Differences"),
        "fallback_reason": N_("Why this unit"),
        "fields": N_("Fields"),
        "hardship_class": N_("Class"),
        "number": N_("Number of the case"),
        "origin": N_("How it became known"),
        "outcome": N_("Outcome"),
        "rule_set": N_("Rule set"),
        "state": N_("State"),
        "statements": N_("Statements"),
        "upheld": N_("Upheld"),
    },
    readers={
        "hardship_class": member(HardshipClass),
        "origin": member(Origin),
        "outcome": member(Outcome),
        "state": member(State),
    },
)
