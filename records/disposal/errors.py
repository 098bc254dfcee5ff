"""What appraisal and destruction refuse; all of it rests on article 15, and on order 79 for accounting records."""

from web.language import N_, NN_
from web.rules import RuleViolation


class DisposalViolation(RuleViolation):
    """Nothing is destroyed but what is due, free, approved by others, waited for and watched."""

    article = 15


class MayNotLift(DisposalViolation):
    """A hold is lifted by whoever placed it, or by a leader."""

    message = N_("A hold in {unit} is lifted by the keeper who placed it, or by an approver of that unit.")
    status = 403


class MayNotHold(DisposalViolation):
    """A hold is placed in the own unit."""

    message = N_("A hold in {unit} is placed by its archive keeper or its approver.")
    status = 403


class SeparateFileMissing(DisposalViolation):
    """Vouchers of unsettled debts are pulled out and kept apart until they are settled (order 79, art. 19)."""

    message = N_(
        "Accounting records of unsettled accounts are pulled out into a separate file (order 79, article 19). Write "
        "where it is kept."
    )
    field = "separate_file"


class AlreadyLifted(DisposalViolation):
    """A lifted hold stays as it was."""

    message = N_("This hold was lifted by {name} already.")
    status = 409


class NothingDrawn(DisposalViolation):
    """A batch consists of what is due and free."""

    message = N_("None of what was chosen is due, free of holds, with its paper registered and in no other batch.")
    status = 409


class OtherUnitsRecord(DisposalViolation):
    """A batch is of one unit, whose approver decides on it."""

    message = N_("{code} is kept by {unit}. Choose {unit} as the unit of the batch, and tick records of one unit only.")
    field = "unit"


class TickedNotFree(DisposalViolation):
    """What was ticked is drawn whole or not at all: nobody finds later that something was left out."""

    message = N_(
        "Of what was ticked {count} cannot be drawn: held or drawn meanwhile, of another category, or kept by another "
        "unit. Load the list anew and tick again."
    )
    status = 409


class PaperFirst(DisposalViolation):
    """Paper that nobody registered can neither be counted nor destroyed; it would stay behind, forgotten."""

    message = N_(
        "{code} is on paper by its record, and not all of this paper is registered. Enter what it holds and register "
        "the paper where it lies first; then it is drawn."
    )
    field = "row"


class DestroysUnregistered(DisposalViolation):
    """Approval is neither asked for nor given to destroy paper that nobody could count."""

    message = N_(
        "{codes}: not all paper on record is registered, so that it can be neither counted nor destroyed. Register it "
        "where it lies, or let the group propose to keep or hold the file, before its destruction is approved."
    )
    status = 409


class TooManyLines(DisposalViolation):
    """A batch stays small enough to be appraised line by line."""

    message = N_("{number} records are too many for one batch; it takes at most {most}. Narrow the list.")


class BatchMoved(DisposalViolation):
    """Each step is taken in its own state."""

    message = N_("{number} is {state}; this step is not open to it.")
    status = 409


class LineSettled(DisposalViolation):
    """An opinion is given on what is still in the batch."""

    message = N_("Entry {position} is settled: {state}.")
    status = 409


class NothingChosen(DisposalViolation):
    """An opinion is on some line."""

    message = N_("No entry was chosen that waits for an opinion.")


class KeepTooShort(DisposalViolation):
    """What is kept on is kept longer than before, and past today; periods are minimums."""

    message = N_(
        "{code} has been kept until {last}; the new period of {years} years ends on {until}. Choose a longer one."
    )
    field = "keep"


class KeepNeedsPeriod(DisposalViolation):
    """What is kept on gets a new period."""

    message = N_("Choose for how long it is kept on.")
    field = "keep"


class KeepNeedsPaper(DisposalViolation):
    """What is of permanent value is not kept electronically alone."""

    message = N_(
        "{code} is there electronically alone, and what is kept for ever is kept on paper too. Register its paper copy "
        "and where it lies, or choose a number of years."
    )
    field = "keep"


