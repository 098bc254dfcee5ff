"""Forms of lending."""

from datetime import datetime

from wtforms import HiddenField, IntegerField
from wtforms.validators import Optional

from records.holdings.models import Condition
from web.forms import AtMost, ChoiceField, CodeField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words


def conditions() -> list[tuple[str, str]]:
    """The conditions a copy can come back in; the first choice leaves it as it went."""
    return [("", gettext("As it went")), *((one.value, words(one)) for one in Condition)]


class _ReturnedAs(Form):
    """What is noted of a copy that comes back."""

    condition = ChoiceField(lazy_gettext("Condition on return"))

    @property
    def returned_as(self) -> Condition | None:
        """The condition chosen, None for as it went."""
        return Condition(self.condition.data) if self.condition.data else None


class DeskForm(_ReturnedAs):
    """One scan at the desk: the card of a person, the barcode of a copy, or both."""

    borrower = CodeField(lazy_gettext("Borrower: card number or sign-in name"), [AtMost(80)])
    barcode = CodeField(lazy_gettext("Barcode of the paper copy"), [AtMost(80)])
    days = IntegerField(lazy_gettext("Days"), [Required()], render_kw={"inputmode": "numeric"})
    purpose = TextField(lazy_gettext("Purpose"), [Required(), AtMost(200)])
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
