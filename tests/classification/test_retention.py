"""From when and through which day an item is kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classification.categories import RecordForm
from classification.periods import PERMANENT, Period
from classification.retention import Facts, ItemFacts, retention, retention_classes

ALL_KEYS = st.sampled_from([line.key for line in retention_classes(date(2026, 11, 23))])
DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))
AUDIO_VISUAL = st.sampled_from([RecordForm.PHOTO, RecordForm.AUDIO, RecordForm.VIDEO])
HOUSEHOLD_ITEM = ItemFacts("original.file")


@pytest.mark.parametrize(
    ("withdrawn_on", "last_day_kept"),
    [
        (date(2017, 3, 5), date(2027, 3, 5)),
        (date(2020, 2, 29), date(2030, 2, 28)),
        (date(2018, 2, 28), date(2028, 2, 28)),
        (date(2016, 12, 31), date(2026, 12, 31)),
        (date(2017, 1, 1), date(2027, 1, 1)),
    ],
)
def test_the_day_of_withdrawal_is_not_counted(withdrawn_on: date, last_day_kept: date) -> None:
    kept = retention(HOUSEHOLD_ITEM, Facts(withdrawn_on=withdrawn_on))
    assert (kept.starts_on, kept.last_day_kept) == (withdrawn_on, last_day_kept)


def test_a_file_is_due_for_appraisal_on_the_day_after_the_last() -> None:
    assert retention(HOUSEHOLD_ITEM, Facts(withdrawn_on=date(2017, 3, 5))).appraisal_from == date(2027, 3, 6)


def test_an_active_household_file_never_expires() -> None:
    kept = retention(ItemFacts("original.file", created_on=date(1990, 1, 1)), Facts(year=1990))
    assert (kept.period, kept.starts_on, kept.last_day_kept, kept.appraisal_from) == (Period(10), None, None, None)


@pytest.mark.parametrize(
    ("key", "year", "starts_on", "last_day_kept"),
    [
        ("enterprise.source_vouchers", 2016, date(2017, 1, 1), date(2046, 12, 31)),
        ("public.vouchers", 2016, date(2017, 1, 1), date(2046, 12, 31)),
        ("enterprise.bank_statements", 2019, date(2020, 1, 1), date(2029, 12, 31)),
        ("public.final_accounts_received", 2023, date(2024, 1, 1), date(2025, 12, 31)),
        ("enterprise.annual_report", 2025, date(2026, 1, 1), None),
    ],
)
def test_accounting_records_are_counted_from_the_day_after_the_accounting_year(
    key: str, year: int, starts_on: date, last_day_kept: date | None
) -> None:
    kept = retention(ItemFacts(key, created_on=date(year + 1, 3, 1)), Facts(year=year))
    assert (kept.starts_on, kept.last_day_kept) == (starts_on, last_day_kept)


def test_asset_cards_are_kept_five_years_from_scrapping() -> None:
    in_use = retention(ItemFacts("enterprise.asset_cards"), Facts(year=2016))
    assert (in_use.starts_on, in_use.last_day_kept) == (None, None)
    scrapped = retention(ItemFacts("enterprise.asset_cards", scrapped_on=date(2024, 2, 29)), Facts(year=2016))
    assert (scrapped.starts_on, scrapped.last_day_kept) == (date(2024, 2, 29), date(2029, 2, 28))


@pytest.mark.parametrize("created_on", [date(2024, 1, 1), date(2024, 12, 31)])
def test_documentary_records_are_counted_from_january_of_the_next_year(created_on: date) -> None:
    kept = retention(ItemFacts("documentary.notices", created_on=created_on), Facts())
    assert (kept.starts_on, kept.last_day_kept) == (date(2025, 1, 1), date(2034, 12, 31))


def test_an_undated_documentary_record_is_of_the_year_of_its_file() -> None:
    assert retention(ItemFacts("documentary.plans"), Facts(year=2024)).last_day_kept == date(2054, 12, 31)


def test_without_any_date_the_clock_has_not_started() -> None:
    kept = retention(ItemFacts("documentary.notices"), Facts())
    assert (kept.starts_on, kept.last_day_kept) == (None, None)


def test_permanent_records_have_a_start_and_no_end() -> None:
    kept = retention(ItemFacts("documentary.policies", created_on=date(2024, 5, 1)), Facts())
    assert kept.period.permanent
    assert (kept.starts_on, kept.last_day_kept, kept.appraisal_from) == (date(2025, 1, 1), None, None)


def test_a_budget_in_the_financial_part_is_kept_as_a_documentary_record() -> None:
    kept = retention(ItemFacts("documentary.plans", created_on=date(2026, 1, 20)), Facts(year=2026))
    assert kept.source.instrument.startswith("机关文件材料归档范围")
    assert kept.last_day_kept == date(2056, 12, 31)


def test_a_photo_is_kept_as_long_as_the_paper_it_is_filed_with() -> None:
    photo = ItemFacts("documentary.notices", RecordForm.PHOTO, created_on=date(2024, 5, 1))
    kept = retention(photo, Facts(year=2024, paper_classes=("documentary.notices", "documentary.plans")))
    assert (kept.period, kept.last_day_kept) == (Period(30), date(2054, 12, 31))
    assert kept.source.article == "15"
    assert kept.source.quote_zh is not None
    assert "档案保管期限相同" in kept.source.quote_zh


def test_a_recording_in_an_active_household_file_does_not_expire_before_the_file() -> None:
    recording = ItemFacts("documentary.notices", RecordForm.AUDIO, created_on=date(2010, 5, 1))
    assert retention(recording, Facts(paper_classes=("original.file",))).last_day_kept is None


def test_a_video_with_a_longer_class_of_its_own_keeps_it() -> None:
    video = ItemFacts("documentary.policies", RecordForm.VIDEO, created_on=date(2024, 5, 1))
    facts = Facts(withdrawn_on=date(2025, 1, 1), paper_classes=("original.file",))
    assert retention(video, facts).period == PERMANENT


def test_a_text_is_not_kept_longer_because_of_its_neighbours() -> None:
    text = ItemFacts("documentary.notices", RecordForm.TEXT, created_on=date(2024, 5, 1))
    assert retention(text, Facts(paper_classes=("documentary.policies",))).period == Period(10)


@given(
    own=ALL_KEYS, paper=ALL_KEYS, form=AUDIO_VISUAL, created=DAYS, withdrawn=st.none() | DAYS, scrapped=st.none() | DAYS
)
def test_audio_visual_records_are_never_kept_shorter_than_their_paper(
    own: str, paper: str, form: RecordForm, created: date, withdrawn: date | None, scrapped: date | None
) -> None:
    facts = Facts(year=created.year, withdrawn_on=withdrawn, paper_classes=(paper,))
    recording = retention(ItemFacts(own, form, created, scrapped), facts)
    beside_it = retention(ItemFacts(paper, RecordForm.TEXT, created, scrapped), facts)
    if beside_it.period.permanent:
        assert recording.period.permanent
    elif beside_it.last_day_kept is None:
        assert recording.last_day_kept is None
    else:
        assert recording.last_day_kept is None or recording.last_day_kept >= beside_it.last_day_kept


@given(key=ALL_KEYS, created=DAYS, event=DAYS)
def test_every_period_lasts_its_full_years_and_starts_before_it_ends(key: str, created: date, event: date) -> None:
    kept = retention(
        ItemFacts(key, created_on=created, scrapped_on=event), Facts(year=created.year, withdrawn_on=event)
    )
    assert kept.starts_on is not None
    if kept.period.years is None:
        assert kept.last_day_kept is None
    else:
        assert kept.last_day_kept is not None
        days = (kept.last_day_kept - kept.starts_on).days
        assert kept.period.years * 365 - 1 <= days <= kept.period.years * 366
        assert kept.appraisal_from == kept.last_day_kept + timedelta(days=1)
