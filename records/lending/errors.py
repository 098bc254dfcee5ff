"""What lending refuses."""

from classification.articles import article
from records.files.errors import NotTheKeepersUnit
from web.language import N_, NN_
from web.rules import RuleViolation

UNION_USE_ONLY = article(17).cite(
    "档案一般用于工会系统工作查阅，不予外借。",
    "Archives generally serve the work of the unions and are not lent outside.",
)


class OutsideBorrower(RuleViolation):
    """Archives serve union work and leave the house with people of the unions only."""

    message = N_("“{quote}” {name} is from outside the unions and reads on the spot, once the keeping unit has agreed.")
    article = 17
    field = "borrower"


class OtherUnitsCopy(NotTheKeepersUnit):
    """Paper is lent and taken back by the unit that keeps it."""

    message = N_("{barcode} belongs to {unit}. Only its own keeper lends it and takes it back; ask there.")
    field = "barcode"


class MayNotBorrow(RuleViolation):
    """A loan needs an open account with a role that includes borrowing."""

    message = N_("{name} holds no role that includes borrowing. The security administrator of the unit grants one.")
    article = 17
    field = "borrower"


class AccountClosed(RuleViolation):
    """Nothing is handed to somebody who has left."""

    message = N_("The account of {name} is closed. Nothing is lent to it.")
    field = "borrower"


class CopyOnLoan(RuleViolation):
    """A paper copy leaves its place on one loan at a time."""

    message = N_("{barcode} is with {borrower} until {due_on}.")
    field = "barcode"
    status = 409


class WithSomebodyElse(CopyOnLoan):
    """Who is named at the desk has to be who has the copy."""

    message = N_(
        "{barcode} is with {borrower} until {due_on}. To take it back, leave the borrower empty and scan it again."
    )


class JustLent(RuleViolation):
    """Of two scans at the same moment the first one counts."""

    message = N_("{barcode} was lent to {borrower} a moment ago. If it is to come back, scan it once more.")
    field = "barcode"
    status = 409


class JustReturned(RuleViolation):
    """Of two scans at the same moment the first one counts."""

    message = N_("{barcode} was taken back from {borrower} a moment ago. If it is to be lent, scan it once more.")
    field = "barcode"
    status = 409


class NeededHere(RuleViolation):
    """A paper that somebody from outside was allowed to read at the counter stays there until that is over."""

    message = N_(
        "{barcode} is needed here for consultation {case} at the counter. Lend it once that has ended and it is noted "
        "there as given back."
    )
    article = 17
    field = "barcode"
    status = 409


class CopyMissing(RuleViolation):
    """What is missing is not handed out until it is noted as found (art. 19)."""

    message = N_("{barcode} has been missing since {since}, case {case}. Note it found again there before it is lent.")
    article = 19
    field = "barcode"
    status = 409


class LoanTooLong(RuleViolation):
    """A loan ends within the days of the rule; who needs the paper longer renews it."""

    message, message_plural = NN_("A loan runs for {longest} day.", "A loan runs for 1 to {longest} days.")
    counted = "longest"
    field = "days"


class LongerThanApproved(RuleViolation):
    """What was asked for is lent for the days that were asked and approved, or for fewer."""

    article = 17
    message, message_plural = NN_(
        "{number} is for {days} day. It cannot be lent for more.",
        "{number} is for {days} days. It can be lent for fewer, not for more.",
    )
    counted = "days"
    field = "days"


class LongerThanGranted(RuleViolation):
    """What the leader shortened is not made longer again at the desk: a renewal stays within what was granted."""

    message, message_plural = NN_(
        "{number} was granted for {days} day, until {until}. Take it back; for longer, it has to be asked for anew.",
        "{number} was granted for {days} days, until {until}. Take it back; for longer, it has to be asked for anew.",
    )
    counted = "days"
    article = 17
    field = "days"


