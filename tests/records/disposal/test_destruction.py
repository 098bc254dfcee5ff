"""A batch on its way to destruction, and everything that stops it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.periods import PERMANENT
from records.disposal.closing import close_without_destruction
from records.disposal.models import BatchState, LineState, Verdict
from records.files.models import Custody
from records.holdings.models import ByteRemoval, Place
from records.holdings.printed import filed_print
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import Cast
from tests.printing import paper
from tests.records.disposal.office import DESTROYED_ON, Disposal, copies_of, make_household, moment, only_line


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
