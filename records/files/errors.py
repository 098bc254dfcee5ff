"""What files and items refuse."""

from web.language import N_
from web.rules import RuleViolation


class BadDate(RuleViolation):
    """A record is dated as far as its date is known (DA/T 18-2022)."""

    message = N_("“{text}” is not a date. Write 2026, 2026-09 or 2026-09-28, as far as it is known.")
    field = "dated"


class DatedAhead(RuleViolation):
    """A record is made before it is filed, and its date starts the clock of its retention (art. 15)."""

    message = N_("{dated} has not come yet. Give the date on which the record was made.")
    field = "dated"


class BadYear(RuleViolation):
    """A yearly file is opened for a year that has begun."""

    message = N_("The year lies between {first} and {last}.")
    field = "year"


class NotEmptyYearly(RuleViolation):
    """A file is what its contents are."""

    article = 15
    message = N_("{code} is no empty yearly file, and stays what it was opened as. Take out what was collected first.")
    status = 409


class UnknownDocumentType(RuleViolation):
    """Every item belongs to one part of the archives, by its document type."""

    message = N_("This kind of document does not belong into the {category}.")
    article = 6
    field = "document_type"


class UnknownRetentionClass(RuleViolation):
    """A retention class is a line of a schedule in force."""

    message = N_("There is no such retention class in force on {on}.")
    article = 15
    field = "retention_class"


class ClassOfOtherPart(RuleViolation):
    """Each part of the archives has its own retention rule."""

    message = N_("This retention class is not one of the {category}. Choose one that is offered.")
    article = 15
    field = "retention_class"


class NumberInTitle(RuleViolation):
    """A title names what a record is, and everybody who sees its file reads it (art. 17)."""

    message = N_("A resident number does not belong into a title. Leave it out: the household has it, sealed.")
    article = 17
    field = "title"


class KeptTooShort(RuleViolation):
    """Order 79 names its documents, and order 8 keeps deeds of custody for ever: periods are minimums."""

    message = N_("{kind}: kept by its own schedule, at least: {least}. Choose “{usual}” or a longer class.")
    article = 15
    field = "retention_class"


class PeriodsMixed(RuleViolation):
    """One accounting file holds records of one period (DA/T 22)."""

    message = N_(
        "This is kept {own}; {code} holds records kept {file}. File it in an accounting file of its own period."
    )
    article = 15
    field = "retention_class"


class OfALaterYear(RuleViolation):
    """The period of accounting records begins with the end of the accounting year of their file (order 79, art. 14)."""

    article = 15
    field = "dated"
    message = N_(
        "{dated} does not belong to the accounting year {year}, by whose end the period is counted. Enter it into the "
        "file of its own year; what settles the year is dated to the month, by June of the next one."
    )


class ScrappedBeforeMade(RuleViolation):
    """The card of a fixed asset 固定资产卡片 is older than the scrapping of the asset, which begins its period."""

    article = 15
    field = "scrapped_on"
    message = N_("The card is dated {dated}: the asset cannot have been scrapped before. Correct one of the two dates.")


class FiledAsItIs(RuleViolation):
    """A code once given is never edited, and it says form and period (DA/T 13)."""

    message = N_("It is filed as {code}. Its form, carrier and retention class stay as they were filed.")
    field = "retention_class"


class PeriodShortened(RuleViolation):
    """What is filed is never kept less long than it was; a wrong date that says so stays, and a remark tells it."""

    article = 15
    field = "dated"
    message = N_(
        "{code} is kept until {until}; so dated it would be kept until {then} only. Leave the date and note the right "
        "one in the remarks: what is filed is not made due earlier."
    )


class MadeDue(RuleViolation):
    """No correction of a day of withdrawal makes a file due at once; periods are minimums, so the longer one stays."""

    article = 15
    field = "on"
    message = N_(
        "{code} is kept until {until}; so corrected, its period would have ended on {then}. Leave the day and write "
        "the right one into the note in the file: no correction makes a file due."
    )


class AlreadyFiled(RuleViolation):
    """What is filed keeps its code for ever."""

    message = N_("It is already filed as {code}.")
    status = 409


class FileWithdrawn(RuleViolation):
    """A withdrawn file takes nothing more until the household returns to help."""

    message = N_("{code} was withdrawn on {on}. It takes no new material unless the household returns to help.")
    article = 13


