"""Forms of help: one line, and why a line is struck out."""

from decimal import Decimal

from records.aid.models import AidKind
from records.files.forms import LongTextField
from records.households.forms import AmountField, choices_of
from web.forms import AtMost, ChoiceField, CodeField, DayField, Form, Required, TextField
from web.language import lazy_gettext

FUNDS = ("中央财政专项帮扶资金", "地方财政配套资金", "工会经费", "社会捐赠")


class AidForm(Form):
    """One line of help 帮扶记录."""

    given_on = DayField(lazy_gettext("Given on"), [Required()])
    kind = ChoiceField(lazy_gettext("Kind of help"), [Required()], choices=lambda: choices_of(list(AidKind)))
    amount = AmountField(
        lazy_gettext("Amount (yuan)"), [Required()], render_kw={"autocomplete": "off", "inputmode": "decimal"}
    )
    fund = TextField(lazy_gettext("Source of the money"), [Required(), AtMost(80)], render_kw={"list": "funds"})
    voucher = CodeField(lazy_gettext("Reference code of the voucher"), [AtMost(80)], render_kw={"spellcheck": "false"})
    remarks = LongTextField(lazy_gettext("Remarks"), [AtMost(300)], render_kw={"rows": 2})

    @property
    def amount_yuan(self) -> Decimal:
        """The amount, of a form that was read."""
        assert self.amount.data is not None  # noqa: S101 - it is required
        return self.amount.data


class StrikingForm(Form):
    """Why a line is struck out."""

    reason = TextField(lazy_gettext("Why the line is struck out"), [Required(), AtMost(200)])
