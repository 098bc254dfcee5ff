"""What transfers, closings of units and changes of households refuse."""

from web.language import N_, NN_
from web.rules import RuleViolation


class OnTheWay(RuleViolation):
    """A file goes one way at a time."""

    message = N_("{code} is on its way to {unit} already, under {number}. Take that transfer back first.")
    article = 14
    status = 409


class SameUnit(RuleViolation):
    """A file passes to another unit than the one that keeps it."""

    message = N_("{unit} keeps the file already. Name another unit.")
    field = "to_unit"


class UnknownUnit(RuleViolation):
    """The receiving unit is one of the union tree."""

    message = N_("No open unit is named “{text}”. Write its whole name.")
    field = "to_unit"
    status = 404


class SeveralUnits(RuleViolation):
    """Units of different superiors may share a name."""

    message = N_("Several units are named so. Write one of these: {names}.")
    field = "to_unit"


class NotForKeepingOnBehalf(RuleViolation):
    """On behalf of a unit its own aid centre or the union next above it keeps files."""

    message = N_(
        "On behalf of {owner} its own aid centre or the union next above it keeps files: {keepers}."
        " Name one of them instead of {unit}."
    )
    article = 14
    field = "to_unit"


class OwnerGoesOn(RuleViolation):
    """What a unit that ends cannot hand over is kept on its behalf; one that goes on keeps its files itself."""

    message = N_(
        "{owner} is not being closed and keeps its files itself. Begin its closing first, or choose a reason"
        " other than “{reason}”."
    )
    article = 14
    field = "reason"


class NotKeptOnBehalf(RuleViolation):
    """Custody on behalf ends where there is one."""

    message = N_("{code} is not kept on behalf of another unit. Choose another reason.")
    article = 14
    field = "reason"


class OwnerKeepsItself(RuleViolation):
    """Nobody keeps on behalf of itself: what goes back to its owner is kept on behalf no longer."""

    message = N_(
        "{unit} is the owner of {code} and does not keep it on behalf of itself. Choose the reason “{reason}”."
    )
    article = 14
    field = "reason"


class OnlyActiveHouseholds(RuleViolation):
    """Re-employment and a change of home concern households that are still helped."""

    message = N_("{reason} concerns household files in force. Choose another reason for {code}.")
    article = 9
    field = "reason"


class WitnessIsAParty(RuleViolation):
    """Who gives, who receives and who witnesses are three people."""

    message = N_("{name} takes part in this transfer and cannot witness it. Name another person.")
    article = 14
    field = "witness"


class GiverReceives(RuleViolation):
    """Who offers or keeps a file and who receives it are two people, though one may keep files in both units."""

    message = N_(
        "{name} gives this file away and cannot receive it too. Another keeper of {unit} accepts it; where there is "
        "none, the security administrator grants somebody else that role."
    )
    article = 14
    field = "keeper"


class GiverFetches(GiverReceives):
    """A box is taken over by another person than who gave what lies in it."""

    message = N_(
        "{name} gave files away whose paper lies in box {barcode}, and cannot take it over too. Another keeper of "
        "{unit} does; where there is none, the security administrator grants somebody else that role."
    )
    field = "spot"


class OnlyReceiverWitnesses(RuleViolation):
    """A transfer before the only keeper of the receiving unit could be accepted by nobody."""

    message = N_("{name} is the only keeper of {unit}, who has to accept the file. Name another person as witness.")
    article = 14
    field = "witness"


class WitnessOutside(RuleViolation):
    """A witness is of the giving unit or of one above it, and may read its archives."""

    message = N_(
        "{name} holds no role that reads archives in {unit} or a unit above it, and cannot witness this transfer. "
        "Name another person."
    )
    article = 14
    field = "witness"


class TransferEnded(RuleViolation):
    """A transfer is answered once."""

    message = N_("{number} was answered already: {state}.")
    article = 14
    status = 409


class FileElsewhere(RuleViolation):
    """Only what the giving unit still keeps passes on."""

    message = N_("{code} is no longer with {unit}. Take this transfer back.")
    article = 14
    status = 409


class NoLongerThere(RuleViolation):
    """What a unit gives away, or a case of it names, is that unit's and no other's."""

    message = N_("{code} is no longer with {unit}. Look again at what it has.")
    article = 14
    status = 409


