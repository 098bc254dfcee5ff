"""Forms of inspections and incidents."""

import re

from wtforms import TextAreaField

from classification.articles import ARTICLES
from records.supervision.models import OUTCOMES, Decision, IncidentKind, InspectingBody, StepKind
from web.forms import AtMost, ChoiceField, CodeField, DayField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words

BETWEEN_CODES = re.compile(r"[\s,，;；、]+")
LONG = 2_000  # characters


class LongTextField(TextAreaField, TextField):
    """Text of several lines."""


class CodesField(CodeField):
    """Codes and barcodes, with blanks or commas between them."""

    @property
    def codes(self) -> list[str]:
        return [code for code in BETWEEN_CODES.split(self.data or "") if code]


class InspectionForm(Form):
    """Who inspected what, when, and how far."""

    unit = ChoiceField(lazy_gettext("Inspected unit"), [Required()])
    body = ChoiceField(lazy_gettext("Kind of inspecting body"), [Required()])
    body_name = TextField(lazy_gettext("Inspecting body"), [Required(), AtMost(100)])
    people = TextField(lazy_gettext("Inspectors"), [Required(), AtMost(200)])
    inspected_on = DayField(lazy_gettext("Day of the inspection"), [Required()])
    extent = LongTextField(lazy_gettext("Scope of the inspection"), [Required(), AtMost(LONG)], render_kw={"rows": 3})


class FindingForm(Form):
    """What is wrong, by which article, until when it is to be set right, and which records it concerns."""

    text = LongTextField(lazy_gettext("What is wrong"), [Required(), AtMost(LONG)], render_kw={"rows": 3})
    article = ChoiceField(lazy_gettext("Article"), [Required()])
    due_on = DayField(lazy_gettext("To be set right by"), [Required()])
    codes = CodesField(lazy_gettext("Codes of the files or items concerned"), [AtMost(LONG)])


class ConclusionForm(Form):
    """The conclusion of an inspection."""

    conclusion = LongTextField(lazy_gettext("Conclusion"), [Required(), AtMost(LONG)], render_kw={"rows": 3})


class StrikingForm(Form):
    """Why an inspection is struck."""

    why = LongTextField(lazy_gettext("Reason for striking it"), [Required(), AtMost(LONG)], render_kw={"rows": 2})


class ReplyForm(Form):
    """What was done about a finding."""

    measures = LongTextField(lazy_gettext("Measures taken"), [Required(), AtMost(LONG)], render_kw={"rows": 3})
    evidence = CodeField(lazy_gettext("Code of the item that proves it"), [AtMost(80)])


class DecisionForm(Form):
    """What the supervisor makes of a reply."""

    decision = ChoiceField(lazy_gettext("Decision on the reply"), [Required()])
    reason = LongTextField(lazy_gettext("Opinion"), [AtMost(LONG)], render_kw={"rows": 2})
    due_on = DayField(lazy_gettext("New deadline, where it is returned"))


class IncidentForm(Form):
    """What happened, when it was found out and by whom, and to which records."""

    unit = ChoiceField(lazy_gettext("Unit that keeps the records"), [Required()])
    kind = ChoiceField(lazy_gettext("What happened to them"), [Required()])
    happened = LongTextField(lazy_gettext("What is known of it"), [Required(), AtMost(LONG)], render_kw={"rows": 4})
    found_on = DayField(lazy_gettext("Found out on"), [Required()])
    found_by = TextField(lazy_gettext("Found out by"), [Required(), AtMost(100)])
    codes = CodesField(lazy_gettext("Codes or barcodes of the records"), [Required(), AtMost(LONG)])


class StepForm(Form):
    """One thing done in a case."""

    kind = ChoiceField(lazy_gettext("Kind of step"), [Required()])
    text = LongTextField(lazy_gettext("What was done"), [Required(), AtMost(LONG)], render_kw={"rows": 3})
    addressee = TextField(lazy_gettext("Authority, for a report"), [AtMost(100)])


class ClosingForm(Form):
    """How a case ended."""

    outcome = ChoiceField(lazy_gettext("Outcome"), [Required()])
    result = LongTextField(lazy_gettext("Result"), [Required(), AtMost(LONG)], render_kw={"rows": 3})


def bodies() -> list[tuple[str, str]]:
    """Who may inspect."""
    return [(one.value, words(one)) for one in InspectingBody]


def articles() -> list[tuple[str, str]]:
    """The articles a finding may rest on."""
    return [("", gettext("Choose")), *((str(one.number), words(one)) for one in ARTICLES)]


def decisions() -> list[tuple[str, str]]:
    """What may be made of a reply."""
    return [(one.value, words(one)) for one in Decision]


def incident_kinds() -> list[tuple[str, str]]:
    """What may happen to records."""
    return [("", gettext("Choose")), *((one.value, words(one)) for one in IncidentKind)]


def step_kinds() -> list[tuple[str, str]]:
    """What may be done in a case; that paper turned up after its end is noted with the copy."""
    return [(one.value, words(one)) for one in StepKind if one is not StepKind.RECOVERY]


def outcomes(kind: IncidentKind) -> list[tuple[str, str]]:
    """How a case of a kind may end."""
    return [("", gettext("Choose")), *((one.value, words(one)) for one in OUTCOMES[kind])]
