"""Forms of households: the worker, the members line by line, and what is said of them all."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, ClassVar

from wtforms import BooleanField, Field, FieldList, FormField, StringField
from wtforms.validators import ValidationError

from classification.identity import BadResidentNumber, resident_number
from classification.text import LabelledEnum
from records.households.errors import AlreadyInActiveFile
from records.households.models import Cause, Employment, Member, Relation
from records.households.services import HouseholdEntry, MemberEntry
from web.forms import AtMost, ChangeForm, ChoiceField, DayField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words

BLANK_LINES = 3
MOST_MEMBERS = 20
PHONE = r"\+?[0-9()-]{5,20}"
RENAMED = lazy_gettext("The name was changed; seen on the identity card")
AMOUNT = r"[0-9]{1,7}(\.[0-9]{1,2})?"
TOO_MUCH = r"[0-9]{8,}(\.[0-9]*)?"


def choices_of(members: Sequence[LabelledEnum]) -> list[tuple[str, str]]:
    """The choices of a select field, in the user's language, with nothing chosen yet."""
    return [("", "—"), *((member.value, words(member)) for member in members)]


class ResidentNumber:
    """The field holds a resident number 公民身份号码, or nothing; the reason says what is wrong with it."""

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            return
        try:
            resident_number(field.data)
        except BadResidentNumber as error:
            raise ValidationError(gettext("The ID number is not right: %(why)s.", why=words(error.reason))) from error


class PhoneField(TextField):
    """A telephone number: figures, blanks and hyphens, an area code or a plus sign; kept without blanks."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = "".join(unicodedata.normalize("NFKC", self.data or "").split())
        if self.data and not re.fullmatch(PHONE, self.data):
            raise ValueError(gettext("“%(typed)s” is not a telephone number.", typed=self.data))


class AmountField(StringField):
    """An amount in yuan with at most two decimals; a wrong one stays in the field."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.raw_data = [valuelist[0].strip() if valuelist else ""]
        self.data = None
        typed = unicodedata.normalize("NFKC", self.raw_data[0]).replace(",", "")
        if re.fullmatch(AMOUNT, typed):
            self.data = Decimal(typed)
        elif re.fullmatch(TOO_MUCH, typed):
            raise ValueError(gettext("“%(typed)s” yuan is too much. An amount is below ten million.", typed=typed))
        elif typed:
            raise ValueError(gettext("“%(typed)s” is not an amount in yuan. Write it as 520.00.", typed=typed))

    def _value(self) -> str:
        """What the input shows: the words typed, or the amount of the row."""
        return self.raw_data[0] if self.raw_data else ("" if self.data is None else f"{self.data:.2f}")


