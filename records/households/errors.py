"""What households refuse."""

from web.language import N_
from web.rules import RuleViolation


class OfMember(RuleViolation):
    """A refusal about one person of the form; `field` names the input of the very line it came from."""

    def __init__(self, *, field: str = "number", **facts: object) -> None:
        super().__init__(**facts)
        self.field = field


class BadIdNumber(OfMember):
    """A resident number 公民身份号码 carries a birth date and a check sign (GB 11643)."""

    message = N_("The ID number of {name} is not right: {reason}.")


class IdNumberMissing(OfMember):
    """Only a newborn child is entered before it has a number: without numbers art. 11 could not be held."""

    message = N_("The ID number of {name} is missing. Only a newborn child is entered without one.")
    article = 11


class NamedOtherwise(OfMember):
    """A number is one person in the whole system; another name is a slip, or 更名 that was seen on the identity card.

    It does not say under which name: whoever mistyped a number learns of nobody. `field` names the tick box.
    """

    message = N_(
        "The ID number given for {name} is on record under another name. Check number and name; if the name was "
        "changed, look at the identity card and tick this box."
    )
    article = 11


class NameNotCompared(OfMember):
    """A name on record becomes another one by what an identity card says, not by what somebody heard.

    `field` names the tick box.
    """

    message = N_(
        "Another name is put down for {name} only as the identity card or household register says it. Compare both, "
        "and tick this box."
    )
    article = 11


class NumberOnRecord(OfMember):
    """A number is one person; another number is another person."""

    message = N_(
        "An ID number of {name} is on record. Another number is another person: note that this one has left, and add "
        "the other."
    )
    article = 11


class AlreadyInActiveFile(OfMember):
    """One household, one active file: nobody is in two in the whole system.

    Besides what the sentence says, `facts` has `file_id`, `unit_path` and `keeper` of the file that has the person.
    """

    message = N_(
        "{name} ({number}) is already in the active file {code}, kept by {unit}. "
        "Add what is new to that file, or ask its keeper to withdraw it."
    )
    article = 11
    status = 409


class TwiceInHousehold(OfMember):
    """A person is entered once in a household."""

    message = N_("The ID number of {name} is entered twice in this household.")
    article = 11


class OneWorker(RuleViolation):
    """A file is named after one worker."""

    message = N_("Exactly one member is the worker the file is named after.")
    field = "relation"


class EmployerMissing(RuleViolation):
    """The employer's union keeps the file of an employed worker."""

    message = N_("Name the employer: the employer's union keeps the file of an employed worker.")
    article = 8
    field = "employer"


class LeftBeforeJoined(RuleViolation):
    """A member leaves after having joined, and not in the future."""

    message = N_("The day lies between {joined_on}, when {name} was entered, and today.")
    field = "left_on"
