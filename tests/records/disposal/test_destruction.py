"""A batch on its way to destruction, and everything that stops it."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from classification.categories import Category
from classification.periods import PERMANENT, anniversary
from records.disposal.appraisal import appraise, draw
from records.disposal.batches import lines_of, list_digest
from records.disposal.closing import close_without_destruction
from records.disposal.due import DueFilter
from records.disposal.models import BatchState, LineState, Verdict
from records.disposal.sheet import quantity_words
from records.files.models import Custody, WithdrawalReason
from records.files.services import withdraw
from records.files.stubs import reduce_file
from records.holdings.models import ByteRemoval, Place
from records.holdings.printed import filed_print
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast
from tests.printing import paper
from tests.records.disposal.office import (
    DESTROYED_ON,
    Disposal,
    copies_of,
    make_household,
    moment,
    only_line,
    register_paper,
)
from tests.records.workflow.office import AFTER, lodged, make_desk, submitted


def test_the_set_lodged_at_the_centre_is_listed_counted_and_destroyed_with_its_file(
    session: Session, cast: Cast, store: FolderStore
) -> None:
    desk = make_desk(session, cast)
    grant_role(session, desk.keeper, Role.KEEPER, cast.district.path, actor=OPERATOR, at=NOON)
    file, lodged_copy = lodged(session, desk, submitted(session, desk), store)
    register_paper(session, file, desk.keeper)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=desk.keeper.actor, on=AFTER, today=AFTER)
    due = anniversary(AFTER, 10) + timedelta(days=1)
    batch = draw(session, file.unit, DueFilter(category=Category.ORIGINAL), actor=desk.keeper.actor, at=NOON, on=due)
    line = only_line(session, batch)
    assert line.lodged_place == f"{lodged_copy.centre.name} 二号柜"
    assert f"备案副本 1 套 {lodged_copy.pages_count} 页（{line.lodged_place}）" in quantity_words(line, "zh")
    line.verdict, line.reason = Verdict.DESTROY, "期满"
    with_set = list_digest(batch, [line])
    line.lodged_pages_count += 1
    assert list_digest(batch, [line]) != with_set


def test_an_opinion_on_many_lines_names_nobody_any_more_in_any_of_them(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    first = make_household(session, cast, place, sequence=1, name="周大河")
    make_household(session, cast, place, sequence=2, name="李远")
    batch = disposal.draw()
    appraise(session, batch, None, Verdict.DESTROY, "周大河等户均已期满", actor=cast.keeper.actor, on=MONDAY)
    reduce_file(session, first, batch.number, on=MONDAY)
    assert {line.reason for line in lines_of(session, batch)} == {"—等户均已期满"}


def test_a_destroyed_file_leaves_a_stub_and_a_list_kept_for_ever(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    file = make_household(session, cast, place, store, name="周大河")
    code = file.code
    batch = disposal.destroyed()
    assert only_line(session, batch).state is LineState.DESTROYED
    for removal in session.scalars(select(ByteRemoval)):
        store.destroy(removal.key)
        removal.removed_at = batch.proposed_at
    assert disposal.sign(batch, store, workshop) == [False, True]
    assert batch.state is BatchState.COMPLETED
    assert (file.code, file.title, file.destroyed_under) == (code, "—", batch.number)
    assert file.household is not None
    assert file.household.worker.person.name == "—"
    [copy] = copies_of(session, file)
    assert (copy.box_id, copy.place_id, copy.holder_id, copy.destroyed_under) == (None, None, None, batch.number)
    assert not session.scalars(select(Custody).where(Custody.file_id == file.id, Custody.until_on.is_(None))).all()
    for item in (batch.list_item, batch.opinion_item):
        assert item is not None
        assert item.filed_on is not None
        text = paper.filed(session, store, item)
        assert code in text
        assert "周大河" not in text


def test_an_opinion_names_a_household_kept_on_by_code_and_masked_name(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    file = make_household(session, cast, place, name="周大河")
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch, Verdict.KEEP, keep=PERMANENT)
    line = only_line(session, batch)
    line.reason = "周大河案情典型"
    disposal.submit(batch)
    disposal.approve(batch)
    close_without_destruction(
        session, batch, "H-DEED", actor=cast.keeper.actor, store=store, workshop=workshop, at=moment(DESTROYED_ON),
        on=DESTROYED_ON,
    )  # fmt: skip
    assert batch.opinion_item is not None
    filed = filed_print(session, batch.opinion_item.id)
    assert filed is not None
    text = paper.words(store.open(filed.key).read())
    assert (file.code in text, "周••案情典型" in text, "周大河" in text) == (True, True, False)
