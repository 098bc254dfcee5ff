"""Forms of upkeep."""

from dataclasses import replace
from datetime import date

from flask_babel.speaklater import LazyString
from wtforms import IntegerField
from wtforms.validators import Optional

from classification.hardship import HardshipClass
from records.files.forms import LongTextField
from records.files.living import ReviewGround
from records.files.models import WithdrawalReason
from records.households.forms import choices_of
from records.households.models import Cause
from records.upkeep.clean_up import Withdrawing
from records.upkeep.determining import Found
from records.upkeep.models import CleanUpResult
from records.workflow.forms import CircumstancesForm, OptionalChoiceField, answers
from records.workflow.models import StatementKind
from web.forms import AtMost, ChoiceField, CodeField, DayField, Form, Required, TextField
from web.language import lazy_gettext
from web.shown import words


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


class DeterminationForm(CircumstancesForm):
    """What was found out of a household whose class is determined, and what it rests on."""

    document = ChoiceField(lazy_gettext("Income proof in the file"), [Required()])
    second_cause = OptionalChoiceField(lazy_gettext("Second cause"), choices=lambda: choices_of(list(Cause)))
    third_cause = OptionalChoiceField(lazy_gettext("Third cause"), choices=lambda: choices_of(list(Cause)))
    hardship_class = OptionalChoiceField(
        lazy_gettext("Class, where figures do not settle it"), choices=lambda: choices_of(list(HardshipClass))
    )
    grounds = LongTextField(
        lazy_gettext("Why it is determined now, and what was found"),
        [Required(), AtMost(400)],
        render_kw={"rows": 2},
    )

    @property
    def judged(self) -> HardshipClass | None:
        """The class that people judge it to be, None for none."""
        return HardshipClass(self.hardship_class.data) if self.hardship_class.data else None

    @property
    def found(self) -> Found:
        """What the form says of the household."""
        return Found(
            months_below=self.months_below.data,
            relieved=self.relief.data == "yes",
            still_hard=self.still_hard.data == "yes",
            exclusions=self.exclusions,
            other_causes=frozenset(Cause(each.data) for each in (self.second_cause, self.third_cause) if each.data),
        )


class MigrantDeterminationForm(DeterminationForm):
    """The same of a migrant worker, who has joined a union or not."""

    union_member = ChoiceField(LazyString(words, StatementKind.UNION_MEMBER), [Required()], choices=answers)

    @property
    def found(self) -> Found:
        return replace(super().found, union_member=self.union_member.data == "yes")


class RefusalForm(Form):
    """Why a determination is not confirmed, or taken back."""

    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(300)])


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
