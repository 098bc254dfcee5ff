"""Forms of yearly files, items and withdrawal."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any, Self

from wtforms import StringField, TextAreaField

from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.checklists import document_type, document_types
from classification.retention import RetentionClass, choices, retention_class
from records.files.codes import SUB_CODES
from records.files.descriptions import Description
from records.files.from_before import Before
from records.files.models import File, WithdrawalReason
from records.files.notes import NoteEntry
from records.files.yearly import YearlyEntry
from records.households.forms import HouseholdForm, choices_of
from web.forms import (
    CONTROL_SIGNS,
    AtLeast,
    AtMost,
    ChangeForm,
    ChoiceField,
    DatedField,
    DayField,
    Form,
    Required,
    TextField,
)
from web.language import N_, gettext, lazy_gettext
from web.shown import words

MOST_PAGES = 100_000
SCHEDULES = {
    "original": N_("The regulation, article 15"),
    "enterprise": N_("Order 79, table 1: enterprises and other organisations"),
    "public": N_("Order 79, table 2: administrative units and institutions"),
    "documentary": N_("Order 8: documentary records"),
}


class FromBeforeForm(HouseholdForm):
    """A household file from before: its day, where its paper lies, why it is entered, and the household."""

    established_on = DayField(lazy_gettext("File established on"), [Required()])
    paper_place = TextField(lazy_gettext("Place of the paper file"), [Required(), AtMost(120)])
    reason = TextField(lazy_gettext("Why it is entered now"), [Required(), AtLeast(5), AtMost(200)])

    @property
    def before(self) -> Before:
        """What the form says of the file on paper."""
        assert self.established_on.data is not None  # noqa: S101 - it is required
        return Before(self.established_on.data, self.paper_place.data, self.reason.data)


class WholeNumberField(StringField):
    """A whole number from `least` to `most`; a wrong one stays in the field."""

    def __init__(self, label: Any, validators: Sequence[Any] = (), *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.least, self.most = least, most
        self.data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = unicodedata.normalize("NFKC", valuelist[0]).strip() if valuelist else ""
        self.raw_data = [typed]
        self.data = None
        if not typed:
            return
        if not (typed.isascii() and typed.isdecimal() and len(typed) < 10 and self.least <= int(typed) <= self.most):
            reason = gettext("A whole number from %(least)s to %(most)s.", least=self.least, most=self.most)
            raise ValueError(reason)
        self.data = int(typed)

    def _value(self) -> str:
        """What the input shows: the words typed, or the number of the row."""
        return self.raw_data[0] if self.raw_data else ("" if self.data is None else str(self.data))


class LongTextField(TextAreaField):
    """Text of several lines without blanks around it or control signs in it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = CONTROL_SIGNS.sub("", valuelist[0]).replace("\r\n", "\n").strip() if valuelist else ""

    @property
    def text(self) -> str | None:
        """What was typed, or None where nothing was."""
        return self.data or None


