"""The regulation on screen: under each article the counts of compliance and breach, each with its list."""

import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.articles import ARTICLES
from classification.categories import Carrier, RecordForm
from classification.counterpart import needs_paper
from classification.schedules import SCHEDULE
from records.browse.compliance import measures
from records.browse.contents import ItemFilter
from records.browse.files import FileFilter, lacking
from records.browse.flaws import FLAWS
from records.files.models import File, WithdrawalReason
from records.files.services import retention_of, withdraw
from records.households.models import Member, Person, Relation
from rules.services import rulebook
from storage.database import Database
from tests.cast import MONDAY, NUMBERS, Cast, make_file, make_item, make_yearly_file
from tests.conftest import SignedIn, counted_queries
from tests.records.browse.conftest import Office, lend_out, named


def of_flaw(session: Session, cast: Cast, flaw: str, on: date = MONDAY) -> list[File]:
    return list(session.scalars(FileFilter(flaw=flaw, on=on).files(cast.keeper.actor).order_by(File.id)))


def test_a_file_lacks_material_in_the_list_exactly_where_its_page_says_so(session: Session, cast: Cast) -> None:
    complete, partly = make_file(session, cast), make_file(session, cast, number=NUMBERS[1], name="陈平")
    for file, kinds in (
        (complete, ("signed_submission", "identity_proof", "income_proof", "notice_proof", "information_form")),
        (partly, ("application", "identity_proof")),
    ):
        for kind in kinds:
            make_item(session, file, cast.keeper.actor, kind, document_type=kind)
    yearly = make_yearly_file(session, cast)
    listed = of_flaw(session, cast, "lacking")
    assert (
        listed
        == [file for file in (complete, partly, yearly) if lacking(session, file, rulebook(session, file.unit, MONDAY))]
        == [partly, yearly]
    )


def test_a_household_with_a_member_without_a_number_is_listed(session: Session, cast: Cast) -> None:
    """No form takes such a member, but older rows may have one."""
    make_file(session, cast)
    file = make_file(session, cast, number=NUMBERS[1], name="陈平")
    child = Person(name="陈小")
    session.add(child)
    session.flush()
    member = Member(household_id=file.household_id, person_id=child.id, relation=Relation.CHILD, joined_on=MONDAY)
    session.add(member)
    session.flush()
    assert of_flaw(session, cast, "unnumbered") == [file]


@pytest.mark.parametrize(
    ("withdrawn", "on", "over"),
    [
        (date(2017, 3, 5), date(2027, 3, 5), False),
        (date(2017, 3, 5), date(2027, 3, 6), True),
        (date(2020, 2, 29), date(2030, 2, 28), False),
        (date(2020, 2, 29), date(2030, 3, 1), True),
        (date(2022, 2, 28), date(2032, 2, 29), True),
        (date(2022, 3, 1), date(2032, 2, 29), False),
    ],
)
def test_ten_years_are_over_the_day_after_the_last_day_kept(
    session: Session, cast: Cast, withdrawn: date, on: date, over: bool
) -> None:
    file = make_file(session, cast, on=withdrawn)
    item = make_item(session, file, cast.keeper.actor)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=withdrawn, today=withdrawn)
    session.flush()
    last = retention_of(item).last_day_kept
    assert last is not None
    assert (of_flaw(session, cast, "over", on) == [file]) is over is (last < on)


@pytest.mark.parametrize("form", list(RecordForm))
@pytest.mark.parametrize("carrier", list(Carrier))
def test_items_want_paper_in_the_list_exactly_where_article_15_says_so(
    session: Session, cast: Cast, form: RecordForm, carrier: Carrier
) -> None:
    file = make_yearly_file(session, cast)
    keys = [line.key for line in SCHEDULE if line.key.startswith("documentary.")]
    items = [
        make_item(
            session, file, cast.keeper.actor, key, document_type="other_documentary", retention_class=key, form=form,
            carrier=carrier,
        )
        for key in keys
    ]  # fmt: skip
    listed = set(session.scalars(ItemFilter(paper="wanted").items(cast.keeper.actor)))
    assert listed == {item for item in items if needs_paper(item.form, item.carrier, retention_of(item).period)}


@pytest.mark.parametrize("person", ["keeper", "supervisor", "audit", "inquirer"])
def test_every_count_of_an_article_is_that_of_the_list_behind_it(
    signed_in: SignedIn, office: Office, database: Database, person: str
) -> None:
    lend_out(database, office, "reader", days=7, on=MONDAY.replace(month=2, day=2))
    client = signed_in(person)
    overview = client.get("/regulation").text
    counts = dict(re.findall(r'<a class="tag(?: late)?" href="([^"]+)">[^<]+<b>([\d,]+)</b></a>', overview))
    assert bool(counts) is (person != "inquirer")
    for link, count in counts.items():
        shown = client.get(unescape(link)).text
        found = re.search(r"<span>([\d,]+) in all</span>", shown)
        if not link.startswith("/uses"):
            assert (found[1] if found else "0") == count, link


def test_every_measure_is_of_an_article_and_is_on_its_page(signed_in: SignedIn, office: Office, app: object) -> None:
    client = signed_in("keeper")
    with app.extensions["anjuan.database"].reading() as session:  # type: ignore[attr-defined]
        found = measures(named(session, "keeper").actor, MONDAY)
    assert {measure.article for measure in found} <= {article.number for article in ARTICLES}
    articles = {measure.article for measure in found}
    assert set(range(2, 22)) - {5, 20} <= articles  # carriers and rules are no counts of keeping or breach
    for article in articles:
        page = unescape(client.get(f"/regulation/{article}").text)
        assert all(measure.label in page for measure in found if measure.article == article)


def test_the_overview_takes_one_query_for_all_counts(signed_in: SignedIn, office: Office, database: Database) -> None:
    client = signed_in("keeper")
    with counted_queries(database) as overview:
        client.get("/regulation")
    with counted_queries(database) as account:
        client.get("/account")
    assert len(overview) <= len(account) + 1


def test_every_flaw_names_its_article() -> None:
    assert {flaw.article for flaw in FLAWS.values()} <= {article.number for article in ARTICLES}


def test_what_is_counted_ends_where_the_units_end(session: Session, cast: Cast) -> None:
    make_file(session, cast)
    assert session.scalars(select(File).where(FLAWS["lacking"].condition(MONDAY))).all()
    assert not session.scalars(FileFilter(flaw="lacking", on=MONDAY).files(cast.other_keeper.actor)).all()
