"""The chains in words: what each action, subject and detail is called. A test holds the tables complete."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from accounts.roles import Role
from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.checklists import document_type
from classification.hardship import HardshipClass
from classification.retention import retention_class
from classification.rulebook import rule_definition
from classification.text import LabelledEnum
from records.files.models import Item, WithdrawalReason
from records.files.services import Description
from records.handover.models import Difference, Part
from records.holdings.filing import finding_words
from records.holdings.models import Condition
from records.households.models import Cause, Employment, Relation
from storage.media.findings import FINDING_TEXTS
from units.models import UnitKind
from web.language import N_, gettext
from web.shown import size, words

ACTIONS: Mapping[str, str] = {
    "account.closed": N_("Account closed"),
    "account.opened": N_("Account opened"),
    "box.added": N_("Box added"),
    "box.moved": N_("Box moved"),
    "calendar.loaded": N_("Plan of working days loaded"),
    "content.exported": N_("Exported"),
    "content.printed": N_("Printed"),
    "content.refused": N_("Refused to look"),
    "content.searched": N_("Searched"),
    "content.unmasked": N_("ID number shown in full"),
    "content.viewed": N_("Viewed"),
    "copy.moved": N_("Paper copy moved"),
    "copy.registered": N_("Paper copy registered"),
    "file.opened": N_("File opened"),
    "file.withdrawn": N_("File withdrawn"),
    "demonstration.begun": N_("Demonstration begun"),
    "demonstration.finished": N_("Demonstration finished"),
    "handover.cancelled": N_("Handover cancelled"),
    "handover.completed": N_("Handover completed"),
    "handover.difference_noted": N_("Difference noted"),
    "handover.line_confirmed": N_("Line of the list confirmed"),
    "handover.lines_confirmed": N_("Lines of the list confirmed"),
    "handover.list_changed": N_("Transfer list compared anew"),
    "handover.signatures_lapsed": N_("Signatures lapsed"),
    "handover.signed": N_("Handover signed"),
    "handover.started": N_("Handover started"),
    "household.changed": N_("Household changed"),
    "household.registered": N_("Household registered"),
    "item.collected": N_("Collected"),
    "item.described": N_("Description changed"),
    "item.filed": N_("Filed"),
    "loan.closed": N_("Taken back"),
    "loan.opened": N_("Lent"),
    "loan.renewed": N_("Loan renewed"),
    "member.joined": N_("Member joined"),
    "member.left": N_("Member left"),
    "object.prepared": N_("Examined"),
    "object.set_aside": N_("Digital file set aside"),
    "object.stored": N_("Digital file stored"),
    "password.set": N_("Password changed"),
    "person.renamed": N_("Name changed"),
    "place.added": N_("Place added"),
    "role.ended": N_("Role ended"),
    "role.granted": N_("Role granted"),
    "rule.set": N_("Rule set"),
    "session.revoked": N_("Session ended"),
    "session.started": N_("Signed in"),
    "sign_in.refused": N_("Sign-in refused"),
    "unit.changed": N_("Unit changed"),
    "unit.founded": N_("Unit founded"),
}

# Who acts without an account of their own.
ACTORS: Mapping[str, str] = {"operator": N_("the operator at the server"), "worker": N_("the system itself")}

KINDS: Mapping[str, str] = {
    "audit_entry": N_("Audit trail"),
    "box": N_("Box"),
    "calendar_year": N_("Calendar"),
    "demonstration": N_("Demonstration"),
    "digital_object": N_("Digital file"),
    "file": N_("File"),
    "handover": N_("Handover"),
    "household": N_("Household"),
    "item": N_("Item"),
    "loan": N_("Loan"),
    "paper_copy": N_("Paper copy"),
    "person": N_("Person"),
    "place": N_("Place"),
    "rule_value": N_("Rule"),
    "session": N_("Session"),
    "unit": N_("Unit"),
    "use_entry": N_("Use register"),
    "user_account": N_("Account"),
    "user_session": N_("Session"),
}

FIELDS: Mapping[str, str] = {
    "access": N_("Access"),
    "added": N_("Added"),
    "address": N_("Address"),
    "at": N_("Where"),
    "barcode": N_("Barcode"),
    "borrower": N_("Borrower"),
    "browser": N_("Session"),
    "caption": N_("Caption"),
    "carrier": N_("Carrier"),
    "changed": N_("Changed"),
    "code": N_("Reference code"),
    "code_layout": N_("Layout of codes"),
    "condition": N_("Condition"),
    "dated": N_("Date"),
    "difference": N_("Difference"),
    "display_name": N_("Name"),
    "document_number": N_("Document number"),
    "document_type": N_("Kind of document"),
    "due_on": N_("Due"),
    "employer": N_("Employer"),
    "employment": N_("Employment"),
    "file": N_("File"),
    "findings": N_("Findings"),
    "fonds_number": N_("Fonds number"),
    "form": N_("Record form"),
    "hardship_class": N_("Hardship class"),
    "hits": N_("Hits"),
    "in_force_from": N_("In force from"),
    "item": N_("Item"),
    "keeper": N_("Keeper"),
    "key": N_("Key in the store"),
    "kind": N_("Kind"),
    "label": N_("Label"),
    "leaver": N_("Hands over"),
    "left": N_("Left"),
    "line": N_("Line"),
    "lines": N_("Lines"),
    "list_code": N_("Code of the list"),
    "list_sha256": N_("Digest of the list"),
    "main_cause": N_("Main cause"),
    "media_type": N_("Type"),
    "members": N_("Members"),
    "monthly_income_per_head": N_("Monthly income per head"),
    "name": N_("Name"),
    "number": N_("Number"),
    "of": N_("Of"),
    "on": N_("On"),
    "pages": N_("Pages"),
    "pages_count": N_("Pages"),
    "part": N_("Part"),
    "people": N_("People"),
    "place": N_("Place"),
    "purpose": N_("Purpose"),
    "reason": N_("Reason"),
    "receiver": N_("Takes over"),
    "recorded_by": N_("Recorded by"),
    "related_code": N_("Related code"),
    "relation": N_("Relation"),
    "remarks": N_("Remarks"),
    "responsible_body": N_("Responsible body"),
    "retention_class": N_("Retention class"),
    "role": N_("Role"),
    "rows": N_("Rows"),
    "rule": N_("Rule"),
    "scrapped_on": N_("Scrapped on"),
    "secrecy": N_("Secrecy"),
    "sha256": N_("SHA-256"),
    "size_bytes": N_("Size"),
    "source": N_("Source"),
    "title": N_("Title"),
    "to": N_("To"),
    "today": N_("Today"),
    "value": N_("Value"),
    "wanted": N_("Asked for"),
    "what": N_("What was shown"),
    "witness": N_("Witness"),
    "words": N_("Words searched"),
    "year": N_("Year"),
}


def _member(*kinds: type[LabelledEnum]) -> Callable[[Any], str]:
    """Reads a value as a member of one of the enumerations; a value that none has any more is shown as it is."""

    def read(value: Any) -> str:
        for kind in kinds:
            if value in list(kind):
                return words(kind(value))
        return spoken(value)

    return read


def _looked_up(find: Callable[[str], Any]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        try:
            return words(find(value))
        except LookupError:
            return spoken(value)

    return read


def _findings(value: Any) -> str:
    codes = value if isinstance(value, list) else []
    return " ".join(words(finding_words(code)) for code in codes if code in FINDING_TEXTS)


def _digest(value: Any) -> str:
    return f"{str(value)[:16]}…"


SHOWN: Mapping[str, str] = {
    "id_number": N_("ID number"),
    "phone": N_("Telephone"),
    "text": N_("Text"),
    "unmasking": N_("ID number shown in full"),
}


def _shown(value: Any) -> str:
    return gettext(SHOWN[value]) if value in SHOWN else spoken(value)


READERS: Mapping[str, Callable[[Any], str]] = {
    "access": _member(AccessStatus),
    "carrier": _member(Carrier),
    "category": _member(Category),
    "condition": _member(Condition),
    "difference": _member(Difference),
    "document_type": _looked_up(document_type),
    "employment": _member(Employment),
    "findings": _findings,
    "form": _member(RecordForm),
    "hardship_class": _member(HardshipClass),
    "kind": _member(UnitKind),
    "main_cause": _member(Cause),
    "reason": _member(WithdrawalReason),
    "relation": _member(Relation),
    "retention_class": _looked_up(retention_class),
    "role": _member(Role),
    "rule": _looked_up(rule_definition),
    "secrecy": _member(SecrecyLevel),
    "list_sha256": _digest,
    "sha256": _digest,
    "size_bytes": size,
    "part": _member(Part),
    "wanted": _shown,
    "what": _shown,
}


def action_words(action: str) -> str:
    """What an action is called; an action of an earlier version that has no words any more is shown as it is."""
    return gettext(ACTIONS[action]) if action in ACTIONS else action


def actor_words(actor: str) -> str:
    """One who acts without an account; a name that nobody has, as of a refused sign-in, is shown as it is."""
    return gettext(ACTORS[actor]) if actor in ACTORS else actor


def kind_words(kind: str) -> str:
    """What a kind of subject is called."""
    return gettext(KINDS[kind]) if kind in KINDS else kind


def field_words(name: str) -> str:
    """What a detail is called."""
    return gettext(FIELDS[name]) if name in FIELDS else name


def value_words(name: str, value: Any) -> str:
    """The value of a detail as users read it."""
    if value is None or value in ("", []):
        return "—"
    return READERS.get(name, spoken)(value)


def spoken(value: Any) -> str:
    """A plain value: yes and no, lists joined, our own fixed sentences in the user's language."""
    match value:
        case bool():
            return gettext("Yes") if value else gettext("No")
        case date():
            return value.isoformat()
        case list():
            return gettext(", ").join(spoken(each) for each in value)
        case str() if value:
            return gettext(value)
    return str(value)


def described(item: Item) -> list[tuple[str, str]]:
    """The description of an item in words: label and value of every field that is filled."""
    given = ((field.name, getattr(item, field.name)) for field in fields(Description))
    return [(field_words(name), value_words(name, value)) for name, value in given if value is not None]


def actions_of(chain: str) -> dict[str, str]:
    """The actions that can stand in a chain, by the name of its table, with what they are called."""
    uses = chain == "use_entry"
    return {action: words for action, words in ACTIONS.items() if action.startswith("content.") == uses}
