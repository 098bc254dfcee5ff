"""Resident numbers and social credit codes."""

import re
import sys
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from classification.identity import (
    BadCreditCode,
    BadResidentNumber,
    Sex,
    Withheld,
    birth_date,
    credit_code,
    mask,
    mask_name,
    mask_phone,
    masked_text,
    of_age,
    resident_number,
    sex,
    tells_resident_number,
    without_numbers,
)

VALID = "11010519491231002X"


@pytest.mark.parametrize(
    ("born_on", "adult_from"),
    [
        (date(2008, 3, 2), date(2026, 3, 2)),
        (date(2008, 12, 31), date(2026, 12, 31)),
        (date(2008, 2, 29), date(2026, 3, 1)),
    ],
)
def test_who_is_eighteen_is_of_age(born_on: date, adult_from: date) -> None:
    assert of_age(born_on, adult_from)
    assert not of_age(born_on, adult_from - timedelta(days=1))


@pytest.mark.parametrize(
    "text",
    [VALID, "11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ", "110105491231002"],
)
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    assert resident_number(text) == VALID


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "应为 18 位，现为 0 位"),
        ("1101051949123100", "应为 18 位，现为 16 位"),
        ("1101051949123100X", "应为 18 位，现为 17 位"),
        ("11010519491231002XX", "只能是数字，末位可为 X"),
        ("1101051949X231002X", "只能是数字，末位可为 X"),
        ("11010549123100X", "应为 18 位，现为 15 位"),
        ("110105194912310021", "校验码不符，请核对号码"),
        ("110105194912310020", "校验码不符，请核对号码"),
        ("11010519490229002X", "出生日期 19490229 不存在"),
        ("11010519491331002X", "出生日期 19491331 不存在"),
        ("110105490229002", "出生日期 19490229 不存在"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "只能是数字，末位可为 X"),
    ],
)
def test_a_wrong_number_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadResidentNumber) as refusal:
        resident_number(text)
    assert refusal.value.reason.zh == reason
    assert str(refusal.value) == refusal.value.reason.en


@pytest.mark.parametrize("region", ["510212", "500112", "513001", "999999"])
def test_no_region_is_refused(region: str) -> None:
    assert resident_number(f"{region}700101123").startswith(region)


@pytest.mark.parametrize("number", ["110105189912310023", "110105203001010020"])
def test_nobody_is_born_before_1900_or_after_the_day(number: str) -> None:
    with pytest.raises(BadResidentNumber) as refused:
        resident_number(number, on=date(2026, 3, 2))
    assert "不可能" in refused.value.reason.zh


def test_birth_and_sex_are_read_from_the_number() -> None:
    assert birth_date(VALID) == date(1949, 12, 31)
    assert sex(VALID) is Sex.FEMALE
    assert sex(resident_number("110105491231001")) is Sex.MALE


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("周大河 11010519491231002X", "周大河 110••••2X"),
        ("电话:13812344517", "电话:138••••17"),
        ("6222 0210 0111 6245", "622••••45"),
        ("2024-01-01..2026", "2024-01-01..2026"),
        ("C038-ZY·KN·2026·D10-0413", "C038-ZY·KN·2026·D10-0413"),
        ("500103-19850307-4511", "500••••11"),
        ("138-0000-4517", "138••••17"),
        ("500103\n19850307\n4511", "500••••11"),
        ("500103 1985-03-07 4511", "500••••11"),
        ("6222-0210-0111-6245", "622••••45"),
        ("023-67001234", "023••••34"),
        ("1200\n3400\n560\n7800", "1200\n3400\n560\n7800"),
        ("2026-03-02\n2026-03-09\n2026-04-01", "2026-03-02\n2026-03-09\n2026-04-01"),
        ("2026.11.05-06，202601-202612", "2026.11.05-06，202601-202612"),
        ("20260101 10:30", "20260101 10:30"),
        ("20101231-20150101，2010 1231 2015 0101", "20101231-20150101，201••••01"),
        ("渝工办发〔2016〕90号，渝收〔2026〕12345678901号", "渝工办发〔2016〕90号，渝收〔2026〕12345678901号"),
        ("文号：12345678901 2026-11-05", "文号：12345678901 2026-11-05"),
        ("合同第13345678901号，合同13345678901号", "合同第13345678901号，合同133••••01号"),
        ("残疾证第50010319850307451143号", "残疾证第500••••43号"),
        ("文号 1380013 8000，文号 622202100111624", "文号 138••••00，文号 622••••24"),
    ],
)
def test_long_numbers_are_left_out_of_text_kept_for_ever(text: str, kept: str) -> None:
    assert without_numbers(text) == kept


BREAKS = st.sampled_from(["-", "‐", "－", ".", "·", " ", "\n", "\r\n", "-\n", " - ", "\u3000"])


