"""What households refuse."""

from web.language import N_
from web.rules import RuleViolation


class BadIdNumber(RuleViolation):
    """A resident number 公民身份号码 carries a birth date and a check sign (GB 11643)."""

    message = N_("The ID number of {name} is not right: {reason}.")
    field = "number"


class AlreadyInActiveFile(RuleViolation):
    """One household, one active file: nobody is in two in the whole system."""

    message = N_(
        "{name} ({number}) is already in the active file {code}, kept by {unit}. "
        "Add what is new to that file, or ask its keeper to withdraw it."
    )
    article = 11
    field = "number"
    status = 409


class TwiceInHousehold(RuleViolation):
    """A person is entered once in a household."""

    message = N_("The ID number of {name} is entered twice in this household.")
    article = 11
    field = "number"


class OneWorker(RuleViolation):
    """A file is named after one worker."""

    message = N_("Exactly one member is the worker the file is named after.")
    field = "relation"
