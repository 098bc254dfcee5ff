"""Article 8: what the verification mechanism was asked and answered lies in the household's file."""

from sqlalchemy.orm import Session

from classification.categories import Category
from classification.checklists import document_type
from tests.cast import Cast, make_file, make_item


def test_asset_check_requests_and_replies_are_items_of_the_household_file(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    for title in ("核对委托书", "核对报告"):
        item = make_item(session, file, cast.keeper.actor, title, document_type="asset_check")
        assert item.file is file
    assert file.category is Category.ORIGINAL
    assert document_type("asset_check").label.zh == "家庭经济状况核对材料"
