"""What a handover refuses; all of it rests on article 16."""

from web.language import N_, NN_
from web.rules import RuleViolation


class HandoverViolation(RuleViolation):
    """A keeper who leaves the post completes the handover of the archives."""

    article = 16


class MayNotStart(HandoverViolation):
    """A handover is begun by the one who leaves, or by a keeper or approver of the unit."""

    message = N_("A handover in {unit} is begun by the keeper who leaves, or by an approver of that unit.")
    status = 403


class LeaderBegins(HandoverViolation):
    """Without the keeper nobody hands over but the leader of the unit."""

    message = N_("Without the keeper a handover is begun by an approver of {unit}, who leads it, and by nobody else.")
    status = 403


class StarterWitnesses(HandoverViolation):
    """Who begins or steers a handover without the keeper does not bear witness to it."""

    message = N_("{name} leads this handover and can be neither witness nor the keeper who is replaced.")


class LeaverWasHere(HandoverViolation):
    """Who signed in on the last working days is not out of reach."""

    message = N_(
        "{name} signed in on {day}, and is out of reach only after {count} working days without. A keeper who is here "
        "hands over in person. If there is proof that {name} has died or is detained, have a system administrator set "
        "a new password for the account; then begin."
    )
    field = "leaver"
    status = 409


class LeaverIsBack(HandoverViolation):
    """Who has signed in since is not out of reach any more."""

    message = N_(
        "{name} signed in on {day}, after this handover had begun without them. Cancel it, and let {name} hand over in "
        "person."
    )
    status = 409


class BoxBeingHandedOver(HandoverViolation):
    """What passes from keeper to keeper stays as it was listed."""

    message = N_("Box {barcode} is on the list of handover {number}. Complete or cancel that one first.")
    field = "spot"
    status = 409


class NotInCustody(HandoverViolation):
    """What is named is in the keeper's custody."""

    message = N_("{code} is no file of this unit that {name} answers for.")
    field = "codes"


class NotAPlace(HandoverViolation):
    """A place is named by its barcode."""

    message = N_("{code} is the barcode of no place of {unit}.")
    field = "place"


class YearsTurned(HandoverViolation):
    """Years run forward."""

    message = N_("The last year lies before the first. Write the earlier one first.")
    field = "last_year"


class OnLoanNotMissing(HandoverViolation):
    """What is with a borrower by the register of loans is where it should be."""

    message = N_("{code} is on loan to {holder} and not missing. Confirm it as listed; the loan passes with it.")
    article = 17
    field = "difference"


class NotOnLoan(HandoverViolation):
    """Only what a borrower has by the register of loans is on the shelf though on loan."""

    message = N_("{code} is on loan to nobody. Choose what was found otherwise.")
    article = 17
    field = "difference"


class NothingToHandOver(HandoverViolation):
    """Who answers for nothing hands nothing over."""

    message = N_("{name} answers for no file and no box of {unit} within what is to be handed over.")
    field = "leaver"


class AlreadyHandingOver(HandoverViolation):
    """One handover per keeper at a time."""

    message = N_("{name} is handing over already, under {number}. Complete or cancel that one first.")
    field = "leaver"
    status = 409


class SamePersonTwice(HandoverViolation):
    """Who hands over, who receives and who witnesses are different people."""

    message = N_("{name} is named twice. Who hands over, who receives and who witnesses are different people.")


class PartyGone(HandoverViolation):
    """A party signs from an open account."""

    message = N_("The account of {name} is closed. Name another person.")


class ReceiverNoKeeper(HandoverViolation):
    """Files pass from keeper to keeper."""

    message = N_(
        "{name} is not archive keeper of {unit}. The security administrator grants that role first, or choose another "
        "person."
    )
    field = "receiver"


class WitnessOutside(HandoverViolation):
    """A witness belongs to the unit or to one above it, and may read its archives."""

    message = N_(
        "{name} holds no role that reads archives in {unit} or a unit above it, and cannot witness this handover. "
        "Choose another person."
    )

    def __init__(self, *, name: str, unit: str, field: str) -> None:
        super().__init__(name=name, unit=unit)
        self.field = field


class HandoverEnded(HandoverViolation):
    """A signed or cancelled handover is not changed."""

    message = N_("{number} is no longer open.")
    status = 409


class NotAParty(HandoverViolation):
    """Three people sign, nobody for them."""

    message = N_("Only {people} sign this handover.")
    status = 403


class OnlyReceiverChecks(HandoverViolation):
    """Who will answer for the files checks them."""

    message = N_("Only {name}, who receives, checks the lines.")
    status = 403


