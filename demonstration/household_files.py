"""The household files of the demonstration, in every state a file can be in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, partial
from itertools import cycle, islice
from random import Random

from classification.categories import Carrier, Category
from classification.checklists import document_type
from classification.periods import anniversary
from demonstration.chance import chance
from demonstration.documents import in_words
from demonstration.drawing import Page, moving_scene, photograph
from demonstration.local_rules import bounds_of, class_of
from demonstration.material import FIRST_DAY, Draft, Gathering, office_day
from demonstration.people import Household, household, names, with_income
from demonstration.recordings import chime_and_voice, film
from demonstration.tree import (
    BEARINGS,
    CENTRE,
    DEPOT,
    DISTRICT,
    FACTORY,
    SOUTH,
    SOUTH_STREET,
    STREET,
    UNITS,
)
from records.files.models import WithdrawalReason
from records.households.models import Cause, Relation

HOUSEHOLDS = (
    (DISTRICT, 9),
    (STREET, 9),
    (FACTORY, 9),
    (CENTRE, 7),
    (SOUTH, 5),
    (SOUTH_STREET, 4),
    (DEPOT, 3),
    (BEARINGS, 5),
)
COMPLETE, INCOMPLETE, COLLECTING = "complete", "incomplete", "collecting"
STATES: tuple[str | WithdrawalReason, ...] = (
    COMPLETE, WithdrawalReason.LIFTED, INCOMPLETE, COMPLETE, COLLECTING, COMPLETE, WithdrawalReason.MOVED, COMPLETE,
    INCOMPLETE, WithdrawalReason.LIFTED, COMPLETE, WithdrawalReason.RETIRED, COMPLETE, INCOMPLETE,
    WithdrawalReason.DEATH, COMPLETE, WithdrawalReason.INELIGIBLE, COMPLETE, WithdrawalReason.LIFTED,
)  # fmt: skip
REQUIRED = ("application", "identity_proof", "income_proof", "notice_proof", "information_form")
EVIDENCE = {
    Cause.ILLNESS: "medical_record",
    Cause.SERIOUS_ILLNESS: "medical_record",
    Cause.DISABILITY: "disability_certificate",
    Cause.SCHOOLING: "school_proof",
    Cause.ACCIDENT: "medical_invoices",
}
FILM_FRAMES = 48
ON_PAPER_ALONE = {13: 84, 24: 56, 41: 62}  # opened so many days ago; their scans are owed since a while (art. 13)
YEARS_KEPT = 10
EXPIRES_SOON = timedelta(days=45)


def household_files(seed: str, today: date) -> list[Draft]:
    """Some fifty files, the same ones for the same seed and day."""
    random = chance(seed, "households")
    names_left = iter(names(random))
    units = {entry.key: entry.name for entry in UNITS}
    keys = [key for key, count in HOUSEHOLDS for _ in range(count)]
    drafts = []
    for number, (unit, state) in enumerate(zip(keys, islice(cycle(STATES), len(keys)), strict=True)):
        district = "汀南区" if unit in {SOUTH, SOUTH_STREET, DEPOT} else "青屿区"
        employer = units[unit].removesuffix("工会") if unit in {FACTORY, DEPOT, BEARINGS} else "岚江第九齿轮厂"
        first_withdrawn = isinstance(state, WithdrawalReason) and number < len(STATES) and state is STATES[1]
        opened_on, withdrawn = _course(random, state, today, soon_over=first_withdrawn and number == 1)
        if number in ON_PAPER_ALONE:
            opened_on = office_day(today - timedelta(days=ON_PAPER_ALONE[number]))
        family = household(random, next(names_left), employer=employer, district=district, on=opened_on)
        family = with_income(random, family, bounds_of(unit, opened_on))
        found = class_of(family.entry, unit, opened_on)
        family = replace(family, entry=replace(family.entry, hardship_class=found))
        drafts.append(_draft(seed, number, unit, units[unit], family, state, opened_on, withdrawn, today))
    return drafts


def _course(
    random: Random, state: str | WithdrawalReason, today: date, *, soon_over: bool
) -> tuple[date, tuple[WithdrawalReason, date] | None]:
    """When a file is opened, and why and when withdrawn; one whose ten years are almost over."""
    if isinstance(state, WithdrawalReason):
        withdrawn_on = today - timedelta(days=random.randrange(20, 2_400))
        if soon_over:
            withdrawn_on = anniversary(today, -YEARS_KEPT) + EXPIRES_SOON
        withdrawn_on = max(office_day(withdrawn_on), FIRST_DAY + timedelta(days=1))
        return office_day(withdrawn_on - timedelta(days=random.randrange(250, 800))), (state, withdrawn_on)
    age = {COMPLETE: (60, 1_500), INCOMPLETE: (15, 300), COLLECTING: (0, 6)}[state]
    return office_day(today - timedelta(days=random.randrange(*age))), None


def _draft(
    seed: str,
    number: int,
    unit: str,
    body: str,
    family: Household,
    state: str | WithdrawalReason,
    opened_on: date,
    withdrawn: tuple[WithdrawalReason, date] | None,
    today: date,
) -> Draft:
    random = chance(seed, "household", number)
    gathering = Gathering(body)
    left_out = set(random.sample(REQUIRED[2:4], random.choice((1, 2)))) if state == INCOMPLETE else set()
    for kind in REQUIRED:
        if kind in left_out:
            continue
        copied = None if number in ON_PAPER_ALONE else partial(specimen, kind)
        scanned = number % 5 == 0 or state == COLLECTING or random.random() < 0.1
        gathering.add(
            kind,
            f"{document_type(kind).label.zh}（{family.name}）",
            opened_on,
            name=f"{family.name}-{document_type(kind).label.zh}.jpg" if scanned or copied else "",
            make=partial(_scan, f"{seed} {number} {kind}", kind, family, body, opened_on) if scanned else copied,
            paper_pages=0 if state == COLLECTING and kind == "application" else random.randrange(1, 4),
            files=state != COLLECTING,
            body=family.name if kind == "application" else body,
        )
    if evidence := EVIDENCE.get(family.entry.main_cause):
        title = f"{document_type(evidence).label.zh}（{family.name}）"
        copied = None if number in ON_PAPER_ALONE or state == COLLECTING else partial(specimen, evidence)
        gathering.add(
            evidence, title, opened_on, name=f"{title}.jpg" if copied else "", make=copied,
            paper_pages=random.randrange(1, 6), files=state != COLLECTING,
        )  # fmt: skip
    _add_recordings(gathering, seed, number, family, state, opened_on)
    if withdrawn:
        reason, on = withdrawn
        title = f"撤档审批表（{family.name}，{reason.label.zh}）"
        make = partial(specimen, "withdrawal_form")
        gathering.add("withdrawal_form", title, on, name=f"{title}.jpg", make=make, paper_pages=1)
    return Draft(
        unit, Category.ORIGINAL, opened_on, gathering.pieces, family.name, household=family.entry, withdrawn=withdrawn
    )


def _add_recordings(
    gathering: Gathering, seed: str, number: int, family: Household, state: str | WithdrawalReason, on: date
) -> None:
    """Photographs with many, sound and film with some; the film of a file still being collected lacks its paper."""
    taken_at = datetime.combine(on, time(10, 20))
    scene = {"place": family.entry.address, "people": family.name, "recorded_by": "帮扶工作人员"}
    if number % 5 == 0:
        caption = f"入户调查 {family.name}家庭"
        make = partial(photograph, f"{seed} survey {number}", caption, taken_at=taken_at)
        gathering.add(
            "survey_photo", caption, on, carrier=Carrier.ELECTRONIC, name=f"入户调查-{family.name}.jpg", make=make,
            paper_pages=1, files=state != COLLECTING, details={**scene, "caption": "工作人员入户了解家庭生活状况。"},
        )  # fmt: skip
    if number % 7 == 3:
        caption = f"公示现场 {family.name}"
        make = partial(photograph, f"{seed} notice {number}", caption, taken_at=taken_at, upright=True, people=1)
        gathering.add(
            "notice_photo", caption, on, carrier=Carrier.ELECTRONIC, name=f"公示-{family.name}.jpg", make=make,
            paper_pages=1, files=state != COLLECTING, details={**scene, "caption": "公示栏张贴情况。"},
        )  # fmt: skip
    if number % 48 == 5:
        make = partial(chime_and_voice, f"{seed} interview {number}", 9)
        gathering.add(
            "interview_recording", f"访谈录音（{family.name}）", on, carrier=Carrier.ELECTRONIC,
            name=f"访谈-{family.name}.wav", make=make, paper_pages=2, files=state != COLLECTING, details=scene,
        )  # fmt: skip
    if number == STATES.index(COLLECTING):
        make = partial(_film, f"入户调查 {family.name}家庭")
        gathering.add(
            "survey_video", f"入户调查录像（{family.name}）", on, carrier=Carrier.ELECTRONIC,
            name=f"入户调查-{family.name}.mp4", make=make, files=False, details=scene,
        )  # fmt: skip
        make = partial(_cut_short, f"{seed} cut", family, gathering.body, on)
        gathering.add(
            "bank_card", f"银行卡复印件（{family.name}，扫描中断）", on, name=f"银行卡-{family.name}.jpg", make=make,
            paper_pages=1, files=False,
        )  # fmt: skip


def _film(caption: str) -> bytes:
    return film(moving_scene(FILM_FRAMES, caption))


def _scan(seed: str, kind: str, family: Household, body: str, on: date) -> bytes:
    page = _DRAWN[kind](family, body, on)
    return page.scanned(seed)


@cache
def specimen(kind: str) -> bytes:
    """The scan of a page of a kind with nobody's data on it, drawn once for all files."""
    page = Page()
    page.title(document_type(kind).label.zh)
    page.lines("　　本页为演示样页，不载任何家庭的信息；正式使用时为纸质原件的扫描件。")
    return page.scanned(f"specimen {kind}")


