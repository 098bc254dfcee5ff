"""What search refuses."""

from web.language import N_
from web.rules import RuleViolation


class QueryNotUnderstood(RuleViolation):
    """A date in a query that is none."""

    message = N_("“{part}” is not understood. Dates are written as 2026..2026-06 or 2026-11-23.")
    field = "q"
