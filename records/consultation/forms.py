"""Forms of consultation: registering, asking, settling the scope, deciding, and what comes after."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, Field, FileField, HiddenField, IntegerField, PasswordField, RadioField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from records.consultation.models import WHOLE_PERMILLE, Way
from records.consultation.redacting import Rectangle
from records.consultation.registration import Corrected, InquirerEntry
from records.consultation.requests import Request
from records.households.forms import PhoneField, ResidentNumber, UnmaskForm, choices_of
from web.forms import AtMost, ChangeForm, ChoiceField, DayField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.numbers import row_number

LETTER_TYPES = ".pdf,.jpg,.jpeg,.png"
OFFICE_HOURS = range(8, 21)
ITEM_FIELD = re.compile(r"item-(\d+)")  # as refusals of an item name it


class LongTextField(TextAreaField, TextField):
    """Several lines of text."""


class InquirerForm(Form):
    """Who comes, and for whom."""

    unit = ChoiceField(lazy_gettext("Unit whose archives are to be consulted"), [Required()])
    name = TextField(lazy_gettext("Full name of the inquirer"), [Required(), AtMost(40)])
    number = TextField(
        lazy_gettext("ID number of the inquirer"),
        [Required(), AtMost(40), ResidentNumber()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    phone = PhoneField(lazy_gettext("Contact telephone"), [Required()], render_kw={"autocomplete": "off"})
    body_name = TextField(lazy_gettext("Sending unit"), [AtMost(100)])
    credit_code = TextField(
        lazy_gettext("Unified social credit code of the sending unit"), [AtMost(40)], render_kw={"spellcheck": "false"}
    )

    @property
    def entry(self) -> InquirerEntry:
        """What the form says."""
        return InquirerEntry(
            self.name.data, self.number.data, self.phone.data, self.body_name.text, self.credit_code.text
        )


class CorrectionForm(ChangeForm):
    """What was mistyped in a registration, and why it is corrected; left empty, the numbers stay as they are."""

    sealed: ClassVar = {"phone": "phone_sealed", "number": "number_sealed"}
    name = TextField(lazy_gettext("Full name of the inquirer"), [Required(), AtMost(40)])
    body_name = TextField(lazy_gettext("Sending unit"), [AtMost(100)])
    credit_code = TextField(
        lazy_gettext("Unified social credit code of the sending unit"), [AtMost(40)], render_kw={"spellcheck": "false"}
    )
    phone = PhoneField(lazy_gettext("Contact telephone"), [Optional()], render_kw={"autocomplete": "off"})
    number = TextField(
        lazy_gettext("ID number of the inquirer"),
        [AtMost(40), ResidentNumber()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    correction_reason = TextField(lazy_gettext("Reason for the correction"), [Required(), AtMost(300)])

    @property
    def corrected(self) -> Corrected:
        """What the registration is to say."""
        return Corrected(self.name.data, self.number.text, self.phone.text, self.body_name.text, self.credit_code.text)


class ConfirmationForm(Form):
    """With which account an inquirer is confirmed as they were seen; with none, they read at the counter alone."""

    seen = HiddenField()
    account = TextField(lazy_gettext("Sign-in name for the inquirer"), [AtMost(40)], render_kw={"autocomplete": "off"})
    password = PasswordField(lazy_gettext("First password"), render_kw={"autocomplete": "new-password"})

    def validate_password(self, field: Field) -> None:
        if self.account.data and not field.data:
            raise ValidationError(gettext("This must be filled in."))


class ReasonForm(Form):
    """Why something is refused, revoked or ended."""

    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(300)])


class RegistrationRefusalForm(ReasonForm):
    """Why an inquirer is not registered, as the registration was seen."""

    seen = HiddenField()


class RequestForm(Form):
    """What is asked for, whose file, and the letter of introduction."""

    way = ChoiceField(lazy_gettext("Where to read"), [Required()], choices=lambda: choices_of(list(Way))[1:])
    own_file = BooleanField(lazy_gettext("I ask for the file of my own household"))
    subject_name = TextField(lazy_gettext("Whose file: full name"), [AtMost(40)], render_kw={"autocomplete": "off"})
    subject_number = TextField(
        lazy_gettext("Whose file: ID number, where known"),
        [AtMost(40), ResidentNumber()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    purpose = TextField(lazy_gettext("Purpose"), [Required(), AtMost(200)])
    asked = LongTextField(lazy_gettext("Which records exactly"), [Required(), AtMost(1_000)])
    letter_number = TextField(lazy_gettext("Number of the letter of introduction"), [AtMost(60)])
    letter = FileField(lazy_gettext("Letter of introduction"), render_kw={"accept": LETTER_TYPES})

    @property
    def content(self) -> bytes | None:
        """The bytes of the letter; None where none was chosen."""
        sent = cast(FileStorage | None, self.letter.data)
        return sent.read() if isinstance(sent, FileStorage) and sent.filename else None

    @property
    def request(self) -> Request:
        """What the form asks for."""
        return Request(
            way=Way(self.way.data),
            purpose=self.purpose.data,
            asked=self.asked.data,
            subject_name=self.subject_name.text,
            subject_number=self.subject_number.text,
            own_file=bool(self.own_file.data),
            letter_number=self.letter_number.text,
        )


class CounterRequestForm(RequestForm):
    """The same, entered by the keeper for an inquirer."""

    inquirer = ChoiceField(lazy_gettext("Inquirer"), [Required()])


OTHER_SIGNS = str.maketrans({"、": ",", "；": ",", ";": ",", "~": "-", "—": "-", "–": "-", "至": "-"})


def plain_pages(text: str) -> str:
    """Page ranges as typed, in the signs of `1-3,5`: whole-width digits and Chinese commas are taken as meant."""
    return "".join(unicodedata.normalize("NFKC", text.replace("；", ";")).translate(OTHER_SIGNS).split())


class ScopeForm(Form):
    """What is left of a request. The items stand in the table beside it, each with its pages."""

    left_out = LongTextField(lazy_gettext("What of the request is left out, and why"), [Required(), AtMost(1_000)])
    identity_seen = BooleanField(lazy_gettext("The identity card was shown and agrees with the registration"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wrong: dict[int, list[str]] = {}  # why an item is refused, by item

    def refuse(self, field: str | None, reason: str) -> None:
        """As in Form; the reason against an item stands in its row."""
        if refused := ITEM_FIELD.fullmatch(field or ""):
            self.wrong.setdefault(int(refused[1]), []).append(reason)
        else:
            super().refuse(field, reason)

    @property
    def items(self) -> Mapping[int, str | None]:
        """The items picked, with the pages typed for each."""
        chosen = {}
        for text in request.form.getlist("item"):
            try:
                number = row_number(text)
            except ValueError:
                continue
            chosen[number] = plain_pages(request.form.get(f"pages-{number}", "")) or None
        return chosen


class DecisionForm(Form):
    """Approved until a day and hour, or refused; with the reason. `seen` is the scope that the page showed."""

    seen = HiddenField()
    decision = RadioField(lazy_gettext("Decision"), [InputRequired()])
    until = DayField(lazy_gettext("Open until the day"), [Optional()])
    hour = ChoiceField(
        lazy_gettext("and the hour"), choices=lambda: [(str(hour), f"{hour}:00") for hour in OFFICE_HOURS]
    )
    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(300)])

    def validate_until(self, field: Field) -> None:
        if self.decision.data == "approved" and not field.data:
            raise ValidationError(gettext("This must be filled in."))

    def lapses_at(self, zone: ZoneInfo) -> datetime | None:
        """The end of the reading in the time of the office; None where it is refused."""
        if self.decision.data != "approved" or self.until.data is None:
            return None
        return datetime.combine(self.until.data, time(int(self.hour.data)), zone)


class UndertakingForm(Form):
    """The inquirer's name under the undertaking."""

    name = TextField(lazy_gettext("Your full name, as the signature"), [Required(), AtMost(40)])


