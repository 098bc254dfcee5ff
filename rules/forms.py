"""Forms of rules and of a year's plan of working days."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from wtforms import Field, SelectMultipleField, TextAreaField
from wtforms.validators import ValidationError

from classification.categories import Category
from classification.checklists import document_types
from classification.rulebook import RuleDefinition, Stricter
from classification.working_days import SATURDAY
from rules.models import DayKind
from rules.plans import BadLine, read_days
from web.forms import CONTROL_SIGNS, AtLeast, AtMost, DayField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words

FIRST_YEAR, LAST_YEAR = 2000, 2999


class Paper(TypedDict):
    """From when a value holds, and what it rests on."""

    in_force_from: date
    source: str
    source_on: date | None
    because: str | None


class RuleForm(Form):
    """A value, the day it is in force from, the paper it rests on, and why it reaches back or corrects, if it does."""

    value: Field
    in_force_from = DayField(lazy_gettext("In force from"), [Required()])
    source = TextField(
        lazy_gettext("Source: the paper it rests on"), [Required(), AtMost(200)], render_kw={"autocomplete": "off"}
    )
    source_on = DayField(lazy_gettext("Day of the paper"))
    because = TextField(
        lazy_gettext("Why it begins on a day that has passed, or what it corrects"),
        [AtLeast(5), AtMost(200)],
        render_kw={"autocomplete": "off"},
    )

    @property
    def text(self) -> str:
        """The value as text that the definition of the rule reads."""
        return str(self.value.data)

    @property
    def paper(self) -> Paper:
        """From when and by which paper, of a form that was read."""
        return {
            "in_force_from": self.day,
            "source": str(self.source.data),
            "source_on": self.source_on.data,
            "because": self.because.data or None,
        }

    @property
    def day(self) -> date:
        """The day, of a form that was read."""
        assert self.in_force_from.data is not None  # noqa: S101 - it is required
        return self.in_force_from.data


class NumberForm(RuleForm):
    """A rule that is a number."""

    value = TextField(
        lazy_gettext("Value"), [Required(), AtMost(20)], render_kw={"autocomplete": "off", "inputmode": "decimal"}
    )


class DayForm(RuleForm):
    """A rule that is a day."""

    value = DayField(lazy_gettext("Value"), [Required()])


class SeveralField(SelectMultipleField):
    """Any number of the offered choices; what is not offered is refused in the user's words."""

    def pre_validate(self, form: Form) -> None:
        if set(self.data or ()) - {value for value, _ in self.choices}:
            raise ValidationError(gettext("Choose one of the offered entries."))


class ListForm(RuleForm):
    """A rule that is a list; an empty one adds nothing."""

    value = SeveralField(lazy_gettext("Value"))

    @property
    def text(self) -> str:
        return ",".join(self.value.data or ())


class DocumentsForm(ListForm):
    """A rule that is a list of documents; an empty one adds none."""

    value = SeveralField(lazy_gettext("Kinds of documents"))


def form_for(definition: RuleDefinition) -> type[RuleForm]:
    """The form that fits a rule."""
    if definition.is_day:
        return DayForm
    if definition.options:
        return ListForm
    return DocumentsForm if definition.stricter is Stricter.MORE else NumberForm


def offered(definition: RuleDefinition) -> dict[str, list[tuple[str, str]]]:
    """The choices of the form of a rule: of a list of documents every type that is not required by itself."""
    if definition.stricter is not Stricter.MORE:
        return {}
    if definition.options:
        return {"value": [(key, words(label)) for key, label in definition.options]}
    return {
        "value": [
            (kind.key, f"{words(category)} · {words(kind)}")
            for category in Category
            for kind in document_types(category)
            if not kind.required
        ]
    }


class DaysField(TextAreaField):
    """Days and ranges of days, a line for each; `data` are the days."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = CONTROL_SIGNS.sub("", valuelist[0]).replace("\r\n", "\n").strip() if valuelist else ""
        self.raw_data, self.data = [text], None
        try:
            self.data = read_days(text)
        except BadLine as error:
            raise ValueError(words(error.reason)) from error

    def _value(self) -> str:
        """What the input shows: the lines as typed, or those of a plan to be corrected."""
        return str(self.raw_data[0] if self.raw_data else self.data or "")


class PlanForm(Form):
    """The plan of a year: free ranges, weekend days worked instead, and the notice it is taken from."""

    year = TextField(
        lazy_gettext("Year"), [Required(), AtMost(4)], render_kw={"autocomplete": "off", "inputmode": "numeric"}
    )
    source = TextField(
        lazy_gettext("Source: the notice of the State Council"),
        [Required(), AtMost(200)],
        render_kw={"autocomplete": "off"},
    )
    holidays = DaysField(lazy_gettext("Holidays"), [Required()], render_kw={"rows": 8, "spellcheck": "false"})
    make_up = DaysField(lazy_gettext("Weekend days worked instead"), render_kw={"rows": 6, "spellcheck": "false"})
    because = TextField(
        lazy_gettext("Why it is corrected"), [AtLeast(5), AtMost(200)], render_kw={"autocomplete": "off"}
    )

    def validate_year(self, field: Field) -> None:
        typed = str(field.data or "")
        if typed and not (re.fullmatch("[0-9]{4}", typed) and FIRST_YEAR <= int(typed) <= LAST_YEAR):
            raise ValidationError(
                gettext("The year lies between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
            )

    def validate_holidays(self, field: Field) -> None:
        self._only_of_the_year(field.data or ())

    def validate_make_up(self, field: Field) -> None:
        self._only_of_the_year(field.data or ())
        if worked := next((day for day in field.data or () if day.weekday() < SATURDAY), None):
            raise ValidationError(gettext("%(day)s is no weekend day.", day=worked))
        if both := sorted(set(field.data or ()) & set(self.holidays.data or ())):
            raise ValidationError(gettext("%(day)s is among the holidays too.", day=both[0]))

    @property
    def plan(self) -> dict[date, DayKind]:
        """What the form says of each day it names."""
        return {
            **dict.fromkeys(self.holidays.data or (), DayKind.HOLIDAY),
            **dict.fromkeys(self.make_up.data or (), DayKind.MAKE_UP),
        }

    def _only_of_the_year(self, days: Sequence[date]) -> None:
        year = str(self.year.data or "")
        stray = next((day for day in days if year.isdecimal() and day.year != int(year)), None)
        if stray is not None:
            raise ValidationError(gettext("%(day)s is not in that year.", day=stray))


class TakingBackForm(Form):
    """Why a plan that was loaded for a year ahead is taken back."""

    why = TextField(
        lazy_gettext("Why it is taken back"), [Required(), AtLeast(5), AtMost(200)], render_kw={"autocomplete": "off"}
    )
