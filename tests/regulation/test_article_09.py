"""Article 9: who is re-employed and still eligible is determined anew and taken over by the new employer's union."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import Permission
from audit import AuditEntry, seal
from records.browse.history import of_file, tell
from records.closing.errors import DeterminationMissing
from records.closing.models import TransferReason
from records.files.models import Custody
from records.files.services import changeable
from tests.cast import Cast
from tests.records.closing.cases import DETERMINED, make_household, offer, open_custodies, take


def test_re_employment_ends_the_old_units_duty_only_when_the_new_units_determination_is_recorded(
    session: Session, cast: Cast
) -> None:
    file = make_household(session, cast.district, cast.keeper)
    transfer = offer(session, cast, file, reason=TransferReason.REEMPLOYED)
    with pytest.raises(DeterminationMissing, match=r"art\. 9"):
        take(session, transfer, cast.other_keeper)
    assert changeable(file, cast.keeper.actor, Permission.FILE) is file
    assert [custody.keeper for custody in open_custodies(session, file)] == [cast.keeper]
    take(session, transfer, cast.other_keeper, determination=DETERMINED)
    assert changeable(file, cast.other_keeper.actor, Permission.FILE) is file
    assert [custody.keeper for custody in open_custodies(session, file)] == [cast.other_keeper]


def test_the_history_of_a_file_is_kept_when_it_passes_on(app: object, session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    code = file.code
    take(
        session,
        offer(session, cast, file, reason=TransferReason.REEMPLOYED),
        cast.other_keeper,
        determination=DETERMINED,
    )
    seal(session)
    assert file.code == code
    keepers = session.scalars(select(Custody.keeper_id).where(Custody.file_id == file.id).order_by(Custody.id)).all()
    assert keepers == [cast.keeper.id, cast.other_keeper.id]
    entries = session.scalars(select(AuditEntry).where(of_file(file)).order_by(AuditEntry.number)).all()
    with app.test_request_context():  # type: ignore[attr-defined]
        told = tell(session, entries, cast.other_keeper.actor, admitted=True)
    opened = next(one for one, entry in zip(told, entries, strict=True) if entry.action == "file.opened")
    assert opened.subject == code
    assert {detail.value for detail in opened.details} >= {"周大河", "王维"}
    assert {entry.action for entry in entries} >= {"file.opened", "file_transfer.accepted", "file.moved"}
