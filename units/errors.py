"""What the union tree refuses."""

from web.language import N_
from web.rules import RuleViolation


class UnitNameTaken(RuleViolation):
    """Two sister units do not share a name."""

    message = N_("There already is a unit named {name} here.")
    field = "name"


class KindNotBelow(RuleViolation):
    """The tree leads from the municipal federation down to the workplace (art. 2, 7)."""

    message = N_("{kind} cannot be below {parent}. Choose a lower kind, or another superior unit.")
    field = "kind"


class BadFondsNumber(RuleViolation):
    """A fonds number 全宗号 is a letter and three or four digits (DA/T 13)."""

    message = N_("A fonds number is a capital letter and three or four digits, as in C038.")
    field = "fonds_number"


class FondsNumberTaken(RuleViolation):
    """A fonds number belongs to one creating unit."""

    message = N_("The fonds number {number} belongs to {unit}.")
    field = "fonds_number"


class NoFonds(RuleViolation):
    """Nothing can be filed under a unit without a fonds number in its line of superiors."""

    message = N_("Neither {unit} nor a superior unit has a fonds number. The system administrator enters one.")


class BadCreditCode(RuleViolation):
    """A unified social credit code carries a check sign (GB 32100)."""

    message = N_("The unified social credit code is not right: {reason}.")
    field = "credit_code"


class CreditCodeTaken(RuleViolation):
    """A unified social credit code belongs to one body."""

    message = N_("The unified social credit code {code} belongs to {unit}.")
    field = "credit_code"


class OutsideUnits(RuleViolation):
    """The tree is changed by those who manage that part of it."""

    message = N_("Your role does not reach {unit}.")
    field = "parent_id"
    status = 403


class UnitClosed(RuleViolation):
    """A unit that was closed keeps nothing any more; it stays in the tree as a closed node."""

    message = N_("{unit} was closed on {on} and keeps nothing any more. Name another unit.")
    article = 14
    field = "unit"
    status = 409


class UnitsBelowOpen(RuleViolation):
    """A unit is closed after those below it."""

    message = N_("{units} below {unit} are not closed yet. Close them first.")
    article = 14
    status = 409
