"""Forms of units and of the people in them."""

from collections.abc import Iterable, Sequence

from wtforms import PasswordField

from accounts.roles import Role
from classification.codes import Layout
from classification.text import LabelledEnum
from units.models import Unit, UnitKind
from web.forms import AtMost, ChoiceField, CodeField, Form, Required, TextField
from web.language import lazy_gettext
from web.shown import words

Choices = list[tuple[int | str, str]]


class UnitForm(Form):
    """What can be changed of a unit."""

    name = TextField(lazy_gettext("Name"), [Required(), AtMost(100)])
    fonds_number = CodeField(lazy_gettext("Fonds number"), [AtMost(5)])
    code_layout = ChoiceField(lazy_gettext("Layout of reference codes"), [Required()])
    credit_code = CodeField(lazy_gettext("Unified social credit code"), [AtMost(40)])


class FoundUnitForm(UnitForm):
    """A new unit and its place in the tree."""

    parent_id = ChoiceField(lazy_gettext("Superior unit"), [Required()], coerce=int)
    kind = ChoiceField(lazy_gettext("Kind of unit"), [Required()])


class AccountForm(Form):
    """A new account."""

    display_name = TextField(lazy_gettext("Person's name"), [Required(), AtMost(40)])
    name = TextField(lazy_gettext("Sign-in name"), [Required(), AtMost(40)], render_kw={"autocomplete": "off"})
    unit = ChoiceField(lazy_gettext("Unit"), [Required()], coerce=int)
    position = TextField(lazy_gettext("Position"), [AtMost(40)])
    card_number = CodeField(lazy_gettext("Card number"), [AtMost(40)])
    password = PasswordField(
        lazy_gettext("First password"), [Required(), AtMost(200)], render_kw={"autocomplete": "new-password"}
    )


class GrantForm(Form):
    """A role in a unit."""

    role = ChoiceField(lazy_gettext("Role"), [Required()])
    unit = ChoiceField(lazy_gettext("Unit"), [Required()], coerce=int)


class NewPasswordForm(Form):
    """A password set by the administrator."""

    password = PasswordField(
        lazy_gettext("New password"), [Required(), AtMost(200)], render_kw={"autocomplete": "new-password"}
    )


def kinds() -> Choices:
    return _members(UnitKind)


def layouts() -> Choices:
    return _members(Layout)


def roles() -> Choices:
    return _members(Role)


def tree(units: Sequence[Unit]) -> Choices:
    """Units to choose from, each set in below its superior."""
    top = min((unit.depth for unit in units), default=0)
    return [(unit.id, "\u3000" * (unit.depth - top) + unit.name) for unit in units]


def _members(enum: Iterable[LabelledEnum]) -> Choices:
    return [(member.value, words(member)) for member in enum]
