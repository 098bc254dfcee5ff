"""Whose people sign for a destruction, and what those see of it who are only named to watch (art. 7, 15; order 79)."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import end_role, grant_role
from classification.categories import Category
from records.disposal.appraisal import appraise, drop_member, name_member
from records.disposal.approval import send_back
from records.disposal.batches import (
    group_of,
    lines_in_sight,
    lines_of,
    sees_all,
    signatures_of,
    visible_batch,
)
from records.disposal.closing import name_spot, sign_destroyed
from records.disposal.errors import (
    BatchMoved,
    NamedTwice,
    NoAppraiser,
    NotTheHead,
    OpinionsMissing,
    OtherUnitsPeople,
    OwnPeopleFirst,
    SeparateFileMissing,
)
from records.disposal.holds import holds_on
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalLine,
    DisposalPart,
    DisposalSignature,
    GroupRole,
    HoldKind,
    Verdict,
)
from records.disposal.sheet import dated_words, destruction_sheet
from records.disposal.signers import people_for
from records.disposal.signing import AGREED, count, drop_party, name_party, sign_opinion
from records.files.errors import SaidTooLittle
from records.holdings.errors import WrongPlaceForDeed
from records.holdings.models import Place
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, PASSWORD, Cast
from tests.printing import paper
from tests.records.disposal.office import (
    APPROVED_ON,
    DESTROYED_ON,
    DRAWN_ON,
    WITHDRAWN_ON,
    Disposal,
    make_household,
    make_statements,
    moment,
    only_line,
    person,
)
from web.rules import NotVisible


def granted(session: Session, user: User, role: Role, path: str) -> User:
    grant_role(session, user, role, path, actor=OPERATOR, at=NOON)
    return user


def test_the_five_opinions_are_given_by_people_of_the_unit_and_above_it_where_it_has_nobody_else(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_statements(session, cast, place)
    batch, keeper = disposal.approved(Category.ACCOUNTING), cast.keeper.actor
    for part in (DisposalPart.UNIT_HEAD, DisposalPart.ACCOUNTING_CLERK):
        with pytest.raises(OtherUnitsPeople, match=r"people of its own or of its superior unions.+art\. 7"):
            name_party(session, batch, part, cast.other_keeper, actor=keeper)
    with pytest.raises(NotTheHead, match="is an approver of 东区总工会 or of a unit above it; 李读 is not"):
        name_party(session, batch, DisposalPart.UNIT_HEAD, cast.reader, actor=keeper)
    with pytest.raises(OwnPeopleFirst, match="王维、赵敏、李读"):
        name_party(session, batch, DisposalPart.ARCHIVES_CLERK, cast.supervisor, actor=keeper)
    name_party(session, batch, DisposalPart.UNIT_HEAD, cast.approver, actor=keeper)
    own = [one for one in people_for(session, batch) if one not in (cast.approver, cast.supervisor)]
    parts = (DisposalPart.ARCHIVES_HEAD, DisposalPart.ARCHIVES_CLERK, DisposalPart.ACCOUNTING_HEAD)
    for part, user in zip(parts, own, strict=False):
        name_party(session, batch, part, user, actor=keeper)
    for user in own[len(parts) :]:
        end_role(session, user, user.active_grants[0], actor=OPERATOR, at=NOON)
    session.flush()
    name_party(session, batch, DisposalPart.ACCOUNTING_CLERK, cast.supervisor, actor=keeper)


def test_a_role_taken_back_before_the_signature_takes_the_signature_back(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_statements(session, cast, place)
    batch, head = disposal.approved(Category.ACCOUNTING), person(session, cast, "head", "主席", Role.APPROVER)
    name_party(session, batch, DisposalPart.UNIT_HEAD, head, actor=cast.keeper.actor)
    name_party(session, batch, DisposalPart.ARCHIVES_CLERK, cast.reader, actor=cast.keeper.actor)
    name_party(session, batch, DisposalPart.ARCHIVES_WITNESS, disposal.witnesses[0], actor=cast.keeper.actor)
    granted(session, head, Role.READER, cast.district.path)
    for user in (head, cast.reader, disposal.witnesses[0]):
        end_role(session, user, user.active_grants[0], actor=OPERATOR, at=NOON)
    seen = batch.list_sha256 or ""
    for user, refusal in ((head, NotTheHead), (cast.reader, OtherUnitsPeople)):
        with pytest.raises(refusal):
            sign_opinion(session, batch, user, PASSWORD, seen_sha256=seen, at=NOON, on=MONDAY)
    with pytest.raises(OtherUnitsPeople):
        count(session, batch, disposal.witnesses[0], PASSWORD, seen_sha256=seen, at=NOON)


def test_the_words_of_an_opinion_are_kept_and_printed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_statements(session, cast, place)
    batch = disposal.approved(Category.ACCOUNTING)
    for part, user, words in (
        (DisposalPart.UNIT_HEAD, cast.approver, None),
        (DisposalPart.ARCHIVES_CLERK, cast.reader, "已逐卷核对"),
    ):
        name_party(session, batch, part, user, actor=cast.keeper.actor)
        sign_opinion(
            session, batch, user, PASSWORD, remarks=words, seen_sha256=batch.list_sha256 or "", at=NOON, on=MONDAY
        )  # fmt: skip
    said = paper.words(
        destruction_sheet(
            batch, lines_of(session, batch), signatures_of(session, batch), {}, owners={}, made_at=NOON
        ).pdf
    )
    assert AGREED in said
    assert "同意销毁；已逐卷核对" in said


def test_all_five_have_to_agree_and_one_against_the_destruction_ends_the_batch_with_the_reason(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    item = make_statements(session, cast, place)
    batch = disposal.approved(Category.ACCOUNTING)
    name_party(session, batch, DisposalPart.UNIT_HEAD, cast.approver, actor=cast.keeper.actor)

    def against(why: str | None) -> DisposalSignature:
        return sign_opinion(
            session, batch, cast.approver, PASSWORD, agrees=False, remarks=why, seen_sha256=batch.list_sha256 or "",
            at=NOON, on=APPROVED_ON,
        )  # fmt: skip

    with pytest.raises(SaidTooLittle):
        against(None)
    assert against("其中一笔尚在审计").opinion == "不同意销毁；其中一笔尚在审计"
    assert (batch.state, batch.ended_on) == (BatchState.CANCELLED, APPROVED_ON)
    assert "不同意销毁；其中一笔尚在审计" in (batch.end_reason or "")
    with pytest.raises(BatchMoved):
        disposal.start(batch)
    assert item.destroyed_on is None
    assert only_line(session, disposal.draw(Category.ACCOUNTING)).item_id == item.id


def test_who_is_only_named_to_watch_sees_what_goes_with_names_masked_and_when_it_ended_what_they_signed(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    make_household(session, cast, place)
    make_household(session, cast, place, sequence=2, name="吴二山")
    batch = disposal.draw()
    disposal.name_group(batch)
    kept, gone = lines_of(session, batch)
    appraise(
        session, batch, [kept.id], Verdict.HOLD, "未结", hold_kind=HoldKind.OTHER, actor=cast.keeper.actor, on=DRAWN_ON
    )
    disposal.appraise(batch)
    disposal.submit(batch)
    disposal.approve(batch)
    with pytest.raises(OtherUnitsPeople):  # nobody beside the unit learns what it destroys
        name_party(session, batch, DisposalPart.WITNESS, cast.other_keeper, actor=cast.keeper.actor)
    name_party(session, batch, DisposalPart.WITNESS, cast.reader, actor=cast.keeper.actor)
    disposal.count(batch, *disposal.witnesses)
    one, actor = disposal.witnesses[0], disposal.witnesses[0].actor

    def seen(batch: DisposalBatch) -> list[int]:
        query = select(DisposalLine.id).where(DisposalLine.batch_id == batch.id, lines_in_sight(batch, actor))
        return list(session.scalars(query))

    assert (sees_all(visible_batch(session, batch.id, actor), actor), seen(batch)) == (False, [gone.id])
    assert sees_all(batch, cast.approver.actor)
    disposal.start(batch)
    disposal.run(batch)
    disposal.sign(batch, store, workshop)
    session.flush()
    assert visible_batch(session, batch.id, one.actor) is batch
    with pytest.raises(NotVisible):  # named, and did nothing
        visible_batch(session, batch.id, cast.reader.actor)


def test_who_was_named_and_taken_out_again_stays_on_record_and_may_be_named_once_more(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.approved()
    made = name_party(session, batch, DisposalPart.WITNESS, cast.reader, actor=cast.keeper.actor)
    drop_party(session, batch, made.id, actor=cast.keeper.actor, at=NOON)
    assert (made.taken_back, made.replaced_at, made.replaced_by) == (True, NOON, cast.keeper.name)
    with pytest.raises(NotVisible):
        visible_batch(session, batch.id, cast.reader.actor)
    again = name_party(session, batch, DisposalPart.WITNESS, cast.reader, actor=cast.keeper.actor)
    assert list(signatures_of(session, batch)) == [made, again]


def test_a_keeper_names_the_place_of_the_list_and_the_last_witness_is_not_asked_for_it(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    make_household(session, cast, place)
    batch = disposal.destroyed()
    with pytest.raises(WrongPlaceForDeed):
        name_spot(session, batch, "H-DEED", actor=cast.keeper.actor, on=DESTROYED_ON + timedelta(days=400))
    name_spot(session, batch, "H-DEED", actor=cast.keeper.actor, on=DESTROYED_ON)
    signed = [
        sign_destroyed(
            session, batch, user, PASSWORD, seen_sha256=batch.list_sha256 or "", spot=None, store=store,
            workshop=workshop, at=moment(DESTROYED_ON), on=DESTROYED_ON,
        )
        for user in disposal.witnesses
    ]  # fmt: skip
    assert signed == [False, True]


def test_the_list_says_how_long_a_record_was_really_kept_its_period_and_its_own_date(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.counted()
    sheet = {"signatures": signatures_of(session, batch), "holds": {}, "owners": {}}
    before = paper.words(destruction_sheet(batch, lines_of(session, batch), **sheet, made_at=NOON).pdf)
    assert f"{MONDAY}" in before
    disposal.start(batch)
    disposal.run(batch)
    after = paper.words(destruction_sheet(batch, lines_of(session, batch), **sheet, made_at=moment(DESTROYED_ON)).pdf)
    assert f"{DESTROYED_ON}" in after
    assert f"{WITHDRAWN_ON.replace(year=WITHDRAWN_ON.year + 10)}" in after
    make_statements(session, cast, place)
    assert dated_words(only_line(session, disposal.draw(Category.ACCOUNTING))) == "2014（2014-12）"


def test_one_person_sits_in_the_group_once_however_written_and_nobody_from_outside_does(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_statements(session, cast, place)
    batch, keeper = disposal.draw(Category.ACCOUNTING), cast.keeper.actor
    name_member(session, batch, GroupRole.ARCHIVES, "林知远", "办公室", actor=keeper)
    for written in ("林 知远", "林　知远 "):
        with pytest.raises(NamedTwice):
            name_member(session, batch, GroupRole.AUDIT, written, "经审办", actor=keeper)
    with pytest.raises(NoAppraiser):
        name_member(session, batch, GroupRole.MEMBER, "", "—", user=cast.inquirer, actor=keeper)
    assert group_of(session, batch)[0].is_person(None, "林 知 远")


def test_another_group_of_a_returned_batch_notes_its_own_opinions(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch)
    disposal.submit(batch)
    send_back(session, batch, "小组重组", actor=cast.approver.actor)
    disposal.submit(batch)  # the same group stands by what it said
    send_back(session, batch, "小组重组", actor=cast.approver.actor)
    drop_member(session, batch, group_of(session, batch)[-1].id, actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(OpinionsMissing):
        disposal.submit(batch)
    disposal.appraise(batch)
    disposal.submit(batch)


def test_an_appraisal_that_holds_unsettled_accounts_says_where_their_paper_goes(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    item = make_statements(session, cast, place)
    batch = disposal.draw(Category.ACCOUNTING)
    disposal.name_group(batch)
    with pytest.raises(SeparateFileMissing):
        disposal.appraise(batch, Verdict.HOLD, hold_kind=HoldKind.UNSETTLED)
    disposal.appraise(batch, Verdict.HOLD, hold_kind=HoldKind.UNSETTLED, separate_file="未结清专柜第 1 盒")
    disposal.submit(batch)
    disposal.approve(batch)
    [hold] = holds_on(session, item)
    assert hold.separate_file == "未结清专柜第 1 盒"
