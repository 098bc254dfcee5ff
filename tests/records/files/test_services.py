"""Opening yearly files, describing items, withdrawing, and who may do so."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from audit import AuditEntry, UseEntry, seal
from classification.categories import Category, RecordForm
from classification.checklists import document_type as kind_of
from classification.checklists import kept_long_enough
from classification.retention import retention_class as line_of
from records.files.errors import (
    BadDate,
    BadYear,
    ClassOfOtherPart,
    DatedAhead,
    FiledAsItIs,
    FileWithdrawn,
    KeptTooShort,
    NotAHouseholdFile,
    NotTheKeepersUnit,
    NumberInTitle,
    OfALaterYear,
    PeriodShortened,
    PeriodsMixed,
    ScrappedBeforeMade,
    UnknownDocumentType,
    UnknownRetentionClass,
    WithdrawnBeforeOpened,
)
from records.files.membership import join_household, leave_household, unmask_number
from records.files.models import File, Item, WithdrawalReason
from records.files.services import (
    collect,
    describe,
    keeper_of,
    open_yearly_file,
    retention_of,
    visible_file,
    visible_item,
    withdraw,
)
from records.households.models import Relation
from records.households.services import MemberEntry
from tests.cast import MONDAY, NOON, NUMBERS, Cast, description, make_file, make_item, make_yearly_file
from web.rules import NotVisible, RuleViolation

TUESDAY = MONDAY + timedelta(days=1)
VOUCHERS = {"document_type": "accounting_vouchers", "retention_class": "enterprise.bookkeeping_vouchers"}


def details(session: Session, action: str) -> dict[str, object]:
    """The details of the one entry of this action in the chain."""
    seal(session)
    found: dict[str, object] = json.loads(
        session.scalars(select(AuditEntry.details).where(AuditEntry.action == action)).one()
    )
    return found


def open_accounting(session: Session, cast: Cast, **changes: object) -> File:
    fields: dict[str, object] = {"retention_key": "enterprise.bookkeeping_vouchers", "sub_code": "01", **changes}
    year = fields.pop("year", 2026)
    return open_yearly_file(
        session,
        cast.district,
        Category.ACCOUNTING,
        year,  # type: ignore[arg-type]
        "会计凭证",
        keeper=cast.keeper,
        actor=cast.keeper.actor,
        on=MONDAY,
        **fields,  # type: ignore[arg-type]
    )


def test_opening_a_file_names_who_answers_for_it(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    assert keeper_of(session, file) is cast.keeper
    assert details(session, "file.opened") == {"code": file.code, "title": "周大河", "keeper": "keeper"}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"year": 1948}, BadYear),
        ({"year": 2027}, BadYear),
        ({"retention_key": None}, UnknownRetentionClass),
        ({"retention_key": "enterprise.dreams"}, UnknownRetentionClass),
        ({"retention_key": "documentary.plans"}, ClassOfOtherPart),
        ({"retention_key": "original.file"}, ClassOfOtherPart),
    ],
)
def test_an_accounting_file_is_of_a_year_that_has_begun_and_of_a_class_of_order_79(
    session: Session, cast: Cast, changes: dict[str, object], refusal: type[RuleViolation]
) -> None:
    with pytest.raises(refusal):
        open_accounting(session, cast, **changes)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"dated": "28.9.2026"}, BadDate),
        ({"dated": "2026-02-30"}, BadDate),
        ({"dated": "2026-13"}, BadDate),
        ({"dated": "0000"}, BadDate),
        ({"dated": "２０２６"}, BadDate),
        ({"title": f"身份证 {NUMBERS[0]} 复印件"}, NumberInTitle),
        ({"document_type": "minutes"}, UnknownDocumentType),
        ({"document_type": "dream"}, UnknownDocumentType),
        ({"retention_class": "dream"}, UnknownRetentionClass),
        ({"retention_class": "documentary.plans"}, ClassOfOtherPart),
    ],
)
def test_an_item_is_described_by_what_its_part_of_the_archives_knows(
    session: Session, cast: Cast, changes: dict[str, object], refusal: type[RuleViolation]
) -> None:
    file = make_file(session, cast)
    with pytest.raises(refusal):
        make_item(session, file, cast.keeper.actor, **changes)


@pytest.mark.parametrize("dated", ["2026", "2026-03", "2026-03-01"])
def test_a_record_is_dated_as_far_as_its_date_is_known(session: Session, cast: Cast, dated: str) -> None:
    assert make_item(session, make_file(session, cast), cast.keeper.actor, dated=dated).dated == dated


@pytest.mark.parametrize(
    ("document_type", "retention_class"),
    [
        ("accounting_vouchers", "documentary.notices"),
        ("bank_slips", "documentary.policies"),
        ("accounting_vouchers", "enterprise.bank_statements"),
        ("final_accounts", "enterprise.general_ledger"),
        ("accounting_vouchers", "public.periodic_statements_received"),
        ("bank_slips", "public.final_accounts_received"),
        ("ledgers", "public.departmental_report_received"),
    ],
)
def test_what_order_79_names_is_kept_by_its_schedule_and_no_shorter(
    session: Session, cast: Cast, document_type: str, retention_class: str
) -> None:
    file = make_yearly_file(session, cast, Category.ACCOUNTING)
    file.retention_class = retention_class if retention_class.startswith("enterprise.") else file.retention_class
    with pytest.raises(KeptTooShort) as refused:
        make_item(
            session,
            file,
            cast.keeper.actor,
            **VOUCHERS | {"document_type": document_type, "retention_class": retention_class},
        )
    assert refused.value.article == 15


def test_what_order_79_leaves_to_the_documentary_schedule_and_what_others_sent_in_may_be_kept_so(
    session: Session, cast: Cast
) -> None:
    file, actor = make_yearly_file(session, cast, Category.ACCOUNTING), cast.keeper.actor
    make_item(session, file, actor, **VOUCHERS | {"document_type": "budget", "retention_class": "documentary.plans"})
    assert kept_long_enough(kind_of("periodic_reports"), line_of("public.periodic_statements_received"))
    assert kept_long_enough(kind_of("other_accounting"), line_of("documentary.notices"))


def test_a_kind_of_document_is_not_changed_to_one_that_is_kept_longer(session: Session, cast: Cast) -> None:
    file, actor = make_yearly_file(session, cast, Category.ACCOUNTING), cast.keeper.actor
    item = make_item(
        session, file, actor, **VOUCHERS | {"document_type": "budget", "retention_class": "documentary.plans"}
    )
    vouchers = description("预算", document_type="accounting_vouchers", retention_class="documentary.plans")
    with pytest.raises(KeptTooShort):
        describe(session, item, vouchers, actor=actor, on=MONDAY)


def test_deeds_of_custody_are_kept_for_ever(session: Session, cast: Cast) -> None:
    file, actor = make_yearly_file(session, cast, Category.DOCUMENTARY), cast.keeper.actor
    with pytest.raises(KeptTooShort, match="Permanent"):
        make_item(session, file, actor, document_type="destruction_list", retention_class="documentary.notices")


def test_an_accounting_file_holds_records_of_one_period(session: Session, cast: Cast) -> None:
    file, actor = make_yearly_file(session, cast, Category.ACCOUNTING), cast.keeper.actor
    make_item(session, file, actor, **VOUCHERS)
    with pytest.raises(PeriodsMixed, match="10 years") as refused:
        make_item(session, file, actor, document_type="bank_statements", retention_class="enterprise.bank_statements")
    assert (refused.value.field, refused.value.article) == ("retention_class", 15)


def test_a_budget_lies_in_the_financial_part_and_is_kept_as_a_documentary_record(session: Session, cast: Cast) -> None:
    file = make_yearly_file(session, cast, Category.ACCOUNTING)
    budget = make_item(
        session, file, cast.keeper.actor, "预算", document_type="budget", retention_class="documentary.plans"
    )
    assert retention_of(budget).last_day_kept == date(2056, 12, 31)


@pytest.mark.parametrize("form", [RecordForm.PHOTO, RecordForm.AUDIO, RecordForm.VIDEO])
def test_an_audio_visual_item_is_kept_as_long_as_the_paper_of_its_file(
    session: Session, cast: Cast, form: RecordForm
) -> None:
    file, actor = make_yearly_file(session, cast, Category.ACCOUNTING), cast.keeper.actor
    short = make_item(
        session,
        file,
        actor,
        document_type="distribution_photo",
        retention_class="enterprise.bank_statements",
        form=form,
    )
    assert retention_of(short).period.years == 30
    household = make_file(session, cast)
    photo = make_item(session, household, actor, document_type="survey_photo", form=form)
    assert retention_of(photo).last_day_kept is None
    withdraw(session, household, WithdrawalReason.LIFTED, actor=actor, on=TUESDAY, today=TUESDAY)
    assert retention_of(photo).last_day_kept == date(2036, 3, 3)


def test_a_fixed_asset_card_is_kept_from_the_day_the_asset_is_scrapped(session: Session, cast: Cast) -> None:
    file = open_accounting(session, cast, retention_key="enterprise.asset_cards", sub_code="04")
    card = make_item(
        session,
        file,
        cast.keeper.actor,
        document_type="other_accounting",
        retention_class="enterprise.asset_cards",
        dated="2015-03",
        scrapped_on=date(2026, 2, 10),
    )
    assert retention_of(card).last_day_kept == date(2031, 2, 10)


def test_an_asset_is_not_scrapped_before_its_card_was_made(session: Session, cast: Cast) -> None:
    file = open_accounting(session, cast, retention_key="enterprise.asset_cards", sub_code="04")
    card = {
        "document_type": "other_accounting",
        "retention_class": "enterprise.asset_cards",
        "scrapped_on": date(2010, 7, 1),
    }
    with pytest.raises(ScrappedBeforeMade, match="2015-03"):
        make_item(session, file, cast.keeper.actor, dated="2015-03", **card)


@pytest.mark.parametrize(
    ("dated", "belongs"),
    [
        ("2024", True), ("2024-12-31", True), ("2025-06", True), ("2025-06-30", True),
        ("2025", False), ("2025-07", False), ("2025-07-01", False), ("2026-01-05", False),
    ],
)  # fmt: skip
def test_a_voucher_lies_in_the_file_of_its_accounting_year(
    session: Session, cast: Cast, dated: str, belongs: bool
) -> None:
    file = open_accounting(session, cast, year=2024)
    kind = {"document_type": "accounting_vouchers", "retention_class": "enterprise.bookkeeping_vouchers"}
    voucher = {**kind, "dated": dated}
    if belongs:
        assert make_item(session, file, cast.keeper.actor, **voucher).dated == dated
    else:
        with pytest.raises(OfALaterYear, match="2024"):
            make_item(session, file, cast.keeper.actor, **voucher)


def test_the_title_of_a_voucher_of_a_later_year_that_is_on_record_is_corrected_and_its_date_to_the_right_year_alone(
    session: Session, cast: Cast
) -> None:
    """Such a date may stand from before it was refused."""
    file, actor = open_accounting(session, cast, year=2024), cast.keeper.actor
    kind = {"document_type": "accounting_vouchers", "retention_class": "enterprise.bookkeeping_vouchers"}
    item = make_item(session, file, actor, dated="2024-12", **kind)
    item.dated, item.scrapped_on = "2025-09", date(2025, 8, 1)
    session.flush()
    stands = {**kind, "scrapped_on": item.scrapped_on}
    describe(session, item, description("更正题名", dated="2025-09", **stands), actor=actor, on=MONDAY)
    assert item.title == "更正题名"
    with pytest.raises(OfALaterYear), session.begin_nested():
        describe(session, item, description("更正题名", dated="2025-10", **kind), actor=actor, on=MONDAY)
    with pytest.raises(ScrappedBeforeMade), session.begin_nested():
        describe(session, item, description("更正题名", dated="2025-08-02", **stands), actor=actor, on=MONDAY)


def test_a_change_of_description_keeps_before_and_after(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    changed = description(item.title, dated="2026-02", pages_count=4)
    describe(session, item, changed, actor=cast.keeper.actor, on=MONDAY)
    assert details(session, "item.described") == {
        "before": {"dated": "2026-03-01", "pages_count": None},
        "after": {"dated": "2026-02", "pages_count": 4},
    }
    describe(session, item, changed, actor=cast.keeper.actor, on=MONDAY)
    assert details(session, "item.described")  # still one entry: nothing changed the second time


@pytest.mark.parametrize("changes", [{"form": RecordForm.TABLE}, {"retention_class": "documentary.notices"}])
def test_what_is_filed_keeps_its_form_and_class(session: Session, cast: Cast, changes: dict[str, object]) -> None:
    file, actor = make_yearly_file(session, cast), cast.keeper.actor
    minutes = {"document_type": "minutes", "retention_class": "documentary.leadership_minutes"}
    item = make_item(session, file, actor, "会议纪要", **minutes)
    item.number, item.code, item.filed_on = 1, "C038-WS·2026·Y-0001", MONDAY
    with pytest.raises(FiledAsItIs, match="C038-WS·2026·Y-0001"):
        describe(session, item, description("会议纪要", **{**minutes, **changes}), actor=actor, on=MONDAY)
    describe(session, item, description("会议纪要（更正）", **minutes), actor=actor, on=MONDAY)
    assert (item.title, item.code) == ("会议纪要（更正）", "C038-WS·2026·Y-0001")


def test_no_correction_of_a_date_lets_what_is_filed_fall_due_earlier(session: Session, cast: Cast) -> None:
    file, actor = make_yearly_file(session, cast), cast.keeper.actor
    notice = {"document_type": "notices", "retention_class": "documentary.notices"}
    item = make_item(session, file, actor, "通知", dated="2026-01-10", **notice)
    describe(session, item, description("通知", dated="2001-01-10", **notice), actor=actor, on=MONDAY)
    describe(session, item, description("通知", dated="2026-01-10", **notice), actor=actor, on=MONDAY)
    item.number, item.code, item.filed_on = 1, "C038-WS·2026·D10-0001", MONDAY
    with pytest.raises(PeriodShortened, match="kept until 2036-12-31; so dated it would be kept until 2011-12-31"):
        describe(session, item, description("通知", dated="2001-01-10", **notice), actor=actor, on=MONDAY)
    assert item.dated == "2026-01-10"
    describe(session, item, description("通知", dated="2026-02-10", **notice), actor=actor, on=MONDAY)
    assert item.dated == "2026-02-10"


def test_an_item_keeps_a_class_that_was_superseded_since(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    before_the_regulation = date(2016, 12, 1)
    describe(session, item, description("更正", dated="2016"), actor=cast.keeper.actor, on=before_the_regulation)
    assert item.title == "更正"
    again = description(dated="2016")
    with pytest.raises(UnknownRetentionClass):
        collect(session, item.file, again, actor=cast.keeper.actor, at=NOON, on=before_the_regulation)


@pytest.mark.parametrize("dated", ["2027", "2026-04", "2026-03-03"])
def test_a_record_is_not_dated_ahead(session: Session, cast: Cast, dated: str) -> None:
    with pytest.raises(DatedAhead, match="has not come yet"):
        make_item(session, make_file(session, cast), cast.keeper.actor, dated=dated)


def test_withdrawal_starts_the_ten_years_and_closes_the_file(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast), cast.keeper.actor
    item = make_item(session, file, actor)
    assert retention_of(item).last_day_kept is None
    withdraw(session, file, WithdrawalReason.DEATH, actor=actor, on=MONDAY, today=TUESDAY)
    assert retention_of(item).last_day_kept == date(2036, 3, 2)
    assert details(session, "file.withdrawn") == {"on": "2026-03-02", "reason": "death", "remarks": None}
    child = MemberEntry("周平", Relation.CHILD, NUMBERS[1])
    for refused in (
        lambda: make_item(session, file, actor),
        lambda: join_household(session, file, child, actor=actor, on=TUESDAY),
        lambda: withdraw(session, file, WithdrawalReason.DEATH, actor=actor, on=MONDAY, today=TUESDAY),
    ):
        with pytest.raises(FileWithdrawn, match="2026-03-02"):
            refused()


@pytest.mark.parametrize("on", [MONDAY - timedelta(days=1), TUESDAY + timedelta(days=1)])
def test_a_file_is_withdrawn_after_it_was_opened_and_not_in_the_future(session: Session, cast: Cast, on: date) -> None:
    file = make_file(session, cast)
    with pytest.raises(WithdrawnBeforeOpened, match="2026-03-02"):
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=on, today=TUESDAY)


def test_a_yearly_file_runs_out_and_is_not_withdrawn(session: Session, cast: Cast) -> None:
    file = make_yearly_file(session, cast)
    with pytest.raises(NotAHouseholdFile, match=file.code):
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)


@pytest.mark.parametrize("who", ["supervisor", "street_keeper", "other_keeper", "reader", "approver"])
def test_only_a_keeper_of_that_very_unit_changes_a_file(session: Session, cast: Cast, who: str) -> None:
    file = make_file(session, cast)
    member = join_household(
        session, file, MemberEntry("周平", Relation.CHILD, NUMBERS[1]), actor=cast.keeper.actor, on=MONDAY
    )
    item = make_item(session, file, cast.keeper.actor)
    actor = getattr(cast, who).actor
    for change in (
        lambda: make_item(session, file, actor),
        lambda: describe(session, item, description("更正"), actor=actor, on=MONDAY),
        lambda: withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY),
        lambda: leave_household(session, file, member.id, actor=actor, on=MONDAY, today=MONDAY),
        lambda: unmask_number(session, file, member, "核对", actor=actor),
    ):
        with pytest.raises(NotTheKeepersUnit, match="东区总工会") as refused:
            change()
        assert (refused.value.article, refused.value.status) == (7, 403)


def test_a_superior_reads_what_it_may_not_change_and_another_district_sees_nothing(
    session: Session, cast: Cast
) -> None:
    file = make_file(session, cast)
    item: Item = make_item(session, file, cast.keeper.actor)
    assert visible_item(session, item.id, cast.supervisor.actor).file is file
    for stranger in (cast.other_keeper, cast.street_keeper, cast.inquirer, cast.system_administrator):
        with pytest.raises(NotVisible):
            visible_file(session, file.id, stranger.actor)
        with pytest.raises(NotVisible):
            visible_item(session, item.id, stranger.actor)


def test_a_whole_number_is_shown_for_a_reason_in_the_use_register(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    assert file.household is not None
    worker = file.household.worker
    assert unmask_number(session, file, worker, "核对身份证", actor=cast.keeper.actor) == NUMBERS[0]
    seal(session)
    entry = session.scalars(select(UseEntry)).one()
    assert (entry.action, entry.actor, entry.unit_path) == ("content.unmasked", "keeper", cast.district.path)
    assert json.loads(entry.details) == {"what": "id_number", "name": "周大河", "reason": "核对身份证"}
