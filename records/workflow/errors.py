"""What the opening of a file refuses."""

from collections.abc import Sequence
from dataclasses import dataclass

from classification.text import Label
from records.sheets.errors import CellRefused
from web.language import N_, NN_
from web.rules import RuleViolation


@dataclass(frozen=True)
class CellFault:
    """What is wrong in one cell of a spreadsheet; rows are counted as the spreadsheet counts them."""

    row: int
    heading: str
    reason: Label | CellRefused

    def in_language(self, language: str) -> str:
        """The whole sentence, in Chinese for `zh`."""
        reason = self.reason.in_language(language).rstrip("。.")
        if language == "zh":
            return f"第 {self.row} 行“{self.heading}”：{reason}。"
        return f"Row {self.row}, “{self.heading}”: {reason}."


class WrongStep(RuleViolation):
    """The five steps follow one order, and none is skipped."""

    message = N_("{number} is at the step “{state}”. This is done at the step “{needed}”.")
    article = 12
    status = 409


class AlreadyApplying(RuleViolation):
    """One household, one file: nor are two applications for one person under way.

    `facts` has `application_id` and `unit_path` of the other one.
    """

    message = N_(
        "{name} ({number}) is in the application {code} of {unit}, entered by {keeper}. Ask there to complete or "
        "withdraw it."
    )
    article = 11
    field = "number"
    status = 409


class AppliedBefore(RuleViolation):
    """Who applied since the unit works with the system comes into a file by the procedure, not as one from before."""

    message = N_(
        "{name} ({number}) applied with {unit} already ({code}, {state}). A file from before is older than that; the "
        "household is filed by the application."
    )
    article = 12
    field = "number"
    status = 409


class NamedElsewhere(RuleViolation):
    """A name that another unit's files have too is not corrected on the way."""

    message = N_(
        "{name} also stands in a household of another unit. Type the ID number too and compare with the identity card."
    )
    article = 11
    field = "name"


class NotYourStep(RuleViolation):
    """Each step is taken by those whose task it is."""

    message = N_("This step is taken by: {who}. Ask there.")
    article = 12
    status = 403


class SamePersonAgain(RuleViolation):
    """Who fills in an application, verifies, reviews and lodges it are different people."""

    message = N_("{name} has acted in {number} as {part} already. Another person takes this step.")
    article = 12
    status = 403


class ReviewedFromBelow(RuleViolation):
    """The higher union reviews."""

    message = N_("The review is made by a reviewer of a unit above {unit}.")
    article = 12
    status = 403


class NoSuperior(RuleViolation):
    """Whoever is reviewed by a higher union has one."""

    message = N_("{unit} has no unit above it that could review. The file is made by a unit below it.")
    article = 12
    field = "unit_id"


class OtherUnitResponsible(RuleViolation):
    """The responsible unit follows from the employment; another one says why."""

    message = N_(
        "For this employment the file is made by: {responsible}. {unit} is another unit; state why it makes the file "
        "all the same."
    )
    article = 8
    field = "fallback_reason"


class AppliedLater(RuleViolation):
    """An application is entered after it was made."""

    message = N_("The day of the survey or application is not in the future.")
    field = "applied_on"


class AppliedLongAgo(RuleViolation):
    """An application is entered while what it says of the household is of late (art. 1: 真实、及时)."""

    message = N_(
        "An application is entered within {months} months of the day on which it was made: of {first} or later. What "
        "was applied for before that is applied for anew."
    )
    article = 1
    field = "applied_on"


class AppliedTooEarly(RuleViolation):
    """An application is that of a worker, under the rules on files of workers in difficulty (first of 2006)."""

    message = N_(
        "{name} could not apply before {first}: a worker is 16 at least, and files of workers in difficulty have been "
        "made since 2006."
    )
    article = 21
    field = "applied_on"


class StatementsMissing(RuleViolation):
    """What the decision rests on is stated before it is submitted."""

    message = N_("These are not stated yet: {missing}.")
    article = 3


class ExclusionsMissing(RuleViolation):
    """All four questions are answered before submission."""

    message = N_("These questions are not answered yet: {missing}.")
    article = 4


