"""Article 15: how records are arranged, how long they are kept, and how they end; order 79 for accounting records."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from classification.categories import Carrier, Category, RecordForm
from classification.periods import Period
from classification.retention import Facts, ItemFacts, retention
from records.browse.files import FileFilter, kept_of
from records.browse.queries import QUERIES, Question
from records.disposal.appraisal import appraise, draw, drop_member, name_member, submit
from records.disposal.approval import approve, refuse, send_back
from records.disposal.batches import group_of
from records.disposal.due import DueFilter, clock_of
from records.disposal.errors import (
    GroupIncomplete,
    KeepTooShort,
    MayNotLift,
    MayNotWatch,
    NamedTwice,
    NothingDrawn,
    NotTheApprover,
    OwnAppraisal,
    OwnProposal,
    SeparateFileMissing,
    SignaturesMissing,
    SignsTwice,
    StillWaiting,
    TooFewWitnesses,
)
from records.disposal.holds import holds_on, lift_hold, place_hold
from records.disposal.models import (
    OPINIONS,
    BatchState,
    DisposalBatch,
    DisposalPart,
    Extension,
    GroupRole,
    HoldKind,
    LineState,
    Verdict,
)
from records.disposal.signing import name_party
from records.files.errors import NotTheKeepersUnit, RecordDestroyed
from records.files.models import File, Item, WithdrawalReason
from records.files.services import describe, withdraw
from records.files.stubs import reduce_file, reduce_item
from records.holdings.copies import move_copy, register_copy
from records.holdings.errors import BarcodeTaken, CopyDestroyed, PaperMissing
from records.holdings.filing import readiness
from records.holdings.fixity import check_objects
from records.holdings.models import ByteRemoval, DigitalObject, Place
from records.holdings.removal import still_stored
from records.lending.services import lend, take_back
from rules.services import set_rule
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, description, make_file, make_item, make_yearly_file
from tests.printing import paper
from tests.records.disposal.office import (
    APPROVED_ON,
    DESTROYED_ON,
    WAITING_DAYS,
    Disposal,
    copies_of,
    make_household,
    make_statements,
    make_withdrawn,
    moment,
    only_line,
    person,
    put_in,
)


def remove_bytes(session: Session, store: FolderStore) -> None:
    """What the worker does after the commit."""
    for removal in session.scalars(select(ByteRemoval)):
        store.destroy(removal.key)
        removal.removed_at = NOON
    session.flush()


# Must (a): an active file has no expiry date; withdrawal sets it; re-entry into help clears it.


def test_an_active_file_has_no_last_day_withdrawal_sets_it_and_return_clears_it(session: Session, cast: Cast) -> None:
    file = make_file(session, cast, on=date(2016, 1, 4))
    assert clock_of(file).last_day_kept is None
    withdraw(
        session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=date(2017, 3, 5), today=date(2017, 3, 5)
    )
    assert clock_of(file).last_day_kept == date(2027, 3, 5)
    assert clock_of(file).appraisal_from == date(2027, 3, 6)
    file.withdrawn_on = file.withdrawal_reason = None
    assert clock_of(file).last_day_kept is None


# Must (b): a photo, sound or film inherits the period of its file, never shorter.


@pytest.mark.parametrize("form", [RecordForm.PHOTO, RecordForm.AUDIO, RecordForm.VIDEO])
def test_audio_visual_records_are_kept_as_long_as_the_paper_of_their_file(form: RecordForm) -> None:
    kept = retention(
        ItemFacts("documentary.notices", form, date(2016, 5, 1)),
        Facts(year=2016, paper_classes=("enterprise.bookkeeping_vouchers",)),
    )
    assert kept.last_day_kept == date(2046, 12, 31)
    household = retention(
        ItemFacts("original.file", form), Facts(withdrawn_on=date(2020, 2, 29), paper_classes=("original.file",))
    )
    assert household.last_day_kept == date(2030, 2, 28)


def test_what_is_kept_on_takes_its_recordings_along_also_those_filed_later(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    statements = make_statements(session, cast, place)
    actor = cast.keeper.actor
    photo = make_item(
        session, statements.file, actor, "对账照片", form=RecordForm.PHOTO, document_type="bank_statements",
        retention_class="enterprise.bank_statements", dated="2014-12",
    )  # fmt: skip
    batch = disposal.draw(Category.ACCOUNTING)
    disposal.name_group(batch)
    disposal.appraise(batch, Verdict.KEEP, keep=Period(30))
    disposal.submit(batch)
    disposal.approve(batch)
    assert clock_of(photo).last_day_kept == clock_of(statements).last_day_kept == date(2044, 12, 31)
    later = put_in(
        session, cast, statements.file, place, None, content=b"", title="补收照片", form=RecordForm.PHOTO,
        document_type="bank_statements", retention_class="enterprise.bank_statements", dated="2014-12",
    )  # fmt: skip
    assert clock_of(later).last_day_kept == date(2044, 12, 31)
    assert session.scalar(DueFilter(Category.ACCOUNTING).rows(actor, DESTROYED_ON)[1]) is None


# Must (c): permanent electronic text, graphics and tables are filed together with paper.


def test_permanent_electronic_records_are_not_filed_without_paper(session: Session, cast: Cast) -> None:
    file = make_yearly_file(session, cast)
    item = make_item(
        session, file, cast.keeper.actor, "年度统计", document_type="statistics", carrier=Carrier.ELECTRONIC,
        retention_class="documentary.annual_statistics",
    )  # fmt: skip
    session.add(
        DigitalObject(
            item=item, file_id=file.id, name="a.txt", key=f"objects/aa/{'a' * 32}", sha256="a" * 64, size_bytes=1,
            media_type="text/plain", facts={}, findings=[], stored_at=NOON, prepared_at=NOON,
        )
    )  # fmt: skip
    session.flush()
    [found] = readiness(session, [item])
    assert isinstance(found.obstacle, PaperMissing)


# Retention boundary cases (DOMAIN part 3).


@pytest.mark.parametrize(
    ("key", "facts", "item", "last"),
    [
        ("original.file", Facts(withdrawn_on=date(2017, 3, 5)), {}, date(2027, 3, 5)),
        ("original.file", Facts(withdrawn_on=date(2020, 2, 29)), {}, date(2030, 2, 28)),
        ("enterprise.bookkeeping_vouchers", Facts(year=2016), {}, date(2046, 12, 31)),
        ("enterprise.bank_statements", Facts(year=2016), {}, date(2026, 12, 31)),
        ("enterprise.asset_cards", Facts(year=2010), {}, None),
        ("enterprise.asset_cards", Facts(year=2010), {"scrapped_on": date(2020, 5, 6)}, date(2025, 5, 6)),
        ("enterprise.annual_report", Facts(year=2016), {}, None),
        ("documentary.notices", Facts(year=2016), {"created_on": date(2016, 12, 30)}, date(2026, 12, 31)),
        ("documentary.policies", Facts(year=2016), {"created_on": date(2016, 12, 30)}, None),
        ("public.periodic_statements_received", Facts(year=2016), {}, date(2018, 12, 31)),
    ],
)
def test_each_part_counts_from_its_own_event(key: str, facts: Facts, item: dict[str, date], last: date | None) -> None:
    assert retention(ItemFacts(key, **item), facts).last_day_kept == last  # type: ignore[arg-type]


# Appraisal: a written opinion, led by archives; what is kept on gets a longer period, never a shorter one.


def test_nothing_is_drawn_before_its_last_day_has_passed(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place, on=date(2016, 3, 2))  # its last day kept is the Monday itself
    with pytest.raises(NothingDrawn):
        disposal.draw(on=MONDAY)
    assert disposal.draw(on=MONDAY + timedelta(days=1)).state is BatchState.APPRAISAL


def test_accounting_records_are_appraised_by_archives_accounting_audit_and_discipline(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_statements(session, cast, place)
    batch = disposal.draw(Category.ACCOUNTING)
    disposal.appraise(batch)
    with pytest.raises(GroupIncomplete, match=r"Archives.*Accounting.*Audit.*Discipline"):
        disposal.submit(batch)
    disposal.name_group(batch)
    disposal.submit(batch)


@pytest.mark.parametrize("years", [5, 10])
def test_what_is_kept_on_is_kept_longer_never_shorter(
    session: Session, cast: Cast, place: Place, disposal: Disposal, years: int
) -> None:
    make_household(session, cast, place)
    batch = disposal.draw()
    with pytest.raises(KeepTooShort):
        disposal.appraise(batch, Verdict.KEEP, keep=Period(years))


@pytest.mark.parametrize(("keep", "last"), [(Period(30), date(2046, 3, 1)), (Period(None), None)])
def test_a_new_period_counts_from_the_approval_on(
    session: Session, cast: Cast, place: Place, disposal: Disposal, keep: Period, last: date | None
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch, Verdict.KEEP, keep=keep)
    disposal.submit(batch)
    assert clock_of(file).period == Period(10)
    disposal.approve(batch)
    assert (clock_of(file).period, clock_of(file).last_day_kept) == (keep, last)
    assert only_line(session, batch).state is LineState.KEPT
    extension = session.scalars(select(Extension)).one()
    assert (extension.before_letter, extension.letter, extension.until) == ("D10", keep.letter, last)
    row, query = DueFilter().rows(cast.keeper.actor, DESTROYED_ON)
    assert not session.scalars(query).all()
    assert row is not None


# Holds: several at once, all of them must be lifted, and they win over any batch (order 79, art. 19).


def test_a_hold_keeps_a_record_out_of_every_batch_until_the_last_one_is_lifted(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    actor = cast.keeper.actor
    first = place_hold(session, file, HoldKind.LITIGATION, "劳动争议诉讼", actor=actor, at=NOON)
    second = place_hold(session, copies_of(session, file)[0].item, HoldKind.AUDIT, "专项审计", actor=actor, at=NOON)
    with pytest.raises(NothingDrawn):
        disposal.draw()
    lift_hold(session, first, "已结案", actor=actor, at=NOON)
    session.flush()
    with pytest.raises(NothingDrawn):
        disposal.draw()
    lift_hold(session, second, "审计结束", actor=actor, at=NOON)
    session.flush()
    assert disposal.draw().state is BatchState.APPRAISAL
    assert [hold.lift_reason for hold in holds_on(session, file)] == ["审计结束", "已结案"]


def test_no_keeper_lifts_the_hold_of_somebody_else(session: Session, cast: Cast, place: Place) -> None:
    file = make_household(session, cast, place)
    theirs = place_hold(session, file, HoldKind.INSPECTION, "巡察组要求", actor=cast.approver.actor, at=NOON)
    own = place_hold(session, file, HoldKind.AUDIT, "专项审计", actor=cast.second_keeper.actor, at=NOON)
    for hold in (theirs, own):
        with pytest.raises(MayNotLift):
            lift_hold(session, hold, "已结束", actor=cast.keeper.actor, at=NOON)
        lift_hold(session, hold, "已结束", actor=cast.approver.actor, at=NOON)


def test_a_hold_pulls_a_line_out_of_a_batch_already_under_way(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    held, free = (make_household(session, cast, place, sequence=each) for each in (1, 2))
    batch = disposal.counted()
    disposal.start(batch)
    place_hold(session, held, HoldKind.INSPECTION, "巡察组调阅", actor=cast.approver.actor, at=NOON)
    assert sorted(disposal.run(batch)) == [LineState.DESTROYED, LineState.PULLED]
    assert (held.destroyed_on, free.destroyed_on) == (None, DESTROYED_ON)


def test_vouchers_of_unsettled_accounts_are_pulled_out_apart_and_named_in_opinion_and_list(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, workshop: Workshop
) -> None:
    held, _free = make_statements(session, cast, place), make_statements(session, cast, place, year=2013)
    batch = disposal.draw(Category.ACCOUNTING)
    actor = cast.keeper.actor
    with pytest.raises(SeparateFileMissing):
        place_hold(session, held, HoldKind.UNSETTLED, "借款未结清", actor=actor, at=NOON)
    place_hold(session, held, HoldKind.UNSETTLED, "借款未结清", actor=actor, at=NOON, separate_file="2014 年未结清专卷")
    disposal.name_group(batch)
    disposal.appraise(batch)
    disposal.submit(batch)
    disposal.approve(batch)
    disposal.give_opinions(batch, *OPINIONS)
    watching = (DisposalPart.ARCHIVES_WITNESS, DisposalPart.ACCOUNTING_WITNESS)
    for part, user in zip(watching, disposal.witnesses, strict=True):
        disposal.count(batch, user, part=part)
    disposal.start(batch)
    disposal.run(batch)
    assert disposal.sign(batch, store, workshop)[-1]
    for item in (batch.list_item, batch.opinion_item):
        assert item is not None
        said = paper.filed(session, store, item)
        assert "2014年未结清专卷" in said
        assert "借款未结清" in said


# Approval by people other than the proposer; reasons; the waiting period.


def test_nobody_approves_what_they_proposed(session: Session, cast: Cast, place: Place, disposal: Disposal) -> None:
    make_household(session, cast, place)
    grant_role(session, cast.keeper, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    session.flush()
    session.refresh(cast.keeper)
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch)
    disposal.submit(batch)
    with pytest.raises(OwnProposal):
        approve(session, batch, seen_sha256="", actor=cast.keeper.actor, at=NOON, on=APPROVED_ON)


@pytest.mark.parametrize("with_account", [False, True], ids=["by name", "by account"])
def test_nobody_approves_what_they_appraised(
    session: Session, cast: Cast, place: Place, disposal: Disposal, *, with_account: bool
) -> None:
    make_household(session, cast, place)
    batch = disposal.draw()
    disposal.name_group(batch)
    approver = cast.approver
    name, user = ("", approver) if with_account else (f" {approver.display_name} ", None)
    name_member(session, batch, GroupRole.MEMBER, name, "东区总工会", user=user, actor=cast.keeper.actor)
    disposal.appraise(batch)
    disposal.submit(batch)
    with pytest.raises(OwnAppraisal, match=approver.display_name):
        disposal.approve(batch)
    send_back(session, batch, "鉴定小组不得含审批人", actor=approver.actor)
    drop_member(session, batch, group_of(session, batch)[-1].id, actor=cast.keeper.actor, on=MONDAY)
    disposal.appraise(batch)  # another group answers for it
    disposal.submit(batch)
    with pytest.raises(OwnAppraisal):  # who was in the group when it gave its opinion approves nothing of it
        disposal.approve(batch)


def test_another_person_of_the_approvers_name_may_appraise(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.draw()
    disposal.name_group(batch)
    cast.reader.display_name = cast.approver.display_name
    name_member(session, batch, GroupRole.MEMBER, "", "东区总工会", user=cast.reader, actor=cast.keeper.actor)
    with pytest.raises(NamedTwice):
        name_member(session, batch, GroupRole.AUDIT, "", "东区总工会", user=cast.reader, actor=cast.keeper.actor)
    with pytest.raises(NamedTwice):  # nor typed beside the account
        name_member(session, batch, GroupRole.AUDIT, cast.reader.display_name, "东区总工会", actor=cast.keeper.actor)
    disposal.appraise(batch)
    disposal.submit(batch)
    disposal.approve(batch)
    assert {member.approver_id for member in group_of(session, batch)} == {cast.approver.id}
    group_of(session, batch)[-1].user_id = cast.approver.id
    with pytest.raises(DBAPIError, match="approved_by_another"):
        session.flush()


def test_a_batch_goes_back_with_a_reason_and_comes_again_or_is_refused_for_good(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch)
    disposal.submit(batch)
    send_back(session, batch, "理由不充分", actor=cast.approver.actor)
    assert (batch.state, batch.decision_reason) == (BatchState.APPRAISAL, "理由不充分")
    disposal.submit(batch)
    refuse(session, batch, "仍有利用价值", actor=cast.approver.actor, at=NOON, on=APPROVED_ON)
    session.flush()
    assert only_line_state(session, batch) is LineState.RELEASED
    assert disposal.draw().number != batch.number


def test_nothing_is_destroyed_before_the_waiting_period_of_the_unit_is_over(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    set_rule(
        session, cast.district, "disposal_waiting_days", "90", in_force_from=date(2026, 1, 1), source="东区细则",
        because="补录", actor=cast.approver.actor, at=NOON,
    )  # fmt: skip
    make_household(session, cast, place)
    batch = disposal.approved()
    assert batch.waits_until == APPROVED_ON + timedelta(days=90)
    assert batch.rules["disposal_waiting_days"]["source"] == "东区细则"
    disposal.count(batch, *disposal.witnesses)
    for on in (APPROVED_ON + timedelta(days=WAITING_DAYS + 1), batch.waits_until):
        with pytest.raises(StillWaiting):
            disposal.start(batch, on=on)
    disposal.start(batch, on=batch.waits_until + timedelta(days=1))


def test_a_line_whose_clock_began_anew_meanwhile_stays(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    batch = disposal.counted()
    disposal.start(batch)
    file.withdrawn_on = file.withdrawal_reason = None  # the household has returned to help
    assert disposal.run(batch) == [LineState.NOT_DUE]
    assert file.destroyed_on is None


# Destruction before two or more witnesses; for accounting records the parts of order 79, art. 18.


def test_two_watch_who_neither_proposed_nor_approved(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.approved()
    for user in (cast.keeper, cast.approver):
        with pytest.raises(MayNotWatch):
            name_party(session, batch, DisposalPart.WITNESS, user, actor=cast.keeper.actor)
    disposal.count(batch, disposal.witnesses[0])
    with pytest.raises(TooFewWitnesses):
        disposal.start(batch)
    with pytest.raises(SignsTwice):
        name_party(session, batch, DisposalPart.WITNESS, disposal.witnesses[0], actor=cast.keeper.actor)
    disposal.count(batch, disposal.witnesses[1])
    disposal.start(batch)


@pytest.mark.parametrize("left_out", [*OPINIONS, DisposalPart.ARCHIVES_WITNESS, DisposalPart.ACCOUNTING_WITNESS,
                                      DisposalPart.INFORMATION_WITNESS])  # fmt: skip
def test_accounting_records_need_five_opinions_and_joint_supervision_electronic_ones_a_third(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore, left_out: DisposalPart
) -> None:
    make_statements(session, cast, place, store)
    batch = disposal.approved(Category.ACCOUNTING)
    disposal.give_opinions(batch, *(part for part in OPINIONS if part is not left_out))
    watchers: Sequence[User] = (*disposal.witnesses, person(session, cast, "witness.three", "卫三"))
    parts = (DisposalPart.ARCHIVES_WITNESS, DisposalPart.ACCOUNTING_WITNESS, DisposalPart.INFORMATION_WITNESS)
    for part, user in zip(parts, watchers, strict=True):
        if part is not left_out:
            disposal.count(batch, user, part=part)
    with pytest.raises(SignaturesMissing, match=left_out.label.en):
        disposal.start(batch)


# Paper and electronic together; a stub and the list stay for ever.


def test_a_destroyed_file_shows_no_kept_until_date_and_stands_under_no_other_state(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    household, statements = make_household(session, cast, place), make_statements(session, cast, place)
    disposal.destroyed()
    reduce_item(statements, "XH-2026-0009", on=DESTROYED_ON)
    reduce_file(session, statements.file, "XH-2026-0009", on=DESTROYED_ON)
    session.flush()
    stubs, keeper = [household, statements.file], cast.keeper.actor
    assert [kept_of(file) for file in stubs] == ["", ""]
    states = {
        state: session.scalars(FileFilter(state=state).files(keeper).order_by(File.id)).all()
        for state in ("active", "withdrawn", "destroyed")
    }
    assert states == {"active": [], "withdrawn": [], "destroyed": stubs}
    for query in QUERIES.values():
        assert session.scalars(query.select(Question(keeper, DESTROYED_ON))).all() == [], query.key


def test_paper_bytes_texts_and_pictures_go_together_and_verify_knows(
    session: Session, cast: Cast, place: Place, disposal: Disposal, store: FolderStore
) -> None:
    file = make_household(session, cast, place, store)
    stored = session.scalars(select(DigitalObject)).one()
    disposal.destroyed()
    assert stored.destroyed_at is not None
    later = moment(DESTROYED_ON + timedelta(days=9000))
    waiting = check_objects(session, store, before=later)
    assert [fault.object_id for fault in waiting.faults] == [stored.id]  # to be gone, and still there
    remove_bytes(session, store)
    assert not list(still_stored(session, store))
    report = check_objects(session, store, before=later)
    assert (report.sound, report.destroyed, report.stray) == (True, 1, [])  # gone, and not missed
    assert not list(store.keys())
    assert all(copy.destroyed_on == DESTROYED_ON for copy in copies_of(session, file))


def test_a_destroyed_copy_is_not_moved_nor_lent_and_its_barcode_never_used_again(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    disposal.destroyed()
    [copy] = copies_of(session, file)
    actor = cast.keeper.actor
    with pytest.raises(CopyDestroyed):
        move_copy(session, copy, place, actor=actor, at=NOON)
    with pytest.raises(CopyDestroyed):
        lend(session, copy, cast.approver, purpose="复核", days=7, actor=actor, at=NOON, on=DESTROYED_ON)
    with pytest.raises(RecordDestroyed):
        register_copy(session, copy.item, place, pages_count=1, actor=actor, at=NOON, on=DESTROYED_ON)
    with pytest.raises(RecordDestroyed):
        describe(session, copy.item, description("改写"), actor=actor, on=DESTROYED_ON)
    other = make_item(session, make_file(session, cast), actor)
    with pytest.raises(BarcodeTaken):
        register_copy(session, other, place, pages_count=1, actor=actor, at=NOON, on=DESTROYED_ON, barcode=copy.barcode)


def test_the_title_of_accounting_records_stays_that_of_a_household_goes(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    statements = make_statements(session, cast, place)
    batch = disposal.approved(Category.ACCOUNTING)
    disposal.give_opinions(batch, *OPINIONS)
    for part, user in zip(
        (DisposalPart.ARCHIVES_WITNESS, DisposalPart.ACCOUNTING_WITNESS), disposal.witnesses, strict=True
    ):
        disposal.count(batch, user, part=part)
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.DESTROYED]
    assert statements.title == "2014 年银行对账单"
    assert statements.file.destroyed_under == batch.number  # nothing of it is left
    household = make_household(session, cast, place)
    batch = disposal.destroyed()
    titles = session.scalars(select(Item.title).where(Item.file_id == household.id)).all()
    assert (household.title, set(titles), only_line(session, batch).title) == ("—", {"—"}, "困难职工原始档案（一户）")


def test_what_somebody_has_borrowed_is_not_destroyed_until_it_is_back(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    file = make_household(session, cast, place)
    [copy] = copies_of(session, file)
    loan = lend(session, copy, cast.approver, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    batch = disposal.counted()
    disposal.start(batch)
    assert disposal.run(batch) == [LineState.FAILED]
    assert file.destroyed_on is None
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=DESTROYED_ON)
    disposal.start(batch)  # the button again
    assert disposal.run(batch) == [LineState.DESTROYED]


def test_destruction_is_approved_by_an_approver_of_the_unit_alone(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_withdrawn(session, cast)
    batch = disposal.draw()
    disposal.name_group(batch)
    disposal.appraise(batch)
    disposal.submit(batch)
    for user in (cast.supervisor, cast.reader, cast.other_keeper):
        with pytest.raises(NotTheApprover):
            approve(session, batch, seen_sha256="", actor=user.actor, at=NOON, on=APPROVED_ON)


def test_a_keeper_of_another_unit_draws_appraises_and_submits_nothing(
    session: Session, cast: Cast, place: Place, disposal: Disposal
) -> None:
    make_household(session, cast, place)
    batch = disposal.draw()
    stranger = cast.other_keeper.actor
    with pytest.raises(NotTheKeepersUnit):
        draw(session, cast.district, DueFilter(Category.ORIGINAL), actor=stranger, at=NOON, on=MONDAY)
    with pytest.raises(NotTheKeepersUnit):
        appraise(session, batch, None, Verdict.DESTROY, "—", actor=stranger, on=MONDAY)
    with pytest.raises(NotTheKeepersUnit):
        submit(session, batch, actor=stranger, at=NOON, on=MONDAY)


def only_line_state(session: Session, batch: DisposalBatch) -> LineState:
    line = only_line(session, batch)
    session.refresh(line)
    return line.state