class OverdueFirst(RuleViolation):
    """Who has kept something too long brings it back before more is lent; the keeper may decide otherwise in words."""

    message, message_plural = NN_(
        "{name} has {count} copy overdue: {barcodes}. By the rule of {unit} nothing more is lent once that is over "
        "{days} days; take it back first, or say why it is lent all the same.",
        "{name} has {count} copies overdue: {barcodes}. By the rule of {unit} nothing more is lent once that is over "
        "{days} days; take them back first, or say why it is lent all the same.",
    )
    article = 17
    field = "despite"
    status = 409


class OverdueNotRenewed(RuleViolation):
    """Who has something else overdue too long brings it back before the rest is renewed."""

    message, message_plural = NN_(
        "{name} has {count} copy overdue: {barcodes}. By the rule of {unit} nothing else is renewed once that is "
        "over {days} days; take it back first.",
        "{name} has {count} copies overdue: {barcodes}. By the rule of {unit} nothing else is renewed once that is "
        "over {days} days; take them back first.",
    )
    article = 17
    field = "days"
    status = 409


class PaperStillOut(RuleViolation):
    """Who leaves brings the paper back first."""

    message, message_plural = NN_(
        "{name} still has {count} paper copy on loan: {barcodes}. Take it back first.",
        "{name} still has {count} paper copies on loan: {barcodes}. Take them back first.",
    )
    article = 17


class AlreadyReturned(RuleViolation):
    """A loan ends once."""

    message = N_("{barcode} was taken back on {on}.")
    status = 409


class AlreadyRenewed(RuleViolation):
    """A loan is renewed as often as the rule of the unit allows."""

    message, message_plural = NN_(
        "This loan has been renewed {count} time, which is as often as the rule allows. Take {barcode} back; it can "
        "then be lent anew.",
        "This loan has been renewed {count} times, which is as often as the rule allows. Take {barcode} back; it can "
        "then be lent anew.",
    )
    article = 17
    field = "days"


class SomebodyWaits(RuleViolation):
    """Who waits comes before who has had it."""

    message = N_("{barcode} is waited for by {name}. It is not renewed; take it back by {due_on}.")
    article = 17
    field = "days"
    status = 409


class RecalledAlready(RuleViolation):
    """A loan is recalled once, and not renewed then."""

    message = N_("{barcode} was recalled on {on} and is due on {due_on}.")
    field = "days"
    status = 409


class TooLateToRenew(RuleViolation):
    """A loan is renewed before it falls due."""

    message = N_("{barcode} was due on {due_on}. Take it back; it can then be lent anew.")
    field = "days"


class NobodyNamed(RuleViolation):
    """A copy that is in its place is lent to somebody."""

    message = N_("{barcode} is in its place. To lend it, scan the card of the borrower first.")
    field = "borrower"


class NotACopy(RuleViolation):
    """What is lent is a paper copy, known by its barcode."""

    field = "barcode"


class BoxIsOut(RuleViolation):
    """What comes back with a box is compared with what went out with it."""

    message = N_(
        "{barcode} is out with {borrower} as a whole, request {number}. Compare what is in it with the list there and "
        "tick what came back, or scan each paper."
    )
    field = "barcode"
    status = 409


class BoxScanned(NotACopy):
    """Boxes stay on their place unless they were asked for as a whole."""

    message = N_(
        "{barcode} is a box, on {address}. A whole box goes out when asked for; else scan the copy you take out."
    )


class PassedOn(NotACopy):
    """Paper of a file that has passed to another unit comes back to that unit's desk."""

    message = N_("{barcode} belongs to a file that has passed to {unit}. It is taken back at the desk there.")


class PassedToYou(RuleViolation):
    """Paper lent by the unit that kept the file before gets a box or place of the unit that keeps it now."""

    message = N_("{barcode} was lent by {giver}; its file has passed to {unit}. Scan your own box or place for it.")
    article = 16
    field = "spot"


class PlaceScanned(NotACopy):
    """Places stay where they are."""

    message = N_("{barcode} is the place {address}. Scan the paper copy you take from it.")


class FileScanned(NotACopy):
    """A file is lent copy by copy, so that it stays known where each of them is."""

    message = N_("{code} is the code of the file “{title}”. Scan the barcode of each paper copy you take out of it.")


