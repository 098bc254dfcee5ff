"""What records of help refuse."""

from web.language import N_
from web.rules import RuleViolation


class NotAHousehold(RuleViolation):
    """Help is given to households, not to yearly files."""

    message = N_("{code} is a yearly file. Help is entered in the file of a household.")
    article = 6


class BadAmount(RuleViolation):
    """Help is an amount above nothing, in yuan and fen."""

    message = N_("The amount lies between 0.01 and {most} yuan, with at most two decimals.")
    field = "amount"


class GivenLater(RuleViolation):
    """Help is entered once it was given."""

    message = N_("The day of the help lies between {first} and today.")
    field = "given_on"


class GivenBeforeOpened(RuleViolation):
    """A household receives help from the day on which its file was opened, or established before the system."""

    message = N_("{code} was opened on {on}; help is entered from that day on.")
    article = 12
    field = "given_on"


class GivenAfterWithdrawal(RuleViolation):
    """A household that has left help receives none."""

    message = N_("{code} was withdrawn on {on}; help after that day belongs into a new determination.")
    article = 13
    field = "given_on"


class GivenBetween(RuleViolation):
    """A household that came back receives none of the days between its withdrawal and its return."""

    message = N_(
        "{code} was withdrawn on {on} and returned to help on {returned_on}; no help is entered of the days between."
    )
    article = 13
    field = "given_on"


class GivenWhileExcluded(RuleViolation):
    """Whom two people found to own what article 4 names is not helped until that is decided."""

    message = N_(
        "Since {on} it is under review whether {code} is withdrawn: two people have found what article 4 names. Help "
        "from that day on is entered once the household is kept."
    )
    article = 4
    field = "given_on"


class NotAVoucher(RuleViolation):
    """The voucher is a record of the financial part: voucher, bank slip or named-recipient summary."""

    message = N_("No accounting record within reach has the reference code {code}. Check the code of the voucher.")
    article = 6
    field = "voucher"


class AlreadyGiven(RuleViolation):
    """The same help is entered once."""

    message = N_("Help of this kind, day, amount and voucher is already entered for {code}.")
    article = 11
    status = 409


class NotYoursToEnter(RuleViolation):
    """Help is entered by the keeper of the household's file, or of the voucher that covers it."""

    message = N_("The file belongs to {unit}. Only its keeper, or the keeper of the voucher, enters help.")
    article = 7
    status = 403


class AlreadyStruck(RuleViolation):
    """A line is struck out once."""

    message = N_("This line was struck out on {on}.")
    status = 409
