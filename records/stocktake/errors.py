"""What a stocktake refuses; all of it rests on article 16."""

from web.language import N_, NN_
from web.rules import RuleViolation


class StocktakeViolation(RuleViolation):
    """Designated persons keep the archives and answer for their safety."""

    article = 16


class OverlapsOpen(StocktakeViolation):
    """A place is counted in one stocktake at a time."""

    message = N_("{number} is open and covers places of {address}. Close or cancel that one first, or join its count.")
    field = "place"
    status = 409


class BoxBeingCounted(StocktakeViolation):
    """What is counted stays as it was when the count began."""

    message = N_("{number} is counting the place of box {barcode}. Close or cancel that stocktake first.")
    field = "spot"
    status = 409


class ShelvesBeingCounted(StocktakeViolation):
    """A bay stands still while it is counted."""

    message = N_("{number} is counting places of {address}. Close or cancel that stocktake first.")
    field = "spot"
    status = 409


class SecondIsCounter(StocktakeViolation):
    """The report is signed by two people."""

    message = N_("{name} counts and cannot witness the same stocktake. Name another person.")
    field = "second"


class SecondReadsNothing(StocktakeViolation):
    """Who witnesses may see what is counted."""

    message = N_("{name} holds no role that reads all archives of {unit} and cannot witness its stocktake.")
    field = "second"


class NothingExpected(StocktakeViolation):
    """An empty shelf needs no count."""

    message = N_("By the register nothing lies on {address} or below it. There is nothing to count.")
    field = "place"


class StocktakeOver(StocktakeViolation):
    """A closed or cancelled stocktake is not changed."""

    message = N_("{number} is no longer open.")
    status = 409


class CountUnsigned(StocktakeViolation):
    """Both who count a stocktake sign its report."""

    message = N_("{name} has still to sign in {numbers}. Close or cancel the stocktake before the account is closed.")
    status = 409


class CountingEnded(StocktakeViolation):
    """Scans are taken while the stocktake is counted."""

    message = N_("Counting of {number} has ended. Resume it to scan more.")
    status = 409


class StillCounting(StocktakeViolation):
    """A report is signed when counting has ended."""

    message = N_("{number} is being counted. End the count first.")
    status = 409


class NoDifference(StocktakeViolation):
    """Only a difference needs an outcome."""

    message = N_("{barcode} is no difference now. Look at the line again.")
    status = 409


class SettledAlready(StocktakeViolation):
    """A difference is settled once."""

    message = N_("{barcode} was settled already: {outcome}.")
    status = 409


class OutcomeUnfit(StocktakeViolation):
    """Each kind of difference has its own outcomes."""

    message = N_("“{outcome}” is no outcome for what is “{finding}”. Choose another.")
    field = "outcome"


class ExplanationMissing(StocktakeViolation):
    """What is explained is explained in words."""

    message = N_("Say in words what was found out.")
    field = "text"


class NotACopy(StocktakeViolation):
    """A loan, a case and a place of its own are a copy's."""

    message = N_("{barcode} is no paper copy that the register knows. Explain what it is.")
    field = "outcome"


class NothingMissingInBox(StocktakeViolation):
    """A case is about paper; of a missing box it names the copies that are missing with it."""

    message = N_("No copy of box {barcode} is missing without an outcome. Explain the box.")
    field = "outcome"


class NotStruck(StocktakeViolation):
    """What was expected is counted or missing, never struck out."""

    message = N_("Only what was not expected and was scanned by mistake is struck out, once. {barcode} is not such.")
    status = 409


class ScanKnown(StocktakeViolation):
    """Only what no entry fits, and was scanned in a place or box, lies there without an entry."""

    message = N_("{barcode} was taken back or has an entry by now. Scan it again where it lies.")
    status = 409


class BackOnLoanList(StocktakeViolation):
    """A loan that is closed meanwhile is not closed again."""

    message = N_("{barcode} is not on loan any more. Scan it again where it lies.")
    status = 409


class Unsettled(StocktakeViolation):
    """A stocktake is closed when every difference has an outcome."""

    message, message_plural = NN_(
        "{count} difference has no outcome yet. Settle it, then sign.",
        "{count} differences have no outcome yet. Settle each of them, then sign.",
    )


class StillToPutBack(StocktakeViolation):
    """What is to be put back is put back before the stocktake is closed."""

    message, message_plural = NN_(
        "{count} copy is still to be put back. Scan it in its place, or confirm it on its line, then sign.",
        "{count} copies are still to be put back. Scan each in its place, or confirm it on its line, then sign.",
    )


class NotToPutBack(StocktakeViolation):
    """Only what waits to be put back is confirmed as put back."""

    message = N_("{barcode} does not wait to be put back.")
    status = 409


class LentSince(StocktakeViolation):
    """What a borrower has is not back in its place."""

    message = N_("{barcode} was lent since: {holder} has it. Settle it otherwise, as explained, and say so.")
    article = 17
    field = "outcome"
    status = 409


class MissingSince(StocktakeViolation):
    """What is missing is not back in its place."""

    message = N_("{barcode} is missing since {since}, case {case}. Settle it otherwise, as explained, and say so.")
    field = "outcome"
    status = 409


class MovedSince(StocktakeViolation):
    """What was registered elsewhere since is not to be put back where it was."""

    message = N_("{barcode} was moved since: it belongs at {where} now. Settle it otherwise, as explained, and say so.")
    field = "outcome"
    status = 409


class NotASigner(StocktakeViolation):
    """Two people sign, nobody for them."""

    message = N_("Only {counter} and {second} sign this report.")
    status = 403


class ReportChanged(StocktakeViolation):
    """A signature is for the report that was seen."""

    message = N_("The differences have changed since this page was opened. Look at them again, then sign.")
    status = 409


class SignedAlready(StocktakeViolation):
    """Everyone signs a report once."""

    message = N_("{name} has signed this report already.")
    status = 409
