"""What upkeep refuses."""

from web.language import N_
from web.rules import RuleViolation


class IncomeUnknown(RuleViolation):
    """A class rests on the income per head (art. 3)."""

    message = N_("No income per head is on record of this household. Enter it first: the class is determined by it.")
    article = 3
    status = 409


class DeterminationWaits(RuleViolation):
    """One determination of a file is answered before the next is proposed."""

    message = N_("A determination of {on} waits for its confirmation. It is confirmed or taken back first.")
    article = 13
    status = 409


class DeterminationAnswered(RuleViolation):
    """A determination is answered once."""

    message = N_("This determination was answered on {on}.")
    article = 13
    status = 409


class ConfirmedBySecondPerson(RuleViolation):
    """Who proposed a class does not confirm it (art. 12)."""

    message = N_("A determination is confirmed by an approver of {unit} who did not propose it.")
    article = 12
    status = 403


class NoIncomeProof(RuleViolation):
    """An income rests on the proof of it, not on any paper of the file (art. 1)."""

    message = N_("“{title}” is no income proof. Add the income proof of today to the file first.")
    article = 1
    field = "document"


class ProofGone(RuleViolation):
    """What was cancelled, or never was in the file, proves nothing (art. 1)."""

    message = N_("The income proof is not in this file, or is not any more. A class is proposed on one that is.")
    article = 1
    field = "document"


class ProofNotAtHand(RuleViolation):
    """A bare title proves nothing: its paper or its bytes have to be there (art. 1)."""

    message = N_(
        "Of “{title}” neither paper nor a digital object is here. Register its paper or add the scan first; the class "
        "rests on it."
    )
    article = 1
    field = "document"


class ProofInDoubt(RuleViolation):
    """What is said to be forged or altered, or was found so, proves nothing (art. 1)."""

    message = N_(
        "“{title}” is under a case of forgery or alteration, or was found false in one. Rest the class on another "
        "proof, or wait until that case is closed as unfounded."
    )
    article = 1
    field = "document"


class FiguresSettle(RuleViolation):
    """People judge only what the figures leave open."""

    message = N_("The figures settle it: {found}. A class is chosen only where they do not; leave this open.")
    article = 3
    field = "hardship_class"


class FiguresChanged(RuleViolation):
    """What is confirmed holds on the day of the confirmation."""

    message = N_(
        "Income, its proof, members, cause, employment or the bounds of the place are other ones than when this was "
        "proposed. Refuse it, so that it is proposed anew by the figures of today."
    )
    article = 3
    status = 409


class NotYourCampaign(RuleViolation):
    """A clean-up is started by the unit itself or from above."""

    message = N_("A clean-up of {unit} is started by its keeper, its leader or a supervisor above it.")
    article = 13
    status = 403


class BadCleanUpYear(RuleViolation):
    """Files are cleaned up for the present year, or for the last one where that is outstanding."""

    message = N_("A clean-up is of {last} or of {this}.")
    article = 13
    field = "year"


class BadCleanUpDue(RuleViolation):
    """A campaign ends after it begins."""

    message = N_("The campaign ends on the day it begins or later.")
    article = 13
    field = "due_on"


class DueAfterYear(RuleViolation):
    """A clean-up is of a year and ends with it; one that is made up for after its year is late whenever it ends."""

    message = N_("The clean-up of {year} ends on {last} at the latest.")
    article = 13
    field = "due_on"


class NothingToCleanUp(RuleViolation):
    """Every unit below has its clean-up of the year, or no active file."""

    message = N_("Every unit from {unit} down with active household files has its clean-up of {year} already.")
    article = 13
    field = "unit_id"
    status = 409


class PartClosed(RuleViolation):
    """What a unit has closed stays as it was reported."""

    message = N_("{unit} closed its clean-up of {year} on {on}; its results stay as they were reported.")
    article = 13
    status = 409


class NotYourPart(RuleViolation):
    """The unit's own keeper looks at its files."""

    message = N_("The clean-up of {unit} is done by its own keeper; a superior checks the sample.")
    article = 7
    status = 403


class NoteMissing(RuleViolation):
    """A change or a request says what it is."""

    message = N_("Say what was changed, or which material is asked for.")
    article = 13
    field = "note"


class AskedOfArticle4(RuleViolation):
    """What article 4 excludes is not kept while it is asked whether the household is."""

    message = N_("{code} is under review for what article 4 excludes. Decide on that first, then note the result.")
    article = 4


class NothingAdjusted(RuleViolation):
    """The result 调整 says that the file was changed, on paper or on screen."""

    message = N_(
        "Nothing of {code} was changed since the clean-up began on {since}. Change the household, or note the change "
        "on paper, then note this result; where material is lacking, ask for it."
    )
    article = 13
    field = "result"


class ReasonMissing(RuleViolation):
    """A withdrawal has its reason and day."""

    message = N_("A withdrawal has a reason and a day.")
    article = 13
    field = "reason"


class NothingToCheck(RuleViolation):
    """The second look is at files drawn into the sample that have a result."""

    message = N_("{code} is not in the sample, or has no result yet.")
    article = 13


class SecondPersonNeeded(RuleViolation):
    """Nobody checks what they decided."""

    message = N_("You noted this result yourself. Have somebody else check it, in the unit or above it.")
    article = 13
    status = 403


class NotTheChecker(RuleViolation):
    """The second look is for those who keep, verify, lead or supervise."""

    message = N_("The sample of {unit} is checked by a second keeper, a verifier, its leader or a supervisor.")
    article = 13
    status = 403


class CleanUpUnfinished(RuleViolation):
    """A unit closes its part when every file has a result and every sampled one was checked."""

    message = N_("Still open: {what}.")
    article = 13
    status = 409


class UnknownEvidence(RuleViolation):
    """The proof lies in the same file."""

    message = N_("There is no item or paper copy {code} in this file.")
    article = 13
    field = "evidence_code"


class KeptElsewhere(RuleViolation):
    """A file is looked at by the unit that keeps it."""

    message = N_("{code} has passed to {unit}, which looks at it in its own clean-up.")
    article = 13
    status = 409


class WithdrawnAlready(RuleViolation):
    """What was withdrawn meanwhile has its result."""

    message = N_("{code} was withdrawn on {on}. Its result is withdrawal.")
    article = 13
    field = "result"