class HoldNeedsKind(DisposalViolation):
    """A hold says what is open still."""

    message = N_("Choose why it is held.")
    field = "hold_kind"


class NamedTwice(DisposalViolation):
    """A person is in the group once."""

    message = N_("{name} is in the group already.")
    field = "name"


class NamedByAccount(DisposalViolation):
    """Who draws a batch is no second member of its group by a typed name."""

    message = N_(
        "{name} has an account here and is named by it. Where it is another person of that name, add what tells them "
        "apart, such as the body."
    )
    field = "name"


class NoAppraiser(DisposalViolation):
    """Who appraises belongs to the unions or to a body named beside them; outside inquirers do not (art. 17)."""

    message = N_("{name} holds no role that reads archives and cannot sit in the appraisal group.")
    field = "person"


class GroupIncomplete(DisposalViolation):
    """At least two appraise; accounting records are appraised by the four bodies that order 79 names."""

    message = N_("The appraisal group still lacks: {missing}.")


class OpinionsMissing(DisposalViolation):
    """Every line has an opinion before anybody is asked to approve."""

    message, message_plural = NN_(
        "{count} entry has no opinion yet.",
        "{count} entries have no opinion yet.",
    )


class OwnProposal(DisposalViolation):
    """Nobody approves what they proposed."""

    message = N_("{name} proposed {number}. Another approver of the unit decides.")
    status = 403


class OwnAppraisal(DisposalViolation):
    """Who appraised does not approve."""

    message = N_(
        "{name} is in the appraisal group of {number}, or was when an opinion was noted. Another approver of the unit "
        "decides; where there is none, the batch is given up and drawn anew with another group."
    )
    status = 403


class OwnOpinion(DisposalViolation):
    """Who gave an opinion on a line, or asked for the approval, does not approve."""

    message = N_("{name} noted an opinion in {number} or asked for its approval. Another approver of the unit decides.")
    status = 403


class OwnBackdating(DisposalViolation):
    """Who let the ten years of a file end sooner does not approve its destruction too."""

    message = N_(
        "{name} decided on the backdated day of withdrawal of {codes}, and does not approve the destruction as well. "
        "Another approver of the unit, or of a unit above it, decides on {number}."
    )
    status = 403


class NotTheApprover(DisposalViolation):
    """Destruction is approved by the unit whose records they are."""

    message = N_("Only an approver of {unit} decides on this batch.")
    status = 403


class PartOfOthers(DisposalViolation):
    """Order 79 asks for its parts where accounting records are destroyed, and for these alone."""

    message = N_("“{part}” does not sign for {category}.")
    field = "part"


class PartTaken(DisposalViolation):
    """One person for each part."""

    message = N_("“{part}” is {name} already.")
    field = "part"
    status = 409


class MayNotWatch(DisposalViolation):
    """Who watches had no part in the proposal, its appraisal, the approval or the destruction."""

    message = N_("{name} cannot witness the destruction of {number}: {part}.")
    field = "person"


class OwnWatch(DisposalViolation):
    """Who destroys is not one of those who watch."""

    message = N_("{name} watches the destruction of {number}. Another keeper of the unit begins it and carries it on.")
    status = 403


class WitnessSigned(DisposalViolation):
    """A signature is for what was destroyed before it; nothing is destroyed after it in the same batch."""

    message = N_(
        "{names} signed for what was destroyed in {number}, so that nothing more of it is destroyed. Let the other "
        "witnesses sign, then draw what is left anew."
    )
    status = 409


class NoReader(DisposalViolation):
    """Who signs comes from the union system."""

    message = N_("{name} holds no role that reads archives and cannot sign here.")
    field = "person"


class OtherUnitsPeople(DisposalViolation):
    """A superior reads and supervises; a unit beside has no business with the records (art. 7)."""

    article = 7
    message = N_(
        "{name} holds no role that reads archives in {unit} or in a unit above it. Those who sign for {unit} are "
        "people of its own or of its superior unions."
    )
    field = "person"


