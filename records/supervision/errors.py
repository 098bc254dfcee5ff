"""What supervision refuses (art. 7, 19)."""

from web.language import N_, NN_
from web.rules import RuleViolation


class SupervisionViolation(RuleViolation):
    """Archives work is guided and supervised from above (art. 7)."""

    article = 7


class MayNotInspect(SupervisionViolation):
    """An inspection is noted by a supervisor whose role reaches the unit."""

    message = N_("Only a supervisor of {unit} or of a unit above it notes an inspection there.")
    status = 403


class InspectsOwnFiles(SupervisionViolation):
    """Nobody inspects the files they keep themselves."""

    message = N_("{name} keeps files of {unit} and cannot inspect them. Somebody else notes this inspection.")


class DayOfInspection(SupervisionViolation):
    """An inspection is noted when it has begun."""

    message = N_("An inspection is noted on its day or later; {on} is still to come.")
    field = "inspected_on"


class InspectedBeforeRules(SupervisionViolation):
    """Archives of hardship work are inspected since there are rules for them (art. 21)."""

    message = N_("The day of an inspection is not before {on}.")
    field = "inspected_on"


class OwnSuperior(SupervisionViolation):
    """A union is not its own superior."""

    message = N_("{unit} is not its own superior union. Name the union above it, or choose another kind of body.")
    field = "body_name"


class NotItsAuthor(SupervisionViolation):
    """A mistaken entry is struck by who made it."""

    message = N_("{number} is struck by who entered it.")
    status = 403


class HasFindings(SupervisionViolation):
    """What was found is not undone."""

    message = N_("{number} has findings and is not struck. Conclude it when they are closed.")
    status = 409


class InspectionStruck(SupervisionViolation):
    """A struck inspection stays as it is."""

    message = N_("{number} was struck on {on}.")
    status = 409


class InspectionConcluded(SupervisionViolation):
    """The record of a concluded inspection is not changed."""

    message = N_("{number} was concluded on {on}. What is found now belongs into a new inspection.")
    status = 409


class DueBeforeInspection(SupervisionViolation):
    """A finding leaves time to set it right."""

    message = N_("The deadline lies after the day of the inspection, {on}.")
    field = "due_on"


class DuePassed(SupervisionViolation):
    """A deadline that has passed leaves no time."""

    message = N_("The deadline is not before today.")
    field = "due_on"


class UnknownRecord(SupervisionViolation):
    """A record is named by a code that the unit has."""

    message = N_("{unit} has no file or item with the code {code}.")
    field = "codes"


class EvidenceIsAFile(SupervisionViolation):
    """What proves that a finding was set right is one document, not all of a file."""

    message = N_("{code} is a whole file. Name the filed item in it that proves what was done.")
    field = "evidence"


class FindingsOpen(SupervisionViolation):
    """An inspection is concluded when all its findings are closed."""

    message, message_plural = NN_(
        "{count} finding is not closed yet. Accept its reply first.",
        "{count} findings are not closed yet. Accept their replies first.",
    )


class MayNotReply(SupervisionViolation):
    """The inspected unit answers for itself."""

    message = N_("Only a keeper or an approver of {unit} replies to this finding.")
    status = 403


class NothingToReply(SupervisionViolation):
    """A finding is answered while it is open."""

    message = N_("{number} is {state}; there is nothing to reply to now.")
    status = 409


class NothingToDecide(SupervisionViolation):
    """A supervisor decides on a reply."""

    message = N_("{number} has no reply to decide on.")
    status = 409


class ReasonMissing(SupervisionViolation):
    """A reply is returned with a reason."""

    message = N_("Say what is still wrong, so that the unit can set it right.")
    field = "reason"


class NotConcluded(SupervisionViolation):
    """The record of an inspection is filed once it is complete."""

    message = N_("{number} is not concluded yet. Its record is filed when all findings are closed.")
    status = 409


class LiabilityViolation(RuleViolation):
    """Damage, alteration, forgery and loss of archives are looked into (art. 19)."""

    article = 19


class MayNotReport(LiabilityViolation):
    """An incident is reported by the unit that keeps the records."""

    message = N_("Only a keeper or an approver of {unit} reports an incident there.")
    status = 403


class FoundInFuture(LiabilityViolation):
    """An incident has been found out when it is reported."""

    message = N_("The day it was found out, {on}, is still to come.")
    field = "found_on"


class FoundBeforeRecords(LiabilityViolation):
    """What happens to records is found out once they are there."""

    message = N_("{code} is on record since {since} only; the incident was not found out on {on}.")
    field = "found_on"


class ReportedAlready(LiabilityViolation):
    """One thing that happened is one case."""

    message = N_("{number} reports the same of {code} already, found out on the same day. Note what is new there.")
    field = "codes"
    status = 409


class OutcomeDoesNotFit(LiabilityViolation):
    """A case ends as such a case can end."""

    message = N_("A case of this kind ({kind}) does not end as: {outcome}.")
    field = "outcome"


class NoRecordNamed(LiabilityViolation):
    """An incident concerns records, and names them."""

    message = N_("Name at least one record: the code of a file or item, or the barcode of a paper copy.")
    field = "codes"


class UnknownAffected(LiabilityViolation):
    """What an incident concerns is known by its code or barcode."""

    message = N_("{unit} has no file, item or paper copy with the code or barcode {code}.")
    field = "codes"


class CopyNotNamed(LiabilityViolation):
    """What is lost is paper, known by its barcode."""

    message = N_("What is lost is a paper copy: give its barcode instead of {code}.")
    field = "codes"


class IncidentClosed(LiabilityViolation):
    """A closed case stays as it is."""

    message = N_("{number} was closed on {on}. It is kept as it is; report what is new as a case of its own.")
    status = 409


class MayNotClose(LiabilityViolation):
    """Who reports a case does not judge it."""

    message = N_("An approver of {unit} or a supervisor above it closes a case, never the one who reported it.")
    status = 403


class StillMissing(LiabilityViolation):
    """A case is not closed as found while paper is missing."""

    message = N_("{barcodes} are missing still. Note each of them found again, or choose another outcome.")
    field = "outcome"


class NotMissing(LiabilityViolation):
    """What is found again was missing."""

    message = N_("{barcode} is not missing in this case.")
    field = "barcode"
    status = 409


class FileUnderInquiry(LiabilityViolation):
    """What was damaged, altered or forged is looked into where it happened, before it passes to another unit."""

    message = N_("{code} is under inquiry: {kind}, {number}. It passes to another unit once that case is closed.")
    status = 409


class AddresseeMissing(LiabilityViolation):
    """A report goes to somebody."""

    message = N_("Say to which authority it was reported.")
    field = "addressee"