class MayNotCancel(HandoverViolation):
    """A handover is cancelled by those who may begin one."""

    message = N_("Only {leaver} or an approver of {unit} cancels this handover.")
    status = 403


class MayNotReplace(HandoverViolation):
    """Who receives does not choose who witnesses."""

    message = N_(
        "Another witness is named by who hands over in person or an approver of {unit}, never by who receives."
    )
    status = 403


class WitnessHasSigned(HandoverViolation):
    """Who has borne witness has done so."""

    message = N_("{name} has signed this list and is not replaced as witness.")
    field = "replaced"
    status = 409


class NotOnList(HandoverViolation):
    """What is scanned is found on the list."""

    message = N_("{code} is not on this list. If it came into custody since, compare the list with the shelves again.")
    field = "code"
    status = 404


class OnlyWhatIsKept(HandoverViolation):
    """Custody is of files and boxes."""

    message = N_(
        "Only files and boxes are refused: custody passes with them. Of other lines note the difference, or refuse the "
        "file they belong to."
    )
    field = "refusal"


class RefusedWithFile(HandoverViolation):
    """What belongs to a refused file stays with it."""

    message = N_("{code} belongs to a file that was refused. Take the file back on the list first.")
    field = "code"
    status = 409


class NothingAccepted(HandoverViolation):
    """A handover passes something."""

    message = N_("Everything on this list was refused. Cancel the handover instead of signing it.")


class DeedOutdated(HandoverViolation):
    """The list is printed before the last signature, for exactly what is signed."""

    message = N_("Somebody else signed at the same moment. Sign once more.")
    status = 409


class CaseClosed(HandoverViolation):
    """A settled case is not changed."""

    message = N_("{number} was settled already.")
    status = 409


class NotYourCase(HandoverViolation):
    """A case is settled by its owner or by the leader of the unit."""

    message = N_("{number} is settled by {name} or by an approver of {unit}.")
    status = 403


class StillNotFound(HandoverViolation):
    """What is missing is found, or its loss is reported."""

    message = N_("{code} is missing still: {barcodes}. Scan what is found, or report it as an incident.")
    field = "evidence"


class LeaverDoesNotClose(HandoverViolation):
    """Who answered for what is missing does not say alone that it is there."""

    message = N_("{name} handed it over and does not close {number}. The receiver, a witness or an approver does.")
    field = "evidence"
    status = 403


class NotOfCase(HandoverViolation):
    """What is found is what was missing."""

    message = N_("{code} is not missing under {number}. Scan the code or barcode of what was found.")
    field = "code"


class NoPartInCase(HandoverViolation):
    """Those tell what they know who had to do with it."""

    message = N_("A statement on {number} is written by who handed over, received or witnessed, or settles it.")
    status = 403


class RefusedStillKept(HandoverViolation):
    """What was refused is not forgotten."""

    message = N_("{code} is still in the custody of {name}. Hand it over, or have it received, before this is settled.")
    field = "evidence"


class OwnerOutside(HandoverViolation):
    """Who owns a case can see it."""

    message = N_("{name} has no open account that reads archives. Name somebody else.")
    field = "owner"


class DueBeforeToday(HandoverViolation):
    """A deadline lies ahead."""

    message = N_("The deadline lies in the past. Choose today or a later day.")
    field = "due_on"


class NoIncident(HandoverViolation):
    """An incident is about paper."""

    message = N_("Only missing or damaged paper copies and files are reported as an incident, and once.")


class CasesOpen(HandoverViolation):
    """Nobody leaves with a difference unsettled."""

    message, message_plural = NN_(
        "{name} has {count} difference of a handover to settle. Settle it, or pass it to somebody else, before the "
        "account is closed.",
        "{name} has {count} differences of handovers to settle. Settle them, or pass them to somebody else, before the "
        "account is closed.",
    )


class LinesUnchecked(HandoverViolation):
    """Every line is confirmed or carries a difference before anyone signs."""

    message, message_plural = NN_(
        "{count} line is not checked yet. Confirm it or note the difference, then sign.",
        "{count} lines are not checked yet. Confirm each of them or note the difference, then sign.",
    )


class ListChanged(HandoverViolation):
    """A signature is for the list that was seen."""

    message = N_("The list has changed since this page was opened. Look at it again, then sign.")
    status = 409


class AlreadySigned(HandoverViolation):
    """Everyone signs a list once."""

    message = N_("{name} has signed this list already.")
    status = 409