class NotTheHead(DisposalViolation):
    """The head of a unit is who decides for it (order 79, art. 18)."""

    message = N_("“{part}” is an approver of {unit} or of a unit above it; {name} is not.")
    field = "person"


class OwnPeopleFirst(DisposalViolation):
    """The clerks and heads of offices are those of the unit, as far as it has them (order 79, art. 18)."""

    message = N_(
        "{unit} has people of its own who may sign as “{part}”: {names}. Those of a superior union sign where it has "
        "nobody else."
    )
    field = "person"


class SignsTwice(DisposalViolation):
    """Who watches is counted once; the five opinions are those of five people."""

    message = N_("{name} is named here already.")
    field = "person"
    status = 409


class SignatureDue(DisposalViolation):
    """A destruction is witnessed to its end by those who began to."""

    message = N_(
        "{name} has still to sign in {numbers}. Let {name} sign, or name somebody else there, before the account is "
        "closed."
    )
    status = 409


class NotNamed(DisposalViolation):
    """Those sign who were named."""

    message = N_("{name} is not named to sign here, or has done so.")
    status = 403


class ListChanged(DisposalViolation):
    """A signature is for the list that was seen."""

    message = N_("The list has changed since this page was opened. Look at it again, then sign.")
    status = 409


class DecidedUnseen(DisposalViolation):
    """An approver decides on the list that was seen, as it is now."""

    message = N_("The list is not as it was shown any more. It now says what there is; look at it again, then decide.")
    status = 409


class StillWaiting(DisposalViolation):
    """Between approval and destruction lies the waiting period of the unit."""

    message = N_("{number} was approved on {approved_on} and waits until {until}. Nothing is destroyed before that.")
    status = 409


class TooFewWitnesses(DisposalViolation):
    """Two or more watch."""

    message, message_plural = NN_(
        "At least two witnesses count the list before anything is destroyed; {count} has.",
        "At least two witnesses count the list before anything is destroyed; {count} have.",
    )
    status = 409


class SignaturesMissing(DisposalViolation):
    """The five opinions of order 79, and its supervisors, are there before anything is destroyed."""

    message = N_("Still missing before accounting records are destroyed (order 79, article 18): {missing}.")
    status = 409


class NothingToDestroy(DisposalViolation):
    """There is something left to be destroyed."""

    message = N_("No entry of {number} is left to be destroyed. Close the batch instead.")
    status = 409


class SomethingLeft(DisposalViolation):
    """A batch is closed when every line has its result."""

    message, message_plural = NN_(
        "{count} entry of {number} waits still.",
        "{count} entries of {number} wait still.",
    )
    status = 409


class BytesLeft(DisposalViolation):
    """Witnesses sign when the bytes are gone."""

    message, message_plural = NN_(
        "{count} digital file is still being removed from the store. Try again in a moment.",
        "{count} digital files are still being removed from the store. Try again in a moment.",
    )
    status = 409


class NoKeeperLeft(DisposalViolation):
    """The list is filed by a keeper of the unit."""

    message = N_(
        "{unit} has no archive keeper who could file the list. The security administrator grants the role first."
    )


class FileInBatch(DisposalViolation):
    """What is being appraised or destroyed does not change hands meanwhile."""

    message = N_(
        "{code} is in the disposal batch {number}. Bring the batch to its end or give it up, then transfer it."
    )
    status = 409


class OnApprovedList(DisposalViolation):
    """What was approved and counted is what is destroyed: until then nothing is added to it or taken from it."""

    message = N_(
        "{code} is on the approved destruction list {number}; nothing is added to it, taken from it or described "
        "otherwise. If it is to be kept or corrected, place a hold on it first, which takes it off the list."
    )
    status = 409


class FileUnderHold(DisposalViolation):
    """A hold binds the unit that placed it."""

    message = N_("{code} is under hold ({kind}). Lift the hold first; the receiving unit places one of its own.")
    status = 409


class HeldForCase(DisposalViolation):
    """What is looked into is kept as it is until the case is closed (art. 7, 19)."""

    message = N_("This hold belongs to the open case {number}, and is lifted by closing that.")
    status = 409
