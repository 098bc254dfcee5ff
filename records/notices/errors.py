"""What notices refuse."""

from web.language import N_
from web.rules import RuleViolation


class NoAddress(RuleViolation):
    """A digest goes to an address."""

    message = N_("{address} is no mail address. Write it as name@example.org.")
    field = "address"
