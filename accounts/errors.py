"""What accounts refuse."""

from web.language import N_, NN_
from web.rules import RuleViolation


class SignInRefused(RuleViolation):
    """Name and password do not belong together, or the account is closed; which of them is not told."""

    message = N_("The name or the password is wrong.")
    field = "password"


class TooManyAttempts(RuleViolation):
    """Guessing is slowed down: ten wrong passwords for a name, or fifty from an address, in a quarter of an hour."""

    message, message_plural = NN_(
        "Too many wrong passwords. Try again in {minutes} minute.",
        "Too many wrong passwords. Try again in {minutes} minutes.",
    )
    counted = "minutes"
    field = "password"
    status = 429


class NameTaken(RuleViolation):
    """A sign-in name belongs to one person for ever."""

    message = N_("The sign-in name {name} is taken. Choose another one.")
    field = "name"


class BadName(RuleViolation):
    """Sign-in names are plain, so that they can be typed on any keyboard."""

    message = N_("A sign-in name has 2 to 40 lower-case letters, digits, dots or hyphens.")
    field = "name"


class NameReserved(RuleViolation):
    """The chain calls the command line and the machine by these names; nobody may be mistaken for them."""

    message = N_("The sign-in name {name} is reserved for the system. Choose another one.")
    field = "name"


class WeakPassword(RuleViolation):
    """Passwords are long rather than odd."""

    message = N_("A password has at least {length} characters and is not the sign-in name.")
    field = "password"


class WrongPassword(RuleViolation):
    """The present password must be given to change it, and to sign a list."""

    message = N_("The password is wrong.")
    field = "password"


class CardTaken(RuleViolation):
    """A reader's card belongs to one person."""

    message = N_("The card {number} belongs to {name}.")
    field = "card_number"


class AccountClosed(RuleViolation):
    """What is closed stays as it was."""

    message = N_("The account of {name} is closed. Open a new one if it is needed again.")


class AdministratorsPassword(RuleViolation):
    """Whoever could set the password of another administrator could act as that administrator (三员分立)."""

    message = N_(
        "{name} is {held}. The password of an administrator is set by its holder, or by the operator at the server."
    )
    field = "password"


class RolesKeptApart(RuleViolation):
    """The three administrators are three different people and do not handle archives (三员分立)."""

    message = N_(
        "{name} is {held}. The three administrators are three different people and hold no other role; "
        "end that role first or choose another person."
    )
    field = "role"


class InquirerKeptApart(RuleViolation):
    """An outside inquirer is nobody of the unions, and the other way round."""

    message = N_("{name} is {held}. An outside inquirer comes from outside the unions and holds no other role.")
    article = 17
    field = "role"


class BadCard(RuleViolation):
    """Card numbers are what readers can type."""

    message = N_("A card number has 1 to 40 letters, digits, dots or hyphens.")
    field = "card_number"


class RoleAlreadyHeld(RuleViolation):
    """A role is held once in a unit."""

    message = N_("{name} already holds this role in this unit.")
    field = "role"


class OutsideReach(RuleViolation):
    """Rights are given where the giver has them."""

    message = N_("Your own role does not reach this unit.")
    field = "unit"
    status = 403


class OwnRights(RuleViolation):
    """Nobody grants rights to themselves."""

    message = N_("Your own roles are changed by another security administrator.")
    field = "role"


class CustodyUnsigned(RuleViolation):
    """An account cannot be closed, nor the keeper's role ended, while custody is unsigned (art. 16)."""

    message = N_(
        "{name} still answers for {files} files, {boxes} boxes and {loans} open loans, in {units}. "
        "Carry out a handover in each of these units first; the account can be closed when all three have signed."
    )
    article = 16


class UnknownPerson(RuleViolation):
    """Whoever takes part is somebody known: who borrows, a witness, who signs."""

    message = N_("Nobody has the card number or sign-in name {text}.")

    def __init__(self, *, text: str, field: str) -> None:
        super().__init__(text=text)
        self.field = field
