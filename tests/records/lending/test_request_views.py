"""The pages of requests, of calling back, of standing in, and the register."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.roles import OPERATOR
from classification.rulebook import SECRETS
from records.files.services import open_household_file
from records.holdings.copies import register_copy
from records.holdings.models import PlaceKind
from records.holdings.places import add_place
from records.lending.approving import name_deputy
from records.lending.models import ApprovalDelegation, Loan, LoanRequest, RequestState
from records.lending.renewing import renew
from records.lending.services import lend
from rules.services import set_rule
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, find_cast, household_entry, make_item
from tests.conftest import SignedIn, pages_on_both
from tests.records.lending.asking import asked, decided, with_approval
from tests.records.lending.shelf import make_copy


@pytest.fixture
def item_id(database: Database) -> int:
    """An item of the district with a paper copy; its leader is asked before household files are lent."""
    with database.begin() as session:
        cast = find_cast(session)
        set_rule(
            session, cast.district, "loan_approval", ",".join({*SECRETS, "original"}), in_force_from=MONDAY,
            source="东工发〔2026〕3号", actor=OPERATOR, at=NOON,
        )  # fmt: skip
        return make_copy(session, cast).item_id


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def the_request(database: Database) -> LoanRequest:
    with database.reading() as session:
        return session.scalars(select(LoanRequest).order_by(LoanRequest.id.desc())).first()  # type: ignore[return-value]


@pages_on_both
def test_a_reader_asks_the_leader_decides_and_the_desk_hands_out(
    database: Database, signed_in: SignedIn, item_id: int
) -> None:  # fmt: skip
    reader, leader, keeper = signed_in("reader"), signed_in("approver"), signed_in("keeper")
    assert "Ask for the paper" in text(reader.get(f"/items/{item_id}"))
    assert "The leader decides: Original archives" in text(reader.get(f"/requests/new?item={item_id}"))
    made = reader.post(
        f"/requests/new?item={item_id}", data={"purpose": "复核收入", "days": "7"}, follow_redirects=True
    )
    assert "Waiting for approval" in text(made)
    row = the_request(database)
    assert row.number in text(leader.get("/requests?show=decide"))
    refused = leader.post(f"/requests/{row.id}/decision", data={"verdict": "decline", "reason": ""})
    assert (refused.status_code, "Say why it is declined." in text(refused)) == (422, True)
    approved = leader.post(
        f"/requests/{row.id}/decision", data={"verdict": "approve", "granted_days": "5"}, follow_redirects=True
    )
    assert "is put aside for 李读 until" in text(approved)
    assert "Approved by 周审" in text(approved)
    assert row.number in text(keeper.get("/requests?show=ready"))
    longer = keeper.post(f"/requests/{row.id}/handing-out", data={"days": "7"})
    assert (longer.status_code, "It can be lent for fewer, not for more." in text(longer)) == (422, True)
    handed = keeper.post(f"/requests/{row.id}/handing-out", data={"days": "5"}, follow_redirects=True)
    assert "1 copy is lent to 李读, due on 2026-03-09." in text(handed)
    with database.reading() as session:
        loan = session.scalars(select(Loan)).one()
    unnamed = keeper.post(f"/requests/{row.id}/returns")
    assert "Tick what comes back first." in text(unnamed)
    back = keeper.post(f"/requests/{row.id}/returns", data={"loan": loan.id}, follow_redirects=True)
    again = keeper.post(f"/requests/{row.id}/returns", data={"loan": loan.id})
    assert "was taken back on 2026-03-02." in text(again)
    sheet = load_workbook(BytesIO(keeper.get("/requests?show=&format=xlsx").data)).active
    assert "Returned on 2026-03-02" in [cell.value for cell in sheet[2]]
    assert "1 copy is taken back." in text(back)


def test_a_reader_sees_and_cancels_their_own_and_nobody_elses(
    database: Database, signed_in: SignedIn, item_id: int
) -> None:  # fmt: skip
    reader, other = signed_in("reader"), signed_in("street.keeper")
    reader.post(f"/requests/new?item={item_id}", data={"purpose": "复核收入", "days": "7"})
    row = the_request(database)
    assert row.number in text(reader.get("/requests?show=mine"))
    assert row.number in load_workbook(BytesIO(reader.get("/requests?format=xlsx").data)).active["A2"].value
    assert row.number not in text(other.get("/requests?show="))
    for path in ("", "/decision", "/cancelling"):
        answer = other.post(f"/requests/{row.id}{path}") if path else other.get(f"/requests/{row.id}")
        assert answer.status_code == 404
    assert "is cancelled" in text(reader.post(f"/requests/{row.id}/cancelling", follow_redirects=True))
    assert the_request(database).state is RequestState.CANCELLED


def test_a_leader_names_a_deputy_and_ends_it(database: Database, signed_in: SignedIn, item_id: int) -> None:
    leader, keeper = signed_in("approver"), signed_in("keeper")
    with database.reading() as session:
        unit_id = find_cast(session).district.id
    fields = {
        "unit": str(unit_id), "deputy": "keeper", "from_on": "2026-03-02", "until_on": "2026-03-06", "reason": "出差",
    }  # fmt: skip
    wrong = leader.post("/delegations", data={**fields, "deputy": "inquirer"})
    assert (wrong.status_code, "cannot stand in" in text(wrong)) == (422, True)
    assert "王维 stands in until 2026-03-06." in text(leader.post("/delegations", data=fields, follow_redirects=True))
    signed_in("reader").post(f"/requests/new?item={item_id}", data={"purpose": "复核收入", "days": "7"})
    row = the_request(database)
    done = keeper.post(f"/requests/{row.id}/decision", data={"verdict": "approve"}, follow_redirects=True)
    assert "Approved by 王维 in place of 周审" in text(done)
    with database.reading() as session:
        delegation = session.scalars(select(ApprovalDelegation)).one()
    assert keeper.post(f"/delegations/{delegation.id}/end").status_code == 403
    assert "no longer stands in" in text(leader.post(f"/delegations/{delegation.id}/end", follow_redirects=True))


@pytest.fixture
def loan_id(database: Database) -> int:
    with database.begin() as session:
        cast = find_cast(session)
        return lend(
            session, make_copy(session, cast), cast.reader, purpose="周大河家复核", days=1, actor=cast.keeper.actor,
            at=NOON, on=MONDAY.replace(month=2, day=9),
        ).id  # fmt: skip


def test_an_overdue_loan_is_reminded_of_on_paper(signed_in: SignedIn, loan_id: int) -> None:
    keeper = signed_in("keeper")
    assert "Reminder no. 1 is noted." in text(keeper.post(f"/loans/{loan_id}/reminders", follow_redirects=True))
    sheet = keeper.get(f"/loans/{loan_id}/reminders/1.pdf")
    assert (sheet.status_code, sheet.mimetype) == (200, "application/pdf")
    assert "P-0001" in PdfReader(BytesIO(sheet.data)).pages[0].extract_text()
    assert keeper.get(f"/loans/{loan_id}/reminders/2.pdf").status_code == 404


def test_a_loss_is_reported_on_the_page_of_the_loan(signed_in: SignedIn, loan_id: int) -> None:
    keeper = signed_in("keeper")
    unsaid = keeper.post(f"/loans/{loan_id}/case", data={"what": "loss", "happened": ""})
    assert (unsaid.status_code, "must be filled in" in text(unsaid)) == (422, True)
    told = text(
        keeper.post(f"/loans/{loan_id}/case", data={"what": "loss", "happened": "途中遗失"}, follow_redirects=True)
    )
    assert "The case SG-2026-0001 is opened." in told
    assert "Lost" in told
    assert "Returned" not in told
    assert "P-0001" not in text(keeper.get("/loans?state=returned"))
    row = [cell.value for cell in load_workbook(BytesIO(keeper.get("/loans/register?format=xlsx").data)).active[2]]
    assert row[11:13] == [None, "lost"]


def test_the_register_of_a_period_prints_and_exports_with_masked_names(signed_in: SignedIn, loan_id: int) -> None:
    keeper = signed_in("keeper")
    assert "P-0001" in text(keeper.get("/loans/register"))
    assert "Nothing was lent" in text(keeper.get("/loans/register?from_on=2026-03-01&until_on=2026-03-02"))
    backwards = keeper.get("/loans/register?from_on=2026-03-02&until_on=2026-03-01")
    assert (backwards.status_code, "The last day is before the first one." in text(backwards)) == (422, True)
    printed = keeper.get("/loans/register?format=pdf")
    said = PdfReader(BytesIO(printed.data)).pages[0].extract_text()
    assert ("李读" in said, "周大河" in said) == (True, False)
    sheet = load_workbook(BytesIO(keeper.get("/loans/register?format=xlsx").data)).active
    assert [cell.value for cell in sheet[2]][2] == "李读"
    assert "is not a date" in text(keeper.get("/loans/register?from_on=xx"))
    assert signed_in("reader").get("/loans/register").status_code == 404


def test_the_register_is_that_of_one_unit_and_tells_place_renewals_and_in_whose_place_was_decided(
    database: Database, signed_in: SignedIn
) -> None:  # fmt: skip
    with database.begin() as session:
        cast = find_cast(session)
        for unit, keeper, number, name in (
            (cast.street, cast.street_keeper, 1, "陈平"), (cast.district, cast.keeper, 0, "周大河"),
        ):  # fmt: skip
            file = open_household_file(
                session, unit, household_entry(NUMBERS[number], name), keeper=keeper, actor=keeper.actor, on=MONDAY
            )  # fmt: skip
            place = add_place(session, unit, PlaceKind.REPOSITORY, f"{unit.name}一库", actor=keeper.actor)
            item = make_item(session, file, keeper.actor)
            copy = register_copy(
                session, item, place, pages_count=1, actor=keeper.actor, at=NOON, on=MONDAY, barcode=f"P-{number}"
            )  # fmt: skip
            if unit is cast.district:
                with_approval(session, cast)
                name_deputy(
                    session, unit, cast.second_keeper, from_on=MONDAY, until_on=MONDAY, reason="出差",
                    actor=cast.approver.actor, at=NOON, on=MONDAY,
                )  # fmt: skip
                decided(session, asked(session, item, cast.reader), cast.second_keeper)
            to = cast.reader if unit is cast.district else cast.street_keeper
            loan = lend(session, copy, to, purpose="复核", days=7, actor=keeper.actor, at=NOON, on=MONDAY)
            renew(session, loan, days=7, actor=keeper.actor, on=MONDAY)
        street_id = cast.street.id
    period = "from_on=2026-03-01&until_on=2026-03-03"
    supervisor = signed_in("supervisor")
    own = text(signed_in("keeper").get(f"/loans/register?{period}"))
    assert ("P-0 " in own, "P-1 " in own) == (True, False)
    for told in ("东区总工会一库", "赵敏 (for 周审)", "2026-03-16 (renewed 1 time)"):
        assert told in own
    street = text(supervisor.get(f"/loans/register?{period}&unit={street_id}"))
    assert ("P-0 " in street, "P-1 " in street) == (False, True)
    assert signed_in("keeper").get(f"/loans/register?unit={street_id}").status_code == 404


def test_a_leader_sets_what_is_lent_only_with_approval(database: Database, signed_in: SignedIn) -> None:
    leader = signed_in("approver")
    with database.reading() as session:
        unit_id = find_cast(session).district.id
    page = leader.get(f"/units/{unit_id}/rules/loan_approval/new")
    assert "Borrowers from other units of the unions" in text(page)
    fields = {"in_force_from": "2026-03-02", "source": "东工发〔2026〕4号"}
    looser = leader.post(f"/units/{unit_id}/rules/loan_approval", data={**fields, "value": ["original"]})
    assert (looser.status_code, "never loosen it" in text(looser)) == (422, True)
    tighter = leader.post(
        f"/units/{unit_id}/rules/loan_approval",
        data={**fields, "value": [*SECRETS, "original", "other_unit"]},
        follow_redirects=True,
    )
    assert "Borrowers from other units" in text(tighter)