class Unsupported(RuleViolation):
    """What is stated of a household rests on a document with a date; an unsupported income is not submitted."""

    message = N_("No document is named for: {missing}. Name the one it rests on, with its date.")
    article = 1


class ProofTooOld(RuleViolation):
    """An income is that of the time at which it is stated (art. 1: 真实、及时)."""

    message = N_(
        "“{title}” is of {dated}. The income rests on a proof of {first} or later, {months} months before {on} at most;"
        " of a year or month alone the first day counts."
    )
    article = 1
    field = "document"


class ProofLapsed(ProofTooOld):
    """What an income rests on is of late on the day of every step that says yes to it, not only of the first one."""

    message = N_(
        "“{title}” is of {dated} and has become too old: on {on} the income rests on a proof of {first} or later. "
        "Return the application to be filled in, so that a newer proof is named and it is assessed anew."
    )
    status = 409


class RulesChanged(RuleViolation):
    """An application is decided by the rules of the day of its assessment, also where they were set later (art. 3)."""

    message = N_(
        "The rules of {on}, by which this was assessed, have been set anew since: {changed}. Return the application to "
        "be filled in, so that it is assessed anew."
    )
    article = 3
    status = 409


class CauseUnproven(RuleViolation):
    """A class that rests on a cause needs the document of the cause (art. 1, 3)."""

    message = N_("“{found}” rests on the cause, and no document proves it. Add: {missing}.")
    article = 1


class ProvenBeforeNotice(RuleViolation):
    """What proves a notice is made while it hangs, or after it (art. 12)."""

    message = N_("The notice hangs since {posted_on}. What proves it is not of {dated}, before it began.")
    article = 12
    field = "dated"


class NotEligible(RuleViolation):
    """Which class an approver decides on is one of article 3."""

    message = N_("Choose the class the household is admitted in.")
    article = 3
    field = "hardship_class"


class ConditionNotMet(RuleViolation):
    """People judge an income on the line, and below it months, relief and hardship; nothing else of the class."""

    message = N_(
        "“{admitted}” does not fit: {failing}. People judge only an income exactly on the line, or, of one below it, "
        "for how long, the relief and the hardship; everything else of the class has to be met."
    )
    article = 3
    field = "hardship_class"


class NoOverride(RuleViolation):
    """Only the rule on retirees knows an exception."""

    message = N_("{number} was refused on another ground than retirement. That is not overridden; apply anew.")
    article = 10
    status = 409


class NoticeRuns(RuleViolation):
    """A notice hangs for its whole time; what is said on its last day counts."""

    message = N_("The notice hangs through {last_on}. It is closed from the next day on.")
    article = 12
    status = 409


class ObjectionsOpen(RuleViolation):
    """Every objection is resolved before the notice is closed or a later step is taken."""

    message, message_plural = NN_(
        "{count} objection is not resolved yet. Resolve it first.",
        "{count} objections are not resolved yet. Resolve each of them first.",
    )
    article = 12
    status = 409


class NoticeUnproven(RuleViolation):
    """That a notice hung is proven by its photograph."""

    message = N_("The photograph of the notice as posted is missing. Add it to the documents as a digital picture.")
    article = 12


class NotAPhotograph(RuleViolation):
    """The photograph of a notice is a picture."""

    message = N_("The photograph of the notice is added as a picture while the notice hangs.")
    article = 12
    field = "upload"


class NotSinceTheNotice(RuleViolation):
    """Objections are raised from the first notice on."""

    message = N_("The notice was posted on {posted_on}; an objection is dated from that day to today.")
    article = 12
    field = "raised_on"


class ObjectionResolved(RuleViolation):
    """An objection is resolved once."""

    message = N_("This objection is resolved already.")
    article = 12
    status = 409


class NotToThisStep(RuleViolation):
    """A return goes back, never forward."""

    message = N_("A return leads to an earlier step than the present one.")
    article = 12
    field = "to"


class DocumentsMissing(RuleViolation):
    """A file has the required documents before it is lodged."""

    message = N_("The set is not complete: {missing}.")
    article = 6


