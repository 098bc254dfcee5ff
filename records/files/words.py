"""What the chains say of files and items, in words."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from audit.words import field_words, in_words, looked_up, member, value_words
from classification.categories import AccessStatus, Carrier, RecordForm, SecrecyLevel
from classification.checklists import document_type
from classification.retention import retention_class
from records.files.codes import SUB_CODES
from records.files.descriptions import Description
from records.files.living import ReviewDecision, ReviewGround, TwinCause, TwinSide
from records.files.models import Item, WithdrawalReason
from web.language import N_, gettext
from web.shown import words

SHOWN: Mapping[str, str] = {
    "household": N_("Household"),
    "id_number": N_("ID number"),
    "phone": N_("Telephone"),
    "text": N_("Text"),
    "unmasking": N_("ID number shown in full"),
}


def _shown(value: Any) -> str | None:
    return gettext(SHOWN[value]) if value in SHOWN else None


def _sub_code(value: Any) -> str | None:
    return f"{value} {words(SUB_CODES[value])}" if value in SUB_CODES else None


def described(item: Item) -> list[tuple[str, str]]:
    """The description of an item in words: label and value of every field that is filled."""
    given = ((field.name, getattr(item, field.name)) for field in fields(Description))
    return [(field_words(name), value_words(name, value)) for name, value in given if value is not None]


in_words(
    actions={
        "duty.change_noted": N_("Change to be followed noted"),
        "duty.closed": N_("Other side has followed"),
        "duty.ended": N_("Ended with the destruction of the file, not followed"),
        "duty.due_moved": N_("Due day of a duty moved with the calendar"),
        "duty.opened": N_("Other side has to follow"),
        "file.entered_from_before": N_("File from before entered"),
        "file.described": N_("Empty file described anew"),
        "file.opened": N_("File opened"),
        "file.retitled": N_("Title of the file changed"),
        "file.returned": N_("Returned to help"),
        "file.withdrawal_corrected": N_("Withdrawal corrected"),
        "file.withdrawn": N_("File withdrawn"),
        "file_note.checked": N_("Note in the file checked"),
        "file_note.written": N_("Note in the file written"),
        "item.collected": N_("Collected"),
        "item.described": N_("Description changed"),
        "review.decided": N_("Review decided"),
        "review.opened": N_("Review of a withdrawal opened"),
    },
    kinds={
        "file": N_("File"),
        "file_note": N_("Note in the file"),
        "item": N_("Item"),
        "twin_duty": N_("Twin duty"),
        "withdrawal_review": N_("Review of a withdrawal"),
    },
    fields={
        "access": N_("Access"),
        "added": N_("Added"),
        "amended": N_("Amended"),
        "caption": N_("Caption"),
        "carrier": N_("Carrier"),
        "cause": N_("Cause"),
        "change": N_("What changed"),
        "code": N_("Reference code"),
        "dated": N_("Date"),
        "decision": N_("Decision"),
        "destroyed": N_("Destroyed items"),
        "document_number": N_("Document number"),
        "document_type": N_("Kind of document"),
        "due_on": N_("Due"),
        "established_on": N_("File established on"),
        "evidence": N_("How it followed"),
        "file": N_("File"),
        "form": N_("Record form"),
        "found": N_("What was found"),
        "ground": N_("Ground of review"),
        "keeper": N_("Keeper"),
        "kept_through": N_("Kept through"),
        "missing": N_("Missing"),
        "pages_count": N_("Pages"),
        "paper_place": N_("Place of the paper file"),
        "recorded_by": N_("Recorded by"),
        "related_code": N_("Related code"),
        "remarks": N_("Remarks"),
        "removed": N_("Removed"),
        "responsible_body": N_("Responsible body"),
        "retention_class": N_("Retention class"),
        "scrapped_on": N_("Scrapped on"),
        "secrecy": N_("Secrecy"),
        "side": N_("Side that follows"),
        "sub_code": N_("Accounting kind"),
        "title": N_("Title"),
        "version": N_("Version"),
        "wanted": N_("Asked for"),
        "what": N_("What was shown"),
        "withdrawn_on": N_("Withdrawn on"),
    },
    readers={
        "access": member(AccessStatus),
        "carrier": member(Carrier),
        "cause": member(TwinCause),
        "decision": member(ReviewDecision),
        "document_type": looked_up(document_type),
        "form": member(RecordForm),
        "ground": member(ReviewGround),
        "reason": member(WithdrawalReason),
        "retention_class": looked_up(retention_class),
        "secrecy": member(SecrecyLevel),
        "side": member(TwinSide),
        "sub_code": _sub_code,
        "wanted": _shown,
        "what": _shown,
    },
)
