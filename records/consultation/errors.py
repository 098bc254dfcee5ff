"""What consultation by outsiders refuses (art. 17)."""

from records.files.errors import NotTheKeepersUnit
from web.language import N_, NN_
from web.rules import RuleViolation


class ConsultationRefusal(RuleViolation):
    """Outside bodies consult only after approval by the keeping unit and due formalities."""

    article = 17


class ReceivedElsewhere(NotTheKeepersUnit):
    """Inquirers are received by the keeper of the unit whose archives they ask for."""

    message = N_("Inquirers of {unit} are received by its own keeper.")


class BadCode(ConsultationRefusal):
    """A body is known by its unified social credit code."""

    message = N_("The unified social credit code is not right: {why}.")
    field = "credit_code"


class BodyIncomplete(ConsultationRefusal):
    """Name and code of a body belong together."""

    message = N_("Give both the name of the sending unit and its unified social credit code, or neither.")
    field = "credit_code"


class BadIdentity(ConsultationRefusal):
    """An inquirer is known by the identity card."""

    message = N_("The ID number is not right: {why}.")
    field = "number"


class RegisteredAlready(ConsultationRefusal):
    """One person has one registration for one sending unit."""

    message = N_("{name} is registered here already or waits to be. Ask the keeper of {unit}.")
    field = "number"
    status = 409


class DecidedAlready(ConsultationRefusal):
    """A registration is confirmed or refused once."""

    message = N_("The registration of {name} was decided already.")
    status = 409


class RegistrationChanged(ConsultationRefusal):
    """Who is confirmed or refused is who was compared with the identity card."""

    message = N_(
        "The registration of {name} was corrected since this page was opened. Compare it again with the identity "
        "card, and with the letter where a unit sends its inquirer, then decide."
    )
    status = 409


class NothingCorrected(ConsultationRefusal):
    """A correction changes something."""

    message = N_("Nothing is changed by that. Correct what was mistyped.")
    field = "name"


class NotAnInquirersAccount(ConsultationRefusal):
    """An account of the unions is none of an outsider."""

    message = N_("{name} is not a free account of an outside inquirer of this unit. Choose another sign-in name.")
    field = "account"


class NotConfirmed(ConsultationRefusal):
    """Requests are taken from inquirers whose identity was confirmed."""

    message = N_("{name} is not registered here at present. The keeper confirms the registration first.")
    field = "inquirer"


class LetterMissing(ConsultationRefusal):
    """A body sends its inquirer with a letter of introduction 介绍信."""

    message = N_("Add the letter of introduction as a PDF or a picture. Only who asks for the own file needs none.")
    field = "letter"


class LetterUnreadable(ConsultationRefusal):
    """A letter is a scan or a photograph."""

    message = N_("The letter of introduction has to be a PDF, JPEG or PNG file of at most {limit}.")
    field = "letter"


class RequestedAlready(ConsultationRefusal):
    """One request is filed once, however often it is sent."""

    message = N_("The same was asked for in {number}, which waits to be settled; nothing was filed a second time.")
    status = 409


class ScreenNeedsAccount(ConsultationRefusal):
    """On screen reads who has an account, by which each look is entered in the register."""

    message = N_("{name} has no account and reads paper at the counter only. Choose this, or open an account first.")
    field = "way"


class BodyAsksForOwnFile(ConsultationRefusal):
    """The own file is asked for by the person alone (PIPL art. 45)."""

    message = N_("Who asks for the own file comes as a private person, not for a unit. Register the person separately.")
    field = "own_file"


class NobodySent(ConsultationRefusal):
    """A private person sees the own file and no other."""

    message = N_("A private person may see the own file only. For anything else a unit sends its inquirer by letter.")
    field = "own_file"


class OwnFileClosed(ConsultationRefusal):
    """Whether people see their own files on application is the unit's rule (art. 20)."""

    message = N_("By the rules of {unit} own files are not shown on application. Ask the unit in person.")
    field = "own_file"
    status = 403


class WrongState(ConsultationRefusal):
    """Each step has its turn."""

    message = N_("{number} is “{state}” by now; this step is not possible any more, or not yet.")
    status = 409


class IdentityNotSeen(ConsultationRefusal):
    """Whoever asks shows an identity card first."""

    message = N_("Compare the identity card with the registration first, and say so here.")
    field = "identity_seen"


class NothingPicked(ConsultationRefusal):
    """What is approved has at least one item."""

    message = N_("The keeper left nothing in the scope that could be shown. The request can only be refused.")


class ItemRefusal(ConsultationRefusal):
    """A refusal of one item of a scope; it stands beside that item, as `item-` with its row."""

    def __init__(self, *, item_id: int, **facts: object) -> None:
        super().__init__(**facts)
        self.field = f"item-{item_id}"


class OutsideWhatWasAsked(ItemRefusal):
    """The keeper may narrow a request and never widen it."""

    message = N_("{code} does not belong to what was asked for. A request may be narrowed, never widened.")


