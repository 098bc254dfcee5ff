"""Forms of transfers, closings of units, and households that part or join."""

from collections.abc import Sequence
from datetime import date

from flask import request
from flask_babel.speaklater import LazyString
from wtforms import Field
from wtforms.validators import ValidationError

from records.closing.determined import Reemployment
from records.closing.families import NewHousehold
from records.closing.models import FamilyChange, TransferReason
from records.files.forms import LongTextField
from records.households.forms import AmountField, HouseholdDataForm, choices_of
from records.households.models import Cause, Employment, Member, Relation
from records.workflow.forms import CircumstancesForm, OptionalChoiceField, answers
from records.workflow.models import StatementKind
from web.forms import AtMost, ChoiceField, CodeField, DayField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words

STAYS = "stays"


class DestinationForm(Form):
    """Where files go, why, and who witnesses it."""

    to_unit = TextField(
        lazy_gettext("Receiving unit"), [Required(), AtMost(200)], render_kw={"list": "units", "autocomplete": "off"}
    )
    reason = ChoiceField(lazy_gettext("Reason for the transfer"), [Required()])
    grounds = LongTextField(lazy_gettext("Grounds"), [Required(), AtMost(400)], render_kw={"rows": 2})
    witness = CodeField(lazy_gettext("Witness: card number or sign-in name"), [Required(), AtMost(80)])


class LodgedSetsForm(Form):
    """Who is to take the sets lodged at a unit that ends, and why."""

    centre = ChoiceField(lazy_gettext("Centre that takes them"), [Required()])
    set_reason = TextField(lazy_gettext("Reason for moving them"), [Required(), AtMost(200)])


class TakeSetsForm(Form):
    """Where the lodged sets that are taken lie."""

    set_place = TextField(lazy_gettext("Place of the copy"), [Required(), AtMost(120)])


class AcceptForm(Form):
    """Who will answer for the file, where its paper will lie, and for re-employment the new determination."""

    keeper = ChoiceField(lazy_gettext("Who will answer for it"), [Required()])
    spot = CodeField(lazy_gettext("Barcode of the box or place for the paper"), [AtMost(80)])
    employer = TextField(lazy_gettext("New employer"), [AtMost(200)])
    reemployed_on = DayField(lazy_gettext("Re-employed on"))
    determination = LongTextField(lazy_gettext("New determination of this unit"), [AtMost(1000)], render_kw={"rows": 3})
    determined_on = DayField(lazy_gettext("Determined on"))

    def reemployment(self, on: date) -> Reemployment | None:
        """What the form says of it, determined today where no day was given; None where a part lacks."""
        text, employer, since = self.determination.text, self.employer.text, self.reemployed_on.data
        return (
            Reemployment(employer, since, text, self.determined_on.data or on) if text and employer and since else None
        )


class ReasonForm(Form):
    """Why something is refused, taken back or given up."""

    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(200)])


class BoxForm(Form):
    """Where a box that is taken over will stand."""

    spot = CodeField(lazy_gettext("Barcode of the place for the box"), [Required(), AtMost(80)])


class FilingForm(Form):
    """Where the printed list or deed lies, signed by hand."""

    spot = CodeField(lazy_gettext("Barcode of the box or place for the printed list"), [Required(), AtMost(80)])


class BeginClosingForm(Form):
    """The unit that ends, and the paper that abolishes it."""

    unit_id = ChoiceField(lazy_gettext("Unit that ends"), [Required()])
    decision = TextField(lazy_gettext("Decision that abolishes it, as it is cited"), [Required(), AtMost(200)])


class SplitForm(CircumstancesForm, HouseholdDataForm):
    """What is said of the household that parts, and why; who leaves stands line by line beside it.

    Beside the grounds it asks what an application states, for the assessment of the day (art. 3, 4, 10).
    """

    why = ChoiceField(
        lazy_gettext("Why the household parts"),
        [Required()],
        choices=lambda: choices_of([FamilyChange.DIVORCE, FamilyChange.GROWN_UP, FamilyChange.OTHER]),
    )
    grounds = TextField(lazy_gettext("Grounds and proof"), [Required(), AtMost(400)])
    monthly_income_per_head = AmountField(
        lazy_gettext("Monthly income per head (yuan)"),
        [Required()],
        render_kw={"autocomplete": "off", "inputmode": "decimal"},
    )
    union_member = OptionalChoiceField(LazyString(words, StatementKind.UNION_MEMBER), choices=answers)
    socialised = OptionalChoiceField(LazyString(words, StatementKind.SOCIALISED), choices=answers)

    def validate_union_member(self, field: Field) -> None:
        self._needed(field, Employment.MIGRANT)

    def validate_socialised(self, field: Field) -> None:
        self._needed(field, Employment.RETIRED)

    def _needed(self, field: Field, employment: Employment) -> None:
        if self.employment.data == employment and not field.data:
            raise ValidationError(
                gettext("This is needed where the worker is: %(employment)s.", employment=words(employment))
            )

    @property
    def stated(self) -> list[Field]:
        """What the household is assessed by, in the order of an application."""
        return [
            self.monthly_income_per_head, self.months_below, self.relief, self.still_hard, self.union_member,
            self.socialised, self.homes, self.business, self.schooling, self.vehicles,
        ]  # fmt: skip

    @property
    def household(self) -> NewHousehold:
        """What the form says of the household that parts."""
        assert self.monthly_income_per_head.data is not None  # noqa: S101 - it is required
        return NewHousehold(
            address=self.address.data,
            employment=Employment(str(self.employment.data)),
            employer=self.employer.text,
            phone=self.phone.text,
            main_cause=Cause(str(self.main_cause.data)),
            monthly_income_per_head=self.monthly_income_per_head.data,
            months_below=self.months_below.data,
            relieved=self.relief.data == "yes",
            still_hard=self.still_hard.data == "yes",
            union_member=self.union_member.data == "yes",
            socialised=self.socialised.data == "yes",
            exclusions=self.exclusions,
        )


class MergeForm(Form):
    """Why two households become one; what each member becomes stands line by line beside it."""

    why = ChoiceField(
        lazy_gettext("Why the households join"),
        [Required()],
        choices=lambda: choices_of([FamilyChange.MARRIAGE, FamilyChange.OTHER]),
    )
    monthly_income_per_head = AmountField(
        lazy_gettext("Monthly income per head (yuan)"),
        [Required()],
        render_kw={"autocomplete": "off", "inputmode": "decimal"},
    )
    remarks = TextField(lazy_gettext("Remarks"), [AtMost(400)])


def reasons(*offered: TransferReason) -> list[tuple[str, str]]:
    """Reasons of a transfer to choose from."""
    return choices_of(offered)


def relations_typed(members: Sequence[Member]) -> dict[int, Relation]:
    """What each member becomes, by the fields `relation-N` of the request; those who stay are left out."""
    typed = {member.id: request.form.get(f"relation-{member.id}", STAYS) for member in members}
    return {number: Relation(text) for number, text in typed.items() if text in set(Relation)}
