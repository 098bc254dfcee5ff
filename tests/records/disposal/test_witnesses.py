"""Two or more watch a destruction to its end, also where a witness can no longer sign (art. 15)."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Role
from accounts.services import close_account
from audit import AuditEntry
from classification.categories import Category
from records.disposal.appraisal import appraise, name_member, submit
from records.disposal.batches import lines_of, signatures_of, starts_of, visible_batch
from records.disposal.closing import sign_destroyed
from records.disposal.destruction import start
from records.disposal.errors import (
    BatchMoved,
    MayNotWatch,
    NotNamed,
    OwnWatch,
    SignatureDue,
    SignaturesMissing,
    SignsTwice,
    TooFewWitnesses,
    WitnessSigned,
)
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalPart,
    DisposalSignature,
    GroupRole,
    LineState,
    Verdict,
)
from records.disposal.signing import (
    OPINIONS,
    count,
    drop_party,
    name_party,
    people_to_watch,
    replace_witness,
)
from records.disposal.waiting import waiting_for
from records.holdings.models import Place
from records.holdings.printed import filed_print
from records.lending.models import Loan
from records.lending.services import lend, take_back
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, PASSWORD, Cast
from tests.printing import paper
from tests.records.disposal.office import (
    DESTROYED_ON,
    DRAWN_ON,
    Disposal,
    copies_of,
    make_household,
    make_statements,
    moment,
    person,
)
from units.models import Unit
from web.rules import NotVisible


def signature(session: Session, batch: DisposalBatch, user: User) -> DisposalSignature:
    return next(one for one in signatures_of(session, batch) if one.user_id == user.id)


def replace(
    session: Session, cast: Cast, batch: DisposalBatch, old: User, new: User, reason: str = "因病住院。"
) -> DisposalSignature:
    return replace_witness(
        session, batch, signature(session, batch, old).id, new, reason, actor=cast.keeper.actor, at=NOON
    )


def tally(session: Session, batch: DisposalBatch, user: User) -> DisposalSignature:
    return count(session, batch, user, PASSWORD, seen_sha256=batch.list_sha256 or "", at=NOON)


def sign(session: Session, batch: DisposalBatch, user: User, store: FolderStore, workshop: Workshop) -> bool:
    return sign_destroyed(
        session, batch, user, PASSWORD, seen_sha256=batch.list_sha256 or "", spot="H-DEED", store=store,
        workshop=workshop, at=moment(DESTROYED_ON), on=DESTROYED_ON,
    )  # fmt: skip


def test_who_has_still_to_sign_a_destruction_keeps_the_account(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    make_household(session, cast, place)
    batch = disposal.destroyed()
    one, two = disposal.witnesses
    closing = {"actor": cast.system_administrator.actor, "at": NOON}
    with pytest.raises(SignatureDue, match=rf"冯一 has still to sign in {batch.number}"):
        close_account(session, one, **closing)
    replace(session, cast, batch, one, cast.reader)
    close_account(session, one, **closing)
    assert one.closed_at == NOON
    tally(session, batch, cast.reader)
    assert [sign(session, batch, user, store, workshop) for user in (two, cast.reader)] == [False, True]
    close_account(session, two, **closing)


def test_who_stands_in_counts_and_signs_and_both_stay_on_the_list(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    make_household(session, cast, place)
    batch = disposal.destroyed()
    one, two = disposal.witnesses
    replace(session, cast, batch, one, cast.reader)
    assert sign(session, batch, two, store, workshop) is False
    assert batch.state is BatchState.DESTROYING
    for user in (one, cast.reader):  # the one is out of it, the other has not counted
        with pytest.raises(NotNamed):
            sign(session, batch, user, store, workshop)
    tally(session, batch, cast.reader)
    assert sign(session, batch, cast.reader, store, workshop) is True
    assert batch.state is BatchState.COMPLETED
    assert batch.list_item is not None
    filed = filed_print(session, batch.list_item.id)
    assert filed is not None
    said = paper.words(store.open(filed.key).read())
    assert "因病住院。" in said
    for name in ("冯一", "褚二", "李读"):
        assert name in said
    session.commit()
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "disposal.witness_replaced"))
    assert '"witness":"witness.one"' in entry.details.replace(" ", "")


def test_nothing_more_is_destroyed_before_two_watch_again(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.counted()
    disposal.start(batch)
    replace(session, cast, batch, disposal.witnesses[0], cast.reader)
    with pytest.raises(TooFewWitnesses):
        disposal.run(batch)
    tally(session, batch, cast.reader)
    assert disposal.run(batch) == [LineState.DESTROYED]


def test_a_part_that_order_79_names_is_replaced_in_its_part(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_statements(session, cast, place)
    batch = disposal.approved(Category.ACCOUNTING)
    disposal.give_opinions(batch, *OPINIONS)
    one, two = disposal.witnesses
    disposal.count(batch, one, part=DisposalPart.ARCHIVES_WITNESS)
    disposal.count(batch, two, part=DisposalPart.ACCOUNTING_WITNESS)
    made = replace(session, cast, batch, one, cast.reader)
    assert made.part is DisposalPart.ARCHIVES_WITNESS
    with pytest.raises(SignaturesMissing):
        disposal.start(batch)
    tally(session, batch, cast.reader)
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.DESTROYED]


def test_only_those_are_offered_to_watch_who_may(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.approved()
    offered = people_to_watch(session, batch)
    assert set(disposal.witnesses) < set(offered)
    assert not {cast.keeper, cast.approver} & set(offered)
    for user in offered:
        name_party(session, batch, DisposalPart.WITNESS, user, actor=cast.keeper.actor)
    assert people_to_watch(session, batch) == []


def test_those_who_may_not_watch_do_not_stand_in_either(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    make_household(session, cast, place)
    batch = disposal.destroyed()
    one, two = disposal.witnesses
    for user, refusal in ((cast.keeper, MayNotWatch), (cast.approver, MayNotWatch), (two, SignsTwice)):
        with pytest.raises(refusal), session.begin_nested():
            replace(session, cast, batch, one, user)
    replace(session, cast, batch, one, cast.reader)
    with pytest.raises(NotVisible):  # replaced once
        replace(session, cast, batch, one, person(session, cast, "witness.three", "卫三"))
    with pytest.raises(BatchMoved):
        drop_party(session, batch, signature(session, batch, cast.reader).id, actor=cast.keeper.actor, at=NOON)
    tally(session, batch, cast.reader)
    sign(session, batch, two, store, workshop)
    with pytest.raises(NotVisible):  # has signed
        replace(session, cast, batch, two, person(session, cast, "witness.four", "蒋四"))


def test_who_watches_neither_begins_the_destruction_nor_carries_it_on(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.approved()
    disposal.count(batch, cast.second_keeper, disposal.witnesses[0])
    with pytest.raises(OwnWatch, match="Another keeper of the unit begins it"), session.begin_nested():
        start(session, batch, actor=cast.second_keeper.actor, on=DESTROYED_ON)
    disposal.start(batch)
    with pytest.raises(OwnWatch), session.begin_nested():
        start(session, batch, actor=cast.second_keeper.actor, on=DESTROYED_ON)
    assert disposal.run(batch) == [LineState.DESTROYED]
    signature(session, batch, cast.second_keeper).destroyer_id = cast.second_keeper.id
    with pytest.raises(IntegrityError, match="watches_another"):
        session.flush()


def test_who_submitted_appraised_or_sits_in_the_group_does_not_watch_and_is_told_why(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.draw()
    one, two = disposal.witnesses
    members = {"user": one}, {"name": two.display_name}  # the second one by name alone
    for role, member in zip((GroupRole.ARCHIVES, GroupRole.MEMBER), members, strict=True):
        name_member(session, batch, role, position="—", actor=cast.keeper.actor, **{"name": "", **member})
    third = person(session, cast, "keeper.three", "卫三", Role.KEEPER)
    appraise(session, batch, None, Verdict.DESTROY, "期满", actor=third.actor, on=DRAWN_ON)
    submit(session, batch, actor=cast.second_keeper.actor, at=NOON, on=DRAWN_ON)
    disposal.approve(batch)
    for user, part in (
        (cast.keeper, "they proposed it"),
        (cast.second_keeper, "they asked for its approval"),
        (third, "they noted an opinion in it"),
        (cast.approver, "they approved it"),
        (one, "they sit in its appraisal group"),
        (two, "they sit in its appraisal group"),
    ):
        with pytest.raises(MayNotWatch, match=rf"{user.display_name} cannot witness .+: {part}\. \(art\. 15\)"):
            name_party(session, batch, DisposalPart.WITNESS, user, actor=cast.keeper.actor)
    disposal.count(batch, cast.reader)


def test_who_began_the_destruction_does_not_stand_in_as_a_witness(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.counted()
    start(session, batch, actor=cast.second_keeper.actor, on=DESTROYED_ON)
    with pytest.raises(MayNotWatch, match="they began the destruction"):
        replace(session, cast, batch, disposal.witnesses[0], cast.second_keeper)


def lent_in_destruction(session: Session, cast: Cast, place: Place, disposal: Disposal) -> tuple[DisposalBatch, Loan]:
    """A batch of two files, begun by the keeper: the one is destroyed, of the other a copy is on loan."""
    make_household(session, cast, place)
    [copy] = copies_of(session, make_household(session, cast, place, sequence=2, name="吴二山"))
    loan = lend(session, copy, cast.second_keeper, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    batch = disposal.counted()
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.DESTROYED, LineState.FAILED]
    return batch, loan


def test_who_carried_the_destruction_on_watches_it_no_more_and_stands_in_the_chain_for_what_they_destroyed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    batch, loan = lent_in_destruction(session, cast, place, disposal)
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=DESTROYED_ON)
    start(session, batch, actor=cast.second_keeper.actor, on=DESTROYED_ON)
    assert disposal.run(batch) == [LineState.DESTROYED] * 2
    disposal.start(batch)  # a third time, by the first again
    with pytest.raises(MayNotWatch, match="they began the destruction or carried it on"), session.begin_nested():
        replace(session, cast, batch, disposal.witnesses[0], cast.second_keeper)
    session.commit()
    destroyed = select(AuditEntry.actor).where(AuditEntry.action == "file.destroyed").order_by(AuditEntry.number)
    assert session.scalars(destroyed).all() == [cast.keeper.name, cast.second_keeper.name]
    assert [(one.user_id, one.started_on) for one in starts_of(session, batch)] == [
        (user.id, DESTROYED_ON) for user in (cast.keeper, cast.second_keeper, cast.keeper)
    ]


def test_nothing_more_is_destroyed_once_a_witness_has_signed(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    batch, loan = lent_in_destruction(session, cast, place, disposal)
    one, two = disposal.witnesses
    sign(session, batch, one, store, workshop)
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=DESTROYED_ON)
    with pytest.raises(WitnessSigned, match=r"冯一 signed for what.+draw what is left anew.+art\. 15"):
        disposal.start(batch)
    assert disposal.run(batch) == [LineState.DESTROYED, LineState.FAILED]
    assert sign(session, batch, two, store, workshop) is True
    rest = disposal.draw()  # what could not be destroyed is due as before
    assert [line.title for line in lines_of(session, rest)] == ["吴二山"]


def test_who_was_only_named_before_counts_no_more_once_the_destruction_began(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.approved()
    name_party(session, batch, DisposalPart.WITNESS, cast.reader, actor=cast.keeper.actor)
    disposal.count(batch, *disposal.witnesses)
    disposal.start(batch)
    with pytest.raises(BatchMoved):
        tally(session, batch, cast.reader)


def test_the_batch_waits_for_who_stands_in_and_is_out_of_sight_of_who_was_replaced(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.destroyed()
    one, _ = disposal.witnesses

    def waits_for(user: User) -> bool:
        query = select(DisposalBatch).join(Unit, Unit.id == DisposalBatch.unit_id)
        return bool(session.scalars(query.where(waiting_for(user.actor, DESTROYED_ON))).all())

    replace(session, cast, batch, one, cast.reader)
    session.flush()
    assert (waits_for(one), waits_for(cast.reader)) == (False, True)
    assert visible_batch(session, batch.id, cast.reader.actor) is batch
    with pytest.raises(NotVisible):
        visible_batch(session, batch.id, one.actor)
