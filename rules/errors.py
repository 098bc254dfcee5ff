"""What rules refuse."""

from web.language import N_
from web.rules import RuleViolation


class RuleNotSet(RuleViolation):
    """What only the district can know has to be set before anything is decided by it."""

    message = N_(
        "{rule}: no value is in force for {unit} on {on}. Have the unit leader set it under “Rules” with its source."
    )
    article = 20


class BadRuleValue(RuleViolation):
    """A value is one that the rule can have."""

    message = N_("This is no value of “{rule}”: {reason}.")
    article = 20
    field = "value"


class LooserThanAbove(RuleViolation):
    """A district may tighten, never loosen."""

    message = N_("A district may tighten “{rule}”, never loosen it: {above} holds above {unit}.")
    article = 20
    field = "value"


class BeforeItsSource(RuleViolation):
    """A rule begins on the day of the paper it rests on, or later."""

    message = N_("The paper is dated {source_on}; a rule that rests on it begins on that day or later.")
    article = 20
    field = "in_force_from"


class PastDayWithoutReason(RuleViolation):
    """A value that begins on a day that has passed says why."""

    message = N_("{day} has passed. State why the value begins before today; what has been decided stays as it is.")
    article = 20
    field = "because"


class SamePaperOtherValue(RuleViolation):
    """A paper sets one value for a day; another one corrects what was typed wrongly, and says so."""

    message = N_(
        "By the same paper, {source}, {value} was set from {day} on. If that was typed wrongly, say here what is "
        "corrected; if another paper changed it, name that one as source."
    )
    article = 20
    field = "because"


class NotYourRules(RuleViolation):
    """The leader of a unit sets its rules."""

    message = N_("The rules of {unit} are set by its own leader; ask there.")
    article = 20
    status = 403


class BadPlan(RuleViolation):
    """A plan of working days says of each day what it is."""

    message = N_("This is no plan of {year}: {reason}.")
    field = "holidays"


class NotYourCalendar(RuleViolation):
    """The plan of working days is the same for every unit."""

    message = N_("The plan holds for every unit: the leader of the topmost unit or the system administrator loads it.")
    status = 403


class PlanKnown(RuleViolation):
    """A plan that is loaded already is corrected, never silently replaced."""

    message = N_("The plan of {year} is loaded already, from {source}. State why it is corrected.")
    field = "because"
    status = 409


class YearTooFar(RuleViolation):
    """The State Council publishes the plan of a year towards the end of the one before."""

    message = N_("The latest plan that can be published by now is that of {latest}.")
    field = "year"


class DayHasPassed(RuleViolation):
    """What is late by the calendar as it was known stays late, and what was in time was so."""

    message = N_("{day} has passed: deadlines were kept or missed by it. A correction says nothing else of such a day.")
    article = 13
    field = "holidays"


class YearHasBegun(RuleViolation):
    """A plan that deadlines run by is corrected, never taken away."""

    message = N_("{year} has begun: its plan is corrected, not taken back.")
    status = 409
