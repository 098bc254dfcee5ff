"""What belongs into each part of the archives: the contents of article 6, and the evidence usually filed with them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from classification.articles import AUDIO_VISUAL_WITH_PAPER, PUBLISHED_ON, Citation, article
from classification.categories import Category, RecordForm
from classification.hardship import CAUSES_OF, Cause, HardshipClass
from classification.retention import retention_class
from classification.schedules import DEEDS, RetentionClass
from classification.text import Label


@dataclass(frozen=True)
class DocumentType:
    """A kind of document.

    `required` types must be present in a complete file, or one of the types named in `alternatives` in their place.
    `default_retention` is the key of the retention class proposed to the keeper; `forms` are the usual record forms,
    the first one proposed.
    """

    key: str
    category: Category
    label: Label
    required: bool
    default_retention: str | None
    cites: Citation
    forms: tuple[RecordForm, ...] = (RecordForm.TEXT,)
    alternatives: tuple[str, ...] = ()
    in_force_from: date = PUBLISHED_ON
    in_force_until: date | None = None


def document_types(category: Category) -> tuple[DocumentType, ...]:
    """The types of one part of the archives, the required ones first."""
    return tuple(kind for kind in _TYPES if kind.category is category)


def document_type(key: str) -> DocumentType:
    """The type with this key; raises LookupError if there is none."""
    try:
        return _BY_KEY[key]
    except KeyError:
        raise LookupError(f"There is no document type {key!r}.") from None


def other_type(category: Category) -> DocumentType:
    """The type for material of which nothing is known but the part of the archives it belongs to."""
    return document_type(f"other_{category}")


def missing(category: Category, present: Collection[str], *, added: Collection[str] = ()) -> tuple[DocumentType, ...]:
    """The required types absent from a file, given the keys of those present; empty when the file is complete.

    `added` are the keys of the types that the unit requires besides (art. 6, 20), of whatever part.
    """
    return tuple(
        kind
        for kind in document_types(category)
        if (kind.required or kind.key in added) and not any(key in present for key in (kind.key, *kind.alternatives))
    )


def usual_class(kind: DocumentType) -> RetentionClass | None:
    """The line of a schedule under which this kind of document usually stands; None where there is none."""
    return retention_class(kind.default_retention) if kind.default_retention else None


REPORTS = frozenset({"periodic_reports", "final_accounts"})  # 报表, which units below send in and keep themselves


def kept_long_enough(kind: DocumentType, line: RetentionClass) -> bool:
    """Whether what is of this kind may stand under a line: all periods are minimums (order 79, art. 14; order 8).

    Vouchers, slips, books and reports stay under the accounting schedule, and the deeds of custody are permanent.
    Shorter are only the reports and final accounts that other units sent in 报送; "other papers" are what they are.
    """
    usual = usual_class(kind)
    if usual is None or kind == other_type(kind.category):
        return True
    if usual.category is not Category.ACCOUNTING and usual.key != DEEDS:
        return True
    sent_in = line.received and kind.key in REPORTS
    return line.category is usual.category and (sent_in or not line.period < usual.period)


# What proves a cause of hardship, where one kind of document does; an accident or an event is told in many ways.
PROOF_OF_CAUSE: Mapping[Cause, str] = {
    Cause.ILLNESS: "medical_record",
    Cause.SERIOUS_ILLNESS: "medical_record",
    Cause.SCHOOLING: "school_proof",
    Cause.DISABILITY: "disability_certificate",
}


def unproven(found: HardshipClass, causes: Collection[Cause], present: Collection[str]) -> tuple[DocumentType, ...]:
    """The types of which one has to be there for a class that rests on a cause; empty where it is proven (art. 1, 3).

    `present` are the keys of the types there are. A cause that no single type proves is taken as it is stated.
    """
    counting = [cause for cause in Cause if cause in causes and found in CAUSES_OF and cause in CAUSES_OF[found]]
    keys = [PROOF_OF_CAUSE.get(cause) for cause in counting]
    if any(key is None or key in present for key in keys):
        return ()
    return tuple(document_type(key) for key in dict.fromkeys(keys) if key)


Row = tuple[str, str, str, str, Citation, tuple[RecordForm, ...]]  # key, Chinese, English, retention class, rule, forms

ANY_FORM = tuple(RecordForm)
_TEXT, _TABLE = (RecordForm.TEXT,), (RecordForm.TABLE,)
_PHOTO, _AUDIO, _VIDEO = (RecordForm.PHOTO,), (RecordForm.AUDIO,), (RecordForm.VIDEO,)

_APPLICATION = article(6).cite(
    "困难职工帮扶申请书或经本人签字认可的基层单位工会帮扶申报材料",
    "the application for help, or the workplace union's submission acknowledged by the person's signature",
)
_PROOFS = article(6).cite(
    "困难职工及有关家属身份证明材料、收入证明材料、公示证明材料",
    "identity proofs of the worker and of the relatives concerned, income proofs, and proof of public notice",
)
_INFORMATION_FORM = article(6).cite(
    "困难职工原始信息表（应与工会帮扶工作管理系统中电子档案保持一致）。",
    "the original information form, which must agree with the electronic file in the union aid system.",
)
_ADDED = article(6).cite(
    "各地也可根据实际需要增加档案内容。",
    "Localities may add further contents as needed.",
)
_FUND_RULES = article(6).cite(
    "有关中央财政专项帮扶资金、地方财政配套资金、用于帮扶救助的工会经费以及其它资金的政策、规定、制度等",
    "policies, provisions and rules on the central special aid fund, local matching funds, union funds "
    "used for help, and other funds",
)
_VOUCHERS = article(6).cite(
    "帮扶资金的分配方案、会计凭证、银行单据等",
    "plans for allocating aid funds, accounting vouchers, bank slips",
)
_ACCOUNTS = article(6).cite(
    "中央财政专项帮扶资金实名制汇总表、预决算报表（报告）等。",
    "the named-recipient summary of the central special aid fund, budgets and final accounts.",
)
_BOOKS = article(15).cite(
    "按财务制度管理的有关档案，应根据会计档案归档要求进行归档整理。",
    "Those under the financial rules are arranged and filed as accounting archives.",
)
_RULES = article(6).cite(
    "帮扶工作政策、规定、制度",
    "policies, provisions and rules",
)
_MEETINGS = article(6).cite(
    "帮扶工作会议记录、纪要",
    "minutes and summaries of meetings",
)
_LETTERS = article(6).cite(
    "帮扶工作有关请示、报告及上级机关的批复、复函",
    "requests and reports, and the replies of superior bodies",
)
_FIGURES = article(6).cite(
    "帮扶工作有关报表和数据统计资料等。",
    "statements and statistics.",
)
_SUPERVISION = article(7).cite(
    "各级工会档案工作接受上级工会、本级工会及档案管理部门的指导和监督。",
    "The archives work of every union is guided and supervised by the superior union, the union of the "
    "same level and the archives authority.",
)
_CLEAN_UP = article(13).cite(
    "做到每年对档案至少进行一次集中清理。",
    "The archives are cleaned up centrally at least once a year.",
)
_STOCKTAKE = article(16).cite(
    "应安排专人负责整理、保管、提交档案资料，并负责档案安全。",
    "Designated persons arrange, keep and submit archival material and answer for its safety.",
)
_HANDOVER = article(16).cite(
    "档案管理人员调离工作岗位时，应办妥档案交接手续。",
    "A keeper who leaves the post completes the handover of the archives.",
)
_CUSTODY = article(14).cite(
    "无法移交的档案由所属工会帮扶（服务）中心或上一级工会负责代管。",
    "archives that cannot be handed over are kept on behalf by the aid (service) centre of the union concerned or by "
    "the next higher union.",
)
_ASSET_CHECK = article(8).cite(
    "可通过社会救助家庭经济状况核对机制核查、比对帮扶对象的金融资产等拥有状况。",
    "check the financial and other assets of those helped through the verification mechanism for the "
    "economic status of families receiving social relief.",
)
_DISPOSAL = article(15).cite(
    "困难职工原始档案自撤档之日起保管10年。",
    "Original archives are kept for 10 years from the day of withdrawal.",
)
_USE = article(17).cite(
    "外单位查询档案需经档案保管单位批准，并办理有关查阅手续。",
    "An outside body that wishes to consult archives needs the approval of the keeping unit and completes the "
    "formalities.",
)
_MEDIA = AUDIO_VISUAL_WITH_PAPER
_WITHDRAWAL = article(13).cite(
    "随时脱困随时撤档",
    "withdraw on leaving difficulty",
)

_ORIGINAL_REQUIRED: tuple[Row, ...] = (
    ("application", "困难职工帮扶申请书", "Application for help", "original.file", _APPLICATION, _TEXT),
    ("identity_proof", "困难职工及家属身份证明材料", "Identity proofs", "original.file", _PROOFS, _TEXT),
    ("income_proof", "收入证明材料", "Income proofs", "original.file", _PROOFS, _TEXT),
    ("notice_proof", "公示证明材料", "Proof of public notice", "original.file", _PROOFS, _TEXT + _PHOTO),
    ("information_form", "困难职工原始信息表", "Original information form", "original.file", _INFORMATION_FORM, _TABLE),
)

_ORIGINAL_USUAL: tuple[Row, ...] = (
    ("signed_submission", "经本人签字认可的工会申报材料", "Signed submission", "original.file", _APPLICATION, _TEXT),
    ("household_register", "户口簿", "Household register", "original.file", _ADDED, _TEXT),
    ("survey_form", "入户调查表", "Home survey sheet", "original.file", _ADDED, _TABLE),
    ("survey_photo", "入户调查照片", "Home survey photograph", "original.file", _ADDED, _PHOTO),
    ("survey_video", "入户调查录像", "Home survey video", "original.file", _ADDED, _VIDEO),
    ("interview_recording", "访谈录音", "Interview recording", "original.file", _ADDED, _AUDIO),
    ("notice_photo", "公示现场照片", "Photograph of the notice as posted", "original.file", _ADDED, _PHOTO),
    ("review_minutes", "评议、审核会议记录", "Minutes of assessment", "original.file", _ADDED, _TEXT),
    ("asset_check", "家庭经济状况核对材料", "Asset check request and reply", "original.file", _ASSET_CHECK, _TEXT),
    ("medical_record", "病历、诊断证明", "Medical record", "original.file", _ADDED, _TEXT),
    ("medical_invoices", "医疗费用票据", "Medical invoices", "original.file", _ADDED, _TABLE),
    ("disability_certificate", "残疾证", "Disability certificate", "original.file", _ADDED, _TEXT),
    ("school_proof", "在校就读证明", "School proof", "original.file", _ADDED, _TEXT),
    ("labour_contract", "劳动合同", "Labour contract", "original.file", _ADDED, _TEXT),
    ("union_membership", "工会会员证明", "Union membership", "original.file", _ADDED, _TEXT),
    ("bank_card", "银行卡复印件", "Copy of bank card", "original.file", _ADDED, _TEXT),
    ("withdrawal_form", "撤档审批材料", "Withdrawal approval", "original.file", _WITHDRAWAL, _TEXT),
    ("other_original", "其他证明材料", "Other evidence", "original.file", _ADDED, ANY_FORM),
)

# Article 6 names rules, requests and replies too; a year may pass without any, so no yearly file lacks them.
_ACCOUNTING_REQUIRED: tuple[Row, ...] = (
    ("allocation_plan", "帮扶资金分配方案", "Allocation plan", "documentary.plans", _VOUCHERS, _TEXT + _TABLE),
    ("accounting_vouchers", "会计凭证", "Accounting vouchers", "enterprise.bookkeeping_vouchers", _VOUCHERS, _TABLE),
    ("bank_slips", "银行单据", "Bank slips", "enterprise.source_vouchers", _VOUCHERS, _TABLE),
    ("recipient_summary", "资金实名制汇总表", "Recipient summary", "enterprise.source_vouchers", _ACCOUNTS, _TABLE),
    ("budget", "预算报表（报告）", "Budget", "documentary.plans", _ACCOUNTS, _TABLE + _TEXT),
    ("final_accounts", "决算报表（报告）", "Final accounts", "enterprise.annual_report", _ACCOUNTS, _TABLE + _TEXT),
)

_ACCOUNTING_USUAL: tuple[Row, ...] = (
    ("fund_policies", "帮扶资金政策、规定、制度", "Fund policies", "documentary.policies", _FUND_RULES, _TEXT),
    ("ledgers", "总账、明细账", "Ledgers", "enterprise.general_ledger", _BOOKS, _TABLE),
    ("periodic_reports", "月度、季度财务报表", "Periodic reports", "enterprise.periodic_reports", _BOOKS, _TABLE),
    ("bank_statements", "银行对账单", "Bank statements", "enterprise.bank_statements", _BOOKS, _TABLE),
    ("bank_reconciliation", "银行余额调节表", "Bank reconciliation", "enterprise.bank_reconciliation", _BOOKS, _TABLE),
    ("distribution_photo", "帮扶资金发放照片", "Photograph of payout", "enterprise.source_vouchers", _BOOKS, _PHOTO),
    ("other_accounting", "其他财务材料", "Other financial papers", "enterprise.source_vouchers", _BOOKS, ANY_FORM),
)

_DOCUMENTARY_REQUIRED: tuple[Row, ...] = (
    ("minutes", "帮扶工作会议记录、纪要", "Minutes of meetings", "documentary.leadership_minutes", _MEETINGS, _TEXT),
    ("statistics", "帮扶工作报表、统计资料", "Aid statistics", "documentary.annual_statistics", _FIGURES, _TABLE),
)

_DOCUMENTARY_USUAL: tuple[Row, ...] = (
    ("policies", "帮扶工作政策、规定、制度", "Aid policies and rules", "documentary.policies", _RULES, _TEXT),
    ("requests", "请示、报告", "Requests and reports", "documentary.important_requests", _LETTERS, _TEXT),
    ("superior_replies", "上级机关批复、复函", "Replies from above", "documentary.important_requests", _LETTERS, _TEXT),
    (
        "replies_to_lower",
        "对下级的批复、复函",
        "Replies to units below",
        "documentary.replies_to_lower",
        _LETTERS,
        _TEXT,
    ),
    ("work_plan", "帮扶工作计划", "Plan of aid work", "documentary.plans", _RULES, _TEXT),
    ("work_report", "帮扶工作总结", "Report on aid work", "documentary.work_reports", _LETTERS, _TEXT),
    (
        "monthly_statistics",
        "月度、季度统计报表",
        "Periodic statistics",
        "documentary.monthly_statistics",
        _FIGURES,
        _TABLE,
    ),
    ("notices", "一般性通知", "General notices", "documentary.notices", _LETTERS, _TEXT),
    ("activity_photo", "帮扶活动照片", "Photograph of aid work", "documentary.work_reports", _MEDIA, _PHOTO),
    (
        "meeting_recording",
        "会议录音、录像",
        "Recording of a meeting",
        "documentary.meeting_records",
        _MEDIA,
        _AUDIO + _VIDEO,
    ),
    ("inspection_record", "监督检查记录", "Inspection record", "documentary.work_reports", _SUPERVISION, _TEXT),
    ("clean_up_report", "年度集中清理报告", "Yearly clean-up report", "documentary.work_reports", _CLEAN_UP, _TEXT),
    ("stocktake_report", "档案盘点报告", "Stocktake report", "documentary.work_reports", _STOCKTAKE, _TABLE),
    ("transfer_list", "档案移交清册", "Transfer list", "documentary.custody_deeds", _HANDOVER, _TABLE),
    ("custody_deed", "档案代管协议", "Deed of custody on behalf", "documentary.custody_deeds", _CUSTODY, _TEXT),
    ("appraisal_opinion", "档案鉴定意见书", "Appraisal opinion", "documentary.custody_deeds", _DISPOSAL, _TABLE),
    ("destruction_list", "档案销毁清册", "Destruction list", "documentary.custody_deeds", _DISPOSAL, _TABLE),
    (
        "certificate_counterfoil",
        "档案证明存根",
        "Certificate counterfoil",
        "documentary.work_reports",
        _USE,
        _TEXT,
    ),
    ("other_documentary", "其他日常工作材料", "Other papers of daily work", "documentary.notices", _LETTERS, ANY_FORM),
)

_ALTERNATIVES = {"application": ("signed_submission",)}


def _types(category: Category, rows: tuple[Row, ...], *, required: bool) -> tuple[DocumentType, ...]:
    return tuple(
        DocumentType(key, category, Label(zh, en), required, retention, cites, forms, _ALTERNATIVES.get(key, ()))
        for key, zh, en, retention, cites, forms in rows
    )


_TYPES: tuple[DocumentType, ...] = (
    *_types(Category.ORIGINAL, _ORIGINAL_REQUIRED, required=True),
    *_types(Category.ORIGINAL, _ORIGINAL_USUAL, required=False),
    *_types(Category.ACCOUNTING, _ACCOUNTING_REQUIRED, required=True),
    *_types(Category.ACCOUNTING, _ACCOUNTING_USUAL, required=False),
    *_types(Category.DOCUMENTARY, _DOCUMENTARY_REQUIRED, required=True),
    *_types(Category.DOCUMENTARY, _DOCUMENTARY_USUAL, required=False),
)
_BY_KEY: Mapping[str, DocumentType] = MappingProxyType({kind.key: kind for kind in _TYPES})
