"""What search refuses."""

from web.language import N_
from web.rules import RuleViolation


class QueryTooLong(RuleViolation):
    """A search is a few words; an address cannot carry a whole page."""

    message = N_("At most {most} characters are searched for at once. Search for less.")
    field = "q"


class QueryNotUnderstood(RuleViolation):
    """A date in a query that is none."""

    message = N_("“{part}” is not understood. Dates are written as 2026..2026-06 or 2026-11-23.")
    field = "q"
