"""Forms of a handover."""

from wtforms import HiddenField, PasswordField

from records.handover.models import Difference
from web.forms import AtMost, ChoiceField, CodeField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words


class StartForm(Form):
    """Who hands over, who receives, who witnesses, and why."""

    leaver = ChoiceField(lazy_gettext("Hands over"), [Required()])
    receiver = ChoiceField(lazy_gettext("Receives"), [Required()])
    witness = CodeField(lazy_gettext("Witness: card number or sign-in name"), [Required(), AtMost(80)])
    reason = TextField(lazy_gettext("Reason for the handover"), [Required(), AtMost(200)])


class ScanForm(Form):
    """One code on the list."""

    code = CodeField(lazy_gettext("Code or barcode of a file, box or paper copy"), [Required(), AtMost(80)])


class DifferenceForm(Form):
    """What was found otherwise than listed."""

    difference = ChoiceField(lazy_gettext("Found"), [Required()])
    reason = TextField(lazy_gettext("What was found, and what is known of it"), [Required(), AtMost(400)])


class CancelForm(Form):
    """Why a handover is given up."""

    reason = TextField(lazy_gettext("Reason for cancelling"), [Required(), AtMost(200)])


class SignForm(Form):
    """A signature by password under the list that was seen; the receiver also says where the printed list will lie."""

    seen = HiddenField()
    spot = CodeField(lazy_gettext("Barcode of the box or place for the printed list"), [AtMost(80)])
    password = PasswordField(
        lazy_gettext("Your password"), [Required(), AtMost(200)], render_kw={"autocomplete": "current-password"}
    )


def differences() -> list[tuple[str, str]]:
    """What may be found otherwise."""
    return [("", gettext("Choose")), *((one.value, words(one)) for one in Difference)]