class ItemScanned(NotACopy):
    """An item may have several paper copies; the barcode says which one goes."""

    message = N_("{code} is the code of the item “{title}”. Its paper copies have the barcodes: {barcodes}.")


class NothingOnPaper(RuleViolation):
    """Only paper is lent."""

    message = N_("Nothing of {name} is on paper.")
    field = "purpose"


class WholeRestricted(RuleViolation):
    """What lies in a box restricts the box (art. 17)."""

    message = N_("{reason}")
    article = 17
    status = 403


class DigitalFirst(RuleViolation):
    """What can be read on the screen is read there, unless the paper itself is needed."""

    message = N_("There is a digital copy. Say why the paper itself is needed.")
    article = 17
    field = "paper_reason"


class AskedAlready(RuleViolation):
    """One person has one place in the queue for a thing."""

    message = N_("You have asked for it already: {number}, {state}.")
    field = "purpose"
    status = 409


class AskedInPart(RuleViolation):
    """One person has one place in the queue for a copy, also where it is asked for with its file or box."""

    message = N_("Part of it you have asked for already: {number}, {state}. Withdraw that first, or ask for the rest.")
    field = "purpose"
    status = 409


class HasItAlready(RuleViolation):
    """Nobody waits for what they have."""

    message = N_("{barcode} is with you until {due_on}. Have that loan renewed instead.")
    field = "purpose"
    status = 409


class RequestOver(RuleViolation):
    """A request that has ended stays as it ended."""

    message = N_("The request {number} is no longer open: {state}.")
    status = 409


class DecidedAlready(RuleViolation):
    """A request is decided once."""

    message = N_("The request {number} does not wait for approval: {state}.")
    field = "reason"
    status = 409


class NotTheLeader(RuleViolation):
    """The leader of the unit, of one above it, or who was named in the leader's place decides."""

    message = N_("Requests of {unit} are decided by its leader, by one above, or by who stands in for the leader.")
    article = 17
    field = "reason"
    status = 403


class OwnRequest(RuleViolation):
    """Nobody decides on their own request, nor has it decided in their own name."""

    message = N_("Nobody decides on their own request, and nobody in place of who made it. Another leader decides.")
    article = 17
    field = "reason"


class ReasonMissing(RuleViolation):
    """Who is refused learns why."""

    message = N_("Say why it is declined.")
    field = "reason"


class NotYourRequest(RuleViolation):
    """A request is cancelled by who made it or by the keeping unit."""

    message = N_("Only who made the request, or the keeper of {unit}, cancels it.")
    status = 403


class NothingTicked(RuleViolation):
    """What comes back is named."""

    message = N_("Tick what comes back first.")


class NotReady(RuleViolation):
    """What is not put aside is not handed out."""

    message = N_("Nothing is put aside for the request {number}: {state}.")
    status = 409


class ExceptionsToConfirm(RuleViolation):
    """A file or box that is not whole goes out with what it lacks said."""

    message = N_("These copies are not with it: {barcodes}. Tick that this is understood to hand out the rest.")
    field = "confirmed"
    status = 409


class ConfirmOnItsPage(RuleViolation):
    """A box that is not whole is handed out where what it lacks is read and confirmed."""

    message = N_("The box of {number} lacks copies. Hand it out on the page of the request, where that is confirmed.")
    field = "barcode"
    status = 409


class PutAsideForAnother(RuleViolation):
    """What is put aside goes to who it is put aside for."""

    message = N_("{barcode} is put aside for {name}, request {number}. Somebody else can ask for it and waits.")
    article = 17
    field = "barcode"
    status = 409


class NothingToUndo(RuleViolation):
    """A desk undoes the last thing it did, once."""

    message = N_("There is nothing to undo: only the last lending or return at this desk is undone, and only once.")
    field = "barcode"
    status = 409


class ApprovalNeeded(RuleViolation):
    """What the rule of the unit names is lent once the leader has approved (art. 17)."""

    message = N_("{barcode} is lent to {name} only with the leader's approval ({needs}). Have it asked for first.")
    article = 17
    field = "barcode"


