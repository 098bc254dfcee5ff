"""Certified extracts and archival certificates 档案证明: given on paper, checked by anybody who holds one."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.codes import as_scanned
from classification.identity import mask_name
from classification.text import Label
from printing.forms import Printed, Section, Signature, sheet_form
from records.consultation.errors import KeptNoMore, NothingToCertify, NumberTaken, RevokedAlready, ValidBeforeGiven
from records.consultation.models import Certificate, Consultation, ConsultationItem, State
from records.consultation.registration import receives
from records.consultation.requests import scope_of
from records.consultation.scope import DESTROYED
from records.consultation.sealed import CERTIFICATES, read_sealed, store_sealed
from records.files.codes import coming_in_series, next_in_series
from records.files.errors import NotTheKeepersUnit
from records.holdings.locking import lock
from records.holdings.printed import REPORTS, Document, Filing, Ready, file_printed, made_ready
from storage.objects import ObjectMissing, ObjectStore
from storage.sealing import Vault, vault_of
from units.models import Unit
from web.rules import NotVisible

NUMBER_WIDTH = 4
CODE_SIGNS = 16
KIND = "certificate_counterfoil"

Address = Callable[[str, str], str]  # of the page where a number and code are checked


@dataclass(frozen=True)
class Draft:
    """A certificate as it is given, printed, sealed and stored with its counterfoil before it is given.

    `number` is the one that was next; `sha256` and `pages_count` are those of the PDF, which lies sealed under `key`;
    `content_sha256` is what stands on its pages.
    """

    number: str
    code: str
    statement: str
    sources: Sequence[str]
    made_on: date
    valid_until: date | None
    key: str
    sha256: str
    content_sha256: str
    pages_count: int
    counterfoil: Printed
    ready: Ready


def draft_certificate(
    session: Session,
    consultation: Consultation,
    statement: str,
    *,
    valid_until: date | None,
    address: Address,
    filing: Filing,
) -> Draft:
    """Print what the records of an approved consultation say, and the counterfoil, and store both.

    It is PDF/A with a QR code of the page where it is checked; the unit seals and signs it on paper. It changes no row
    and takes a while: hence it is done before the transaction that gives it. Raises ReceivedElsewhere,
    NothingToCertify, KeptNoMore, ValidBeforeGiven or StoreFailed.
    """
    check_certifies(session, consultation, filing.keeper.actor)
    if valid_until is not None and valid_until < filing.on:
        raise ValidBeforeGiven(on=filing.on)
    number = coming_in_series(session, _series(filing.on), NUMBER_WIDTH)
    vault = vault_of(session)
    code = vault.blind(f"certificate {number}")[:CODE_SIGNS]  # nobody without the key can make one up
    sources = [line.item.code or "" for line in scope_of(session, consultation)]
    printed = _certificate(consultation, statement, number, code, sources, valid_until, address, filing)
    counterfoil = _counterfoil(consultation, number, sources, valid_until, printed, filing)
    ready = made_ready(counterfoil, f"{number}.pdf", filing.store, filing.workshop)
    return Draft(
        number=number,
        code=code,
        statement=statement,
        sources=sources,
        made_on=filing.on,
        valid_until=valid_until,
        key=store_sealed(filing.store, vault, printed.pdf, CERTIFICATES),
        sha256=printed.sha256,
        content_sha256=printed.content_sha256,
        pages_count=printed.pages,
        counterfoil=counterfoil,
        ready=ready,
    )


def give_certificate(session: Session, consultation: Consultation, draft: Draft, *, filing: Filing) -> Certificate:
    """Give a certificate as it was printed, and file its counterfoil.

    Raises ReceivedElsewhere, NothingToCertify, KeptNoMore, NumberTaken where another one got the number meanwhile, or
    what filing raises.
    """
    unit, keeper = consultation.unit, filing.keeper
    lock(session, consultation)
    check_certifies(session, consultation, keeper.actor)
    number = next_in_series(session, _series(draft.made_on), NUMBER_WIDTH)
    if number != draft.number:
        raise NumberTaken(number=draft.number)
    document = Document(
        unit=unit,
        document_type=KIND,
        title=f"档案证明存根（{number}）",
        number=number,
        name=f"{number}.pdf",
        printed=draft.counterfoil,
        people=keeper.display_name,
        retention_class=REPORTS,
    )
    item = file_printed(session, document, filing, draft.ready)
    made = Certificate(
        number=number,
        code=draft.code,
        consultation=consultation,
        statement=draft.statement,
        sources="\n".join(draft.sources),
        made_on=draft.made_on,
        made_by=keeper.name,
        valid_until=draft.valid_until,
        key=draft.key,
        sha256=draft.sha256,
        content_sha256=draft.content_sha256,
        item=item,
    )
    session.add(made)
    session.flush()
    audit.record(
        session, keeper.name, "certificate.given", made, number=number, request=consultation.number,
        sha256=made.sha256, code=item.code,
    )  # fmt: skip
    audit.record_use(
        session, keeper.name, "content.printed", made, request=consultation.number, sha256=made.sha256,
        pages=draft.pages_count,
    )  # fmt: skip
    return made


def revoke_certificate(session: Session, certificate: Certificate, reason: str, *, actor: Actor, on: date) -> None:
    """Revoke a certificate; whoever checks it sees so at once. Raises NotTheKeepersUnit or RevokedAlready."""
    unit = certificate.consultation.unit
    if not (actor.may(Permission.RECEIVE, unit.path) or actor.may(Permission.APPROVE, unit.path)):
        raise NotTheKeepersUnit(unit=unit.name)
    lock(session, certificate)
    if certificate.revoked_on is not None:
        raise RevokedAlready(number=certificate.number, on=certificate.revoked_on)
    certificate.revoked_on, certificate.revoked_by, certificate.revocation_reason = on, actor.name, reason
    audit.record(session, actor.name, "certificate.revoked", certificate, number=certificate.number, reason=reason)


def checked_certificate(session: Session, number: str, code: str) -> Certificate | None:
    """The certificate with this number, if the code is the one that stands on it."""
    found = session.scalar(_certificates().where(Certificate.number == as_scanned(number)))
    typed = "".join(as_scanned(code).split()).lower()
    if found is None or not hmac.compare_digest(found.code.encode(), typed.encode()):
        return None
    return found


def certificates_of(session: Session, consultation: Consultation) -> Sequence[Certificate]:
    """The certificates given in a consultation, in their order."""
    mine = select(Certificate).where(Certificate.consultation_id == consultation.id)
    return session.scalars(mine.order_by(Certificate.id)).all()


def visible_certificate(session: Session, certificate_id: int, actor: Actor) -> Certificate:
    """One certificate of the units whose custodians the actor belongs to; raises NotVisible."""
    mine = within(Unit.path, actor.scope(Permission.READ_WITHDRAWN))
    found = session.scalar(_certificates().where(Certificate.id == certificate_id, mine))
    if found is None:
        raise NotVisible
    return found


def pdf_of(store: ObjectStore, vault: Vault, certificate: Certificate) -> bytes:
    """The certificate as it was given; raises NotVisible once its bytes went with the file it is about."""
    try:
        return read_sealed(store, vault, certificate.key)
    except ObjectMissing:
        raise NotVisible from None


def can_be_certified(consultation: Consultation, lines: Sequence[ConsultationItem]) -> bool:
    """Whether a certificate may be given: the approval stands, and the unit keeps all that it would rest on."""
    return _approval_stands(consultation) and _kept_no_more(consultation, lines) is None


def check_certifies(session: Session, consultation: Consultation, actor: Actor) -> None:
    """Raise ReceivedElsewhere, NothingToCertify or KeptNoMore where an actor gives no certificate in a consultation."""
    receives(consultation.unit, actor)
    if not _approval_stands(consultation):
        raise NothingToCertify
    if line := _kept_no_more(consultation, scope_of(session, consultation)):
        unit = line.item.file.unit.name
        passed = Label(f"档案已移交{unit}，由其出具", f"its file has passed to {unit}, which certifies")
        raise KeptNoMore(code=line.item.code, why=DESTROYED if line.item.destroyed_on else passed)


def _approval_stands(consultation: Consultation) -> bool:
    """Whether the leader approved the consultation, which covers a certificate, and did not revoke it."""
    return consultation.lapses_at is not None and consultation.state not in {State.REVOKED, State.REFUSED}


def _kept_no_more(consultation: Consultation, lines: Sequence[ConsultationItem]) -> ConsultationItem | None:
    """A record of which the unit has nothing any more that could be compared: its file passed on, or was destroyed."""
    for line in lines:
        if line.item.file.unit_id != consultation.unit_id or line.item.destroyed_on is not None:
            return line
    return None


def _series(on: date) -> str:
    return f"DZ-{on.year}-"


def _certificates() -> Select[Certificate]:
    return (
        select(Certificate)
        .join(Certificate.consultation)
        .join(Consultation.unit)
        .options(contains_eager(Certificate.consultation).contains_eager(Consultation.unit))
    )


def _certificate(
    consultation: Consultation,
    statement: str,
    number: str,
    code: str,
    sources: Sequence[str],
    valid_until: date | None,
    address: Address,
    filing: Filing,
) -> Printed:
    inquirer, to_check = consultation.inquirer, address(number, code)
    page = to_check.partition("?")[0]
    return sheet_form(
        title="档案证明",
        number=number,
        subtitle=consultation.unit.name,
        sections=[
            Section(
                facts=[
                    ("出具给", inquirer.body_name or inquirer.name),
                    ("用途", consultation.purpose),
                    ("查档单号", consultation.number),
                    ("出具日期", filing.on.isoformat()),
                    ("有效期至", valid_until.isoformat() if valid_until else "长期"),
                ]
            ),
            Section(heading="证明内容", text=statement),
            Section(heading="依据档案", text="\n".join(sources)),
            Section(
                heading="核验",
                text=f"扫描二维码，或打开 {page}，填写证明编号 {number} 和核验码 {code}。加盖公章后有效，复印无效。",
            ),
        ],
        made_at=filing.at,
        signatures=[
            Signature("经办人", filing.keeper.display_name),
            Signature("单位（盖章）", consultation.unit.name, sealed=True),
        ],
        address=to_check,
    )


def _counterfoil(
    consultation: Consultation,
    number: str,
    sources: Sequence[str],
    valid_until: date | None,
    printed: Printed,
    filing: Filing,
) -> Printed:
    """What stays among the daily work, which more people read: the digest of the certificate, and nothing it says."""
    return sheet_form(
        title="档案证明存根",
        number=number,
        subtitle=consultation.unit.name,
        sections=[
            Section(
                facts=[
                    ("出具给", consultation.inquirer.body_name or mask_name(consultation.inquirer.name)),
                    ("查档单号", consultation.number),
                    ("出具日期", filing.on.isoformat()),
                    ("有效期至", valid_until.isoformat() if valid_until else "长期"),
                    ("证明摘要值", printed.sha256),
                ]
            ),
            Section(heading="依据档案", text="\n".join(sources)),
        ],
        made_at=filing.at,
        signatures=[Signature("经办人", filing.keeper.display_name)],
    )
