"""The contents of article 6 as checklists."""

from datetime import date

import pytest

from classification.categories import Category, RecordForm
from classification.checklists import document_type, document_types, missing, other_type
from classification.retention import choices

ALL = [kind for category in Category for kind in document_types(category)]


@pytest.mark.parametrize(
    ("category", "keys"),
    [
        (
            Category.ORIGINAL,
            ["application", "identity_proof", "income_proof", "notice_proof", "information_form"],
        ),
        (
            Category.ACCOUNTING,
            ["allocation_plan", "accounting_vouchers", "bank_slips", "recipient_summary", "budget", "final_accounts"],
        ),
        (Category.DOCUMENTARY, ["minutes", "statistics"]),
    ],
)
def test_an_empty_file_lacks_everything_that_article_6_asks_for(category: Category, keys: list[str]) -> None:
    assert [kind.key for kind in missing(category, [])] == keys


def test_a_file_with_all_contents_of_article_6_is_complete() -> None:
    present = {"application", "identity_proof", "income_proof", "notice_proof", "information_form"}
    assert missing(Category.ORIGINAL, present) == ()


def test_the_signed_submission_of_the_union_stands_for_the_application() -> None:
    present = {"signed_submission", "identity_proof", "income_proof", "notice_proof", "information_form"}
    assert missing(Category.ORIGINAL, present) == ()


def test_usual_evidence_completes_nothing() -> None:
    assert len(missing(Category.ORIGINAL, {"medical_record", "survey_photo", "bank_card"})) == 5


@pytest.mark.parametrize(
    "key",
    [
        "household_register",
        "survey_form",
        "survey_photo",
        "interview_recording",
        "notice_photo",
        "review_minutes",
        "medical_record",
        "medical_invoices",
        "school_proof",
        "labour_contract",
        "union_membership",
        "bank_card",
    ],
)
def test_the_usual_evidence_may_be_filed_with_a_household(key: str) -> None:
    kind = document_type(key)
    assert kind.category is Category.ORIGINAL
    assert not kind.required


def test_the_proposed_class_is_one_that_may_be_chosen() -> None:
    for kind in ALL:
        keys = {line.key for line in choices(kind.category, date(2026, 11, 23))}
        assert kind.default_retention in keys, kind.key


def test_everything_in_a_household_file_is_kept_as_an_original_archive() -> None:
    assert {kind.default_retention for kind in document_types(Category.ORIGINAL)} == {"original.file"}


@pytest.mark.parametrize(
    ("key", "retention"),
    [
        ("budget", "documentary.plans"),
        ("allocation_plan", "documentary.plans"),
        ("fund_policies", "documentary.policies"),
        ("final_accounts", "enterprise.annual_report"),
        ("accounting_vouchers", "enterprise.bookkeeping_vouchers"),
    ],
)
def test_budgets_plans_and_rules_are_financial_by_part_and_documentary_by_retention(key: str, retention: str) -> None:
    assert document_type(key).category is Category.ACCOUNTING
    assert document_type(key).default_retention == retention


def test_survey_photos_and_interviews_are_proposed_in_their_form() -> None:
    assert document_type("survey_photo").forms == (RecordForm.PHOTO,)
    assert document_type("interview_recording").forms == (RecordForm.AUDIO,)


def test_every_type_has_one_key_a_form_and_a_quotation() -> None:
    assert len({kind.key for kind in ALL}) == len(ALL)
    for kind in ALL:
        assert kind.forms
        assert kind.cites.quote_zh
        assert all(document_type(key).category is kind.category for key in kind.alternatives)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(LookupError, match="no document type 'letter'"):
        document_type("letter")


@pytest.mark.parametrize("category", list(Category))
def test_material_of_an_unknown_kind_has_a_type_in_each_part_and_completes_nothing(category: Category) -> None:
    other = other_type(category)
    assert other.category is category
    assert set(other.forms) == set(RecordForm)
    assert missing(category, {other.key}) == missing(category, set())


def test_a_district_adds_documents_to_the_checklist() -> None:
    present = {"application", "identity_proof", "income_proof", "notice_proof", "information_form"}
    assert [kind.key for kind in missing(Category.ORIGINAL, present, added={"bank_card"})] == ["bank_card"]
    assert missing(Category.ORIGINAL, {*present, "bank_card"}, added={"bank_card"}) == ()
    assert missing(Category.ORIGINAL, present, added={"minutes"}) == ()
