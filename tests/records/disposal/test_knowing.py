"""What the group is told of the files it judges."""

from datetime import timedelta

from sqlalchemy.orm import Session

from records.closing.models import TransferReason
from records.disposal.batches import lines_of
from records.disposal.knowing import BackdatedDay, CorrectedDay, known_of, owners_in
from records.disposal.models import DisposalLine
from records.disposal.sheet import opinion_sheet
from records.files.elsewhere import earlier_files, now_elsewhere
from records.files.grounds import PLAIN_DAYS
from records.files.membership import join_household, leave_household
from records.files.models import WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import correct_withdrawal, return_to_help
from records.households.models import Relation
from records.households.services import MemberEntry
from tests.cast import MONDAY, NOON, Cast, make_file
from tests.printing import paper
from tests.records.closing.cases import begin_case, make_household, offer, take
from tests.records.disposal.office import WITHDRAWN_ON, Disposal, make_withdrawn, number

OPENED_ON = MONDAY - timedelta(days=400)


def test_the_group_is_told_of_a_corrected_day_of_withdrawal(session: Session, cast: Cast) -> None:
    file, other = make_withdrawn(session, cast), make_withdrawn(session, cast, sequence=2, name="李远")
    day, because = WITHDRAWN_ON - timedelta(days=PLAIN_DAYS + 1), "审批表落款为该日"
    correct_withdrawal(
        session, file, day, WithdrawalReason.LIFTED, because, actor=cast.approver.actor, today=WITHDRAWN_ON
    )  # fmt: skip
    correct_withdrawal(
        session, file, day, WithdrawalReason.RETIRED, because, actor=cast.keeper.actor, today=WITHDRAWN_ON
    )  # fmt: skip
    known = known_of(session, [file.id, other.id])
    assert known.keys() == {file.id}
    [told] = known[file.id].corrected  # that of the reason alone is none of the day
    assert told == CorrectedDay(WITHDRAWN_ON, day, WITHDRAWN_ON, cast.approver.display_name, because)


def test_it_is_told_who_decided_on_a_backdated_day_when_and_on_what_grounds(session: Session, cast: Cast) -> None:
    plain, file = make_withdrawn(session, cast), make_file(session, cast, number=number(2), name="李远", on=OPENED_ON)
    day, grounds = OPENED_ON + timedelta(days=1), "审批表落款为该日，卷内有据"
    withdraw(
        session, file, WithdrawalReason.LIFTED, actor=cast.approver.actor, on=day, today=MONDAY, remarks=grounds
    )  # fmt: skip
    correct_withdrawal(
        session, file, day, WithdrawalReason.RETIRED, "原因写错，应为退休", actor=cast.keeper.actor, today=MONDAY
    )  # fmt: skip
    known = known_of(session, [plain.id, file.id])
    assert known.keys() == {file.id}
    assert known[file.id].backdated == BackdatedDay(day, MONDAY, cast.approver.display_name, grounds)


def test_what_was_corrected_before_the_household_returned_to_help_is_not_told_of_its_next_withdrawal(
    session: Session, cast: Cast
) -> None:
    file, keeper = make_withdrawn(session, cast), cast.keeper.actor
    day, back, again = (WITHDRAWN_ON + timedelta(days=days) for days in (-1, 10, 20))
    correct_withdrawal(
        session, file, day, WithdrawalReason.LIFTED, "审批表落款为该日", actor=keeper, today=WITHDRAWN_ON
    )  # fmt: skip
    return_to_help(session, file, "再次遇困，经核实", actor=cast.approver.actor, on=back, today=back)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper, on=again, today=again)
    assert known_of(session, [file.id]) == {}


def test_it_is_told_for_whom_a_file_is_kept_on_behalf(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.street, cast.street_keeper)
    begin_case(session, cast)
    offered = offer(session, cast, file, cast.district, TransferReason.ON_BEHALF, giver=cast.street_keeper)
    assert known_of(session, [file.id]) == {}
    take(session, offered, cast.keeper)
    assert known_of(session, [file.id])[file.id].owner == cast.street.name
    owners = owners_in(session, [DisposalLine(file_id=file.id)])
    withdrawn = make_withdrawn(session, cast)
    batch = Disposal(session, cast).draw()
    said = opinion_sheet(
        batch, lines_of(session, batch), [], {}, [], owners={withdrawn.id: owners[file.id]}, made_at=NOON
    ).pdf
    assert f"档案所属单位：{cast.street.name}" in paper.words(said)


def test_it_is_told_where_the_worker_of_a_withdrawn_file_belongs_to_another_household(
    session: Session, cast: Cast
) -> None:
    old, new = make_withdrawn(session, cast), make_file(session, cast, number=number(2), name="李远")
    entry = MemberEntry("周大河", Relation.OTHER, number(1))
    member = join_household(session, new, entry, actor=cast.keeper.actor, on=MONDAY)
    known = known_of(session, [old.id])[old.id]
    assert known.elsewhere == now_elsewhere(session, [old.id])[old.id]
    assert (known.elsewhere.file, known.elsewhere.relation) == (new, Relation.OTHER)
    told = earlier_files(session, member.household_id, cast.keeper.actor)
    assert [(one.name, one.file) for one in told] == [("周大河", old)]
    assert earlier_files(session, member.household_id, cast.other_keeper.actor) == []  # out of that reader's sight
    leave_household(session, new, member.id, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    assert known_of(session, [old.id]) == {}
