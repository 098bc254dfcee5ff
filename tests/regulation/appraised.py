"""What is decided of one household's file when its period is over: held, refused, given up, and counted once more."""

from datetime import date

from sqlalchemy.orm import Session

from classification.categories import Category
from records.disposal.appraisal import appraise, draw, name_member, submit
from records.disposal.approval import approve, cancel, refuse
from records.disposal.batches import decided_digest, lines_of
from records.disposal.due import DueFilter
from records.disposal.holds import lift_hold, place_hold
from records.disposal.models import DisposalBatch, DisposalPart, GroupRole, HoldKind, Verdict
from records.disposal.signing import count, name_party, replace_witness
from records.files.models import File
from tests.cast import PASSWORD
from tests.records.workflow.office import Desk, at

DUE = date(2036, 6, 2)


def appraise_file(session: Session, desk: Desk, file: File, told: str) -> None:
    """Draw a file three times, with a word of the household in every reason: the third time it waits, approved."""
    keeper, leader, moment = desk.keeper.actor, desk.leader.actor, at(DUE)
    hold = place_hold(session, file, HoldKind.LITIGATION, told, actor=keeper, at=moment, separate_file=told)
    lift_hold(session, hold, told, actor=leader, at=moment)
    refuse(session, _submitted(session, desk, file, told), told, actor=leader, at=moment, on=DUE)
    cancel(session, _submitted(session, desk, file, told), told, actor=keeper, at=moment, on=DUE)
    batch = _submitted(session, desk, file, told)
    seen = decided_digest(lines_of(session, batch))
    approve(session, batch, seen_sha256=seen, actor=leader, at=moment, on=DUE)
    witness = name_party(session, batch, DisposalPart.WITNESS, desk.second_keeper, actor=keeper)
    count(session, batch, desk.second_keeper, PASSWORD, seen_sha256=batch.list_sha256 or "", at=moment)
    replace_witness(session, batch, witness.id, desk.reviewer, told, actor=keeper, at=moment)


def _submitted(session: Session, desk: Desk, file: File, told: str) -> DisposalBatch:
    keeper, chosen = desk.keeper.actor, DueFilter(Category.ORIGINAL, keys=[f"file-{file.id}"])
    batch = draw(session, desk.workplace, chosen, actor=keeper, at=at(DUE), on=DUE)
    for role, name in ((GroupRole.ARCHIVES, "组员一"), (GroupRole.MEMBER, "组员二")):
        name_member(session, batch, role, name, "机械厂工会", actor=keeper)
    appraise(session, batch, None, Verdict.DESTROY, told, actor=keeper, on=DUE)
    submit(session, batch, actor=keeper, at=at(DUE), on=DUE)
    return batch
