"""Forms of disposal."""

from collections.abc import Mapping, Sequence

from wtforms import Field, HiddenField, PasswordField
from wtforms.validators import ValidationError

from accounts.models import User
from records.disposal.appraisal import periods_offered
from records.disposal.models import DisposalBatch, DisposalPart, DisposalSignature, GroupRole, HoldKind, Verdict
from records.disposal.signing import parts_of
from web.forms import AtMost, ChoiceField, CodeField, Form, Required, TextField
from web.language import gettext, lazy_gettext
from web.shown import words

Choices = list[tuple[str, str]]
AGREES = "yes"


class HoldForm(Form):
    """Why something must not be destroyed."""

    kind = ChoiceField(lazy_gettext("Kind of hold"), [Required()])
    reason = TextField(lazy_gettext("What is open, and who asked for it"), [Required(), AtMost(400)])
    separate_file = TextField(lazy_gettext("Pulled out into the separate file"), [AtMost(200)])


class ReasonForm(Form):
    """A step that needs its reason."""

    reason = TextField(lazy_gettext("Reason"), [Required(), AtMost(400)])


class MemberForm(Form):
    """One of the appraisal group."""

    role = ChoiceField(lazy_gettext("Part in the group"), [Required()])
    person = CodeField(lazy_gettext("Card number or sign-in name"), [AtMost(80)])
    name = TextField(lazy_gettext("Full name"), [AtMost(80)])
    position = TextField(lazy_gettext("Body and position"), [Required(), AtMost(120)])

    def validate_name(self, field: Field) -> None:
        if not field.data and not self.person.data:
            raise ValidationError(gettext("Name the member, or scan the card of one who has an account here."))


class OpinionForm(Form):
    """The opinion of the group on the chosen lines."""

    verdict = ChoiceField(lazy_gettext("Opinion"), [Required()])
    keep = ChoiceField(lazy_gettext("New period, where it is kept on"), default="")
    hold_kind = ChoiceField(lazy_gettext("Kind of hold, where it is held"), default="")
    separate_file = TextField(lazy_gettext("Pulled out into the separate file"), [AtMost(200)])
    opinion_reason = TextField(lazy_gettext("Reason of the opinion"), [Required(), AtMost(400)])


class PartyForm(Form):
    """Who signs as what."""

    part = ChoiceField(lazy_gettext("Signs as"), [Required()])
    person = ChoiceField(lazy_gettext("Who signs"), [Required()])


class ReplacementForm(Form):
    """Who stands in for a witness, and why."""

    replaced = ChoiceField(lazy_gettext("Witness who cannot sign"), [Required()])
    replacement = ChoiceField(lazy_gettext("Who stands in"), [Required()])
    replaced_reason = TextField(lazy_gettext("Why the witness cannot sign"), [Required(), AtMost(400)])


class SignForm(Form):
    """A signature by password under the list that was seen."""

    seen = HiddenField()
    password = PasswordField(
        lazy_gettext("Your password"), [Required(), AtMost(200)], render_kw={"autocomplete": "current-password"}
    )


class AgreeForm(SignForm):
    """One of the five opinions."""

    agrees = ChoiceField(lazy_gettext("Opinion"), [Required()])
    remarks = TextField(lazy_gettext("Remarks or reason"), [AtMost(200)])


class ApproveForm(Form):
    """The approval of the list that was seen."""

    seen = HiddenField()


class SpotForm(Form):
    """Where the printed opinion and list will lie."""

    deeds_spot = CodeField(lazy_gettext("Barcode of the box or place for the printed list"), [Required(), AtMost(80)])


class FinalForm(SignForm):
    """The signature after; the last one says where the printed list will lie, unless a keeper has said so."""

    spot = CodeField(lazy_gettext("Barcode of the box or place for the printed list"), [AtMost(80)])


class CloseForm(Form):
    """Where the printed opinion will lie."""

    close_spot = CodeField(
        lazy_gettext("Barcode of the box or place for the printed opinion"), [Required(), AtMost(80)]
    )


def hold_kinds(*, first: str = "") -> Choices:
    """Why something is held by hand; an incident holds by itself."""
    kinds = [one for one in HoldKind if one is not HoldKind.INCIDENT]
    return [("", first or gettext("Choose")), *((one.value, words(one)) for one in kinds)]


def agreeing() -> Choices:
    """For the destruction, or against it."""
    said = (AGREES, gettext("For the destruction")), ("no", gettext("Against the destruction"))
    return [("", gettext("Choose")), *said]


def group_roles() -> Choices:
    """The parts in an appraisal group."""
    return [("", gettext("Choose")), *((one.value, words(one)) for one in GroupRole)]


def verdicts() -> Choices:
    """The opinions."""
    return [("", gettext("Choose")), *((one.value, words(one)) for one in Verdict)]


def periods() -> Choices:
    """The periods for which something may be kept on."""
    return [("", "—"), *((one.letter, words(one.label)) for one in periods_offered())]


def replaceable(signatures: Sequence[DisposalSignature]) -> Choices:
    """The witnesses whose signature a batch waits for."""
    waiting = [one for one in signatures if one.signs_after and one.signed_at is None]
    return [("", gettext("Choose")), *((str(one.id), f"{words(one.part)} {one.user.display_name}") for one in waiting)]


def people(offered: Sequence[User], units: Mapping[str, str]) -> Choices:
    """Who may sign, by sign-in name; `units` are the names of units by path."""
    return [("", gettext("Choose")), *((one.name, _introduced(one, units)) for one in offered)]


def _introduced(user: User, units: Mapping[str, str]) -> str:
    known = [units.get(user.unit_path), user.position]
    return f"{user.display_name}（{'，'.join(each for each in known if each)}）" if any(known) else user.display_name


def parts(batch: DisposalBatch) -> Choices:
    """As what somebody may sign for a batch."""
    offered: tuple[DisposalPart, ...] = parts_of(batch)
    return [*(() if len(offered) == 1 else [("", gettext("Choose"))]), *((one.value, words(one)) for one in offered)]