class MemberForm(Form):
    """A member: the number may be missing for a newborn child alone."""

    name = TextField(lazy_gettext("Full name"), [Required(), AtMost(40)], render_kw={"autocomplete": "off"})
    relation = ChoiceField(
        lazy_gettext("Relation to the worker"),
        [Required()],
        choices=lambda: choices_of([relation for relation in Relation if relation is not Relation.WORKER]),
    )
    number = TextField(
        lazy_gettext("ID number"),
        [AtMost(40), ResidentNumber()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    health = TextField(lazy_gettext("Health"), [AtMost(60)], render_kw={"autocomplete": "off"})
    renamed = BooleanField(RENAMED)

    def validate_number(self, field: Field) -> None:
        if not field.data and self.relation.data != Relation.CHILD:
            raise ValidationError(gettext("Only a newborn child is entered without an ID number."))

    @property
    def entry(self) -> MemberEntry:
        """What the line says."""
        return MemberEntry(
            name=self.name.data,
            relation=Relation(str(self.relation.data)),
            number=self.number.data,
            health=self.health.text,
            field=self.number.name,
            renamed=self.renamed.data,
            tick=self.renamed.name,
        )


class CorrectionForm(ChangeForm, MemberForm):
    """A person of a household; an empty number keeps the one that is there, sealed."""

    sealed: ClassVar = {"number": "number_sealed"}

    relation = ChoiceField(
        lazy_gettext("Relation to the worker"), [Required()], choices=lambda: choices_of(list(Relation))
    )
    number = TextField(
        lazy_gettext("Another ID number"),
        [AtMost(40), ResidentNumber()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    def validate_number(self, field: Field) -> None:
        """An empty number is right here."""


class MemberChangeForm(CorrectionForm):
    """A member of an active file; a number is given to whom none was known of, another name once it was compared."""

    number = TextField(
        lazy_gettext("ID number"),
        [AtMost(40), ResidentNumber()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    renamed = BooleanField(lazy_gettext("Another name was compared with the identity card or household register"))


class MemberLine(MemberForm):
    """One line among several; a blank one says nothing and lacks nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.flags.required = False  # or the browser would insist on the blank lines

    @property
    def is_blank(self) -> bool:
        return not any(field.data for field in self)

    def validate(self, extra_validators: Any = None) -> bool:
        return self.is_blank or bool(super().validate(extra_validators))


class WorkerForm(Form):
    """The worker the file is named after."""

    name = TextField(lazy_gettext("Full name"), [Required(), AtMost(40)], render_kw={"autocomplete": "off"})
    number = TextField(
        lazy_gettext("ID number"),
        [Required(), AtMost(40), ResidentNumber()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    health = TextField(lazy_gettext("Health"), [AtMost(60)], render_kw={"autocomplete": "off"})
    renamed = BooleanField(RENAMED)

    @property
    def entry(self) -> MemberEntry:
        """What the form says of the worker."""
        return MemberEntry(
            name=self.name.data,
            relation=Relation.WORKER,
            number=self.number.data,
            health=self.health.text,
            field=self.number.name,
            renamed=self.renamed.data,
            tick=self.renamed.name,
        )


class HouseholdDataForm(Form):
    """What is said of a household, beside its members."""

    address = TextField(lazy_gettext("Address"), [Required(), AtMost(120)], render_kw={"autocomplete": "off"})
    phone = PhoneField(lazy_gettext("Telephone"), render_kw={"autocomplete": "off", "inputmode": "tel"})
    employment = ChoiceField(
        lazy_gettext("Employment of the worker"), [Required()], choices=lambda: choices_of(list(Employment))
    )
    employer = TextField(lazy_gettext("Employer"), [AtMost(80)], render_kw={"autocomplete": "off"})
    main_cause = ChoiceField(lazy_gettext("Main cause"), [Required()], choices=lambda: choices_of(list(Cause)))
    monthly_income_per_head = AmountField(
        lazy_gettext("Monthly income per head (yuan)"), render_kw={"autocomplete": "off", "inputmode": "decimal"}
    )


class AdjustmentForm(ChangeForm, HouseholdDataForm):
    """A change of what is said of a household; the sealed telephone number is not shown, only replaced."""

    sealed: ClassVar = {"phone": "phone_sealed"}
    without_phone = BooleanField(lazy_gettext("Take the telephone number away"))

    @property
    def new_phone(self) -> str | None:
        """The number to keep from now on: None for the one that is there, empty for none at all."""
        return "" if self.without_phone.data else self.phone.text


class HouseholdForm(HouseholdDataForm):
    """The form of a new household file: where it is kept, the worker, and any number of members."""

    unit_id = ChoiceField(lazy_gettext("Unit that keeps the file"), [Required()])
    worker = FormField(WorkerForm)
    members = FieldList(FormField(MemberLine), min_entries=BLANK_LINES, max_entries=MOST_MEMBERS)
    conflict: AlreadyInActiveFile | None = None

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
            monthly_income_per_head=self.monthly_income_per_head.data,
            members=[self.worker.form.entry, *lines],
        )

    @property
    def takes_more_lines(self) -> bool:
        return len(self.members) < MOST_MEMBERS

    def add_line(self) -> None:
        """Offer one blank line more, as long as there is room."""
        if self.takes_more_lines:
            self.members.append_entry()

    def refuse(self, field: str | None, reason: str) -> None:
        """Put a reason beside the very input it is about, be it in the line of one member."""
        for person in (self.worker, *self.members):
            for own in person.form:
                if own.name == field:
                    own.errors = [*own.errors, reason]
                    return
        super().refuse(field, reason)


def shown_person(member: Member) -> SimpleNamespace:
    """What CorrectionForm shows of a person; the number is sealed."""
    person = member.person
    return SimpleNamespace(
        name=person.name, relation=member.relation, health=member.health, number_sealed=person.number_sealed
    )


class LeavingForm(Form):
    """The day on which a member left the household."""

    left_on = DayField(lazy_gettext("Left on"), [Required()])

    @property
    def day(self) -> date:
        """The day, of a form that was read."""
        assert self.left_on.data is not None  # noqa: S101 - it is required
        return self.left_on.data


class UnmaskForm(Form):
    """Why a sealed number has to be seen."""

    reason = TextField(lazy_gettext("What it is needed for"), [Required(), AtMost(200)])