class MadeAfterWithdrawal(RuleViolation):
    """Into a withdrawn file from before only what it held is entered: nothing that was made after its withdrawal."""

    message = N_(
        "{code} was withdrawn on {on}. Only what it held then is entered: a document dated {on} at the latest."
    )
    article = 13
    field = "dated"


class RecordDestroyed(RuleViolation):
    """What was destroyed stays a stub: its code, the list and the day; nothing is added to it or changed in it."""

    message = N_("{code} was destroyed on {on} under {list}. Only its entry remains.")
    article = 15
    status = 409


class NotAHouseholdFile(RuleViolation):
    """Only household files are withdrawn; yearly files run out by their period."""

    message = N_("{code} is a yearly file; only household files are withdrawn.")
    article = 15


class NothingToFollow(RuleViolation):
    """Paper and electronic file keep in step for households; yearly files are not in the aid system."""

    message = N_(
        "{code} is a yearly file. Only the files of households have an electronic side that follows the paper."
    )
    article = 13


class WithdrawnBeforeOpened(RuleViolation):
    """A file is withdrawn after it was opened, and not in the future."""

    message = N_("The day of withdrawal lies between {opened_on}, when the file was opened, and today.")
    field = "on"


class WithdrawnBeforeHelp(RuleViolation):
    """Whoever was helped had not left help: the ten years begin no earlier than the last help on record (art. 13)."""

    message = N_(
        "{code} received help on {helped_on}, so that it was not withdrawn before that day. Where this help is on "
        "record by mistake, have it struck or corrected first."
    )
    article = 13
    field = "on"


class WithdrawnBeforeConfirmed(RuleViolation):
    """The ten years begin no earlier than the union last signed that the household is in help (art. 13, 15)."""

    message = N_(
        "On {confirmed_on} {code} was confirmed as in help, by a determination of its class or a clean-up that is "
        "closed. It is withdrawn as of that day or a later one."
    )
    article = 13
    field = "on"


class Backdated(RuleViolation):
    """A withdrawal is backdated 倒签 by a second person: the day decides when the file falls due (art. 13, 15)."""

    message = N_(
        "{on} lies before {since}, the day of the last change or {days} days before the entry: the withdrawal is "
        "backdated. An approver of {unit} decides it who never kept this file, with written grounds."
    )
    article = 13
    field = "on"


class DayOfApprover(RuleViolation):
    """What an approver decided of a day of withdrawal, no keeper overturns (art. 13, 15)."""

    message = N_(
        "An approver put the withdrawal back to {on}, noted on {noted_on}. Another day is an approver's too: one of "
        "{unit} who never kept this file, with written grounds. The reason alone is the keeper's to correct."
    )
    article = 13
    field = "on"


class SaidTooLittle(RuleViolation):
    """What a decision or a proof rests on is said in a sentence, not by a mark."""

    message = N_("Say it in a sentence of at least {least} characters; marks are not counted.")

    def __init__(self, *, field: str, article: int, least: int) -> None:
        super().__init__(least=least)
        self.field, self.article = field, article


class NotTheKeepersUnit(RuleViolation):
    """A superior reads and inspects files of subordinate units, but does not edit them."""

    message = N_("This file belongs to {unit}. Only its own keeper changes it; ask there.")
    article = 7
    status = 403


class NoKeeperAnyMore(RuleViolation):
    """Every file and box has a keeper who answers for it: one with an open account and the role in its unit."""

    message = N_("{name} is no longer archive keeper of {unit}. Name a keeper of that unit.")
    article = 16
    field = "keeper"
    status = 409


class FileActive(RuleViolation):
    """A household returns to help from a withdrawn file."""

    message = N_("{code} is active; there is no withdrawal to be ended or corrected.")
    article = 13
    status = 409


class FileJoined(RuleViolation):
    """A file that was joined with another one is not taken up again: its household lives in the other (art. 11)."""

    message = N_("{code} was joined to {other}, kept by {unit}. The household goes on there.")
    article = 11
    status = 409


class ReasonOfJoining(RuleViolation):
    """Joining two files is done with both of them, never by the reason of a withdrawal alone (art. 11)."""

    message = N_(
        "“Joined to another file” is not chosen: join the two files from the file page. Choose another reason."
    )
    article = 11
    field = "reason"


class WorkerGone(RuleViolation):
    """A household in help has its worker; the file of one whose members have left is not taken up again (art. 11)."""

    message = N_(
        "The worker of {code} is no longer in this household. The household returns to help where its worker is."
    )
    article = 11
    status = 409


