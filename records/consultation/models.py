"""Inquirers from outside, their consultations, what they may see, what is blacked out, and the certificates given."""

from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.identity import mask_name
from classification.text import LabelledEnum
from records.files.models import Item
from records.holdings.being_read import past_its_day
from records.holdings.models import DigitalObject, PaperCopy
from storage.database import Base, named, where
from units.models import Unit

WHOLE_PERMILLE = 1_000  # a page is measured in thousandths of its width and height


class Standing(LabelledEnum):
    """How far the registration of an inquirer is."""

    WAITING = "waiting", "待确认", "To be confirmed"
    CONFIRMED = "confirmed", "已确认", "Confirmed"
    REFUSED = "refused", "不予登记", "Not registered"
    ENDED = "ended", "已停用", "Ended"


class Way(LabelledEnum):
    """Where the approved records are read."""

    SCREEN = "screen", "线上限时查阅", "On screen, for a time"
    COUNTER = "counter", "到馆查阅纸质件", "Paper, at the counter"


class State(LabelledEnum):
    """How far a consultation is. That it has lapsed is computed from its hour, never stored."""

    FILED = "filed", "待核定范围", "Scope to be settled"
    NARROWED = "narrowed", "待审批", "To be decided"
    APPROVED = "approved", "待签承诺书", "Undertaking to be accepted"
    OPEN = "open", "查阅中", "Open"
    LAPSED = "lapsed", "已到期", "Lapsed"
    CLOSED = "closed", "已办结", "Closed"
    REVOKED = "revoked", "已撤销", "Revoked"
    REFUSED = "refused", "不予查阅", "Refused"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"

    @property
    def before_decision(self) -> bool:
        return self in {State.FILED, State.NARROWED}

    @property
    def ended(self) -> bool:
        """Whether nothing of it can be opened any more."""
        return self in {State.LAPSED, State.CLOSED, State.REVOKED, State.REFUSED, State.WITHDRAWN}


