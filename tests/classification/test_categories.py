"""How a record is sorted."""

import pytest

from classification.categories import AccessStatus, Carrier, Category, CodeLetters, RecordForm, SecrecyLevel
from classification.text import LabelledEnum


@pytest.mark.parametrize(
    ("category", "letters", "zh"),
    [
        (Category.ORIGINAL, "ZY·KN", "原始档案"),
        (Category.ACCOUNTING, "KU", "会计档案"),
        (Category.DOCUMENTARY, "WS", "文书档案"),
    ],
)
def test_each_part_of_the_archives_has_its_letters(category: Category, letters: str, zh: str) -> None:
    assert category.letters == letters
    assert category.label.zh == zh


def test_the_code_letters_are_those_of_the_standard() -> None:
    assert {str(letters) for letters in CodeLetters} == {"WS", "KU", "ZY·KN", "ZP", "LY", "LX"}


def test_photographs_and_recordings_are_audio_visual_and_have_letters() -> None:
    letters = {form: form.letters for form in RecordForm if form.is_audio_visual}
    assert letters == {RecordForm.PHOTO: "ZP", RecordForm.AUDIO: "LY", RecordForm.VIDEO: "LX"}
    assert all(form.letters is None for form in RecordForm if not form.is_audio_visual)


@pytest.mark.parametrize("kind", [AccessStatus, Carrier, Category, RecordForm, SecrecyLevel])
def test_every_word_has_both_languages(kind: type[LabelledEnum]) -> None:
    for word in kind:
        assert word.label.in_language("zh")
        assert word.label.in_language("en").isascii()


def test_a_word_is_found_by_the_value_that_is_stored() -> None:
    assert Category("original") is Category.ORIGINAL
    assert RecordForm("photo") is RecordForm.PHOTO
