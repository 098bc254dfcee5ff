"""Forms of lending."""

from datetime import datetime

from wtforms import BooleanField, HiddenField, IntegerField
from wtforms.validators import Optional

from records.holdings.forms import ReturnedAs
from web.forms import AtMost, ChoiceField, CodeField, DayField, Form, Required, TextField
from web.language import lazy_gettext


class _ReturnedAs(ReturnedAs):
    """The same, where the paper may have to be put somewhere new."""

    spot = CodeField(lazy_gettext("Own box or place"), [AtMost(80)])


class DeskForm(_ReturnedAs):
    """One scan at the desk: the card of a person, the barcode of a copy, or both."""

    borrower = CodeField(lazy_gettext("Borrower: card number or sign-in name"), [AtMost(80)])
    barcode = CodeField(lazy_gettext("Barcode of the paper copy"), [AtMost(80)])
    days = IntegerField(lazy_gettext("Days"), [Optional()], render_kw={"inputmode": "numeric"})
    purpose = TextField(lazy_gettext("Purpose"), [Required(), AtMost(200)])
    despite = TextField(lazy_gettext("Lent though something is overdue, because"), [AtMost(200)])
    shown_at = HiddenField()

    @property
    def seen_at(self) -> datetime | None:
        """When the page was made from which the scan came; None where that is not known."""
        try:
            moment = datetime.fromisoformat(self.shown_at.data or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else None


class RenewalForm(Form):
    """How many days a loan is to run longer."""

    days = IntegerField(lazy_gettext("Days"), [Required()], render_kw={"inputmode": "numeric"})


class ReturnForm(_ReturnedAs):
    """How a copy came back."""

    remarks = TextField(lazy_gettext("Remarks"), [Optional(), AtMost(200)])


class AskForm(Form):
    """What a reader needs paper for, how long, and why paper where there is a digital copy."""

    purpose = TextField(lazy_gettext("Purpose"), [Required(), AtMost(200)])
    days = IntegerField(lazy_gettext("Days"), [Required()], render_kw={"inputmode": "numeric"})
    paper_reason = TextField(lazy_gettext("Why the paper itself is needed"), [AtMost(200)])
    partial = BooleanField(lazy_gettext("I take what is there, without the copies named as missing or out"))


class DecisionForm(Form):
    """The leader's opinion on a request."""

    verdict = HiddenField()
    reason = TextField(lazy_gettext("Opinion"), [AtMost(200)])
    granted_days = IntegerField(lazy_gettext("Days granted"), [Optional()], render_kw={"inputmode": "numeric"})


class HandOutForm(Form):
    """How long what was put aside is lent, and that what is not with it was said."""

    days = IntegerField(lazy_gettext("Days"), [Required()], render_kw={"inputmode": "numeric"})
    confirmed = BooleanField(lazy_gettext("Handed out without the copies named here"))
    despite = TextField(lazy_gettext("Lent though something is overdue, because"), [AtMost(200)])


class CancelForm(Form):
    """Why a request is taken back."""

    why = TextField(lazy_gettext("Reason"), [AtMost(200)])


class DelegationForm(Form):
    """Who stands in for the leader, when and why."""

    unit = ChoiceField(lazy_gettext("Unit"))
    deputy = CodeField(lazy_gettext("Who stands in: card number or sign-in name"), [Required(), AtMost(80)])
    from_on = DayField(lazy_gettext("From"), [Required()])
    until_on = DayField(lazy_gettext("Until"), [Required()])
    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(200)])


class RecallForm(Form):
    """Why a loan is called back."""

    recall_reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(200)])


class CaseForm(Form):
    """What happened to a copy that was lent: it was lost, or came back damaged."""

    what = ChoiceField(lazy_gettext("What"))
    happened = TextField(lazy_gettext("Course of events"), [Required(), AtMost(500)])


class PeriodForm(Form):
    """The keeping unit, the first and the last day of a register."""

    unit = ChoiceField(lazy_gettext("Keeping unit"))
    from_on = DayField(lazy_gettext("From"), [Required()])
    until_on = DayField(lazy_gettext("Until"), [Required()])