@given(
    number=st.one_of(
        st.builds(
            lambda region, born, last: resident_number(f"{region}{born:%y%m%d}{last:03d}"),
            st.integers(110000, 159999) | st.integers(210000, 219999),
            st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999),
        ),
        st.integers(13_000_000_000, 19_999_999_999).map(str),
    ),
    cuts=st.sampled_from([(), (6, 14), (6, 10, 12, 14), (3, 7), (9,), (5, 10)]),
    breaks=st.lists(BREAKS, min_size=4, max_size=4),
    around=st.sampled_from(
        ["号码：{}。", "2026-03-02 {}", "{}\n2026.03.02", "金额 600.00 {} 700.00", "2026.03.02-06，{}"]
    ),
)  # fmt: skip
def test_a_number_is_masked_however_it_is_broken(
    number: str, cuts: tuple[int, ...], breaks: list[str], around: str
) -> None:
    if len(number) == 11:
        cuts = cuts if cuts in ((), (3, 7), (5, 10)) else (3, 7)
        breaks = breaks if cuts != (5, 10) else [" "] * 4
    parts = [number[start:end] for start, end in zip((0, *cuts), (*cuts, len(number)), strict=True)]
    written = parts[0] + "".join(sign + part for sign, part in zip(breaks, parts[1:], strict=False))
    text = around.format(written)
    before, _, after = around.partition("{}")
    shown, kept = masked_text(text), without_numbers(text)
    for told in (shown, kept):
        assert told.startswith(before)
        assert told.endswith(after)
        assert sum(sign.isalnum() for sign in told[len(before) : len(told) - len(after)]) <= 5
    assert len(shown) == len(text)
    assert shown.count("\n") == text.count("\n")


@given(
    number=st.builds(
        lambda region, born, last: resident_number(f"{region}{born:%y%m%d}{last:03d}"),
        st.integers(110000, 659999), st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999),
    ),
    cuts=st.sampled_from([(), (6, 14), (6, 10, 12, 14)]),
    around=st.sampled_from(["文号{}", "文号：{}。", "第{}号", "〔2016〕{}号", "文号 {} 2026-03-02"]),
)  # fmt: skip
def test_a_resident_number_is_masked_where_a_document_number_stands(
    number: str, cuts: tuple[int, ...], around: str
) -> None:
    parts = [number[start:end] for start, end in zip((0, *cuts), (*cuts, len(number)), strict=True)]
    before, _, after = around.partition("{}")
    for sign in ("-", " "):
        told = without_numbers(around.format(sign.join(parts)))
        assert told == f"{before}{number[:3]}••••{number[-2:]}{after}"


def spells_a_resident_number(text: str) -> bool:
    """Whether figures that stand one after another happen to spell a resident number; to mask it goes first."""
    for group in re.finditer(r"\d+", text):
        figures = re.sub(r"\D", "", text[group.start() :])
        for length, born in ((18, figures[6:14]), (15, f"19{figures[6:12]}")):
            if len(figures) >= length and (length == 18 or len(group[0]) >= 6):
                with suppress(ValueError):
                    if date.fromisoformat(born).year // 100 in (19, 20):
                        return True
    return False


@given(
    told=st.lists(
        st.one_of(
            st.dates(date(1990, 1, 1), date(2040, 1, 1)).flatmap(
                lambda day: st.sampled_from([f"{day}", f"{day:%Y.%m.%d}", f"{day:%Y-%m}"])
            ),
            st.builds(
                lambda day, days, form: form.format(day, day + timedelta(days=days)),
                st.dates(date(1900, 1, 1), date(2199, 12, 31)),
                st.integers(0, 40),
                st.sampled_from(
                    [
                        "{:%Y.%m.%d}-{:%Y.%m.%d}",
                        "{}-{}",
                        "{:%Y%m%d}-{:%Y%m%d}",
                        "{:%Y-%m}—{:%Y-%m}",
                        "{:%Y.%m.%d}-{:%m.%d}",
                        "{:%Y.%m.%d}-{:%d}",
                        "{:%Y年%m月%d日}至{:%Y年%m月%d日}",
                        "{:%Y．%m．%d}－{:%Y．%m．%d}",
                    ]
                ),
            ),
            st.builds(
                "{}〔{}〕{}号".format,
                st.text("渝工办发", max_size=4),
                st.integers(1900, 2199),
                st.integers(1, 10**12 - 1),
            ),
            st.integers(1, 10**12 - 1).map("第{}号".format),
            st.decimals(0, 999_999, places=2).map(str),
            st.integers(1, 9999).map("C038-ZY·KN·2026·D10-{:04}-0012".format),
            st.integers(0, 9999).map("GH-2026-{:04}".format),
        ),
        min_size=1,
    ),
    between=st.sampled_from([" ", "\n", "、", "  "]),
)
def test_dates_amounts_and_codes_are_told_as_they_are(told: list[str], between: str) -> None:
    text = between.join(told)
    assume(not spells_a_resident_number(text))
    assert without_numbers(text) == masked_text(text) == text


