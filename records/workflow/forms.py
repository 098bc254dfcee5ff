"""Forms of the opening of a file."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

from flask_babel.speaklater import LazyString
from wtforms import Field, FileField
from wtforms.validators import ValidationError

from classification.categories import Carrier, Category
from classification.checklists import document_types
from classification.eligibility import Exclusion
from classification.hardship import HardshipClass
from classification.text import LabelledEnum
from records.files.forms import MOST_PAGES, LongTextField, WholeNumberField
from records.households.forms import (
    AdjustmentForm,
    AmountField,
    HouseholdForm,
    choices_of,
)
from records.households.models import Cause, Employment, Member
from records.households.services import HouseholdEntry
from records.workflow.drafting import DocumentEntry, StatementEntry
from records.workflow.errors import CellFault
from records.workflow.models import Application, ApplicationDocument, Origin, State, Statement, StatementKind
from web.forms import AtMost, ChangeForm, ChoiceField, DayField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.rules import RuleViolation
from web.shown import words

MOST_MONTHS = 600
OTHER_CAUSES = ("second_cause", "third_cause", "fourth_cause")
ANSWERS = (
    StatementKind.RELIEF,
    StatementKind.STILL_HARD,
    StatementKind.UNION_MEMBER,
    StatementKind.SOCIALISED,
    StatementKind.HOMES,
    StatementKind.BUSINESS,
    StatementKind.SCHOOLING,
    StatementKind.VEHICLES,
)


class OptionalChoiceField(ChoiceField):
    """One of the offered choices, or none."""

    def pre_validate(self, form: Form) -> None:
        if self.raw_data and self.raw_data[0]:
            super().pre_validate(form)


def _cause(label: Any) -> ChoiceField:
    return OptionalChoiceField(label, choices=lambda: choices_of(list(Cause)))


class ApplicationForm(HouseholdForm):
    """A new application: what the household form asks for, and how the household became known.

    Income is stated later, with the document it rests on.
    """

    monthly_income_per_head = None  # type: ignore[assignment]  # WTForms leaves a field out so
    conflict: RuleViolation | None = None  # type: ignore[assignment]
    origin = ChoiceField(lazy_gettext("How it became known"), [Required()], choices=lambda: choices_of(list(Origin)))
    applied_on = DayField(lazy_gettext("Day of the survey or application"), [Required()])
    second_cause = _cause(lazy_gettext("Second cause"))
    third_cause = _cause(lazy_gettext("Third cause"))
    fourth_cause = _cause(lazy_gettext("Fourth cause"))
    fallback_reason = TextField(lazy_gettext("Why this unit, if not the one responsible"), [AtMost(200)])

    @property
    def entry(self) -> HouseholdEntry:
        """What the form says of the household; blank lines say nothing."""
        lines = [line.form.entry for line in self.members if not line.form.is_blank]
        return HouseholdEntry(
            address=self.address.data,
            employment=Employment(str(self.employment.data)),
            employer=self.employer.text,
            main_cause=Cause(str(self.main_cause.data)),
            phone=self.phone.text,
            members=[self.worker.form.entry, *lines],
        )

    @property
    def other_causes(self) -> list[Cause]:
        return causes_in(self)

    @property
    def day(self) -> date:
        """The day it became known."""
        assert self.applied_on.data is not None  # noqa: S101 - it is required
        return self.applied_on.data


class ApplicationDataForm(AdjustmentForm):
    """What a draft says beside its people and statements."""

    monthly_income_per_head = None  # type: ignore[assignment]  # WTForms leaves a field out so
    origin = ChoiceField(lazy_gettext("How it became known"), [Required()], choices=lambda: choices_of(list(Origin)))
    applied_on = DayField(lazy_gettext("Day of the survey or application"), [Required()])
    second_cause = _cause(lazy_gettext("Second cause"))
    third_cause = _cause(lazy_gettext("Third cause"))
    fourth_cause = _cause(lazy_gettext("Fourth cause"))
    fallback_reason = TextField(lazy_gettext("Why this unit, if not the one responsible"), [AtMost(200)])

    @property
    def other_causes(self) -> list[Cause]:
        return causes_in(self)

    @property
    def day(self) -> date:
        """The day it became known."""
        assert self.applied_on.data is not None  # noqa: S101 - it is required
        return self.applied_on.data


class StatementsForm(ChangeForm):
    """What is stated of one household, each with the document it rests on; `for_household` makes the fields."""

    members: Sequence[Member] = ()

    @property
    def entries(self) -> list[StatementEntry]:
        """The statements that were made; what is left open is none."""
        found = [
            StatementEntry(
                StatementKind.INCOME,
                amount=self[f"income_{member.id}"].data,
                member_id=member.id,
                document_id=self._document(f"income_{member.id}"),
            )
            for member in self.members
            if self[f"income_{member.id}"].data is not None
        ]
        if self["months_below"].data is not None:
            found.append(
                StatementEntry(
                    StatementKind.MONTHS_BELOW,
                    amount=self["months_below"].data,
                    document_id=self._document("months_below"),
                )
            )
        found += [
            StatementEntry(kind, answer=self[kind.value].data == "yes", document_id=self._document(kind.value))
            for kind in ANSWERS
            if self[kind.value].data
        ]
        return found

    def _document(self, name: str) -> int | None:
        chosen = self[f"{name}_document"].data
        return int(chosen) if chosen else None

    @property
    def lines(self) -> list[tuple[Field, Field]]:
        """Every field with the one that names its document, in the order of the form."""
        names = [*(f"income_{member.id}" for member in self.members), "months_below", *(kind.value for kind in ANSWERS)]
        return [(self[name], self[f"{name}_document"]) for name in names]


def answers() -> list[tuple[str, str]]:
    """Yes and no, with nothing chosen yet."""
    return [("", "—"), ("yes", gettext("Yes")), ("no", gettext("No"))]


def _answer(kind: StatementKind) -> ChoiceField:
    return ChoiceField(LazyString(words, kind), [Required()], choices=answers)


class CircumstancesForm(Form):
    """What is asked of every household that is assessed, beside its income and causes (art. 3, 4)."""

    months_below = WholeNumberField(
        LazyString(words, StatementKind.MONTHS_BELOW),
        [Required()],
        least=0,
        most=MOST_MONTHS,
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    relief = _answer(StatementKind.RELIEF)
    still_hard = _answer(StatementKind.STILL_HARD)
    homes = _answer(StatementKind.HOMES)
    business = _answer(StatementKind.BUSINESS)
    schooling = _answer(StatementKind.SCHOOLING)
    vehicles = _answer(StatementKind.VEHICLES)

    @property
    def exclusions(self) -> dict[Exclusion, bool]:
        """The four answers of article 4."""
        return {each: self[each.value].data == "yes" for each in Exclusion}


def statements_form(members: Sequence[Member], documents: Sequence[ApplicationDocument]) -> type[StatementsForm]:
    """The form for the members and documents of one application."""
    offered = [("", "—"), *((str(row.id), f"{row.title} · {row.dated}") for row in documents)]
    fields: dict[str, Any] = {"members": tuple(members)}

    def add(name: str, field: Field) -> None:
        fields[name] = field
        fields[f"{name}_document"] = OptionalChoiceField(gettext("Rests on"), choices=lambda: offered)

    for member in members:
        label = gettext("Monthly income of %(name)s (yuan)", name=member.person.name)
        add(f"income_{member.id}", AmountField(label, render_kw={"autocomplete": "off", "inputmode": "decimal"}))
    months = WholeNumberField(
        words(StatementKind.MONTHS_BELOW),
        least=0,
        most=MOST_MONTHS,
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    add("months_below", months)
    for kind in ANSWERS:
        add(kind.value, OptionalChoiceField(words(kind), choices=answers))
    return type("OwnStatementsForm", (StatementsForm,), fields)


def shown_data(application: Application) -> SimpleNamespace:
    """What ApplicationDataForm shows of a draft, field by field."""
    household = application.household
    causes = dict(zip_longest(OTHER_CAUSES, application.other_causes, fillvalue=""))
    return SimpleNamespace(
        address=household.address,
        employment=household.employment,
        employer=household.employer,
        main_cause=household.main_cause,
        phone_sealed=household.phone_sealed,
        origin=application.origin,
        applied_on=application.applied_on,
        fallback_reason=application.fallback_reason,
        **causes,
    )


def shown_statements(members: Sequence[Member], stated: Sequence[Statement]) -> SimpleNamespace:
    """What the statements form shows of what is stated already, field by field, and nothing where nothing is."""
    names = [*(f"income_{member.id}" for member in members), "months_below", *(kind.value for kind in ANSWERS)]
    open_fields = dict.fromkeys([*names, *(f"{name}_document" for name in names)])
    return SimpleNamespace(**{**open_fields, **_stated_values(stated)})


def _stated_values(stated: Sequence[Statement]) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for row in stated:
        name = f"income_{row.member_id}" if row.kind is StatementKind.INCOME else row.kind.value
        if row.kind is StatementKind.MONTHS_BELOW:
            values[name] = int(row.amount or 0)
        elif row.amount is not None:
            values[name] = row.amount
        else:
            values[name] = "yes" if row.answer else "no"
        values[f"{name}_document"] = str(row.document_id or "")
    return values


class DocumentForm(Form):
    """A document of an application: described, and if it was scanned or born digital, its bytes."""

    document_type = ChoiceField(lazy_gettext("Kind of document"), [Required()], choices=lambda: kinds_of_documents())
    title = TextField(lazy_gettext("Title"), [Required(), AtMost(300)], render_kw={"autocomplete": "off"})
    dated = TextField(
        lazy_gettext("Date of the record"),
        [Required(), AtMost(20)],
        render_kw={"autocomplete": "off", "placeholder": "2026-09-28"},
    )
    responsible_body = TextField(lazy_gettext("Responsible body"), [Required(), AtMost(120)])
    carrier = ChoiceField(lazy_gettext("Carrier"), [Required()], choices=lambda: choices_of(list(Carrier)))
    pages_count = WholeNumberField(
        lazy_gettext("Number of pages"),
        [Required()],
        least=1,
        most=MOST_PAGES,
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    upload = FileField(lazy_gettext("Digital file, if there is one"))

    @property
    def entry(self) -> DocumentEntry:
        """What the form says."""
        return DocumentEntry(
            document_type=self.document_type.data,
            title=self.title.data,
            dated=self.dated.data,
            responsible_body=self.responsible_body.data,
            carrier=Carrier(str(self.carrier.data)),
            pages_count=self.pages_count.data,
        )


def kinds_of_documents() -> list[tuple[str, str]]:
    """The kinds of document of the original archives, the required ones first."""
    offered = [("", "—")]
    for kind in document_types(Category.ORIGINAL):
        name = gettext("%(name)s (required)", name=words(kind.label)) if kind.required else words(kind.label)
        offered.append((kind.key, name))
    return offered


class ReasonForm(Form):
    """A step that has to say why."""

    reason = LongTextField(lazy_gettext("Reason"), [Required(), AtMost(400)], render_kw={"rows": 2})


class DecisionForm(ReasonForm):
    """What people decide where figures do not: the class the household is admitted in, or a refusal."""

    hardship_class = ChoiceField(
        lazy_gettext("Decision of the leader"),
        [Required()],
        choices=lambda: [
            ("", "—"),
            ("refuse", gettext("Refuse the file")),
            *((one.value, gettext("Admit: %(found)s", found=words(one))) for one in HardshipClass),
        ],
    )

    @property
    def admitted(self) -> HardshipClass | None:
        """The class, or None for a refusal."""
        chosen = str(self.hardship_class.data)
        return None if chosen == "refuse" else HardshipClass(chosen)


class ReturnForm(ReasonForm):
    """To which step an application goes back, and why."""

    to = ChoiceField(lazy_gettext("Back to"), [Required()])


class PostForm(Form):
    """Where the notice was posted."""

    place = TextField(lazy_gettext("Where the notice is posted"), [Required(), AtMost(120)])


class OpinionForm(Form):
    """An opinion that goes with a step."""

    opinion = LongTextField(lazy_gettext("Opinion"), [Required(), AtMost(400)], render_kw={"rows": 2})


class LodgeForm(Form):
    """Where the copy lies at the centre."""

    place = TextField(lazy_gettext("Where the lodged copy lies"), [Required(), AtMost(120)])


class ObjectionForm(Form):
    """An objection as it was raised, with no more of the person than they gave."""

    raised_on = DayField(lazy_gettext("Raised on"), [Required()])
    raised_by = TextField(lazy_gettext("Raised by (may stay empty)"), [AtMost(60)], render_kw={"autocomplete": "off"})
    text = LongTextField(lazy_gettext("What was said"), [Required(), AtMost(600)], render_kw={"rows": 2})


class ResolutionForm(Form):
    """What came of an objection."""

    upheld = ChoiceField(
        lazy_gettext("Result"),
        [Required()],
        choices=lambda: [("", "—"), ("no", gettext("Not upheld")), ("yes", gettext("Upheld: back to be filled in"))],
    )
    resolution = LongTextField(lazy_gettext("How it was resolved"), [Required(), AtMost(600)], render_kw={"rows": 2})


class SheetForm(Form):
    """An export of the aid system, and the unit it is taken in for."""

    unit_id = ChoiceField(lazy_gettext("Unit"), [Required()])
    sheet = FileField(lazy_gettext("Export of the aid system (.xlsx or .csv)"))
    faults: Sequence[CellFault] = ()

    def validate_sheet(self, field: Field) -> None:
        if not field.data or not field.data.filename:
            raise ValidationError(gettext("Choose the file."))


def causes_in(form: ApplicationForm | ApplicationDataForm) -> list[Cause]:
    """The further causes chosen, each once and none that is the main one."""
    chosen = [str(form[name].data) for name in OTHER_CAUSES if form[name].data]
    return [Cause(value) for value in dict.fromkeys(chosen) if value != form.main_cause.data]


def steps_offered(states: Sequence[State]) -> list[tuple[str, str]]:
    """The steps to go back to, as choices."""
    return [("", "—"), *((state.value, words(BACK_TO.get(state, state))) for state in states)]


class BackTo(LabelledEnum):
    """What a step is called as the aim of a return."""

    DRAFT = "draft", "重新填报", "Filling in"
    SUBMITTED = "submitted", "重新公示", "Public notice, posted anew"
    VERIFICATION = "verification", "核实", "Verification"
    REVIEW = "review", "复核", "Review"


BACK_TO = {State(each.value): each for each in BackTo}
