"""The yearly files of the demonstration: accounting and documentary archives of several years, in every medium."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from random import Random

from classification.articles import PUBLISHED_ON, REGULATION, TITLE
from classification.categories import Carrier, Category, RecordForm
from demonstration.chance import chance
from demonstration.documents import in_words, letter, plain_text, regulation, word_document, workbook
from demonstration.drawing import Page, moving_scene, photograph
from demonstration.material import Draft, Gathering, office_day
from demonstration.recordings import chime_and_voice, film
from demonstration.tree import DISTRICT, INDUSTRY, SOUTH, UNITS

REGULATION_YEAR = PUBLISHED_ON.year
FUNDS = ("中央财政专项帮扶资金", "地方财政配套资金", "工会帮扶经费")
SCENE = {"place": "职工之家", "people": "帮扶工作人员、受助职工", "recorded_by": "宣教干事"}
BORN_DIGITAL = Carrier.ELECTRONIC
FILM_FRAMES = 48
RECORDED_YEARS = 2  # sound and film of so many years


def yearly_files(seed: str, today: date) -> list[Draft]:
    """The yearly files, the same ones for the same seed and day."""
    drafts = [_year_of_the_regulation(), _old_statements(today)]
    for years_ago in (3, 2, 1, 0):
        year = today.year - years_ago
        drafts.append(_daily_work(seed, DISTRICT, year, today, current=years_ago == 0))
        drafts += [_vouchers(seed, year, today), _reports(year, today)] if years_ago else [_vouchers(seed, year, today)]
    drafts.append(_daily_work(seed, SOUTH, today.year - 1, today, current=False))
    drafts.append(_daily_work(seed, INDUSTRY, today.year - 1, today, current=False))
    return drafts


def _name_of(unit: str) -> str:
    return next(entry.name for entry in UNITS if entry.key == unit)


def _days(year: int, today: date) -> Callable[[int, int], date]:
    """Days of a year, none of them after today."""
    return lambda month, day: office_day(min(date(year, month, day), today))


def _year_of_the_regulation() -> Draft:
    opened_on = office_day(date(REGULATION_YEAR + 1, 1, 9))
    gathering = Gathering(_name_of(DISTRICT))
    gathering.add(
        "policies", TITLE.zh, PUBLISHED_ON, carrier=BORN_DIGITAL, name="困难职工档案管理办法.pdf", make=regulation,
        paper_pages=3, body="重庆市总工会办公室", details={"document_number": REGULATION.zh},
    )  # fmt: skip
    title = "关于贯彻《困难职工档案管理办法》的通知"
    gathering.add(
        "notices", title, opened_on, paper_pages=2, details={"document_number": f"青屿工〔{opened_on.year}〕1号"}
    )
    pieces = [replace(piece, on=opened_on) for piece in gathering.pieces]
    return Draft(
        DISTRICT, Category.DOCUMENTARY, opened_on, pieces, f"{REGULATION_YEAR}年日常帮扶工作档案", year=REGULATION_YEAR
    )


def _old_statements(today: date) -> Draft:
    """Bank statements whose ten years end with this year."""
    year = today.year - 10
    opened_on = office_day(date(year + 1, 3, 6))
    gathering = Gathering(_name_of(DISTRICT))
    for half, (month, day) in (("上半年", (6, 28)), ("下半年", (12, 28))):
        gathering.add("bank_statements", f"{year}年{half}银行对账单", date(year, month, day), paper_pages=12)
    pieces = [replace(piece, on=opened_on) for piece in gathering.pieces]
    return Draft(
        DISTRICT, Category.ACCOUNTING, opened_on, pieces, f"{year}年银行对账单", year=year,
        retention_key="enterprise.bank_statements", sub_code="02",
    )  # fmt: skip


def _daily_work(seed: str, unit: str, year: int, today: date, *, current: bool) -> Draft:
    body, day = _name_of(unit), _days(year, today)
    random = chance(seed, unit, year)
    number = f"{body.removesuffix('总工会').removesuffix('产业工会')}工〔{year}〕"
    gathering = Gathering(body)
    pdf = partial(letter, signed=body)
    on = day(1, 12)
    paragraphs = ["一、健全档案，做到一户一档。", "二、落实入户调查，摸清致困原因。", "三、年内开展一次集中清理。"]
    gathering.add(
        "work_plan", f"{year}年帮扶工作计划", on, carrier=BORN_DIGITAL, name=f"{year}年帮扶工作计划.docx",
        make=partial(word_document, f"{year}年帮扶工作计划", [*paragraphs, body, in_words(on)]),
    )  # fmt: skip
    on = day(3, 10)
    title = f"{year}年第一季度帮扶工作会议纪要"
    gathering.add(
        "minutes", title, on, carrier=BORN_DIGITAL, name=f"{title}.pdf", paper_pages=2,
        make=partial(pdf, title, ["会议听取了困难职工建档和送温暖工作情况汇报，研究了助学、助医安排。"], on=on),
    )  # fmt: skip
    on = day(4, 2)
    title = "关于做好困难职工入户调查工作的通知"
    gathering.add(
        "notices", title, on, carrier=BORN_DIGITAL, name=f"{title}.pdf", details={"document_number": f"{number}6号"},
        make=partial(
            pdf, title, ["各街道总工会、各基层工会：", "请于本月底前完成入户调查，材料一式两份，纸电同步。"], on=on,
            sender=f"{body}文件", number=f"{number}6号",
        ),
    )  # fmt: skip
    on = day(4, 20)
    title = "关于拨付困难职工助学资金的请示"
    gathering.add("requests", title, on, paper_pages=2, details={"document_number": f"{number}9号"})
    gathering.add(
        "other_documentary", "来电记录", day(5, 6), carrier=BORN_DIGITAL, name=f"来电记录-{year}.txt",
        make=partial(plain_text, "来电记录", [f"{in_words(day(5, 6))} 职工来电咨询助医申请所需材料，已答复。"]),
    )  # fmt: skip
    _add_photographs(gathering, f"{seed} {unit}", year, day)
    if unit == DISTRICT and today.year - year < RECORDED_YEARS:
        _add_recordings(gathering, seed, year, day, current=current)
    on = day(9, 15)
    gathering.add(
        "inspection_record", f"{year}年档案检查记录", on, name=f"{year}年档案检查记录.jpg", paper_pages=1,
        make=partial(_inspection, f"{seed} {unit} {year}", body, on),
    )  # fmt: skip
    if not current:
        _add_year_end(gathering, random, year, day)
    return Draft(
        unit, Category.DOCUMENTARY, day(1, 8), gathering.pieces, f"{year}年日常帮扶工作档案", year=year
    )  # fmt: skip


def _add_photographs(gathering: Gathering, seed: str, year: int, day: Callable[[int, int], date]) -> None:
    for title, on, upright in (("送温暖走访慰问", day(1, 20), False), ("金秋助学金发放仪式", day(8, 21), True)):
        caption = f"{year}年{title}"
        taken_at = datetime.combine(on, time(9, 30))
        gathering.add(
            "activity_photo", caption, on, carrier=BORN_DIGITAL, name=f"{caption}.jpg", paper_pages=1,
            make=partial(photograph, f"{seed} {caption}", caption, taken_at=taken_at, upright=upright),
            details={**SCENE, "caption": f"{title}现场。"},
        )  # fmt: skip


def _add_recordings(
    gathering: Gathering, seed: str, year: int, day: Callable[[int, int], date], *, current: bool
) -> None:
    """Sound and film with their paper; the film of the current year still waits for it (art. 15)."""
    on = day(6, 18)
    gathering.add(
        "meeting_recording", f"{year}年帮扶工作座谈会录音", on, form=RecordForm.AUDIO, carrier=BORN_DIGITAL,
        name=f"{year}年座谈会.wav", make=partial(chime_and_voice, f"{seed} sound {year}", 12), paper_pages=4,
        details={"recorded_by": "宣教干事", "remarks": "附发言整理稿。"},
    )  # fmt: skip
    on = day(7, 9)
    title = f"{year}年集中清理工作会"
    gathering.add(
        "meeting_recording", f"{title}录像", on, form=RecordForm.VIDEO, carrier=BORN_DIGITAL, name=f"{title}.mp4",
        make=partial(_film, title), paper_pages=0 if current else 3, files=not current,
        details={"recorded_by": "宣教干事"},
    )  # fmt: skip


def _add_year_end(gathering: Gathering, random: Random, year: int, day: Callable[[int, int], date]) -> None:
    on = day(12, 12)
    gathering.add(
        "clean_up_report", f"{year}年困难职工档案集中清理报告", on, carrier=BORN_DIGITAL,
        name=f"{year}年集中清理报告.pdf",
        make=partial(
            letter, f"{year}年困难职工档案集中清理报告",
            ["经逐户核对，纸质档案与电子档案一致；对已脱困家庭随时撤档。"], signed=gathering.body, on=on,
        ),
    )  # fmt: skip
    causes = ("患病", "子女上学", "残疾", "意外伤害", "收入偏低")
    rows: list[list[str | int]] = [["致困原因", "户数"]]
    rows += [[cause, random.randrange(3, 40)] for cause in causes]
    gathering.add(
        "statistics", f"{year}年困难职工帮扶统计年报", day(12, 26), carrier=BORN_DIGITAL, paper_pages=2,
        name=f"{year}年帮扶统计年报.xlsx", make=partial(workbook, rows),
    )  # fmt: skip


def _vouchers(seed: str, year: int, today: date) -> Draft:
    body, day = _name_of(DISTRICT), _days(year, today)
    random = chance(seed, "vouchers", year)
    gathering = Gathering(body)
    on = day(2, 16)
    paragraphs = [f"{fund}：{random.randrange(20, 90)} 万元。" for fund in FUNDS]
    gathering.add(
        "allocation_plan", f"{year}年帮扶资金分配方案", on, carrier=BORN_DIGITAL, name=f"{year}年分配方案.docx",
        make=partial(word_document, f"{year}年帮扶资金分配方案", [*paragraphs, body, in_words(on)]),
    )  # fmt: skip
    gathering.add(
        "budget", f"{year}年帮扶资金预算", day(2, 18), form=RecordForm.TEXT, carrier=BORN_DIGITAL,
        name=f"{year}年帮扶资金预算.pdf",
        make=partial(letter, f"{year}年帮扶资金预算", paragraphs, signed=body, on=day(2, 18)),
    )  # fmt: skip
    for month in (3, 6, 9):
        gathering.add("accounting_vouchers", f"{year}年{month}月记账凭证", day(month, 28), paper_pages=36)
        gathering.add("bank_slips", f"{year}年{month}月银行回单", day(month, 28), paper_pages=9)
    rows: list[list[str | int]] = [["序号", "发放批次", "金额（元）"]]
    rows += [[number, f"{year}年第{number}批", random.randrange(5, 60) * 1_000] for number in range(1, 9)]
    gathering.add(
        "recipient_summary", f"{year}年资金实名制汇总表", day(10, 20), carrier=BORN_DIGITAL,
        name=f"{year}年实名制汇总表.xlsx", make=partial(workbook, rows),
    )  # fmt: skip
    return Draft(
        DISTRICT, Category.ACCOUNTING, day(1, 8), gathering.pieces, f"{year}年帮扶资金会计凭证", year=year,
        retention_key="enterprise.bookkeeping_vouchers", sub_code="01",
    )  # fmt: skip


def _reports(year: int, today: date) -> Draft:
    """The annual report of the funds, kept for ever."""
    body, on = _name_of(DISTRICT), office_day(date(year + 1, 2, 20))
    on = min(on, today)
    title = f"{year}年帮扶资金决算报告"
    gathering = Gathering(body)
    gathering.add(
        "final_accounts", title, on, form=RecordForm.TEXT, carrier=BORN_DIGITAL, name=f"{title}.pdf", paper_pages=3,
        make=partial(letter, title, [f"{fund}收支相符，专款专用。" for fund in FUNDS], signed=body, on=on),
    )  # fmt: skip
    return Draft(
        DISTRICT, Category.ACCOUNTING, on, gathering.pieces, f"{year}年帮扶资金决算", year=year,
        retention_key="enterprise.annual_report", sub_code="03",
    )  # fmt: skip


def _inspection(seed: str, body: str, on: date) -> bytes:
    page = Page()
    page.title("档案监督检查记录")
    page.table([("被检查单位", body), ("检查日期", in_words(on)), ("一户一档", "符合"), ("纸电同步", "符合")])
    page.lines("检查意见：档案装盒规范，个别卷内目录需补页码。")
    page.signature("监督检查组", in_words(on), sealed=True)
    return page.scanned(seed)


def _film(caption: str) -> bytes:
    return film(moving_scene(FILM_FRAMES, caption))