class Inquirer(Base):
    """Somebody from outside who consults archives of a unit: sent by a body, or a person asking for the own file.

    `registered_by` is None where they registered themselves. The keeper confirms with the identity card in hand; with
    an account they read on screen, without one at the counter alone.
    """

    __tablename__ = "inquirer"
    __table_args__ = (
        CheckConstraint("(body_name IS NULL) = (credit_code IS NULL)", name="body_with_code"),
        CheckConstraint("(number_sealed IS NULL) = (number_blind IS NULL)", name="number_sealed_and_matched"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("user_id IS NULL OR decided_at IS NOT NULL", name="account_after_decision"),
        CheckConstraint("refusal IS NULL OR user_id IS NULL", name="refused_has_no_account"),
        CheckConstraint("refusal IS NULL OR decided_at IS NOT NULL", name="refused_when_decided"),
        CheckConstraint("ended_at IS NULL OR decided_at IS NOT NULL", name="ended_after_decision"),
        CheckConstraint("end_reason IS NULL OR ended_at IS NOT NULL", name="reason_of_an_end"),
        Index(
            "uq_inquirer_person", "unit_id", "number_blind", text("coalesce(credit_code, '')"), unique=True,
            **where("refusal IS NULL AND ended_at IS NULL"),
        ),
        Index("ix_inquirer_waiting", "unit_id", **where("decided_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    body_name: Mapped[str | None]
    credit_code: Mapped[str | None]
    name: Mapped[str]
    number_sealed: Mapped[str | None]
    number_blind: Mapped[str | None]
    phone_sealed: Mapped[str]
    registered_at: Mapped[datetime]
    registered_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    refusal: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    unit: Mapped[Unit] = relationship()
    user: Mapped[User | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def reader(self) -> str:
        """The name as it is written where nothing is ever taken back; of a private person, the household's, masked."""
        return self.name if self.body_name is not None else mask_name(self.name)

    @property
    def standing(self) -> Standing:
        if self.ended_at is not None:
            return Standing.ENDED
        if self.refusal is not None:
            return Standing.REFUSED
        return Standing.CONFIRMED if self.decided_at is not None else Standing.WAITING


class Consultation(Base):
    """One consultation 查档: what is asked and for what, what the keeper left of it, who decided, until when it runs.

    `asked` is the scope in words; whose file it is say `subject_name` and, where known, the sealed number. `left_out`
    says why not all that was asked can be shown. The undertaking is kept as it was accepted. The letter lies sealed in
    the store; `pictures_removed_at` is when the pages drawn for this reader were thrown away after the end.
    """

    __tablename__ = "consultation"
    __table_args__ = (
        CheckConstraint("state <> 'lapsed'", name="lapse_is_computed"),
        CheckConstraint("own_file OR letter_key IS NOT NULL", name="letter_unless_own_file"),
        CheckConstraint(
            "(letter_key IS NULL) = (letter_sha256 IS NULL) AND (letter_key IS NULL) = (letter_size_bytes IS NULL) "
            "AND (letter_key IS NULL) = (letter_media_type IS NULL)",
            name="letter_whole",
        ),
        CheckConstraint("letter_sha256 IS NULL OR length(letter_sha256) = 64", name="digest_form"),
        CheckConstraint(
            "(subject_number_sealed IS NULL) = (subject_number_blind IS NULL)", name="subject_sealed_and_matched"
        ),
        CheckConstraint(
            "(narrowed_at IS NULL) = (narrowed_by IS NULL) AND (narrowed_at IS NULL) = (identity_seen_on IS NULL)",
            name="narrowed_with_identity_seen",
        ),
        CheckConstraint("state IN ('filed', 'withdrawn') OR narrowed_at IS NOT NULL", name="narrowed_before_decision"),
        CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (decision_reason IS NULL)",
            name="decided_with_reason",
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> narrowed_by", name="decided_by_another"),
        CheckConstraint(
            "state NOT IN ('approved', 'open', 'closed', 'revoked') "
            "OR (decided_at IS NOT NULL AND lapses_at IS NOT NULL AND lapses_at > decided_at)",
            name="open_for_a_time",
        ),
        CheckConstraint(
            "(undertaking_at IS NULL) = (undertaking_text IS NULL) AND (undertaking_at IS NULL) = (undertaking_name IS "
            "NULL) AND (undertaking_at IS NULL) = (undertaking_version IS NULL)",
            name="undertaking_whole",
        ),
        CheckConstraint("state <> 'open' OR undertaking_at IS NOT NULL", name="open_after_undertaking"),
        CheckConstraint(
            "(state IN ('closed', 'revoked', 'withdrawn')) = (ended_at IS NOT NULL) "
            "AND (ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name="ended_with_reason",
        ),
        Index("ix_consultation_unit_state", "unit_id", "state"),
        Index("ix_consultation_inquirer", "inquirer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    inquirer_id: Mapped[int] = mapped_column(ForeignKey("inquirer.id"))
    way: Mapped[Way] = mapped_column(named(Way))
    own_file: Mapped[bool]
    purpose: Mapped[str]
    asked: Mapped[str]
    subject_name: Mapped[str | None]
    subject_number_sealed: Mapped[str | None]
    subject_number_blind: Mapped[str | None]
    letter_number: Mapped[str | None]
    letter_key: Mapped[str | None] = mapped_column(unique=True)
    letter_sha256: Mapped[str | None]
    letter_size_bytes: Mapped[int | None]
    letter_media_type: Mapped[str | None]
    state: Mapped[State] = mapped_column(named(State))
    filed_at: Mapped[datetime]
    filed_by: Mapped[str]
    narrowed_at: Mapped[datetime | None]
    narrowed_by: Mapped[str | None]
    identity_seen_on: Mapped[date | None]
    left_out: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decision_reason: Mapped[str | None]
    lapses_at: Mapped[datetime | None]
    undertaking_at: Mapped[datetime | None]
    undertaking_name: Mapped[str | None]
    undertaking_version: Mapped[str | None]
    undertaking_text: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]
    pictures_removed_at: Mapped[datetime | None]
    unit: Mapped[Unit] = relationship()
    inquirer: Mapped[Inquirer] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    def state_at(self, at: datetime) -> State:
        """The state at a moment: an approved or open one is over at its hour."""
        lapses = self.state in {State.APPROVED, State.OPEN} and self.lapses_at is not None and self.lapses_at <= at
        return State.LAPSED if lapses else self.state


class ConsultationItem(Base):
    """An item of the scope that the keeper left; `pages` as `1-3,5` counts through the item, None is all of it.

    `covered` are the black parts on these pages as they were approved: what was black then stays black for this reader.
    """

    __tablename__ = "consultation_item"
    __table_args__ = (Index("uq_consultation_item", "consultation_id", "item_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    pages: Mapped[str | None]
    covered: Mapped[list[Any]] = mapped_column(default=list)
    item: Mapped[Item] = relationship()
    consultation: Mapped[Consultation] = relationship()


class CounterReading(Base):
    """A copy of an item of the scope given to its reader at the counter; with the reader until `returned_at`.

    That the case has lapsed, was closed or revoked since brings no paper back.
    """

    __tablename__ = "counter_reading"
    __table_args__ = (
        CheckConstraint("(returned_at IS NULL) = (returned_by IS NULL)", name="returned_to_somebody"),
        CheckConstraint("returned_at >= given_at", name="returned_after_given"),
        Index("ix_counter_reading_line", "line_id"),
        Index("ix_counter_reading_copy", "copy_id"),
        Index("uq_counter_reading_open", "line_id", unique=True, **where("returned_at IS NULL")),
        Index("uq_counter_reading_copy_open", "copy_id", unique=True, **where("returned_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("consultation_item.id"))
    copy_id: Mapped[int] = mapped_column(ForeignKey("paper_copy.id"))
    given_at: Mapped[datetime]
    given_by: Mapped[str]
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[str | None]
    copy: Mapped[PaperCopy] = relationship()

    def late(self, on: date, zone: tzinfo) -> bool:
        """Whether it is still with the reader who was given it on a day before."""
        return self.returned_at is None and past_its_day(self.given_at, on, zone)


class UseEffect(Base):
    """What came of a use 利用效果, as it was told on a day; what is told later stands beside it."""

    __tablename__ = "use_effect"
    __table_args__ = (Index("ix_use_effect_consultation", "consultation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    told: Mapped[str]
    told_on: Mapped[date]
    told_by: Mapped[str]


class Redaction(Base):
    """A rectangle blacked out for outside readers 遮盖, on one page of a digital object, in thousandths of the page."""

    __tablename__ = "redaction"
    __table_args__ = (
        CheckConstraint("page >= 1", name="page_counted_from_one"),
        CheckConstraint(
            "left_permille >= 0 AND top_permille >= 0 AND width_permille > 0 AND height_permille > 0 "
            f"AND left_permille + width_permille <= {WHOLE_PERMILLE} "
            f"AND top_permille + height_permille <= {WHOLE_PERMILLE}",
            name="within_the_page",
        ),
        Index("ix_redaction_page", "object_id", "page"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    object_id: Mapped[int] = mapped_column(ForeignKey("digital_object.id"))
    page: Mapped[int]
    left_permille: Mapped[int]
    top_permille: Mapped[int]
    width_permille: Mapped[int]
    height_permille: Mapped[int]
    reason: Mapped[str]
    marked_by: Mapped[str]
    marked_at: Mapped[datetime]
    object: Mapped[DigitalObject] = relationship()


class Certificate(Base):
    """A certified extract or archival certificate 档案证明, checked by number and code.

    Its PDF names people: it lies sealed under `key`, with the digest of the PDF itself and that of its content, which
    stands on the paper. A counterfoil 存根, which says nothing of what is certified, is filed as `item`. `sources` are
    the reference codes it rests on, a line each.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64 AND length(content_sha256) = 64", name="digest_form"),
        CheckConstraint("valid_until IS NULL OR valid_until >= made_on", name="valid_from_the_day"),
        CheckConstraint(
            "(revoked_on IS NULL) = (revoked_by IS NULL) AND (revoked_on IS NULL) = (revocation_reason IS NULL)",
            name="revoked_with_reason",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str]
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    statement: Mapped[str]
    sources: Mapped[str]
    made_on: Mapped[date]
    made_by: Mapped[str]
    valid_until: Mapped[date | None]
    key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    content_sha256: Mapped[str]
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    revoked_on: Mapped[date | None]
    revoked_by: Mapped[str | None]
    revocation_reason: Mapped[str | None]
    consultation: Mapped[Consultation] = relationship()
    item: Mapped[Item] = relationship()

    @property
    def unit_path(self) -> str:
        return self.consultation.unit_path


class SealedRemoval(Base):
    """A letter or certificate whose bytes are to be gone, because the file it is about was destroyed."""

    __tablename__ = "sealed_removal"
    __table_args__ = (Index("ix_sealed_removal_waiting", "id", **where("removed_at IS NULL")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    removed_at: Mapped[datetime | None]


class PublicAttempt(Base):
    """A question or registration by somebody who is not signed in, counted to slow down guessing; old rows go."""

    __tablename__ = "public_attempt"
    __table_args__ = (Index("ix_public_attempt", "kind", "address", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]