def test_a_long_text_is_masked_in_time_that_grows_with_its_length() -> None:
    for part in ("1-", "1\n", "12-\n-", "2026-03-02 ", "600.00 ", "500103-19850307-4511 "):
        counts = []
        for times in (200, 2000):
            steps = 0

            def noted(_frame: object, event: str, _argument: object) -> None:
                nonlocal steps
                steps += event in ("call", "c_call")

            sys.setprofile(noted)
            try:
                masked_text(part * times)
            finally:
                sys.setprofile(None)
            counts.append(steps)
        assert counts[1] < 12 * counts[0], part


@pytest.mark.parametrize(
    ("signs", "shown"), [(4, "5001••••••••4517"), (2, "50••••••••17"), (1, "5••••••••7"), (0, "••••••••")]
)
def test_a_number_is_shown_by_its_ends(signs: int, shown: str) -> None:
    assert mask("500112197003124517", signs) == shown


@pytest.mark.parametrize(
    ("number", "signs", "shown"),
    [
        ("13812345678", 4, "138••••5678"),
        ("13812345678", 2, "138••••78"),
        ("13812345678", 0, "••••"),
        ("67001234", 4, "••••34"),
        ("67001234", 1, "••••4"),
        ("67001234", 0, "••••"),
    ],
)
def test_a_telephone_number_is_shown_by_its_end(number: str, signs: int, shown: str) -> None:
    assert mask_phone(number, signs) == shown


@given(
    region=st.integers(110000, 659999), born=st.dates(date(1900, 1, 1), date(1999, 12, 31)), order=st.integers(0, 999)
)
def test_an_old_number_and_its_new_form_are_one_number(region: int, born: date, order: int) -> None:
    old = f"{region}{born:%y%m%d}{order:03d}"
    new = resident_number(old)
    assert new[:17] == f"{region}19{born:%y%m%d}{order:03d}"
    assert resident_number(new) == new
    assert birth_date(new) == born
    assert (sex(new) is Sex.MALE) == (order % 2 == 1)


@given(born=st.dates(date(1900, 1, 1), date(1999, 12, 31)), at=st.integers(0, 16), shift=st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(born: date, at: int, shift: int) -> None:
    number = resident_number(f"500112{born:%y%m%d}123")
    wrong = number[:at] + str((int(number[at]) + shift) % 10) + number[at + 1 :]
    with pytest.raises(BadResidentNumber):
        resident_number(wrong)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "81500103MC00000125"])
def test_a_social_credit_code_is_read(code: str) -> None:
    assert credit_code(f" {code[:8]} {code[8:].lower()}") == code


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "应为 18 位，现为 0 位"),
        ("91350100M000100Y4", "应为 18 位，现为 17 位"),
        ("91350100M000100Y4I", "不得含有“I”（不用 I、O、S、V、Z）"),
        ("9135010OM000100Y43", "不得含有“O”（不用 I、O、S、V、Z）"),
        ("91350100M000100Y44", "校验码不符，请核对代码"),
        ("91350100M000100Y56", "其中的组织机构代码校验码不符"),
    ],
)
def test_a_wrong_social_credit_code_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadCreditCode) as refusal:
        credit_code(text)
    assert refusal.value.reason.zh == reason


@pytest.mark.parametrize(("name", "shown"), [("周大河", "周••"), ("李远", "李•"), ("欧阳独行", "欧•••"), ("周", "周•")])
def test_of_a_masked_name_the_first_sign_is_shown(name: str, shown: str) -> None:
    assert mask_name(name) == shown


def test_what_is_withheld_is_masked_wherever_it_stands_and_the_text_stays_as_long() -> None:
    text = "周大河之子周小满，周 小\n满，患尿毒症，电话13800004517。"
    shown = masked_text(text, Withheld(names=("周小满",), words=("尿毒症",)))
    assert shown == "周大河之子周••，周 •\n•，患•••，电话138••••••17。"
    assert len(shown) == len(text)
    assert masked_text("周小满", Withheld()) == "周小满"


@pytest.mark.parametrize("text", [f"身份证{VALID}复印件", "110105-19491231-002X", "1101 0519 4912 3100 2X"])
def test_a_resident_number_is_found_in_a_text_also_broken(text: str) -> None:
    assert tells_resident_number(text)


@pytest.mark.parametrize("text", ["2026年11月29日", "110105194912310021", "电话13800138000", "凭证2026-0001-0045"])
def test_what_is_no_resident_number_is_found_as_none(text: str) -> None:
    assert not tells_resident_number(text)
