"""What the chains say of holdings, in words."""

from typing import Any

from audit.words import in_words, member
from records.holdings.filing import finding_words
from records.holdings.models import Condition
from storage.media.findings import FINDING_TEXTS
from web.language import N_
from web.shown import size, words


def _findings(value: Any) -> str:
    codes = value if isinstance(value, list) else []
    return " ".join(words(finding_words(code)) for code in codes if code in FINDING_TEXTS)


in_words(
    actions={
        "box.added": N_("Box added"),
        "box.merged": N_("Box merged into another"),
        "box.moved": N_("Box moved"),
        "box.taken_over": N_("Box taken over"),
        "copy.condition_noted": N_("Condition noted"),
        "copy.destroyed": N_("Paper copy destroyed"),
        "copy.missed": N_("Reported missing"),
        "copy.moved": N_("Paper copy moved"),
        "copy.recovered": N_("Found again"),
        "copy.registered": N_("Paper copy registered"),
        "item.cancelled": N_("Collecting cancelled"),
        "item.filed": N_("Filed"),
        "object.prepared": N_("Examined"),
        "object.set_aside": N_("Digital file set aside"),
        "object.stored": N_("Digital file stored"),
        "place.added": N_("Place added"),
        "place.measured": N_("Measures of a place noted"),
    },
    kinds={
        "box": N_("Box"),
        "digital_object": N_("Digital file"),
        "paper_copy": N_("Paper copy"),
        "place": N_("Place"),
    },
    fields={
        "at": N_("Where"),
        "barcode": N_("Barcode"),
        "browser": N_("Session"),
        "capacity_boxes": N_("Room for boxes"),
        "case": N_("Case"),
        "condition": N_("Condition"),
        "copies": N_("Paper copies"),
        "destruction_list": N_("Destruction list"),
        "findings": N_("Findings"),
        "giver": N_("Given by"),
        "into_box": N_("Box that took the papers"),
        "item": N_("Item"),
        "item_id": N_("Number in the system"),
        "key": N_("Key in the store"),
        "label": N_("Label"),
        "media_type": N_("Type"),
        "place": N_("Place"),
        "size_bytes": N_("Size"),
        "to": N_("To"),
        "width_mm": N_("Usable width (mm)"),
    },
    readers={
        "condition": member(Condition),
        "findings": _findings,
        "size_bytes": size,
    },
)