def _cut_short(seed: str, family: Household, body: str, on: date) -> bytes:
    """A scan of which only the first part arrived."""
    whole = _scan(seed, "identity_proof", family, body, on)
    return whole[: len(whole) // 2]


def _application(family: Household, body: str, on: date) -> Page:
    page = Page()
    page.title("困难职工帮扶申请书")
    page.lines(f"{body}：")
    page.lines(
        f"　　本人{family.name}，现住{family.entry.address}，{family.entry.employment.label.zh}，家庭共"
        f"{len(family.entry.members)}人，人均月收入{family.income}元。因{family.entry.main_cause.label.zh}"
        "致家庭生活困难，现申请困难职工帮扶。以上所述属实，愿接受入户调查和公示。"
    )
    page.signature(f"申请人：{family.name}（签名）", in_words(on))
    return page


def _identity(family: Household, body: str, on: date) -> Page:
    page = Page()
    page.title("身份证明材料复印件")
    sex = "男" if int(family.number[16]) % 2 else "女"
    page.card([("姓名", family.name), ("性别", sex), ("住址", family.entry.address), ("公民身份号码", family.masked)])
    page.lines("与原件核对无异。")
    page.signature(body, in_words(on))
    return page


def _income(family: Household, body: str, on: date) -> Page:
    page = Page()
    page.title("收入证明")
    total = family.income * len(family.entry.members)
    page.lines(
        f"　　兹证明{family.name}系{family.entry.employer}职工，其家庭{len(family.entry.members)}人，"
        f"近六个月平均月总收入{total.quantize(Decimal('0.01'))}元，人均月收入{family.income}元。特此证明。"
    )
    page.signature(body, in_words(on), sealed=True)
    return page


def _notice(family: Household, body: str, on: date) -> Page:
    page = Page()
    page.title("困难职工建档公示")
    page.lines(
        f"　　经入户调查、会议评议，拟将{family.name}家庭列入困难职工帮扶档案，现予公示，公示期七天"
        f"（{in_words(on - timedelta(days=7))}至{in_words(on)}）。如有异议，请向本级工会反映。"
    )
    page.signature(body, in_words(on), sealed=True)
    return page


def _information(family: Household, body: str, on: date) -> Page:
    entry = family.entry
    page = Page()
    page.title("困难职工原始信息表")
    rows = [
        ("姓名", family.name),
        ("公民身份号码", family.masked),
        ("家庭住址", entry.address),
        ("工作单位", entry.employer or "无"),
        ("就业状况", entry.employment.label.zh),
        ("主要致困原因", entry.main_cause.label.zh),
        ("人均月收入", f"{family.income} 元"),
    ]
    others: Sequence[tuple[str, str]] = [
        (member.relation.label.zh, member.name) for member in entry.members if member.relation is not Relation.WORKER
    ]
    page.table([*rows, *others])
    page.signature(f"填表单位：{body}", in_words(on))
    return page


_DRAWN = {
    "application": _application,
    "identity_proof": _identity,
    "income_proof": _income,
    "notice_proof": _notice,
    "information_form": _information,
}
