"""What lending refuses."""

from classification.articles import article
from records.files.errors import NotTheKeepersUnit
from web.language import N_
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


class CopyMissing(RuleViolation):
    """What is missing is not handed out until it is noted as found (art. 19)."""

    message = N_("{barcode} has been missing since {since}, case {case}. Note it found again there before it is lent.")
    article = 19
    field = "barcode"
    status = 409


class LoanTooLong(RuleViolation):
    """A loan ends within a month; who needs the paper longer renews it."""

    message = N_("A loan runs for 1 to {longest} days.")
    field = "days"


class PaperStillOut(RuleViolation):
    """Who leaves brings the paper back first."""

    message = N_("{name} still has {count} paper copies on loan: {barcodes}. Take them back first.")
    article = 17


class AlreadyReturned(RuleViolation):
    """A loan ends once."""

    message = N_("{barcode} was taken back on {on}.")
    status = 409


class AlreadyRenewed(RuleViolation):
    """A loan is renewed once."""

    message = N_("This loan has been renewed already. Take {barcode} back; it can then be lent anew.")
    field = "days"


class TooLateToRenew(RuleViolation):
    """A loan is renewed before it falls due."""

    message = N_("{barcode} was due on {due_on}. Take it back; it can then be lent anew.")
    field = "days"


class UnknownPerson(RuleViolation):
    """Whoever takes part is somebody known: the first scan of the desk, a witness, who signs."""

    message = N_("Nobody has the card number or sign-in name {text}.")
    field = "borrower"


class NobodyNamed(RuleViolation):
    """A copy that is in its place is lent to somebody."""

    message = N_("{barcode} is in its place. To lend it, scan the card of the borrower first.")
    field = "borrower"


class NotACopy(RuleViolation):
    """What is lent is a paper copy, known by its barcode."""

    field = "barcode"


class BoxScanned(NotACopy):
    """Boxes stay on their place."""

    message = N_("{barcode} is a box, on {address}. Boxes are not lent: scan the paper copy you take out of it.")


class PlaceScanned(NotACopy):
    """Places stay where they are."""

    message = N_("{barcode} is the place {address}. Scan the paper copy you take from it.")


class FileScanned(NotACopy):
    """A file is lent copy by copy, so that it stays known where each of them is."""

    message = N_("{code} is the code of the file “{title}”. Scan the barcode of each paper copy you take out of it.")


class ItemScanned(NotACopy):
    """An item may have several paper copies; the barcode says which one goes."""

    message = N_("{code} is the code of the item “{title}”. Its paper copies have the barcodes: {barcodes}.")


class NothingToUndo(RuleViolation):
    """A desk undoes the last thing it did, once."""

    message = N_("There is nothing to undo: only the last lending or return at this desk is undone, and only once.")
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
