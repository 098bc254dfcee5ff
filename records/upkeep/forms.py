"""Forms of upkeep."""

from datetime import date

from wtforms import IntegerField
from wtforms.validators import Optional

from records.files.living import ReviewGround
from records.files.models import WithdrawalReason
from records.households.forms import choices_of
from records.upkeep.clean_up import Withdrawing
from records.upkeep.models import CleanUpResult
from web.forms import AtMost, ChoiceField, CodeField, DayField, Form, Required, TextField
from web.language import lazy_gettext


def day_of(field: DayField) -> date:
    """The day of a field that has to be filled in, of a form that was read."""
    assert field.data is not None  # noqa: S101 - it is required
    return field.data


class ClosingForm(Form):
    """How and when the other side followed."""

    done_on = DayField(lazy_gettext("Followed on"), [Required()])
    evidence = TextField(lazy_gettext("How it followed"), [Required(), AtMost(300)])
    evidence_code = CodeField(lazy_gettext("Reference code or barcode of what proves it"), [Optional(), AtMost(80)])


class ByHandForm(Form):
    """A change that was made on paper."""

    on = DayField(lazy_gettext("Changed on"), [Required()])
    what = TextField(lazy_gettext("What was changed on paper"), [Required(), AtMost(300)])


class ReturnForm(Form):
    """A household that needs help again 返困."""

    on = DayField(lazy_gettext("Back in help on"), [Required()])
    reason = TextField(lazy_gettext("Why it needs help again"), [Required(), AtMost(300)])


class CorrectionForm(Form):
    """A withdrawal put right."""

    on = DayField(lazy_gettext("Withdrawn on"), [Required()])
    reason = ChoiceField(lazy_gettext("Reason"), [Required()], choices=lambda: choices_of(WithdrawalReason.choices()))
    correction = TextField(lazy_gettext("Why it is corrected"), [Required(), AtMost(300)])


class SuggestionForm(Form):
    """What came up of an active household; that it moved comes up with its transfer alone."""

    ground = ChoiceField(
        lazy_gettext("What came up"),
        [Required()],
        choices=lambda: choices_of([ground for ground in ReviewGround if ground is not ReviewGround.MOVED]),
    )
    found = TextField(lazy_gettext("What was found, and where"), [Required(), AtMost(300)])


class KeepingForm(Form):
    """Why a household stays in help."""

    reason = TextField(lazy_gettext("Why it stays in help"), [Required(), AtMost(300)])


class LeavingForm(Form):
    """As of when a household is withdrawn after a review, and why."""

    on = DayField(lazy_gettext("Withdrawn on"), [Required()])
    reason = TextField(lazy_gettext("What was established"), [Required(), AtMost(300)])


class CampaignForm(Form):
    """A clean-up to be started."""

    unit_id = ChoiceField(lazy_gettext("Unit, with all below it"), [Required()])
    year = IntegerField(lazy_gettext("Year"), [Required()], render_kw={"inputmode": "numeric"})
    due_on = DayField(lazy_gettext("To be closed by"), [Required()])


class ResultForm(Form):
    """What came of a file; the last two fields are for a withdrawal."""

    result = ChoiceField(lazy_gettext("Result"), [Required()], choices=lambda: choices_of(list(CleanUpResult)))
    note = TextField(lazy_gettext("What is changed, or asked for"), [Optional(), AtMost(300)])
    reason = ChoiceField(lazy_gettext("Reason"), default="", choices=lambda: choices_of(WithdrawalReason.choices()))
    on = DayField(lazy_gettext("Withdrawn on"), [Optional()])

    @property
    def withdrawing(self) -> Withdrawing | None:
        """Why and as of when the file is withdrawn, if both were given."""
        if not self.reason.data or self.on.data is None:
            return None
        return Withdrawing(WithdrawalReason(self.reason.data), self.on.data)


class CheckForm(Form):
    """What the second person says."""

    note = TextField(lazy_gettext("Remark"), [Optional(), AtMost(300)])


class SummaryForm(Form):
    """What a unit reports as it closes its part."""

    summary = TextField(lazy_gettext("Summary for the superior"), [Required(), AtMost(600)])