def class_choices(lines: Sequence[RetentionClass]) -> dict[str, list[tuple[str, str]]]:
    """Retention classes under the schedule they stand in, each with its period."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for line in lines:
        schedule = gettext(SCHEDULES[line.key.partition(".")[0]])
        entry = gettext("%(name)s (%(period)s)", name=words(line.label), period=words(line.period.label))
        groups.setdefault(schedule, []).append((line.key, entry))
    return groups


class YearlyForm(ChangeForm):
    """What a yearly file of the daily part is said to be."""

    year = WholeNumberField(
        lazy_gettext("Year"), [Required()], least=1, most=9999, render_kw={"inputmode": "numeric", "maxlength": 4}
    )
    title = TextField(lazy_gettext("Title"), [Required(), AtMost(200)], render_kw={"autocomplete": "off"})

    @property
    def entry(self) -> YearlyEntry:
        """What the form says."""
        return YearlyEntry(self.title.data, self.year.data)


class AccountingForm(YearlyForm):
    """The same of the financial part: its code carries kind and period, so it holds one period alone."""

    sub_code = ChoiceField(
        lazy_gettext("Accounting kind"),
        [Required()],
        choices=lambda: [("", "—"), *((code, f"{code} {words(label)}") for code, label in SUB_CODES.items())],
    )
    retention_class = ChoiceField(lazy_gettext("Retention class"), [Required()])

    @classmethod
    def classes(cls, on: date) -> dict[str, list[tuple[str, str]]]:
        """The lines of order 79 in force on a day."""
        lines = [line for line in choices(Category.ACCOUNTING, on) if line.category is Category.ACCOUNTING]
        return {gettext("Not chosen yet"): [("", "—")], **class_choices(lines)}

    @property
    def entry(self) -> YearlyEntry:
        """What the form says."""
        return YearlyEntry(self.title.data, self.year.data, self.retention_class.data, self.sub_code.data)


class YearlyFileForm(YearlyForm):
    """A new yearly file of the daily part."""

    unit_id = ChoiceField(lazy_gettext("Unit that keeps the file"), [Required()])


class AccountingFileForm(AccountingForm, YearlyFileForm):
    """A new yearly file of the financial part."""


class DescriptionForm(ChangeForm):
    """The description of an item; the fields for sound and pictures are at the end (DA/T 18, 50, 63, 78)."""

    document_type = ChoiceField(lazy_gettext("Kind of document"), [Required()])
    title = TextField(lazy_gettext("Title"), [Required(), AtMost(300)], render_kw={"autocomplete": "off"})
    dated = DatedField(
        lazy_gettext("Date of the record"),
        [Required(), AtMost(20)],
        render_kw={"autocomplete": "off", "placeholder": "2026-09-28"},
    )
    responsible_body = TextField(lazy_gettext("Responsible body"), [Required(), AtMost(120)])
    document_number = TextField(lazy_gettext("Document number"), [AtMost(80)])
    pages_count = WholeNumberField(
        lazy_gettext("Number of pages"),
        least=1,
        most=MOST_PAGES,
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    secrecy = ChoiceField(lazy_gettext("Secrecy"), [Required()], choices=lambda: choices_of(list(SecrecyLevel))[1:])
    access = ChoiceField(lazy_gettext("Access mark"), [Required()], choices=lambda: choices_of(list(AccessStatus))[1:])
    scrapped_on = DayField(lazy_gettext("Asset scrapped and cleared on"))
    recorded_by = TextField(lazy_gettext("Photographer or recorder"), [AtMost(80)])
    place = TextField(lazy_gettext("Place of recording"), [AtMost(120)])
    people = TextField(lazy_gettext("People"), [AtMost(300)])
    caption = LongTextField(lazy_gettext("Caption or summary"), [AtMost(2000)], render_kw={"rows": 3})
    related_code = TextField(lazy_gettext("Related code"), [AtMost(80)], render_kw={"spellcheck": "false"})
    remarks = LongTextField(lazy_gettext("Remarks"), [AtMost(1000)], render_kw={"rows": 2})

    def described(self, *, retention_class: str, form: RecordForm, carrier: Carrier) -> Description:
        """What the form says, of an item of this class, form and carrier."""
        return Description(
            document_type=str(self.document_type.data),
            retention_class=retention_class,
            form=form,
            carrier=carrier,
            title=self.title.data,
            dated=self.dated.data,
            responsible_body=self.responsible_body.data,
            document_number=self.document_number.text,
            pages_count=self.pages_count.data,
            place=self.place.text,
            people=self.people.text,
            recorded_by=self.recorded_by.text,
            caption=self.caption.text,
            related_code=self.related_code.text,
            remarks=self.remarks.text,
            secrecy=SecrecyLevel(str(self.secrecy.data)),
            access=AccessStatus(str(self.access.data)),
            scrapped_on=self.scrapped_on.data,
        )


class ItemForm(DescriptionForm):
    """The description of an item that is not filed yet."""

    form = ChoiceField(lazy_gettext("Record form"), [Required()], choices=lambda: choices_of(list(RecordForm))[1:])
    carrier = ChoiceField(lazy_gettext("Carrier"), [Required()], choices=lambda: choices_of(list(Carrier))[1:])
    retention_class = ChoiceField(lazy_gettext("Retention class"), [Required()])

    @classmethod
    def proposed(cls, kind: str | None, typed: dict[str, Any], **choices: Any) -> Self:
        """The form with what a kind of document proposes; a title that was typed stays."""
        return cls.blank(values={**typed, **_proposal(kind, typed)}, **choices)

    @property
    def description(self) -> Description:
        """What the form says."""
        return self.described(
            retention_class=str(self.retention_class.data),
            form=RecordForm(str(self.form.data)),
            carrier=Carrier(str(self.carrier.data)),
        )


class FiledItemForm(DescriptionForm):
    """The description of an item that is filed: its form, carrier and retention class are no longer asked."""


class WithdrawalForm(Form):
    """The day and the reason of a withdrawal 撤档; the grounds are needed where it is backdated 倒签."""

    on = DayField(lazy_gettext("Withdrawn on"), [Required()])
    reason = ChoiceField(
        lazy_gettext("Reason"),
        [Required()],
        choices=lambda: choices_of(WithdrawalReason.choices()),
    )
    remarks = TextField(lazy_gettext("Grounds and proof"), [AtMost(300)])

    @property
    def day(self) -> date:
        """The day, of a form that was read."""
        assert self.on.data is not None  # noqa: S101 - it is required
        return self.on.data


class NoteForm(Form):
    """What the note in a file says of its contents 备考表."""

    missing = LongTextField(lazy_gettext("Missing"), [AtMost(1000)], render_kw={"rows": 2})
    amended = LongTextField(lazy_gettext("Amended"), [AtMost(1000)], render_kw={"rows": 2})
    added = LongTextField(lazy_gettext("Added to it"), [AtMost(1000)], render_kw={"rows": 2})
    removed = LongTextField(lazy_gettext("Removed"), [AtMost(1000)], render_kw={"rows": 2})
    destroyed = LongTextField(lazy_gettext("Destroyed items"), [AtMost(1000)], render_kw={"rows": 2})

    @property
    def entry(self) -> NoteEntry:
        """What the form says."""
        return NoteEntry(self.missing.text, self.amended.text, self.added.text, self.removed.text, self.destroyed.text)


def kinds_in(file: File) -> list[tuple[str, str, dict[str, str]]]:
    """The kinds of document of a file's part, each with what it proposes for the script of the page."""
    kinds: list[tuple[str, str, dict[str, str]]] = [("", "—", {})]
    for kind in document_types(file.category):
        name = gettext("%(name)s (required)", name=words(kind.label)) if kind.required else words(kind.label)
        proposals = {
            "data-title": words(kind.label),
            "data-form": kind.forms[0].value,
            "data-retention": kind.default_retention or "",
        }
        kinds.append((kind.key, name, proposals))
    return kinds


def classes_in(file: File, on: date, *, present: str | None = None) -> dict[str, list[tuple[str, str]]]:
    """The retention classes an item of this file may have; `present` is offered even where it was superseded."""
    lines = list(choices(file.category, on))
    if present is not None and (own := retention_class(present)) not in lines:
        lines.insert(0, own)
    return class_choices(lines) if len(lines) == 1 else {gettext("Not chosen yet"): [("", "—")], **class_choices(lines)}


def _proposal(kind: str | None, typed: dict[str, Any]) -> dict[str, Any]:
    try:
        known = document_type(kind or "")
    except LookupError:
        return {}
    return {
        "document_type": known.key,
        "title": typed.get("title") or words(known.label),
        "form": known.forms[0],
        "retention_class": known.default_retention,
    }
