"""Forms of a handover."""

from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, TextAreaField

from classification.categories import Category
from records.handover.errors import YearsTurned
from records.handover.models import Difference
from web.forms import AtMost, ChangeForm, ChoiceField, CodeField, DayField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.numbers import year_number
from web.shown import words


class YearField(IntegerField):
    """A year, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        try:
            self.data = year_number(text) if text else None
        except ValueError as error:
            raise ValueError(gettext("A year is needed, as 2024.")) from error


class StartForm(Form):
    """Who hands over, who receives, who witnesses, and why."""

    leaver = ChoiceField(lazy_gettext("Hands over"), [Required()])
    receiver = ChoiceField(lazy_gettext("Receives"), [Required()])
    witness = CodeField(lazy_gettext("Witness: card number or sign-in name"), [Required(), AtMost(80)])
    reason = TextField(lazy_gettext("Reason for the handover"), [Required(), AtMost(200)])
    original = BooleanField(lazy_gettext("Household files and their boxes only"))
    accounting = BooleanField(lazy_gettext("Accounting files and their boxes only"))
    documentary = BooleanField(lazy_gettext("Daily work files and their boxes only"))
    first_year = YearField(lazy_gettext("From year"))
    last_year = YearField(lazy_gettext("Until year"))
    codes = TextAreaField(lazy_gettext("Only these files: a code in each line"), [AtMost(4_000)])
    place = CodeField(lazy_gettext("Only what lies here: barcode of a place"), [AtMost(80)])

    @property
    def categories(self) -> list[Category]:
        """Those that are ticked; none is all."""
        return [category for category in Category if self[category.value].data]

    @property
    def years(self) -> tuple[int, int] | None:
        """The first and the last year, one for both; raises YearsTurned."""
        named = [year for year in (self.first_year.data, self.last_year.data) if year is not None]
        if not named:
            return None
        if named[0] > named[-1]:
            raise YearsTurned
        return named[0], named[-1]

    @property
    def file_codes(self) -> list[str]:
        """The codes that were typed or scanned, one in each line."""
        return [line.strip() for line in (self.codes.data or "").splitlines() if line.strip()]


class AbsentForm(StartForm):
    """The same where the keeper cannot be reached or has died."""

    proof = TextField(lazy_gettext("What proves it"), [Required(), AtMost(200)])
    second_witness = CodeField(lazy_gettext("Second witness: card number or sign-in name"), [Required(), AtMost(80)])


class ScanForm(Form):
    """One code on the list."""

    code = CodeField(lazy_gettext("Code or barcode of a file, box or paper copy"), [Required(), AtMost(80)])


class DifferenceForm(Form):
    """What was found otherwise than listed."""

    difference = ChoiceField(lazy_gettext("Found"), [Required()])
    reason = TextField(lazy_gettext("What was found, and what is known of it"), [Required(), AtMost(400)])


class RefusalForm(Form):
    """Why a file or box is not taken over."""

    refusal = TextField(lazy_gettext("Why it is not taken over"), [Required(), AtMost(400)])


class ExtraForm(Form):
    """What was found and stands on no line."""

    extra_code = CodeField(lazy_gettext("Code or barcode, or what is written on it"), [Required(), AtMost(80)])
    extra_title = TextField(lazy_gettext("What it is"), [Required(), AtMost(200)])
    extra_reason = TextField(lazy_gettext("Where it was found"), [Required(), AtMost(400)])


class SettleForm(Form):
    """With what a case is settled."""

    evidence = TextField(lazy_gettext("What was done, and what proves it"), [Required(), AtMost(400)])


class StatementForm(Form):
    """What somebody knows of it."""

    statement = TextField(lazy_gettext("What you know of it"), [Required(), AtMost(400)])


class FoundForm(Form):
    """What was missing and is here."""

    code = CodeField(lazy_gettext("Code or barcode of what was found"), [Required(), AtMost(80)])


class PassForm(ChangeForm):
    """Who settles a case, and until when."""

    owner = CodeField(lazy_gettext("Settled by: card number or sign-in name"), [Required(), AtMost(80)])
    due_on = DayField(lazy_gettext("Settle by"), [Required()])


class CancelForm(Form):
    """Why a handover is given up."""

    reason = TextField(lazy_gettext("Reason for cancelling"), [Required(), AtMost(200)])


class WitnessForm(Form):
    """Who witnesses instead of whom, and why. A choice is the person who is replaced, by the number of the account."""

    replaced = ChoiceField(lazy_gettext("Witness to replace"), [Required()])
    witness = CodeField(lazy_gettext("New witness: card number or sign-in name"), [Required(), AtMost(80)])
    why = TextField(lazy_gettext("Reason for the replacement"), [Required(), AtMost(200)])


class SignForm(Form):
    """A signature by password under the list that was seen; the receiver also says where the printed list will lie."""

    seen = HiddenField()
    spot = CodeField(lazy_gettext("Barcode of the box or place for the printed list"), [AtMost(80)])
    password = PasswordField(
        lazy_gettext("Your password"), [Required(), AtMost(200)], render_kw={"autocomplete": "current-password"}
    )


def differences(*, on_loan: bool = True) -> list[tuple[str, str]]:
    """What may be found otherwise; of what is not on loan, not that it is here although it is."""
    unfit = {Difference.EXTRA} if on_loan else {Difference.EXTRA, Difference.SHELVED}
    return [("", gettext("Choose")), *((one.value, words(one)) for one in Difference if one not in unfit)]