class EffectForm(Form):
    """What use was made of what was read."""

    effect = LongTextField(lazy_gettext("Effect of the use"), [Required(), AtMost(1_000)])


class RedactionForm(Form):
    """A part of a page to be blacked out, in thousandths of its width and height."""

    page = IntegerField(lazy_gettext("Page"), [InputRequired(), NumberRange(min=1)])
    left_permille = IntegerField(lazy_gettext("From the left (‰)"), [InputRequired()])
    top_permille = IntegerField(lazy_gettext("From the top (‰)"), [InputRequired()])
    width_permille = IntegerField(lazy_gettext("Width (‰)"), [InputRequired(), NumberRange(max=WHOLE_PERMILLE)])
    height_permille = IntegerField(lazy_gettext("Height (‰)"), [InputRequired(), NumberRange(max=WHOLE_PERMILLE)])
    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(200)])

    @property
    def rectangle(self) -> Rectangle:
        """The part of the page."""
        return Rectangle(
            self.left_permille.data or 0,
            self.top_permille.data or 0,
            self.width_permille.data or 0,
            self.height_permille.data or 0,
        )


class CertificateForm(Form):
    """What a certificate says, and until when it is valid; it is sealed and signed on paper."""

    statement = LongTextField(lazy_gettext("What is certified"), [Required(), AtMost(2_000)])
    valid_until = DayField(lazy_gettext("Valid until"), [Optional()])


__all__ = [
    "CertificateForm",
    "ConfirmationForm",
    "CounterRequestForm",
    "DecisionForm",
    "EffectForm",
    "InquirerForm",
    "ReasonForm",
    "RedactionForm",
    "RequestForm",
    "ScopeForm",
    "UndertakingForm",
    "UnmaskForm",
]
