"""The chains in words: what each action, subject and detail is called. A test holds the tables complete."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from accounts.roles import Role
from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.checklists import document_type
from classification.eligibility import Outcome
from classification.hardship import HardshipClass
from classification.periods import Period
from classification.retention import retention_class
from classification.rulebook import rule_definition
from classification.text import LabelledEnum
from records.aid.models import AidKind
from records.closing.models import FamilyChange
from records.consultation.models import Way
from records.disposal.models import DisposalPart, GroupRole, HoldKind, Verdict
from records.exchange.models import ImportKind
from records.files.living import ReviewDecision, ReviewGround, TwinCause, TwinSide
from records.files.models import Item, WithdrawalReason
from records.files.services import Description
from records.handover.models import CaseKind, Difference, HandoverKind, Part
from records.holdings.filing import finding_words
from records.holdings.models import Condition
from records.households.models import Cause, Employment, Relation
from records.lending.models import Undone
from records.lending.services import needs_in_words
from records.stocktake.models import Finding as StockFinding
from records.stocktake.models import Outcome as SettledAs
from records.stocktake.models import Part as StocktakePart
from records.supervision.models import IncidentKind, InspectingBody, StepKind
from records.supervision.models import Outcome as CaseOutcome
from records.upkeep.models import CleanUpResult
from records.upkeep.words import change_words
from records.workflow.models import Origin, State
from storage.media.findings import FINDING_TEXTS
from units.models import UnitKind
from web.language import N_, gettext
from web.shown import size, words

ACTIONS: Mapping[str, str] = {
    "account.closed": N_("Account closed"),
    "account.opened": N_("Account opened"),
    "aid.given": N_("Help entered"),
    "aid.struck": N_("Help struck out"),
    "aid_system.imported": N_("Export of the aid system taken in"),
    "application.assessed": N_("Household assessed"),
    "application.changed": N_("Application changed"),
    "application.closed": N_("Public notice closed"),
    "application.compared": N_("Form and electronic record compared"),
    "application.decided": N_("Decided by the unit leader"),
    "application.document_added": N_("Document added to the application"),
    "application.document_dropped": N_("Document taken out of the application"),
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
    "box.added": N_("Box added"),
    "box.merged": N_("Box merged into another"),
    "box.moved": N_("Box moved"),
    "box.taken_over": N_("Box taken over"),
    "calendar.corrected": N_("Plan of working days corrected"),
    "calendar.loaded": N_("Plan of working days loaded"),
    "certificate.given": N_("Certificate given"),
    "certificate.revoked": N_("Certificate revoked"),
    "clean_up.checked": N_("Sample checked"),
    "clean_up.part_closed": N_("Clean-up closed"),
    "clean_up.result_noted": N_("Result of the clean-up noted"),
    "clean_up.results_noted": N_("Results of the clean-up noted"),
    "clean_up.sent_back": N_("Result of the clean-up sent back"),
    "clean_up.started": N_("Clean-up started"),
    "consultation.approved": N_("Consultation approved"),
    "consultation.closed": N_("Consultation ended"),
    "consultation.effect_noted": N_("Effect of the use recorded"),
    "consultation.filed": N_("Consultation asked for"),
    "consultation.narrowed": N_("Scope of a consultation settled"),
    "consultation.opened": N_("Undertaking accepted"),
    "consultation.refused": N_("Consultation refused"),
    "consultation.revoked": N_("Approval of a consultation revoked"),
    "consultation.withdrawn": N_("Request for consultation withdrawn"),
    "content.exported": N_("Exported"),
    "content.printed": N_("Printed"),
    "content.read_at_counter": N_("Read at the counter"),
    "content.given_back_at_counter": N_("Given back at the counter"),
    "content.refused": N_("Refused to look"),
    "content.searched": N_("Searched"),
    "content.unmasked": N_("ID number shown in full"),
    "content.viewed": N_("Viewed"),
    "copy.destroyed": N_("Paper copy destroyed"),
    "copy.missed": N_("Reported missing"),
    "copy.moved": N_("Paper copy moved"),
    "copy.recovered": N_("Found again"),
    "copy.registered": N_("Paper copy registered"),
    "custody_on_behalf.begun": N_("Custody on behalf begun"),
    "custody_on_behalf.ended": N_("Custody on behalf ended"),
    "custody_on_behalf.filed": N_("Deed of custody filed"),
    "delegation.ended": N_("Standing in ended"),
    "delegation.made": N_("Somebody named to stand in"),
    "demonstration.begun": N_("Demonstration begun"),
    "demonstration.finished": N_("Demonstration finished"),
    "disposal.appraised": N_("Opinion noted"),
    "disposal.approved": N_("Destruction approved"),
    "disposal.cancelled": N_("Disposal batch cancelled"),
    "disposal.completed": N_("Disposal batch completed"),
    "disposal.counted": N_("Counted against the list"),
    "disposal.drawn": N_("Disposal batch drawn"),
    "disposal.line_pulled": N_("Line pulled out by a hold"),
    "disposal.member_dropped": N_("Member of the appraisal group taken out"),
    "disposal.member_named": N_("Member of the appraisal group named"),
    "disposal.opinion_signed": N_("Opinion on the list signed"),
    "disposal.party_dropped": N_("Naming taken back"),
    "disposal.party_named": N_("Named to sign"),
    "disposal.refused": N_("Destruction refused"),
    "disposal.resumed": N_("Destruction carried on"),
    "disposal.returned": N_("Disposal batch returned"),
    "disposal.signed": N_("Destruction signed by a witness"),
    "disposal.started": N_("Destruction begun"),
    "disposal.submitted": N_("Approval asked for"),
    "disposal.witness_replaced": N_("Witness of the destruction replaced"),
    "duty.change_noted": N_("Change to be followed noted"),
    "duty.closed": N_("Other side has followed"),
    "duty.due_moved": N_("Due day of a duty moved with the calendar"),
    "duty.opened": N_("Other side has to follow"),
    "file.destroyed": N_("File destroyed"),
    "file.merged": N_("Another file joined to it"),
    "file.moved": N_("File passed to another unit"),
    "file.entered_from_before": N_("File from before entered"),
    "file.opened": N_("File opened"),
    "file.returned": N_("Returned to help"),
    "file.split": N_("Household parted"),
    "file.withdrawal_corrected": N_("Withdrawal corrected"),
    "file.withdrawn": N_("File withdrawn"),
    "file_note.checked": N_("Note in the file checked"),
    "file_note.written": N_("Note in the file written"),
    "file_transfer.accepted": N_("Transfer accepted"),
    "file_transfer.filed": N_("Transfer list filed"),
    "file_transfer.proposed": N_("Transfer offered"),
    "file_transfer.recalled": N_("Transfer taken back"),
    "file_transfer.refused": N_("Transfer refused"),
    "finding.added": N_("Finding noted"),
    "finding.answered": N_("Finding answered"),
    "finding.closed": N_("Finding closed"),
    "finding.returned": N_("Reply returned"),
    "handover.cancelled": N_("Handover cancelled"),
    "handover.completed": N_("Handover completed"),
    "handover.counted_fully": N_("Everything counted after all"),
    "handover.difference_noted": N_("Difference noted"),
    "handover.extra_noted": N_("Noted what is not listed"),
    "handover.line_confirmed": N_("Line of the list confirmed"),
    "handover.line_refused": N_("Line of the list refused"),
    "handover.lines_confirmed": N_("Lines of the list confirmed"),
    "handover.list_changed": N_("Transfer list compared anew"),
    "handover.signatures_lapsed": N_("Signatures lapsed"),
    "handover.signed": N_("Handover signed"),
    "handover.started": N_("Handover started"),
    "handover_case.closed": N_("Difference of a handover settled"),
    "handover_case.opened": N_("Difference of a handover to settle"),
    "handover_case.passed": N_("Difference of a handover passed on"),
    "handover_case.reported": N_("Difference of a handover reported"),
    "hold.lifted": N_("Hold lifted"),
    "hold.placed": N_("Hold placed"),
    "household.changed": N_("Household changed"),
    "household.registered": N_("Household registered"),
    "import.checked": N_("Import checked"),
    "import.completed": N_("Imported"),
    "import.discarded": N_("Import given up"),
    "import.ordered": N_("Import ordered"),
    "import.refused": N_("Import refused"),
    "import.started": N_("Sheet uploaded for import"),
    "incident.closed": N_("Case closed"),
    "incident.reported": N_("Incident reported"),
    "incident.step_added": N_("Step noted in a case"),
    "inquirer.confirmed": N_("Inquirer confirmed"),
    "inquirer.ended": N_("Registration of an inquirer ended"),
    "inquirer.refused": N_("Registration of an inquirer refused"),
    "inquirer.registered": N_("Inquirer registered"),
    "inspection.concluded": N_("Inspection concluded"),
    "inspection.entered": N_("Inspection noted"),
    "inspection.filed": N_("Record of the inspection filed"),
    "item.cancelled": N_("Collecting cancelled"),
    "item.collected": N_("Collected"),
    "item.described": N_("Description changed"),
    "item.destroyed": N_("Item destroyed"),
    "item.filed": N_("Filed"),
    "loan.closed": N_("Taken back"),
    "loan.damaged": N_("Damage to what was lent reported"),
    "loan.due_moved": N_("Loan due day moved"),
    "loan.lost": N_("Loss of what was lent reported"),
    "loan.opened": N_("Lent"),
    "loan.recalled": N_("Loan recalled"),
    "loan.reminded": N_("Reminder of a loan"),
    "loan.renewed": N_("Loan renewed"),
    "loan.undone": N_("Undone at the desk"),
    "loan_request.approved": N_("Request approved"),
    "loan_request.cancelled": N_("Request cancelled"),
    "loan_request.declined": N_("Request declined"),
    "loan_request.handed_out": N_("Handed out what was asked for"),
    "loan_request.lapsed": N_("Request lapsed"),
    "loan_request.made": N_("Paper asked for"),
    "loan_request.pickup_moved": N_("Pick-up day moved"),
    "loan_request.ready": N_("Put aside for pick-up"),
    "loan_request.ready_again": N_("Put aside again: the lending was undone at the desk"),
    "loan_request.requeued": N_("Put back into its place by an undoing at the desk"),
    "loan_request.sent_back": N_("Request back with the leader"),
    "mail.ended": N_("Daily mail ended"),
    "mail.wished": N_("Daily mail wished for"),
    "member.joined": N_("Member joined"),
    "member.left": N_("Member left"),
    "object.prepared": N_("Examined"),
    "object.set_aside": N_("Digital file set aside"),
    "object.stored": N_("Digital file stored"),
    "password.set": N_("Password changed"),
    "person.renamed": N_("Name changed"),
    "place.added": N_("Place added"),
    "place.measured": N_("Measures of a place noted"),
    "redaction.marked": N_("Part of a page blacked out for outsiders"),
    "redaction.removed": N_("Black part taken away"),
    "retention.extended": N_("Kept on for a new period"),
    "review.decided": N_("Review decided"),
    "review.opened": N_("Review of a withdrawal opened"),
    "role.ended": N_("Role ended"),
    "role.granted": N_("Role granted"),
    "rule.set": N_("Rule set"),
    "session.revoked": N_("Session ended"),
    "session.started": N_("Signed in"),
    "sign_in.refused": N_("Sign-in refused"),
    "stocktake.cancelled": N_("Stocktake cancelled"),
    "stocktake.closed": N_("Stocktake closed"),
    "stocktake.counted": N_("Counting ended"),
    "stocktake.extra_noted": N_("Noted as lying there without an entry"),
    "stocktake.put_back": N_("Put back in its place"),
    "stocktake.reopened": N_("Outcome of a difference taken back"),
    "stocktake.resumed": N_("Counting resumed"),
    "stocktake.scanned": N_("Scans counted"),
    "stocktake.settled": N_("Difference settled"),
    "stocktake.signatures_lapsed": N_("Signatures lapsed"),
    "stocktake.signed": N_("Stocktake report signed"),
    "stocktake.started": N_("Stocktake begun"),
    "stocktake.struck": N_("Mistaken scan struck out"),
    "unit.changed": N_("Unit changed"),
    "unit.closed": N_("Unit closed"),
    "unit.founded": N_("Unit founded"),
    "unit_closing.begun": N_("Closing of a unit begun"),
    "unit_closing.completed": N_("Closing of a unit completed"),
    "unit_closing.filed": N_("Transfer list of a unit filed"),
    "unit_closing.given_up": N_("Closing of a unit given up"),
}

# Who acts without an account of their own.
ACTORS: Mapping[str, str] = {"operator": N_("the operator at the server"), "worker": N_("the system itself")}

KINDS: Mapping[str, str] = {
    "aid_record": N_("Help received"),
    "aid_system_import": N_("Export of the aid system"),
    "application": N_("Application"),
    "approval_delegation": N_("Standing in for a leader"),
    "audit_entry": N_("Audit trail"),
    "box": N_("Box"),
    "calendar_year": N_("Calendar"),
    "certificate": N_("Certificate"),
    "clean_up": N_("Clean-up"),
    "clean_up_part": N_("Clean-up of a unit"),
    "consultation": N_("Outside consultation"),
    "custody_on_behalf": N_("Custody on behalf"),
    "demonstration": N_("Demonstration"),
    "digital_object": N_("Digital file"),
    "disposal_batch": N_("Disposal batch"),
    "disposal_hold": N_("Hold"),
    "file": N_("File"),
    "file_note": N_("Note in the file"),
    "file_transfer": N_("Transfer"),
    "finding": N_("Finding"),
    "handover": N_("Handover"),
    "handover_case": N_("Difference of a handover"),
    "household": N_("Household"),
    "import_run": N_("Import"),
    "incident": N_("Incident"),
    "inquirer": N_("Inquirer"),
    "inspection": N_("Inspection"),
    "item": N_("Item"),
    "loan": N_("Loan"),
    "loan_request": N_("Request for paper"),
    "lodged_copy": N_("Lodged copy"),
    "notice": N_("Notice"),
    "paper_copy": N_("Paper copy"),
    "person": N_("Person"),
    "place": N_("Place"),
    "refusal": N_("Refusal register"),
    "rule_value": N_("Rule"),
    "session": N_("Session"),
    "stocktake": N_("Stocktake"),
    "twin_duty": N_("Twin duty"),
    "unit": N_("Unit"),
    "unit_closing": N_("Closing of a unit"),
    "use_entry": N_("Use register"),
    "user_account": N_("Account"),
    "user_session": N_("Session"),
    "withdrawal_review": N_("Review of a withdrawal"),
}

FIELDS: Mapping[str, str] = {
    "access": N_("Access"),
    "added": N_("Added"),
    "address": N_("Address"),
    "addressee": N_("Reported to"),
    "aid_kind": N_("Kind of help"),
    "amended": N_("Amended"),
    "amount_yuan": N_("Amount (yuan)"),
    "applied_on": N_("Made on"),
    "article": N_("Article"),
    "asked_for": N_("What is asked for"),
    "at": N_("Where"),
    "barcode": N_("Barcode"),
    "body": N_("Kind of inspecting body"),
    "body_name": N_("Inspecting body"),
    "borrower": N_("Borrower"),
    "browser": N_("Session"),
    "capacity_boxes": N_("Room for boxes"),
    "caption": N_("Caption"),
    "carrier": N_("Carrier"),
    "case": N_("Case"),
    "case_kind": N_("Kind of case"),
    "cases": N_("Differences to settle"),
    "cause": N_("Cause"),
    "change": N_("What changed"),
    "changed": N_("Changed"),
    "code": N_("Reference code"),
    "code_layout": N_("Layout of codes"),
    "codes": N_("Records concerned"),
    "conclusion": N_("Conclusion"),
    "condition": N_("Condition"),
    "copies": N_("Paper copies"),
    "dated": N_("Date"),
    "days": N_("Days granted"),
    "decision": N_("Decision"),
    "deputy": N_("Stands in"),
    "destroyed": N_("Destroyed items"),
    "destruction_list": N_("Destruction list"),
    "determination": N_("New determination"),
    "difference": N_("Difference"),
    "differences": N_("Differences"),
    "display_name": N_("Name"),
    "disposal_part": N_("Signs as"),
    "document_number": N_("Document number"),
    "document_type": N_("Kind of document"),
    "due_on": N_("Due"),
    "employer": N_("Employer"),
    "employment": N_("Employment"),
    "established_on": N_("File established on"),
    "evidence": N_("How it followed"),
    "extent": N_("Scope of the inspection"),
    "fallback_reason": N_("Why this unit"),
    "faults": N_("Faults found"),
    "fields": N_("Fields"),
    "file": N_("File"),
    "files": N_("Files"),
    "findings": N_("Findings"),
    "fonds_number": N_("Fonds number"),
    "form": N_("Record form"),
    "found": N_("What was found"),
    "found_by": N_("Found out by"),
    "found_on": N_("Found out on"),
    "from_on": N_("From"),
    "fund": N_("Source of the money"),
    "giver": N_("Given by"),
    "ground": N_("Ground of review"),
    "group_role": N_("Part in the group"),
    "handed_over": N_("What is handed over"),
    "handover": N_("Handover number"),
    "handover_kind": N_("Kind of handover"),
    "happened": N_("What is known of it"),
    "hardship_class": N_("Class"),
    "hits": N_("Hits"),
    "hold_kind": N_("Kind of hold"),
    "holidays": N_("Holidays"),
    "import_kind": N_("What the sheet holds"),
    "in_force_from": N_("In force from"),
    "in_place_of": N_("In the place of"),
    "incident": N_("Kind of incident"),
    "incident_number": N_("Incident number"),
    "item": N_("Item"),
    "item_id": N_("Number in the system"),
    "into_box": N_("Box that took the papers"),
    "items": N_("Items"),
    "keeper": N_("Keeper"),
    "kept_through": N_("Kept through"),
    "key": N_("Key in the store"),
    "kind": N_("Kind"),
    "known": N_("On record already"),
    "label": N_("Label"),
    "leaver": N_("Hands over"),
    "left": N_("Left"),
    "left_out": N_("Copies not with it"),
    "line": N_("Line"),
    "lodged": N_("Copy lodged at the aid centre"),
    "letter_sha256": N_("Digest of the letter"),
    "lines": N_("Lines"),
    "list_code": N_("Code of the list"),
    "list_sha256": N_("Digest of the list"),
    "main_cause": N_("Main cause"),
    "make_up": N_("Weekend days worked instead"),
    "measures": N_("What was done"),
    "media_type": N_("Type"),
    "members": N_("Members"),
    "missing": N_("Missing"),
    "monthly_income_per_head": N_("Monthly income per head"),
    "name": N_("Name"),
    "needs": N_("Approval needed for"),
    "new": N_("New"),
    "note": N_("Note"),
    "number": N_("Number"),
    "objects": N_("Digital files"),
    "of": N_("Of"),
    "on": N_("On"),
    "open_work": N_("Open work"),
    "origin": N_("How it became known"),
    "other_causes": N_("Further causes"),
    "outcome": N_("Outcome"),
    "owner": N_("Owner of record"),
    "page": N_("Page"),
    "pages": N_("Pages"),
    "pages_count": N_("Pages"),
    "paper_place": N_("Place of the paper file"),
    "part": N_("Part"),
    "people": N_("People"),
    "period_letter": N_("Period"),
    "pickup_by": N_("Pick up by"),
    "place": N_("Place"),
    "places": N_("Places"),
    "proof": N_("Proof of absence"),
    "purpose": N_("Purpose"),
    "reader": N_("Read by"),
    "reason": N_("Reason"),
    "receiver": N_("Takes over"),
    "recorded_by": N_("Recorded by"),
    "related_code": N_("Related code"),
    "relation": N_("Relation"),
    "remarks": N_("Remarks"),
    "reminder": N_("Which reminder"),
    "removed": N_("Removed"),
    "request": N_("Number of the request"),
    "responsible_body": N_("Responsible body"),
    "result": N_("Result"),
    "retention_class": N_("Retention class"),
    "role": N_("Role"),
    "roles": N_("Roles ended"),
    "rows": N_("Rows"),
    "rule": N_("Rule"),
    "rule_set": N_("Rule set"),
    "scans": N_("Scans"),
    "sample_seed": N_("Seed of the sample"),
    "scrapped_on": N_("Scrapped on"),
    "second_witness": N_("Second witness"),
    "secrecy": N_("Secrecy"),
    "separate_file": N_("Kept apart in"),
    "settled_as": N_("Outcome"),
    "settled_by": N_("Settled by"),
    "sha256": N_("SHA-256"),
    "side": N_("Side that follows"),
    "size_bytes": N_("Size"),
    "source": N_("Source"),
    "source_on": N_("Day of the paper"),
    "spot": N_("Place of the paper file"),
    "state": N_("State"),
    "statements": N_("Statements"),
    "step": N_("Step taken"),
    "stock_finding": N_("Result of the count"),
    "stocktake_part": N_("Part"),
    "text": N_("Text"),
    "title": N_("Title"),
    "to": N_("To"),
    "to_unit": N_("Receiving unit"),
    "today": N_("Today"),
    "undone": N_("Undone"),
    "unit_name": N_("Unit"),
    "units": N_("Units"),
    "until": N_("Until"),
    "until_on": N_("Until"),
    "upheld": N_("Upheld"),
    "value": N_("Value"),
    "verdict": N_("Opinion"),
    "version": N_("Version"),
    "voucher": N_("Voucher"),
    "waits_until": N_("Waits until"),
    "wanted": N_("Asked for"),
    "way": N_("Where to read"),
    "what": N_("What was shown"),
    "why": N_("Occasion"),
    "width_mm": N_("Usable width (mm)"),
    "withdrawn_on": N_("Withdrawn on"),
    "witness": N_("Witness"),
    "witnesses": N_("Number of witnesses"),
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


def _members(kind: type[LabelledEnum]) -> Callable[[Any], str]:
    """Reads a list of values as members of an enumeration."""
    read = _member(kind)
    return lambda value: gettext(", ").join(read(each) for each in value)


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


def _period(value: Any) -> str:
    try:
        return words(Period.of_letter(str(value)).label)
    except ValueError:
        return spoken(value)


def _digest(value: Any) -> str:
    return f"{str(value)[:16]}…"


SHOWN: Mapping[str, str] = {
    "household": N_("Household"),
    "id_number": N_("ID number"),
    "phone": N_("Telephone"),
    "text": N_("Text"),
    "unmasking": N_("ID number shown in full"),
}


def _shown(value: Any) -> str:
    return gettext(SHOWN[value]) if value in SHOWN else spoken(value)


READERS: Mapping[str, Callable[[Any], str]] = {
    "access": _member(AccessStatus),
    "aid_kind": _member(AidKind),
    "body": _member(InspectingBody),
    "carrier": _member(Carrier),
    "case_kind": _member(CaseKind),
    "category": _member(Category),
    "cause": _member(TwinCause),
    "change": change_words,
    "condition": _member(Condition),
    "decision": _member(ReviewDecision),
    "difference": _member(Difference),
    "disposal_part": _member(DisposalPart),
    "document_type": _looked_up(document_type),
    "employment": _member(Employment),
    "findings": _findings,
    "form": _member(RecordForm),
    "ground": _member(ReviewGround),
    "group_role": _member(GroupRole),
    "handover_kind": _member(HandoverKind),
    "hardship_class": _member(HardshipClass),
    "hold_kind": _member(HoldKind),
    "import_kind": _member(ImportKind),
    "incident": _member(IncidentKind),
    "kind": _member(UnitKind),
    "letter_sha256": _digest,
    "list_sha256": _digest,
    "main_cause": _member(Cause),
    "needs": lambda value: words(needs_in_words(value)),
    "origin": _member(Origin),
    "other_causes": _members(Cause),
    "outcome": _member(Outcome, CaseOutcome),
    "part": _member(Part),
    "period_letter": _period,
    "reason": _member(WithdrawalReason),
    "relation": _member(Relation),
    "result": _member(CleanUpResult),
    "retention_class": _looked_up(retention_class),
    "role": _member(Role),
    "rule": _looked_up(rule_definition),
    "secrecy": _member(SecrecyLevel),
    "sha256": _digest,
    "settled_as": _member(SettledAs),
    "side": _member(TwinSide),
    "size_bytes": size,
    "state": _member(State),
    "step": _member(StepKind),
    "stock_finding": _member(StockFinding),
    "stocktake_part": _member(StocktakePart),
    "undone": _member(Undone),
    "verdict": _member(Verdict),
    "wanted": _shown,
    "what": _shown,
    "way": _member(Way),
    "why": _member(FamilyChange),
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