class OnlyReceiverAnswers(RuleViolation):
    """A keeper of the receiving unit accepts or refuses, nobody for it."""

    message = N_("Only a keeper of {unit} accepts or refuses this transfer.")
    article = 14
    status = 403


class OnlyGiverRecalls(RuleViolation):
    """The giving unit takes its proposal back."""

    message = N_("Only {unit} takes this transfer back.")
    article = 14
    status = 403


class NotTheEmployersUnion(RuleViolation):
    """Who is re-employed is determined afresh by the union of the new employer."""

    message = N_(
        "{unit} is no employer's union. After re-employment the new employer's union determines afresh and takes the "
        "file over; name that union."
    )
    article = 9
    field = "to_unit"


class DeterminationMissing(RuleViolation):
    """The old unit's duty ends with the new unit's own determination."""

    message = N_(
        "{name} works with {unit} now: enter the employer, the day of re-employment, and that unit's own determination "
        "with its day. Until then {giver} goes on keeping the file."
    )
    article = 9
    field = "determination"


class EmployerOfOtherUnit(RuleViolation):
    """The union that takes over who is re-employed is that of the new employer, as in an application (art. 8)."""

    message = N_(
        "{unit} is not the union of “{employer}”. Write the employer as its union is called, or its credit code; where "
        "the worker is employed elsewhere, refuse the file, so that it goes to the union there."
    )
    article = 9
    field = "employer"


class DeterminedOutOfTime(RuleViolation):
    """A determination is made afresh: on the day of the re-employment or after it, and before it is entered."""

    message = N_("The day of the determination lies between {reemployed_on}, the day of re-employment, and today.")
    article = 9
    field = "determined_on"


class ReemployedOutOfTime(RuleViolation):
    """Who is re-employed found work while the file was in force."""

    message = N_("The day of re-employment lies between {opened_on}, when the file was opened, and today.")
    article = 9
    field = "reemployed_on"


class KeeperOfOtherUnit(RuleViolation):
    """Who will answer for the file is a keeper of the receiving unit."""

    message = N_("{name} is not archive keeper of {unit}. Choose a keeper of that unit.")
    article = 16
    field = "keeper"


class BoxStillShared(RuleViolation):
    """A box passes as a whole when everything in it has passed."""

    message = N_(
        "Box {barcode} still holds paper of {unit}. Fetch the copies one by one, or wait until all have passed."
    )
    article = 14
    field = "barcode"


class BoxNotYours(RuleViolation):
    """A box is taken over by the unit that has received files from its unit."""

    message = N_("Box {barcode} belongs to {unit}. Only a unit that has received files from there takes it over.")
    article = 14
    status = 403
    field = "barcode"


class MayNotLead(RuleViolation):
    """A closing is led in the unit that ends, or by an approver of a union above it."""

    message = N_("The closing of {unit} is led by its keeper or approver, or by an approver of a higher union.")
    article = 14
    status = 403


class MayNotGiveUp(RuleViolation):
    """A unit does not undo the decision by which it ends."""

    message = N_("{number} is given up by who began it, or by an approver of a higher union.")
    article = 14
    status = 403


class ClosingUnderWay(RuleViolation):
    """A unit ends once."""

    message = N_("{unit} is being closed already, under {number}.")
    article = 14
    status = 409


class ClosingEnded(RuleViolation):
    """A closing that ended stays as it was."""

    message = N_("{number} is no longer under way.")
    article = 14
    status = 409


class RootStays(RuleViolation):
    """The topmost union has nobody to hand its files to."""

    message = N_("{unit} stands at the top of the tree and cannot be closed.")
    article = 14


class UnitStillKeeps(RuleViolation):
    """A unit cannot be closed while it owns files."""

    message = N_("{unit} cannot be closed yet. It still has {what}. Find a destination for all of it first.")
    article = 14
    status = 409


class FilesOnTheWay(RuleViolation):
    """What is offered to others is answered before a closing is given up."""

    message, message_plural = NN_(
        "{count} file is on its way under this case. Take that transfer back first.",
        "{count} files are on their way under this case. Take those transfers back first.",
    )
    article = 14
    status = 409


