"""Handovers without the keeper, and of a part (art. 16)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.errors import CustodyUnsigned
from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import (
    close_account,
    end_role,
    grant_role,
    open_account,
    revoke_sessions,
    set_password,
    start_session,
)
from classification.categories import Category
from records.files.errors import SaidTooLittle
from records.files.models import Custody, File
from records.handover.errors import (
    LeaderBegins,
    LeaverIsBack,
    LeaverWasHere,
    MayNotCancel,
    MayNotReplace,
    NotAParty,
    NotAPlace,
    NothingToHandOver,
    NotInCustody,
    SamePersonTwice,
    StarterWitnesses,
    WitnessHasSigned,
    WitnessOutside,
)
from records.handover.extent import Extent, extent_named
from records.handover.models import Handover, HandoverKind, HandoverLine, HandoverState, LineKind, Part
from records.handover.services import (
    Absence,
    cancel,
    lines_of,
    recheck,
    start,
    visible_handover,
    visible_handovers,
    waits_for,
)
from records.handover.witnesses import replace_witness, replacements
from records.holdings.models import BoxCustody
from records.notices.models import Notice
from records.notices.services import read_on
from storage.database import Database
from tests.cast import MONDAY, NOON, PASSWORD, Cast, make_yearly_file
from tests.conftest import SignedIn
from tests.printing import paper
from tests.records.handover.office import LINES, Office, Pen, begin, begin_without, confirm_all, make_office
from tests.records.handover.test_views import found_cast, merged, sign, state, text
from tests.records.handover.test_views import office as office
from tests.records.lending.shelf import make_box, make_copy, make_place


def part(session: Session, cast: Cast, extent: Extent) -> Handover:
    return start(
        session, cast.district, cast.keeper, cast.second_keeper, cast.approver, reason="分工调整",
        actor=cast.keeper.actor, at=NOON, on=MONDAY, extent=extent,
    )  # fmt: skip


def of_keeper(session: Session, user: User) -> set[int]:
    return set(session.scalars(select(Custody.file_id).where(Custody.keeper_id == user.id, Custody.until_on.is_(None))))


@pytest.fixture
def shelf(session: Session, cast: Cast) -> Office:
    return make_office(session, cast)


def test_without_the_keeper_two_witnesses_sign_in_the_keepers_place(
    session: Session, cast: Cast, shelf: Office, pen: Pen
) -> None:
    handover = begin_without(session, cast)
    assert list(handover.parties) == [Part.RECEIVER, Part.WITNESS, Part.SECOND_WITNESS]
    confirm_all(session, handover)
    with pytest.raises(NotAParty):
        pen.sign(handover, cast.keeper)
    pen.sign_all(handover)
    assert handover.state is HandoverState.SIGNED
    assert of_keeper(session, cast.keeper) == set()
    close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
    assert handover.list_item is not None
    printed = paper.filed(session, pen.store, handover.list_item)
    for said in ("原保管人（未到场）王维", "缺席依据联系记录3号", "第二监交人吴督", "两名监交人各执一份"):
        assert said in printed


def test_without_the_keeper_only_the_leader_begins_and_bears_no_witness(
    session: Session, cast: Cast, shelf: Office
) -> None:
    def attempt(actor: User, receiver: User, first: User, second: User) -> Handover:
        return start(
            session, cast.district, cast.keeper, receiver, first, reason="失联", actor=actor.actor, at=NOON, on=MONDAY,
            absence=Absence("三次联系未果的记录", second),
        )  # fmt: skip

    receiver, first, second = cast.second_keeper, cast.reader, cast.supervisor
    for actor in (cast.second_keeper, cast.keeper, cast.reader, cast.supervisor):
        with pytest.raises(LeaderBegins):
            attempt(actor, receiver, first, second)
    for witnesses in ((cast.approver, second), (first, cast.approver)):
        with pytest.raises(StarterWitnesses):
            attempt(cast.approver, receiver, *witnesses)
    for witnesses in (
        (first, first),
        (receiver, second),
        (first, receiver),
        (cast.keeper, second),
        (first, cast.keeper),
    ):
        with pytest.raises(SamePersonTwice):
            attempt(cast.approver, receiver, *witnesses)
    assert attempt(cast.approver, receiver, first, second).kind is HandoverKind.UNPLANNED


@pytest.mark.parametrize(
    "change", ["proof", "second_witness_id", "starter_id", "starter is witness", "witness twice", "planned with proof"]
)
def test_the_database_too_asks_for_proof_and_a_second_witness(
    session: Session, cast: Cast, shelf: Office, change: str
) -> None:
    handover = begin_without(session, cast)
    session.flush()
    values: dict[str, object] = {
        "starter is witness": {"starter_id": handover.witness_id},
        "witness twice": {"second_witness_id": handover.witness_id},
        "planned with proof": {"kind": HandoverKind.PLANNED, "second_witness_id": None},
    }.get(change, {change: None})  # type: ignore[assignment]
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Handover).where(Handover.id == handover.id).values(values))


def here(session: Session, user: User, at: datetime) -> None:
    """The user signs in and out again."""
    start_session(session, user, address="", browser="", at=at, minutes=5)
    revoke_sessions(session, user, actor=user.actor, at=at + timedelta(minutes=1))
    session.flush()


def test_who_was_here_within_three_working_days_is_not_out_of_reach_unless_the_account_is_barred(
    session: Session, cast: Cast, shelf: Office
) -> None:
    here(session, cast.keeper, NOON - timedelta(days=4))  # Thursday: Friday, a Saturday worked instead and Monday since
    with pytest.raises(LeaverWasHere):
        begin_without(session, cast)
    made = start(
        session, cast.district, cast.keeper, cast.second_keeper, cast.reader, reason="失联",
        actor=cast.approver.actor, at=NOON + timedelta(days=1), on=MONDAY + timedelta(days=1),
        absence=Absence("联系记录 3 号", cast.supervisor),
    )  # fmt: skip
    cancel(session, made, "另行办理", actor=cast.approver.actor, on=MONDAY)
    here(session, cast.keeper, NOON - timedelta(hours=1))
    with pytest.raises(LeaverWasHere):
        begin_without(session, cast)
    set_password(session, cast.keeper, "another-password", actor=cast.system_administrator.actor, at=NOON)
    assert begin_without(session, cast).kind is HandoverKind.UNPLANNED


def test_nothing_is_signed_without_a_keeper_who_has_signed_in_since(
    session: Session, cast: Cast, shelf: Office, pen: Pen
) -> None:
    handover = begin_without(session, cast)
    confirm_all(session, handover)
    pen.sign(handover, cast.second_keeper)
    here(session, cast.keeper, NOON)
    with pytest.raises(LeaverIsBack):
        pen.sign(handover, cast.reader)


def test_a_proof_of_absence_is_a_sentence(session: Session, cast: Cast, shelf: Office) -> None:
    with pytest.raises(SaidTooLittle) as refused:
        start(
            session, cast.district, cast.keeper, cast.second_keeper, cast.reader, reason="失联",
            actor=cast.approver.actor, at=NOON, on=MONDAY, absence=Absence("无", cast.supervisor),
        )  # fmt: skip
    assert (refused.value.field, refused.value.article) == ("proof", 16)


def test_witnesses_are_of_the_unit_or_of_one_above_it(session: Session, cast: Cast, shelf: Office) -> None:
    for stranger in (cast.other_keeper, cast.street_keeper, cast.inquirer):
        with pytest.raises(WitnessOutside), session.begin_nested():
            begin(session, cast, witness=stranger)
        with pytest.raises(WitnessOutside) as refused, session.begin_nested():
            start(
                session, cast.district, cast.keeper, cast.second_keeper, cast.reader, reason="失联",
                actor=cast.approver.actor, at=NOON, on=MONDAY, absence=Absence("联系记录 3 号", stranger),
            )  # fmt: skip
        assert refused.value.field == "second_witness"
    assert begin(session, cast, witness=cast.supervisor).witness is cast.supervisor


def test_another_witness_is_named_before_the_first_has_signed_and_the_change_stays_on_record(
    session: Session, cast: Cast, shelf: Office, pen: Pen
) -> None:
    handover = begin_without(session, cast)
    confirm_all(session, handover)
    pen.sign(handover, cast.second_keeper)

    def instead(witness: User, actor: User = cast.approver, part: Part = Part.WITNESS) -> int:
        with session.begin_nested():
            return replace_witness(session, handover, part, witness, "原监交人外出", actor=actor.actor, at=NOON)

    refusals = [
        (MayNotReplace, cast.supervisor, cast.second_keeper), (StarterWitnesses, cast.approver, cast.approver),
        (SamePersonTwice, cast.second_keeper, cast.approver), (SamePersonTwice, cast.reader, cast.approver),
        (WitnessOutside, cast.other_keeper, cast.approver),
    ]  # fmt: skip
    other = open_account(session, "reader2", "孙见证", PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, other, Role.READER, cast.district.path, actor=OPERATOR, at=NOON)
    for refusal, witness, actor in refusals:
        with pytest.raises(refusal):
            instead(witness, actor)
        session.refresh(handover)
    grant_role(session, other, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(other)
    with pytest.raises(StarterWitnesses):
        instead(other, other)  # another leader steers it too
    with pytest.raises(MayNotReplace):
        instead(other, cast.keeper)  # who is replaced
    session.refresh(handover)
    assert instead(other) == 1  # the receiver has signed a list that names another witness
    assert handover.parties[Part.WITNESS] is other
    assert not session.scalars(visible_handovers(cast.reader.actor)).all()
    pen.sign(handover, other)
    with pytest.raises(WitnessHasSigned):
        instead(cast.reader)
    session.commit()
    [(told, before, after)] = replacements(session, handover)
    assert (told.who, before, after) == ("周审", "李读", "孙见证")
    assert told.details["reason"] == "原监交人外出"


def test_who_receives_names_no_other_witness(session: Session, cast: Cast, shelf: Office) -> None:
    handover = begin(session, cast)
    named = {"part": Part.WITNESS, "reason": "监交人外出", "at": NOON}
    grant_role(session, cast.second_keeper, Role.APPROVER, cast.district.path, actor=OPERATOR, at=NOON)
    session.refresh(cast.second_keeper)  # who leads the unit, and receives
    with pytest.raises(MayNotReplace):
        replace_witness(session, handover, witness=cast.reader, actor=cast.second_keeper.actor, **named)
    replace_witness(session, handover, witness=cast.reader, actor=cast.keeper.actor, **named)
    assert handover.witness is cast.reader


def test_a_witness_sees_the_list_no_more_once_it_is_cancelled(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        begin_without(session, merged(office, session, found_cast(office)))
        code = session.scalars(select(HandoverLine.code).order_by(HandoverLine.id)).first()
    witness, leader = signed_in("reader"), signed_in("approver")
    assert str(code) in text(witness.get("/handovers/1"))
    assert leader.post("/handovers/1/cancellation", data={"reason": "已联系上"}).status_code == 303
    shown = text(witness.get("/handovers/1"))
    assert "its list is for witnesses no more" in shown
    assert str(code) not in shown
    assert witness.get("/handovers/1/list.pdf").status_code == 404
    assert str(code) in text(leader.get("/handovers/1"))
    assert leader.get("/handovers/1/list.pdf").status_code == 200


def test_a_keeper_who_is_replaced_sees_the_handover_and_has_no_hand_in_it(
    session: Session, cast: Cast, shelf: Office
) -> None:
    handover = begin_without(session, cast)
    assert visible_handover(session, handover.id, cast.keeper.actor) is handover
    waiting = {
        user.name: bool(session.scalars(select(Handover).where(waits_for(user.actor))).all())
        for user in (cast.keeper, cast.second_keeper, cast.reader, cast.supervisor, cast.approver)
    }
    assert waiting == {"keeper": False, "keeper2": True, "reader": True, "supervisor": True, "approver": False}
    for other in (cast.second_keeper, cast.reader, cast.supervisor):
        with pytest.raises(MayNotCancel):
            cancel(session, handover, "不想要", actor=other.actor, on=MONDAY)
    cancel(session, handover, "已联系上", actor=cast.approver.actor, on=MONDAY)


def test_a_keeper_who_can_be_reached_objects_and_the_others_are_told(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        begin_without(session, merged(office, session, found_cast(office)))
    keeper, leader = signed_in("keeper"), signed_in("approver")
    page = keeper.get("/handovers/1")
    assert "Object to this handover" in text(page)
    assert "Compare with custody now" not in text(page)
    assert "Object to this handover" not in text(leader.get("/handovers/1"))
    assert keeper.post("/handovers/1/cancellation", data={"reason": "本人在岗"}).status_code == 303
    assert state(office) is HandoverState.CANCELLED
    read_on(office, at=NOON)
    with office.reading() as session:
        told = session.scalars(
            select(User.name).join(Notice, Notice.user_id == User.id).where(Notice.rule == "handover.cancelled")
        ).all()
    assert set(told) == {"approver", "keeper2", "reader", "supervisor"}


def test_what_is_outside_a_partial_handover_stays_and_keeps_the_account_open(
    session: Session, cast: Cast, shelf: Office, pen: Pen
) -> None:
    yearly = make_yearly_file(session, cast)
    session.flush()
    handover = part(session, cast, Extent(categories=(Category.ORIGINAL,)))
    kinds = [one.kind for one in lines_of(session, handover)]
    assert (kinds.count(LineKind.FILE), kinds.count(LineKind.BOX), kinds.count(LineKind.COPY)) == (2, 1, 2)
    confirm_all(session, handover)
    pen.sign_all(handover)
    assert yearly.id in of_keeper(session, cast.keeper)
    assert of_keeper(session, cast.second_keeper) >= {file.id for file in shelf.files}
    kept = select(BoxCustody.keeper_id).where(BoxCustody.box_id == shelf.deeds.id, BoxCustody.until_on.is_(None))
    assert session.scalar(kept) == cast.keeper.id
    with pytest.raises(CustodyUnsigned):
        close_account(session, cast.keeper, actor=OPERATOR, at=NOON)
    rest = part(session, cast, Extent())
    confirm_all(session, rest)
    pen.sign_all(rest)
    close_account(session, cast.keeper, actor=OPERATOR, at=NOON)


def test_a_part_is_said_by_years_codes_or_a_place(session: Session, cast: Cast, shelf: Office) -> None:
    far = make_place(session, cast, "二库")
    box = make_box(session, cast, far, "H-0009")
    make_copy(session, cast, "P-0009", file=shelf.files[1], box=box)
    session.flush()
    first, second = shelf.files

    def named(**said: object) -> set[str]:
        extent = extent_named(session, cast.district, cast.keeper, **said)  # type: ignore[arg-type]
        assert Extent.of(extent.kept()) == extent
        handover = part(session, cast, extent)
        codes = {one.code for one in lines_of(session, handover) if one.kind in (LineKind.FILE, LineKind.BOX)}
        cancel(session, handover, "试", actor=cast.keeper.actor, on=MONDAY)
        return codes

    assert named(codes=[f" {first.code.lower()} "]) == {first.code}
    assert named(place=far.barcode) == {second.code, "H-0009"}
    assert named(place=shelf.place.barcode) == {first.code, second.code, "H-0001", "H-DEED"}  # one copy is out
    assert named(years=(2026, 2026), categories=[Category.ORIGINAL], place=far.barcode) == {second.code, "H-0009"}
    with pytest.raises(NothingToHandOver):
        named(years=(2019, 2020))
    with pytest.raises(NotInCustody):
        named(codes=["C038-KU·2020·D30-0001"])
    with pytest.raises(NotAPlace):
        named(place="H-0009")


def test_a_file_opened_meanwhile_joins_a_partial_handover_only_where_it_belongs(
    session: Session, cast: Cast, shelf: Office
) -> None:
    handover = part(session, cast, Extent(categories=(Category.ORIGINAL,)))
    make_yearly_file(session, cast)
    session.flush()
    assert not recheck(session, handover, actor=cast.keeper.actor, at=NOON)


def test_a_handover_without_the_keeper_is_done_in_the_browser(office: Database, signed_in: SignedIn) -> None:
    leader, cast = signed_in("approver"), found_cast(office)
    page = leader.get("/handovers/new?way=unplanned")
    assert "Begin a handover without the keeper" in text(page)
    assert "Last signed in: 王维" in text(page)
    fields = {
        "unit": cast.district.id, "leaver": cast.keeper.id, "receiver": cast.second_keeper.id, "witness": "reader",
        "reason": "失联", "way": "unplanned",
    }  # fmt: skip
    refused = leader.post("/handovers", data=fields)
    assert refused.status_code == 422
    assert "Begin a handover without the keeper" in text(refused)
    made = leader.post("/handovers", data={**fields, "second_witness": "supervisor", "proof": "联系记录 3 号"})
    assert made.status_code == 303
    read_on(office, at=NOON)
    with office.reading() as session:
        told = session.scalars(select(Notice.rule).where(Notice.user_id == cast.keeper.id)).all()
    assert told == ["handover.started_without"]
    page = leader.get(made.location)
    assert "王维 takes no part. Proof: 联系记录 3 号" in text(page)
    signed_in("keeper2").post("/handovers/1/ticks", data={"all": "1"})
    for name in ("keeper2", "reader", "supervisor"):
        assert sign(signed_in(name)).status_code == 303
    assert state(office) is HandoverState.SIGNED


def test_a_part_is_chosen_in_the_form(office: Database, signed_in: SignedIn) -> None:
    keeper, cast = signed_in("keeper"), found_cast(office)
    fields = {
        "unit": cast.district.id, "leaver": cast.keeper.id, "receiver": cast.second_keeper.id, "witness": "approver",
        "reason": "分工",
    }  # fmt: skip
    turned = keeper.post("/handovers", data={**fields, "first_year": "2026", "last_year": "2020"})
    assert "The last year lies before the first." in text(turned)
    assert "A year is needed" in text(keeper.post("/handovers", data={**fields, "first_year": "20266"}))
    assert "is no file of this unit" in text(keeper.post("/handovers", data={**fields, "codes": "X-1\nX-2"}))
    made = keeper.post("/handovers", data={**fields, "original": "y", "first_year": "2026"})
    page = text(keeper.get(made.location))
    assert "Only a part is handed over: Original archives; 2026." in page
    assert "answers for 2 files and 2 boxes in all" in page
    assert f"of {LINES - 1} lines checked" in page
    with office.reading() as session:
        assert session.scalars(select(Handover.extent)).one() == {"categories": ["original"], "years": [2026, 2026]}
        assert len(session.scalars(select(File)).all()) == 2


def test_who_took_part_keeps_the_list_when_the_role_is_gone(office: Database, signed_in: SignedIn) -> None:
    """Both sides keep the list: the leaver's account shows it also when it may read nothing else."""
    cast = found_cast(office)
    keeper = signed_in("keeper")
    keeper.post(
        "/handovers",
        data={
            "unit": cast.district.id, "leaver": cast.keeper.id, "receiver": cast.second_keeper.id,
            "witness": "approver", "reason": "调离",
        },
    )  # fmt: skip
    signed_in("keeper2").post("/handovers/1/ticks", data={"all": "1"})
    for name in ("keeper", "keeper2", "approver"):
        sign(signed_in(name))
    with office.begin() as session:
        user = session.get_one(User, cast.keeper.id)
        end_role(session, user, user.active_grants[0], actor=OPERATOR, at=NOON)
    assert 'href="/handovers?state=party"' in keeper.get("/account").text
    assert "YJ-2026-0001" in text(keeper.get("/handovers?state=party"))
    assert keeper.get("/handovers/1/list.pdf").mimetype == "application/pdf"
    assert "YJ-2026-0001" not in text(signed_in("reader").get("/handovers?state=party"))
