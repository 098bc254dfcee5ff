"""Forms of a stocktake."""

from collections.abc import Iterable

from wtforms import HiddenField, PasswordField
from wtforms.validators import Optional

from records.stocktake.models import Outcome
from web.forms import AtMost, ChoiceField, CodeField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words


class StartForm(Form):
    """What is counted, and who witnesses it."""

    place = CodeField(lazy_gettext("Barcode of the place; all below it is counted too"), [Required(), AtMost(80)])
    second = CodeField(lazy_gettext("Witness of the count: card number or sign-in name"), [Required(), AtMost(80)])


class ScanForm(Form):
    """One scan, where the page has no script."""

    code = CodeField(lazy_gettext("Place or box, then the barcodes in it"), [Required(), AtMost(80)])


class SettleForm(Form):
    """The outcome of a difference, who answers for it, and what was found out."""

    outcome = ChoiceField(lazy_gettext("Outcome"), [Required()])
    owner = CodeField(lazy_gettext("Owner: card number or sign-in name"), [Optional(), AtMost(80)])
    text = TextField(lazy_gettext("What was found out"), [Optional(), AtMost(400)])


class StrikeForm(Form):
    """Why a line is struck out as scanned by mistake."""

    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(200)])


class CancelForm(Form):
    """Why a stocktake is given up."""

    reason = TextField(lazy_gettext("Reason for cancelling"), [Required(), AtMost(200)])


class SignForm(Form):
    """A signature by password under the report that was seen."""

    seen = HiddenField()
    password = PasswordField(
        lazy_gettext("Your password"), [Required(), AtMost(200)], render_kw={"autocomplete": "current-password"}
    )


def outcomes(offered: Iterable[Outcome]) -> list[tuple[str, str]]:
    """The outcomes offered, as choices."""
    return [("", gettext("Choose")), *((one.value, words(one)) for one in offered)]
