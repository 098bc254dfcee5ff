"""The pages of transfers, units that end, custody on behalf, and households that part or join."""

import hashlib
import html
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from audit import UseEntry
from records.closing.families import split
from records.closing.models import (
    CustodyOnBehalf,
    FamilyChange,
    FileTransfer,
    TransferReason,
    TransferState,
    UnitClosing,
)
from records.closing.transfers import propose
from records.files.locking import asked_below, lock_files
from records.files.membership import join_household
from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.holdings.models import Box
from records.households.models import Member, Relation
from records.households.services import MemberEntry
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, find_cast
from tests.conftest import Prepare, SignedIn, pages_on_both
from tests.printing.paper import words
from tests.records.closing.cases import (
    GROUNDS,
    anybody_waits,
    apart,
    begin_case,
    close_empty,
    make_case,
    make_centre,
    make_employers_keeper,
    make_household,
    make_room,
    offer,
    set_line,
    take,
)
from units.models import Unit


def text(answer: TestResponse) -> str:
    page = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(html.unescape(page).split())


def rows(database: Database, model: type) -> list[object]:
    with database.reading() as session:
        return list(session.scalars(select(model).order_by(model.id)))  # type: ignore[attr-defined]


def furnish(database: Database) -> None:
    with database.begin() as session:
        make_case(session, find_cast(session))


@pytest.fixture
def office(database: Database, prepared: Prepare) -> Database:
    """The district's file with paper, a loan and an item awaiting filing; a box of the other district."""
    prepared(furnish)
    return database


@pytest.fixture
def offered(office: Database) -> Database:
    """The same, on its way to the other district."""
    with office.begin() as session:
        offer(session, find_cast(session), session.scalars(select(File)).one())
    return office


DESTINATION = {"to_unit": "西区总工会", "reason": "moved", "grounds": "户籍迁往西区。", "witness": "approver"}


def test_a_file_is_offered_accepted_and_read_by_its_new_keeper(office: Database, signed_in: SignedIn) -> None:
    keeper, receiver = signed_in("keeper"), signed_in("west.keeper")
    assert "李读" in text(keeper.get("/files/1/transfer"))
    change = {"address": "河街道 9 号", "employment": "employed", "employer": "机械厂", "main_cause": "illness"}
    assert keeper.post("/files/1/household/edit", data=change).status_code == 303
    answer = keeper.post("/files/1/transfer", data=DESTINATION, follow_redirects=True)
    assert "Until that accepts, the file stays here." in text(answer)
    assert "On its way to 西区总工会." in text(keeper.get("/files/1"))
    assert receiver.get("/files/1").status_code == 404
    page = receiver.get("/transfers/1")
    assert "户籍迁往西区。" in text(page)
    assert "/files/1" not in page.get_data(as_text=True)
    done = receiver.post("/transfers/1/acceptance", data={"keeper": "9", "spot": ""})
    assert done.status_code == 422
    own = re.search(r'<option selected value="(\d+)">钱西', receiver.get("/transfers/1").get_data(as_text=True))
    assert own
    done = receiver.post("/transfers/1/acceptance", data={"keeper": own[1], "spot": ""}, follow_redirects=True)
    assert "is accepted; code and history stay as they are." in text(done)
    history = text(receiver.get("/files/1"))
    assert "File opened" in history
    assert "File passed to another unit" in history
    assert "withheld" not in history
    versions = text(receiver.get("/files/1/household"))
    assert ("河街道 9 号" in versions, "withheld" in versions) == (True, False)
    assert keeper.get("/files/1").status_code == 404
    assert "周大河" in text(keeper.get("/transfers/1"))