class NothingChosen(RuleViolation):
    """A destination is given to files."""

    message = N_("No file was chosen that still needs a destination.")
    article = 14


class NotForLodgedSets(RuleViolation):
    """The set lodged of a file lies at an aid centre or a higher union."""

    message = N_("Lodged sets are kept by an aid centre or a higher union; {unit} is neither. Choose another unit.")
    article = 14
    field = "centre"


class SetsOffered(RuleViolation):
    """The sets of a centre are offered to one unit at a time."""

    message = N_("The lodged sets are offered to {unit} already. Take that offer back first.")
    article = 14
    field = "centre"
    status = 409


class OffererTakesSets(RuleViolation):
    """Who offers lodged sets and who takes them are two people."""

    message = N_("You have offered these sets and do not take them too. Another keeper of {unit} takes them.")
    article = 14
    status = 409


class UnitEnds(RuleViolation):
    """A unit that ends gives what it has a destination, and begins nothing that it could not see through."""

    message = N_(
        "{unit} is being closed under {number}: it begins no application and takes no file any more. The unit that "
        "goes on does."
    )
    article = 14
    field = "unit"
    status = 409


class CentreEnds(RuleViolation):
    """A centre that ends moves the sets it has and takes no others."""

    message = N_(
        "{unit} is being closed under {number} and takes no sets any more. An officer of one of these lodges it: "
        "{others}."
    )
    article = 14
    field = "place"
    status = 409


class NoOtherCentre(CentreEnds):
    """Where nobody else lodges, the role is granted first."""

    message = N_(
        "{unit} is being closed under {number} and takes no sets any more. The security administrator grants the role "
        "of aid centre officer to somebody of the centre or higher union that takes its sets; that person lodges it."
    )


class NothingLodged(RuleViolation):
    """Sets move once."""

    message = N_("No lodged set lies at {unit} any more.")
    article = 14
    status = 409


class NobodyLeaves(RuleViolation):
    """A household parts when somebody leaves it."""

    message = N_("Say who leaves, and what each is to the worker of the new household.")
    article = 11


class PartedBySecondPerson(RuleViolation):
    """A file that is opened without an application is decided by a second person, as a return to help is."""

    message = N_("An approver of {unit} who never kept this file decides on the new file. Ask one to enter it.")
    article = 12
    status = 403


class NotEligibleApart(RuleViolation):
    """A household that parts has a file of its own if the figures of the day say that it qualifies."""

    message = N_(
        "The new household gets no file by parting: {why}. Have its members noted as having left; if they need help, "
        "they apply, and people judge in the procedure."
    )
    article = 3


class FindingOpen(RuleViolation):
    """What two people found of article 4 is decided in the file of which it was found, before its members move."""

    message = N_(
        "Since {on} it is under review whether {code} is withdrawn: two people have found what article 4 names. "
        "Withdraw it, have an approver keep it who did not propose that finding, or determine its class anew; a "
        "household that is kept parts or is joined then."
    )
    article = 4
    status = 409


class SameFile(RuleViolation):
    """Two files are joined, not one."""

    message = N_("{code} cannot be joined to itself. Name the other file.")
    article = 11
    field = "code"


class UnknownFile(RuleViolation):
    """The other file is one that the keeper changes too."""

    message = N_(
        "No household file of your unit has the code {code}. If another unit keeps it, it passes to your unit first."
    )
    article = 11
    field = "code"
    status = 404


class TransferNotAccepted(RuleViolation):
    """The transfer list is filed once the file has passed."""

    message = N_("{number} is not accepted. Its list is filed once the receiving unit has accepted the file.")
    article = 14
    status = 409


class ClosingNotCompleted(RuleViolation):
    """The list of a unit that ends is filed once nothing can be added to it."""

    message = N_("{unit} is not closed. The list of what it gave away is filed once it is.")
    article = 14
    status = 409


class FileInCleanUp(RuleViolation):
    """The unit whose clean-up lists a file looks at it, for the receiving unit never sees that list."""

    article = 13
    message = N_(
        "{code} is still open in the clean-up {year} of {unit}. Its keeper notes what came of it there, and where it "
        "is in the sample a second person checks that; then it is transferred."
    )
    status = 409