class BorrowerSeesNot(RuleViolation):
    """Nobody is handed what is out of their sight by now, as the file of a household that was withdrawn."""

    message = N_("{barcode} is out of the sight of {name}: file {code}. It is not handed out.")
    article = 17
    field = "barcode"


class NotOverdue(RuleViolation):
    """Who is in time is not reminded."""

    message = N_("{barcode} is due on {due_on}. It can be recalled with a reason.")
    status = 409


class RemindedAlready(RuleViolation):
    """Reminders leave time to come."""

    message = N_("The last reminder is of {on}. The next one may follow from {after} on.")
    status = 409


class RemindedThrice(RuleViolation):
    """After the third reminder it is on the superior's list."""

    message = N_(
        "{barcode} was reminded of three times and is on the list of the superior. If it is lost, report the loss."
    )
    article = 19
    status = 409


class NotALeader(RuleViolation):
    """Who decides lets others decide."""

    message = N_("Only the leader of {unit} names somebody in the leader's place.")
    field = "deputy"
    status = 403


class DeputyUnfit(RuleViolation):
    """Who stands in for the leader may see what is asked for."""

    message = N_(
        "{name} cannot stand in: it takes an open account with a role in {unit} itself, and not the leader's own."
    )
    field = "deputy"


class GrantedTooMany(RuleViolation):
    """The leader may shorten what is asked for."""

    message, message_plural = NN_(
        "Asked for is {days} day. Grant that.", "Asked for are {days} days. Grant 1 to {days}."
    )
    counted = "days"
    field = "granted_days"


class DelegationBackwards(RuleViolation):
    """A delegation has days to come."""

    message = N_("It ends on its first day or later, and not before today.")
    field = "until_on"


class DelegationInPast(RuleViolation):
    """Nobody was standing in before that was said."""

    message = N_("It begins today or later.")
    field = "from_on"


class DeputyForDeputy(RuleViolation):
    """Two who stand in do not decide for each other."""

    message = N_("{name} stands in for a leader of {unit} too. A leader decides on this request, not another deputy.")
    article = 17
    field = "reason"


class DelegationTooLong(RuleViolation):
    """A delegation is for an absence, and ends within a time that can be overseen."""

    message = N_("A delegation ends within {days} days of today. Name the deputy anew for what comes after.")
    field = "until_on"


class DelegatedAlready(RuleViolation):
    """One delegation to a person at a time."""

    message = N_("{name} stands in already, from {from_on} until {until_on}. Choose other days, or end that first.")
    field = "deputy"
    status = 409


class DelegationEnded(RuleViolation):
    """A delegation ends once."""

    message = N_("This has been ended already.")
    status = 409


class RequestsOpen(RuleViolation):
    """Who leaves waits for nothing any more."""

    message = N_("{name} still has open requests: {numbers}. Cancel them first.")
    article = 17


class BoxAskedFor(RuleViolation):
    """What somebody was promised stays as it was promised."""

    message = N_("Request {number} asks for box {barcode} as a whole. Serve or cancel it first.")
    article = 17
    field = "spot"
    status = 409


class ReportedAlready(RuleViolation):
    """One case for what happened to a copy on one loan (art. 19)."""

    message = N_("What happened to {barcode} on this loan is reported already, as {case}. Carry on there.")
    article = 19
    status = 409


class CaseStays(RuleViolation):
    """A case is never deleted (art. 19)."""

    message = N_("With its return {barcode} was reported as damaged, as {case}. Write there what is to be put right.")
    article = 19
    field = "barcode"
    status = 409


class TooLateToUndo(RuleViolation):
    """After a minute paper has changed hands for good."""

    message = N_("More than {seconds} seconds have passed. Take {barcode} back or lend it again instead.")
    field = "barcode"
    status = 409


class LaterStep(RuleViolation):
    """What others have built on is not undone."""

    message = N_("Something has happened to {barcode} since. Look at its path, then take it back or lend it again.")
    field = "barcode"
    status = 409