def test_who_keeps_a_file_until_it_passes_is_not_offered_as_its_receiver(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        cast = find_cast(session)
        grant_role(session, cast.keeper, Role.KEEPER, cast.other_district.path, actor=OPERATOR, at=NOON)
        offer(session, cast, session.scalars(select(File)).one(), giver=cast.second_keeper)
    page = signed_in("west.keeper").get("/transfers/1").text
    named = set(re.findall(r"<option[^>]*>([^<]*)</option>", page))
    assert "钱西" in named
    assert "王维" not in named


def test_what_is_wrong_with_an_offer_stands_beside_its_field(office: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    for field, value, said in (
        ("to_unit", "无此单位", "No open unit is named"),
        ("to_unit", "东区总工会", "keeps the file already"),
        ("witness", "nobody", "nobody"),
        ("witness", "keeper", "takes part in this transfer"),
        ("reason", "owner_found", "Choose one of the offered entries."),
    ):
        answer = keeper.post("/files/1/transfer", data={**DESTINATION, field: value})
        assert answer.status_code in (404, 422)
        found = re.search(rf'id="{field}-error">(.*?)</div>', answer.get_data(as_text=True), re.S)
        assert found, field
        assert said in html.unescape(found[1])
    assert rows(office, FileTransfer) == []


def test_re_employment_asks_for_the_new_determination(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        cast = find_cast(session)
        own = make_employers_keeper(session, cast).id
        offer(session, cast, session.scalars(select(File)).one(), cast.workplace, TransferReason.REEMPLOYED)
    receiver = signed_in("street.keeper")
    data = {"keeper": own, "determination": "重新认定，符合条件。", "determined_on": "2026-03-02"}
    refused = receiver.post("/transfers/1/acceptance", data=data)
    assert refused.status_code == 422
    assert "enter the employer, the day of re-employment, and that unit's own determination" in text(refused)
    data |= {"employer": "机械厂", "reemployed_on": "2026-03-02"}
    assert "重新认定，符合条件。" in text(receiver.post("/transfers/1/acceptance", data=data, follow_redirects=True))
    # one that is offered for re-employment is never accepted in a heap
    assert "Nothing was ticked" in text(receiver.post("/transfers", data={"transfer": "1"}, follow_redirects=True))


def test_a_refusal_needs_a_reason_and_strands_the_file(offered: Database, signed_in: SignedIn) -> None:
    receiver, keeper = signed_in("west.keeper"), signed_in("keeper")
    assert receiver.post("/transfers/1/refusal", data={"reason": ""}).status_code == 422
    receiver.post("/transfers/1/refusal", data={"reason": "该户不在本区。"})
    assert "该户不在本区。" in text(keeper.get("/transfers?state=stranded"))
    assert "Files refused and without destination" in text(keeper.get("/"))
    assert 'class="late"' in keeper.get("/").get_data(as_text=True)
    assert receiver.post("/transfers/1/refusal", data={"reason": "再拒"}).status_code == 409


def test_an_offer_is_taken_back_by_its_giver_alone(offered: Database, signed_in: SignedIn) -> None:
    assert signed_in("reader").post("/transfers/1/recall", data={"reason": "误报"}).status_code == 403
    assert signed_in("street.keeper").post("/transfers/1/recall", data={"reason": "误报"}).status_code == 404
    assert "Taken back." in text(
        signed_in("keeper").post("/transfers/1/recall", data={"reason": "误报"}, follow_redirects=True)
    )


def test_who_gives_files_and_keeps_in_the_receiving_unit_too_accepts_none_of_the_own_in_a_heap(
    office: Database, signed_in: SignedIn
) -> None:
    with office.begin() as session:
        cast = find_cast(session)
        grant_role(session, cast.second_keeper, Role.KEEPER, cast.other_district.path, actor=OPERATOR, at=NOON)
        other = make_household(session, cast.district, cast.keeper, NUMBERS[1], "陈平")
        offer(session, cast, session.get_one(File, 1), giver=cast.second_keeper)
        offer(session, cast, other)
    both = signed_in("keeper2")
    page = both.post("/transfers", data={"transfer": ["1", "2"]}, follow_redirects=True)
    assert "1 file is accepted." in text(page)
    with office.reading() as session:
        states = session.scalars(select(FileTransfer.state).order_by(FileTransfer.id)).all()
    assert states == [TransferState.PROPOSED, TransferState.ACCEPTED]


@pages_on_both
def test_several_are_accepted_together_and_their_paper_waits_to_be_fetched(
    offered: Database, signed_in: SignedIn
) -> None:
    receiver = signed_in("west.keeper")
    assert "Transfers waiting for my acceptance" in text(receiver.get("/"))
    assert 'href="/transfers?state=mine"' in receiver.get("/").get_data(as_text=True)
    assert 'name="transfer" value="1"' in receiver.get("/transfers?state=mine").get_data(as_text=True)
    above = signed_in("supervisor")
    assert "ZJ-2026-0001" in text(above.get("/transfers?side=incoming&state=proposed"))
    assert "ZJ-2026-0001" not in text(above.get("/transfers?state=mine"))
    assert 'name="transfer"' not in signed_in("keeper").get("/transfers").get_data(as_text=True)
    page = receiver.post("/transfers", data={"transfer": ["1", "99", "x"]}, follow_redirects=True)
    assert "1 file is accepted." in text(page)
    assert "P-00000001" in text(receiver.get("/paper-to-fetch"))
    assert "1 paper copy lies with the giving unit still." in text(receiver.get("/transfers/1"))


def test_a_box_is_taken_over_from_the_list_of_paper_to_fetch(offered: Database, signed_in: SignedIn) -> None:
    with offered.begin() as session:
        cast = find_cast(session)
        take(session, session.scalars(select(FileTransfer)).one(), cast.other_keeper)
        spot = make_room(session, cast.other_district, cast.other_keeper, "西库").barcode
    receiver = signed_in("west.keeper")
    assert "Take the box over" in text(receiver.get("/paper-to-fetch"))
    assert signed_in("street.keeper").get("/paper-to-fetch/boxes/1").status_code == 404
    answer = receiver.post("/paper-to-fetch/boxes/1", data={"spot": "K-9999"})
    assert answer.status_code == 404
    assert "K-9999" in text(answer)
    done = receiver.post("/paper-to-fetch/boxes/1", data={"spot": spot}, follow_redirects=True)
    assert "now stands at 西库" in text(done)
    with offered.reading() as session:
        assert session.scalars(select(Box)).one().unit.name == "西区总工会"


@pages_on_both
def test_a_unit_is_closed_page_by_page(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        make_household(session, cast.workplace, _as_keeper(session, cast.workplace), NUMBERS[0])
        make_household(session, cast.workplace, _as_keeper(session, cast.workplace), NUMBERS[1], "陈平")
        centre, unit_id = make_centre(session, cast.district, cast.keeper).name, cast.workplace.id
    leader = signed_in("approver")
    begun = leader.post("/closings/new", data={"unit_id": unit_id, "decision": "撤销决定"}, follow_redirects=True)
    assert "Now every file gets a destination." in text(begun)
    assert "Close the unit" not in text(leader.get("/closings/1"))
    refused = leader.post("/closings/1/completion")
    assert refused.status_code == 409
    assert "It still has 2 files." in text(refused)
    data = {"to_unit": "东区总工会", "reason": "abolished", "grounds": "撤销", "witness": "reader"}
    one = leader.post("/closings/1/destinations", data={**data, "q": "陈平", "all": "1"}, follow_redirects=True)
    assert "1 file is offered to 东区总工会." in text(one)
    nothing = leader.post("/closings/1/destinations", data=data)
    assert "No file was chosen" in text(nothing)
    assert f"On behalf of the unit keeps: 河街道总工会、{centre}." in text(leader.get("/closings/1"))
    data |= {"reason": "on_behalf", "to_unit": centre}
    leader.post("/closings/1/destinations", data={**data, "file": "1"})
    receiver = signed_in("keeper")
    receiver.post("/transfers", data={"transfer": ["1", "2"]})
    assert "Custody on behalf: the owner of record is 机械厂工会" in text(receiver.get("/files/1"))
    assert "机械厂工会" in text(receiver.get("/custody-on-behalf"))
    ready = leader.get("/closings/1")
    assert "Nothing. The unit keeps no file" in text(ready)
    closed = leader.post("/closings/1/completion", follow_redirects=True)
    assert "机械厂工会 is closed, and 1 role held in it has ended." in text(closed)
    with database.reading() as session:
        assert session.get_one(Unit, unit_id).closed_on == MONDAY
    assert "dissolved" in text(signed_in("system").get("/units"))


def _as_keeper(session: Session, unit: Unit) -> User:
    """The street's keeper, with the keeper's role in a unit too."""
    keeper = find_cast(session).street_keeper
    if not any(grant.unit_path == unit.path for grant in keeper.active_grants):
        grant_role(session, keeper, Role.KEEPER, unit.path, actor=OPERATOR, at=NOON)
    return keeper


def test_a_case_is_given_up_with_a_reason(database: Database, signed_in: SignedIn) -> None:
    with database.reading() as session:
        unit_id = find_cast(session).workplace.id
    leader = signed_in("approver")
    leader.post("/closings/new", data={"unit_id": unit_id, "decision": "撤销决定"})
    assert leader.post("/closings/1/giving-up", data={"reason": ""}).status_code == 422
    assert "改为合署。" in text(
        leader.post("/closings/1/giving-up", data={"reason": "改为合署。"}, follow_redirects=True)
    )
    reader = signed_in("supervisor")
    assert reader.get("/closings/1").status_code == 200
    assert reader.post("/closings/1/giving-up", data={"reason": "无"}).status_code == 403
    assert signed_in("west.keeper").get("/closings/1").status_code == 404
    assert signed_in("reader").get("/closings/new").status_code == 200


def test_only_custodians_look_into_a_case_with_its_withdrawn_households(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        file = make_household(session, cast.street, cast.street_keeper)
        keeper = cast.street_keeper.actor
        withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper, on=MONDAY, today=MONDAY)
        begin_case(session, cast)
    assert "周大河" in text(signed_in("approver").get("/closings/1"))
    reader = signed_in("reader")
    assert reader.get("/closings").status_code == 200
    assert "/closings/1" not in reader.get("/closings").get_data(as_text=True)
    for path in ("/closings/1", "/closings/1?format=xlsx", "/closings/1/list.pdf"):
        assert reader.get(path).status_code == 403, path


def test_an_administrator_closes_a_unit_that_keeps_nothing_and_no_other(office: Database, signed_in: SignedIn) -> None:
    with office.reading() as session:
        cast = find_cast(session)
        district, workplace, street = cast.district.id, cast.workplace.id, cast.street.id
    system = signed_in("system")
    assert "机械厂工会 is closed." in text(system.post(f"/units/{workplace}/closing", follow_redirects=True))
    assert "河街道总工会 is closed." in text(system.post(f"/units/{street}/closing", follow_redirects=True))
    refused = system.post(f"/units/{district}/closing")
    assert refused.status_code == 409
    assert "东区总工会 cannot be closed yet. It still has 1 files" in text(refused)


@pages_on_both
def test_a_household_parts_and_joins_from_its_own_page(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        cast = find_cast(session)
        set_line(session, cast)
        file = session.scalars(select(File)).one()
        entry = MemberEntry("陈平", Relation.SPOUSE, NUMBERS[1])
        spouse = join_household(session, file, entry, actor=cast.keeper.actor, on=MONDAY).id
    keeper = signed_in("keeper")
    assert "an approver of 东区总工会 who never kept this file decides on it" in text(keeper.get("/files/1/split"))
    answers = dict.fromkeys(("relief", "homes", "business", "schooling", "vehicles"), "no")
    data = {
        "why": "divorce", "grounds": GROUNDS, "address": "新居", "employment": "flexible",
        "main_cause": "single_parent", "monthly_income_per_head": "520", "months_below": "6",
        "still_hard": "yes", **answers,
    }  # fmt: skip
    by_keeper = keeper.post("/files/1/split", data={**data, f"relation-{spouse}": "worker"})
    assert by_keeper.status_code == 403
    assert "decides on the new file" in text(by_keeper)
    leader = signed_in("approver")
    page = leader.get("/files/1/split").get_data(as_text=True)
    assert f"relation-{spouse}" in page
    unasked = leader.post("/files/1/split", data={**data, "employment": "retired", f"relation-{spouse}": "worker"})
    assert "This is needed where the worker is: Retired." in text(unasked)
    nobody = leader.post("/files/1/split", data=data)
    assert nobody.status_code == 422
    assert "Say who leaves" in text(nobody)
    assert 'value="新居"' in nobody.get_data(as_text=True)
    above = leader.post(
        "/files/1/split", data={**data, "monthly_income_per_head": "9999", f"relation-{spouse}": "worker"}
    )
    assert "The new household gets no file by parting: Monthly income per head (yuan): 9999.00" in text(above)
    done = leader.post("/files/1/split", data={**data, f"relation-{spouse}": "worker"}, follow_redirects=True)
    assert f"Decided by 周审: {GROUNDS}" in text(done)
    assert "Opened on 2026-03-02 by parting from" in text(done)
    assert "From it parted on 2026-03-02" in text(keeper.get("/files/1"))
    with office.reading() as session:
        new = session.get_one(File, 2)
        again = session.scalars(select(Member.id).where(Member.active, Member.household_id == new.household_id)).one()
        code = new.code
    assert "No household file of your unit has the code" in text(keeper.get("/files/1/merge?code=C099"))
    assert f"relation-{again}" in keeper.get(f"/files/1/merge?code={code}").get_data(as_text=True)
    joining = {"code": code, "why": "marriage", f"relation-{again}": "spouse"}
    assert keeper.post("/files/1/merge", data=joining).status_code == 422
    back = keeper.post("/files/1/merge", data={**joining, "monthly_income_per_head": "480.50"}, follow_redirects=True)
    assert "its code now finds this file" in text(back)
    found = keeper.get("/scan", query_string={"barcode": code})
    assert found.status_code == 302
    assert found.location == "/files/2"
    assert "周大河" in text(keeper.get("/files", query_string={"text": code}))
    with office.reading() as session:
        assert session.get_one(File, 2).withdrawal_reason is WithdrawalReason.MERGED


def test_of_a_linked_file_out_of_sight_the_page_tells_the_code_alone(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        cast = find_cast(session)
        set_line(session, cast)
        file, keeper = session.scalars(select(File)).one(), cast.keeper
        child = join_household(
            session, file, MemberEntry("周自立", Relation.CHILD, NUMBERS[1]), actor=keeper.actor, on=MONDAY
        )
        new = split(
            session, file, {child.id: Relation.WORKER}, apart(), FamilyChange.GROWN_UP, grounds=GROUNDS,
            actor=cast.approver.actor, on=MONDAY,
        )  # fmt: skip
        withdraw(session, new, WithdrawalReason.LIFTED, actor=keeper.actor, on=MONDAY, today=MONDAY)
        code, path = new.code, f"/files/{new.id}"
    for name, told in (("keeper", True), ("reader", False)):
        page = signed_in(name).get("/files/1")
        assert f"From it parted on 2026-03-02 {code} " in text(page)
        assert (f"{code} 周自立 ·" in text(page), f'href="{path}"' in page.get_data(as_text=True)) == (told, told)


def test_a_keeper_does_not_choose_joined_as_a_reason_of_withdrawal(office: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    assert 'value="merged"' not in keeper.get("/files/1/withdrawal").get_data(as_text=True)
    assert keeper.post("/files/1/withdrawal", data={"on": "2026-03-02", "reason": "merged"}).status_code == 422


def test_custodians_are_shown_to_the_superior(office: Database, signed_in: SignedIn) -> None:
    page = text(signed_in("supervisor").get("/custodians"))
    assert "东区总工会 1 王维 One 0" in page
    assert "Every unit with files has exactly one custodian." in text(
        signed_in("supervisor").get("/custodians?amiss=yes")
    )


def test_prints_are_pdf_with_both_sides_and_the_witness_and_are_noted(offered: Database, signed_in: SignedIn) -> None:
    receiver = signed_in("west.keeper")
    receiver.post("/language/zh")

    def printed(path: str) -> str:
        answer = receiver.get(path)
        assert answer.mimetype == "application/pdf", path
        return words(answer.data)

    draft = printed("/transfers/1/list.pdf")
    assert "草稿" in draft
    with offered.begin() as session:
        take(session, session.scalars(select(FileTransfer)).one(), find_cast(session).other_keeper)
    deed = printed("/transfers/1/list.pdf")
    for said in ("档案移交清册", "东区总工会", "西区总工会", "王维", "钱西", "吴督", "P-00000001"):
        assert said in deed, said
    with offered.reading() as session:
        uses = session.scalars(select(UseEntry.subject_kind).where(UseEntry.action == "content.printed")).all()
    assert uses == ["file_transfer"] * 2


def test_the_transfer_list_is_filed_by_the_receiver_and_shown_as_filed_from_then_on(
    offered: Database, signed_in: SignedIn
) -> None:
    with offered.begin() as session:
        cast = find_cast(session)
        take(session, session.scalars(select(FileTransfer)).one(), cast.other_keeper)
        barcode = make_room(session, cast.other_district, cast.other_keeper).barcode
        own = make_room(session, cast.district, cast.keeper, "阅档室").barcode
    giver, receiver = signed_in("keeper"), signed_in("west.keeper")
    assert "ZJ-2026-0001" in text(receiver.get("/transfers?state=unfiled"))
    assert "File it as a record" in text(receiver.get("/transfers/1"))
    assert "File it as a record" not in text(giver.get("/transfers/1"))
    assert giver.post("/transfers/1/filing", data={"spot": own}).status_code == 403
    assert receiver.post("/transfers/1/filing", data={"spot": ""}).status_code == 422
    page = text(receiver.post("/transfers/1/filing", data={"spot": barcode}, follow_redirects=True))
    filed = [giver.get("/transfers/1/list.pdf").data, receiver.get("/transfers/1/list.pdf").data]
    assert filed[0] == filed[1]
    assert hashlib.sha256(filed[0]).hexdigest() in page
    assert "/items/" not in giver.get("/transfers/1").get_data(as_text=True)  # it lies in another unit
    assert "ZJ-2026-0001" not in text(receiver.get("/transfers?state=unfiled"))
    assert receiver.post("/transfers/1/filing", data={"spot": barcode}).status_code == 409


def test_the_deed_of_custody_is_filed_by_the_keeping_unit_and_shown_as_filed_from_then_on(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        begin_case(session, cast)
        file = make_household(session, cast.street, cast.street_keeper)
        take(
            session, offer(session, cast, file, cast.district, TransferReason.ON_BEHALF, giver=cast.street_keeper),
            cast.keeper,
        )  # fmt: skip
        barcode = make_room(session, cast.district, cast.keeper).barcode
    keeper, owner = signed_in("keeper"), signed_in("street.keeper")
    assert "To be filed" in text(keeper.get("/custody-on-behalf"))
    assert "File it as a record" not in text(owner.get("/custody-on-behalf/1"))
    page = text(keeper.post("/custody-on-behalf/1/filing", data={"spot": barcode}, follow_redirects=True))
    deed = owner.get("/custody-on-behalf/1/deed.pdf").data
    assert hashlib.sha256(deed).hexdigest() in page
    assert "Deed filed" in text(keeper.get("/custody-on-behalf"))
    assert signed_in("west.keeper").get("/custody-on-behalf/1").status_code == 404


def test_the_list_of_a_closed_unit_is_filed_by_its_superior(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        close_empty(session, cast, cast.workplace)
        close_empty(session, cast, cast.street)
        barcode = make_room(session, cast.district, cast.keeper).barcode
    keeper = signed_in("keeper")
    page = text(keeper.post("/closings/2/filing", data={"spot": barcode}, follow_redirects=True))
    assert hashlib.sha256(keeper.get("/closings/2/list.pdf").data).hexdigest() in page
    assert "File it as a record" not in text(keeper.get("/closings/2"))


def test_the_deed_of_custody_names_owner_keeper_and_files(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        begin_case(session, cast)
        file = make_household(session, cast.street, cast.street_keeper)
        transfer = propose(
            session, file, cast.district, TransferReason.ON_BEHALF, grounds="街道工会撤并。", giver=cast.street_keeper,
            witness=cast.approver, at=NOON,
        )  # fmt: skip
        take(session, transfer, cast.keeper)
        code = file.code
    client = signed_in("keeper")
    client.post("/language/zh")
    answer = client.get("/custody-on-behalf/1/deed.pdf")
    said = words(answer.data)
    for word in ("代管协议", "河街道总工会", "东区总工会", code, "2026-03-02"):
        assert word in said, word
    assert signed_in("west.keeper").get("/custody-on-behalf/1/deed.pdf").status_code == 404
    reader = signed_in("reader")
    assert reader.get("/custody-on-behalf/1/deed.pdf").status_code == 403
    assert "deed.pdf" not in reader.get("/custody-on-behalf").get_data(as_text=True)
    assert "deed.pdf" not in reader.get("/files/1").get_data(as_text=True)
    assert len(rows(database, CustodyOnBehalf)) == 1


def test_every_page_speaks_chinese(offered: Database, signed_in: SignedIn) -> None:
    with offered.reading() as session:
        unit_id = find_cast(session).workplace.id
    leader = signed_in("approver")
    leader.post("/closings/new", data={"unit_id": unit_id, "decision": "撤销决定"})
    client = signed_in("keeper")
    for one in (leader, client):
        one.post("/language/zh")
    for browser, path, said in (
        (client, "/transfers", "移交"),
        (client, "/transfers/1", "撤回"),
        (client, "/files/1/transfer", "已在移交"),
        (client, "/paper-to-fetch", "待取纸质件"),
        (client, "/custody-on-behalf", "代管"),
        (client, "/custodians", "档案专管"),
        (client, "/files/1/split", "除职工本人外"),
        (client, "/files/1/merge", "并入周大河户"),
        (leader, "/closings", "单位撤销"),
        (leader, "/closings/new", "撤销"),
        (leader, "/closings/1", "待移交案卷"),
    ):
        assert said in text(browser.get(path)), path


def test_more_files_need_no_more_queries(offered: Database, signed_in: SignedIn, statements: list[str]) -> None:
    with offered.begin() as session:
        cast = find_cast(session)
        first = make_household(session, cast.street, cast.street_keeper, NUMBERS[1], "陈平")
        offer(session, cast, first, cast.district, giver=cast.street_keeper)
        unit_id = cast.street.id
    leader = signed_in("approver")
    leader.post("/closings/new", data={"unit_id": unit_id, "decision": "撤销决定"})
    paths = ("/transfers", "/closings/1", "/closings", "/custody-on-behalf", "/custodians", "/paper-to-fetch")

    def asked(path: str) -> int:
        statements.clear()
        assert leader.get(path).status_code == 200
        return len(statements)

    few = [asked(path) for path in paths]
    with offered.begin() as session:
        cast = find_cast(session)
        for number, name in ((NUMBERS[2], "李远"), (NUMBERS[3], "王成")):
            file = make_household(session, cast.street, cast.street_keeper, number, name)
            offer(session, cast, file, cast.district, giver=cast.street_keeper)
    assert [asked(path) for path in paths] == few


def test_states_stand_in_the_list(offered: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    for state in TransferState:
        found = "ZJ-2026-0001" in text(keeper.get(f"/transfers?state={state.value}"))
        assert found is (state is TransferState.PROPOSED)
    assert rows(offered, UnitClosing) == []


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_ticked_transfers_lock_their_files_in_one_order_whatever_the_order_of_the_offers(
    database: Database, signed_in: SignedIn
) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        files = [
            make_household(session, cast.district, cast.keeper, number, name)
            for number, name in zip(NUMBERS, ("周大河", "陈平"), strict=False)
        ]
        offers = [offer(session, cast, file).id for file in reversed(files)]
        ids = [file.id for file in files]
    receiver = signed_in("west.keeper")
    with ThreadPoolExecutor(1) as desk:
        with database.begin() as other:
            lock_files(other, ids[:1], asked_below)
            accepting = desk.submit(receiver.post, "/transfers", data={"transfer": offers})
            while not anybody_waits(database):
                assert not accepting.done()
            lock_files(other, ids, asked_below)
        assert accepting.result().status_code == 303
    with database.reading() as session:
        assert {one.state for one in session.scalars(select(FileTransfer))} == {TransferState.ACCEPTED}