class DocumentNamed(RuleViolation):
    """A document on which something rests is not taken away."""

    message = N_("“{title}” supports what is stated. Change the statement first.")
    article = 1
    status = 409


class SameBytes(RuleViolation):
    """The same bytes are added once."""

    message = N_("“{name}” is among the documents already.")
    field = "upload"
    status = 409


class KeptAsAnother(RuleViolation):
    """What the earlier file keeps of a household is not entered as another kind of document: it is kept once."""

    message = N_(
        "“{name}” is in the earlier file {code} already, as “{title}” ({kind}). Add it as that kind, or scan the paper "
        "anew."
    )
    article = 11
    field = "upload"
    status = 409


class NotReadable(RuleViolation):
    """Whoever verifies, reviews and lodges reads the documents; what cannot be read is none (DA/T 70, usability)."""

    message = N_("{name} is not taken: {finding} Choose a readable copy.")
    field = "upload"


class NotCompared(RuleViolation):
    """The original information form equals the electronic record before the file is lodged."""

    message = N_(
        "The information form has not been compared with the electronic record as it is now. Compare it first."
    )
    article = 6


class FormsDiffer(RuleViolation):
    """A mismatch blocks the file until it is corrected and compared anew."""

    message, message_plural = NN_(
        "The information form and the electronic record differ in {count} field. Correct the one that is wrong, "
        "then compare again.",
        "The information form and the electronic record differ in {count} fields. Correct the one that is wrong, "
        "then compare again.",
    )
    article = 6


class NoElectronicRecord(RuleViolation):
    """The electronic record is imported before it is compared."""

    message = N_("No imported record has this ID number. Import an export of the aid system that contains it.")
    article = 6


class BadSheet(RuleViolation):
    """A spreadsheet is taken in as a whole or not at all; `faults` lists what is wrong, by row and column."""

    message, message_plural = NN_(
        "The spreadsheet is not taken in: {count} cell is wrong. {first}",
        "The spreadsheet is not taken in: {count} cells are wrong. {first}",
    )
    article = 6
    field = "sheet"

    def __init__(self, faults: Sequence[CellFault]) -> None:
        super().__init__(count=len(faults), first=faults[0])
        self.faults = tuple(faults)


class NoSuchMember(RuleViolation):
    """An income is that of a member of the household."""

    message = N_("This person does not belong to the household.")
    field = "member"


class KeeperUnclear(RuleViolation):
    """A file has a keeper from its first day on, who holds that office (art. 16)."""

    message = N_(
        "{name} keeps no files of {unit} any more, and it is not clear who will keep this one. Where the unit has no "
        "keeper, one is named first; where it has several, the one who will keep it compares the form with the "
        "electronic record once more, then it is lodged."
    )
    article = 16
    status = 409


class PlaceNeeded(RuleViolation):
    """The copy lies somewhere."""

    message = N_("State where the lodged copy lies.")
    article = 12
    field = "place"


class LodgedAlready(RuleViolation):
    """Of a file one set lies at a centre."""

    message = N_("The set of {code} lies at {unit} already: {place}.")
    article = 12
    field = "place"
    status = 409


class NothingToLodge(RuleViolation):
    """A set is as large as its file."""

    message = N_("Nothing of {code} is filed yet. File its items first; the set is compared with them.")
    article = 12
    field = "place"


class EarlierFileKept(RuleViolation):
    """A household whose file was withdrawn is not entered a second time: the file it has is taken up again 返困."""

    message = N_(
        "The file of {name}, {code}, is kept by {unit} and was withdrawn on {on}. It is taken up again by an "
        "application, or by an approver of that unit; no second one is entered."
    )
    article = 11
    field = "number"
    status = 409


class EarlierFileElsewhere(RuleViolation):
    """A household that applies again goes on in its own file, which its unit hands over first."""

    message = N_(
        "The earlier file {code}, withdrawn, is kept by {unit}. Let it be transferred to {own} first (reason: moved); "
        "lodgement takes it up again instead of opening a second one."
    )
    article = 11
    status = 409
