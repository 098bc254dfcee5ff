"""Forms of accounts."""

from wtforms import HiddenField, PasswordField

from web.forms import AtMost, Form, Required, TextField
from web.language import lazy_gettext


class SignInForm(Form):
    """Name and password; `resume` carries a form that was sent after its session had lapsed, signed."""

    name = TextField(lazy_gettext("Sign-in name"), [Required(), AtMost(40)], render_kw={"autocomplete": "username"})
    password = PasswordField(
        lazy_gettext("Password"), [Required(), AtMost(200)], render_kw={"autocomplete": "current-password"}
    )
    resume = HiddenField()


class PasswordForm(Form):
    """The present password and a new one."""

    password = PasswordField(
        lazy_gettext("Present password"), [Required()], render_kw={"autocomplete": "current-password"}
    )
    new_password = PasswordField(
        lazy_gettext("New password"), [Required(), AtMost(200)], render_kw={"autocomplete": "new-password"}
    )