class ReturnOfSecondPerson(RuleViolation):
    """A return to help is decided by a second person; the keeper's way is an application (art. 12, 13)."""

    message = N_(
        "A return to help is decided by an approver of {unit}, and not by who withdrew the file. As a keeper, take an "
        "application of the household: it leads back to the same file."
    )
    article = 13
    status = 403


class WorkerDied(RuleViolation):
    """Nobody returns to help who is said to have died (art. 13)."""

    message = N_(
        "{code} was withdrawn because {name} died, who is still the worker of this household. Correct the withdrawal "
        "first, if that is wrong."
    )
    article = 13
    status = 409


class ReturnedBeforeWithdrawn(RuleViolation):
    """A household returns after it left, and not in the future."""

    message = N_("The day of return lies between {withdrawn_on}, when the file was withdrawn, and today.")
    article = 13
    field = "on"


class WithdrawnBeforeReturn(RuleViolation):
    """A household that has returned leaves again after that."""

    message = N_("The household returned on {returned_on}. It can be withdrawn again from that day until today.")
    article = 13
    field = "on"


class NothingCorrected(RuleViolation):
    """A correction says something else than what stands there."""

    message = N_("{code} is withdrawn as of {on} for this reason already.")
    field = "on"


class ChangedOutsideFile(RuleViolation):
    """A change on paper is noted of the time since the file was opened."""

    message = N_("The day of the change lies between {opened_on}, when the file was opened, and today.")
    article = 13
    field = "on"


class DutyClosed(RuleViolation):
    """What has followed is not closed again; a further change opens a duty of its own."""

    message = N_("This duty was closed on {on}. A further change opens one of its own.")
    article = 13
    status = 409


class FollowedTooEarly(RuleViolation):
    """A carrier follows the last of the changes, and not in the future."""

    message = N_("The last of the changes is of {last}; the other side can have followed from that day until today.")
    article = 13
    field = "done_on"


class ReviewDecided(RuleViolation):
    """A review is decided once."""

    message = N_("This was decided on {on}.")
    article = 13
    status = 409


class KeptBySecondPerson(RuleViolation):
    """What two people have found is not set aside by one of them, nor by another keeper alone (art. 4, 12)."""

    message = N_(
        "Two people have found this. It is kept by an approver of {unit} who did not propose it, or by a determination "
        "that finds otherwise."
    )
    article = 12
    field = "reason"
    status = 403


class RetireeKeptByApprover(RuleViolation):
    """In principle no file is kept of retirees under socialised management; a leader lets one in by a reason."""

    message = N_(
        "A retiree may be under socialised management, of whom in principle no file is kept. An approver of {unit} who "
        "did not note it decides with the reason whether help goes on."
    )
    article = 10
    field = "reason"
    status = 403


class NoteOfOneHand(RuleViolation):
    """Who arranged a file does not check it (DA/T 22)."""

    message = N_("{name} arranged this file. Its note is checked by somebody else.")
    status = 403


class NotTheCheckers(RuleViolation):
    """A note is checked within the unit that keeps the file."""

    message = N_("The note is checked by a keeper, verifier or approver of {unit}.")
    article = 7
    status = 403


class NoteNotOpen(RuleViolation):
    """Only the last version is checked, and once."""

    message = N_("There is no note here that waits to be checked.")
    status = 409


class NotFromBefore(RuleViolation):
    """What is established since the unit works with the system goes through the whole procedure (art. 11, 12)."""

    message = N_(
        "Only what was established before {since}, when the unit began to work with this system, is entered so. What "
        "is established on {on} is one file of one household (article 11), opened by application: survey, notice, "
        "verification, review and lodgement."
    )
    article = 12
    field = "established_on"


class FiledBefore(RuleViolation):
    """Who has opened files by the procedure works with the system: the day is not moved past the first of them."""

    message = N_(
        "{unit} has opened files by the procedure since {on}. The day from which it works with the system is not "
        "later, or new households would be entered as files from before."
    )
    article = 12
    field = "value"


class WorkerTooYoung(RuleViolation):
    """A worker in difficulty is of working age (art. 3)."""

    message = N_(
        "By the ID number the worker was born in {year} and was not yet {age} on {on}. Check the number and the day."
    )
    article = 3
    field = "established_on"


class DayOutOfReach(RuleViolation):
    """A file of a worker in difficulty is as old as the rules on them at most (art. 21), and not of tomorrow."""

    message = N_("The day lies between {first} and today.")
    article = 21
    field = "established_on"