class ItemClosed(ItemRefusal):
    """Some records are not shown to outsiders at all."""

    message = N_("{code} cannot be shown: {why}.")


class BadPages(ItemRefusal):
    """Pages are given as numbers and ranges, within the item."""

    message = N_("{code}: give pages as 1-3,5, from 1 to {last}.")


class NoReasonForLeavingOut(ConsultationRefusal):
    """Who narrows a request says why."""

    message = N_("Say why the rest of what was asked for is left out, or that nothing is.")
    field = "left_out"


class DecidesOwnScope(ConsultationRefusal):
    """Who narrowed a request does not decide on it."""

    message = N_("{name} settled the scope of this request. Another approver of {unit} decides.")


class ScopeChanged(ConsultationRefusal):
    """What is decided is the scope that was seen."""

    message = N_("The scope of {number} has changed since this page was opened. Look at it again, then decide.")
    status = 409


class NotTheApprover(NotTheKeepersUnit):
    """The keeping unit decides."""

    message = N_("An approver of {unit} decides on this request.")


class OpenTooLong(ConsultationRefusal):
    """A reading is open for some days."""

    message, message_plural = NN_(
        "It can be open until {last} at the latest, and from now on: {days} day by the rules of {unit}.",
        "It can be open until {last} at the latest, and from now on: {days} days by the rules of {unit}.",
    )
    counted = "days"
    field = "until"


class NameDiffers(ConsultationRefusal):
    """An undertaking is accepted by the inquirer, by name."""

    message = N_("This is not the registered name. Write the full name as on the identity card.")
    field = "name"


class ReadingClosed(ConsultationRefusal):
    """Nothing is shown before approval and undertaking, nor after the end."""

    message = N_("{number} is “{state}”. Its records cannot be read.")
    status = 403


class CannotBeShown(ConsultationRefusal):
    """What has no pages is not shown on a screen."""

    message = N_("This is not shown on screen. It can be read or heard at the counter of {unit}.")
    status = 403


class LessBlack(CannotBeShown):
    """What was black when it was approved is not uncovered without a decision."""

    message = N_("Parts that were black when this was approved are not so any more. {unit} has to see to it first.")


class ReadAtCounter(ConsultationRefusal):
    """Paper is read where somebody watches, under an open consultation."""

    message = N_("{number} is not open for reading at the counter.")
    field = "read"


class StillBeingRead(ConsultationRefusal):
    """One paper is with one reader once."""

    message = N_("{code} is with the reader already. Note that it was given back first.")
    field = "read"
    status = 409


class NotGivenBack(ConsultationRefusal):
    """A visit is not over while its reader has paper in hand."""

    message = N_("{barcodes} is with the reader. Take it back and note that first, then end the reading.")
    field = "reason"
    status = 409


class ReadByAnother(ConsultationRefusal):
    """One sheet of paper has one holder."""

    message = N_(
        "{barcode}, the only paper of {code} here, is with the reader of {case}. Note there it was given back."
    )
    field = "read"
    status = 409


class NotBeingRead(ConsultationRefusal):
    """What is given back was given before."""

    message = N_("{code} is not with the reader, or was given back already.")
    field = "read"
    status = 409


class NotEndedYet(ConsultationRefusal):
    """What use was made of it is known at the end."""

    message = N_("Record the effect once the reading is over.")
    field = "effect"


class BadRectangle(ConsultationRefusal):
    """A rectangle lies on its page."""

    message = N_("The rectangle has to lie on page {page}: measures from 0 to 1000, none empty.")
    field = "left_permille"


class NoSuchPage(ConsultationRefusal):
    """Rectangles are marked on pages that can be drawn."""

    message = N_("{name} has no page {page} that can be drawn.")
    field = "page"


class NothingToCertify(ConsultationRefusal):
    """A certificate rests on records whose consultation was approved."""

    message = N_("A certificate is given once the consultation was approved.")
    field = "statement"


class KeptNoMore(ConsultationRefusal):
    """Who keeps the records certifies what they say (Archives Law, implementing regulations, art. 34)."""

    message = N_("Nothing is certified from {code} here any more: {why}.")
    field = "statement"


class ValidBeforeGiven(ConsultationRefusal):
    """A certificate is valid on the day it is given at the least."""

    message = N_("A certificate given on {on} is valid until that day at the least. Give a later day, or none.")
    field = "valid_until"


class NumberTaken(ConsultationRefusal):
    """A certificate is printed with the next number before it is given."""

    message = N_("Another certificate took the number {number} at the same moment. Make this one once more.")
    status = 409


class RevokedAlready(ConsultationRefusal):
    """A certificate is revoked once."""

    message = N_("{number} was revoked on {on}.")
    status = 409


class AskedTooOften(RuleViolation):
    """Guessing is slowed down."""

    message, message_plural = NN_(
        "Too many attempts from your address. Try again in {minutes} minute.",
        "Too many attempts from your address. Try again in {minutes} minutes.",
    )
    counted = "minutes"
    status = 429
