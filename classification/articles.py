"""The 21 articles of 渝工办发〔2016〕90号, on the archives of workers in difficulty, and how they are cited."""

from dataclasses import dataclass
from datetime import date

from classification.text import Label

REGULATION = Label("渝工办发〔2016〕90号", "Measures 90/2016, Chongqing Federation of Trade Unions")
TITLE = Label("困难职工档案管理办法", "Measures for the Management of Archives on Workers in Difficulty")
PUBLISHED_ON = date(2016, 12, 26)


@dataclass(frozen=True)
class Citation:
    """A place in a legal instrument, fit to stand beside a refusal or a date.

    `instrument` is the Chinese name or number of the instrument, `article` the place in it ("15", "附表一第1项"),
    `label` the whole citation in both languages, `quote_zh` the words relied on, where they are quoted, and `quote_en`
    their rendering without legal effect.
    """

    instrument: str
    article: str
    label: Label
    quote_zh: str | None = None
    quote_en: str | None = None

    @property
    def quote(self) -> Label:
        """The words relied on; for readers of English with their rendering beside them. Empty where none are."""
        zh = self.quote_zh or ""
        return Label(zh, f"{zh} ({self.quote_en})" if self.quote_en else zh)


@dataclass(frozen=True)
class Article:
    """One article of the regulation: the Chinese text in force, and an English rendering without legal effect."""

    number: int
    zh: str
    en: str
    in_force_from: date = PUBLISHED_ON  # art. 21: from the day of publication

    @property
    def label(self) -> Label:
        """第十五条, Article 15."""
        return Label(f"第{_chinese_numeral(self.number)}条", f"Article {self.number}")

    def cite(self, quote_zh: str | None = None, quote_en: str | None = None) -> Citation:
        """This article as a citation; raises ValueError if the words quoted are not in it, or not in its rendering."""
        for quoted, text in ((quote_zh, self.zh), (quote_en, self.en)):
            if quoted is not None and quoted not in text:
                raise ValueError(f"Article {self.number} does not contain {quoted!r}.")
        return Citation(
            instrument=REGULATION.zh,
            article=str(self.number),
            label=Label(f"{REGULATION.zh}{self.label.zh}", f"{REGULATION.en}, art. {self.number}"),
            quote_zh=quote_zh,
            quote_en=quote_en,
        )


def article(number: int) -> Article:
    """Article `number` of the regulation, 1 to 21; raises LookupError for any other number."""
    if not 1 <= number <= len(ARTICLES):
        raise LookupError(f"The regulation has no article {number}.")
    return ARTICLES[number - 1]


def article_label(number: int | str) -> Label:
    """第十五条, Article 15; raises LookupError for an article that the regulation does not have."""
    return article(int(number)).label


def _chinese_numeral(number: int) -> str:
    tens, units = divmod(number, 10)
    digits = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
    return ("" if tens <= 1 else digits[tens]) + ("十" if tens else "") + digits[units]


ARTICLES: tuple[Article, ...] = (
    Article(
        number=1,
        zh=(
            "为进一步加强和完善工会困难职工档案（以下简称档案）建立、管理工作，全面、真实、及时地掌握困难职工家庭的生"
            "活状况，使困难职工档案在对困难职工精准帮扶、解困脱困中发挥基础性作用，特制定本办法。"
        ),
        en=(
            "These measures are made to improve how unions establish and manage the archives on workers in "
            "difficulty (hereafter: archives), so that the living conditions of their households are known fully, "
            "truthfully and in time, and the archives become the basis of precise help and of leading them out of "
            "difficulty."
        ),
    ),
    Article(
        number=2,
        zh="本办法适用于各级工会组织对困难职工家庭开展帮扶工作中形成的档案的管理。",
        en=(
            "These measures apply to the archives that unions at every level form when helping the households of "
            "workers in difficulty."
        ),
    ),
    Article(
        number=3,
        zh=(
            "困难职工家庭包括：连续6个月以上家庭实际人均收入低于当地最低生活保障标准，未经政府救助，生活特别困难的职"
            "工家庭；家庭人均收入低于当地最低生活保障标准，经政府救助后仍生活困难的职工家庭；家庭人均收入略高于当地最"
            "低生活保障标准（我市目前的标准为最低生活保障线上浮20%以内），但由于患病、子女上学、残疾、单亲及其他特殊"
            "原因造成生活困难的职工家庭；家庭人均收入在当地最低生活保障标准3倍（含）以内，但由于遭受突发事件、意外伤"
            "害、重大疾病及其他原因导致生活困难的职工家庭；加入工会组织、按务工地标准且符合上述条件之一的农民工家庭。"
        ),
        en=(
            "Households of workers in difficulty are: those whose real income per head has been below the local "
            "minimum-living standard for at least 6 months on end, without government relief, and whose life is very "
            "hard; those whose income per head is below that standard and whose life is still hard after relief; "
            "those whose income per head is slightly above it (in this city at present: by up to 20 %) but who are "
            "in difficulty through illness, children's schooling, disability, single parenthood or another special "
            "cause; those whose income per head is up to and including 3 times the standard but who are in "
            "difficulty through a sudden event, accidental injury, serious illness or another cause; and households "
            "of migrant workers who have joined a union and meet one of these conditions by the standard of their "
            "place of work."
        ),
    ),
    Article(
        number=4,
        zh=(
            "具有下列情形之一的职工家庭，不建立档案：拥有2套（含）以上住宅的；拥有商业店铺或雇佣他人从事经营活动的；"
            "子女进入高收费私立学校或自费出国留学的；非受雇佣经常使用机动车辆、船舶、工程机械以及大型农机具的。"
        ),
        en=(
            "No archive is established for a household that owns 2 or more homes; owns a shop or hires others to run "
            "a business; has children in high-fee private schools or studying abroad at its own expense; or "
            "regularly uses motor vehicles, ships, construction machines or large farm machines other than as an "
            "employee."
        ),
    ),
    Article(
        number=5,
        zh=(
            "本办法所称档案是指各级工会组织在对困难职工家庭开展帮扶工作中形成的具有保存价值的文字、图表、音像（照片、"
            "录音、录像）、电子数据等不同形式和载体的历史记录。"
        ),
        en=(
            "Archives here are historical records of lasting value, in any form and on any carrier, formed by unions "
            "at every level while helping households of workers in difficulty: text, charts, audio-visual records "
            "(photographs, sound and video recordings) and electronic data."
        ),
    ),
    Article(
        number=6,
        zh=(
            "档案由下列三部分组成：\n"
            "（一）困难职工原始档案。主要内容包括：困难职工帮扶申请书或经本人签字认可的基层单位工会帮扶申报材料；困难"
            "职工及有关家属身份证明材料、收入证明材料、公示证明材料；困难职工原始信息表（应与工会帮扶工作管理系统中电"
            "子档案保持一致）。各地也可根据实际需要增加档案内容。\n"
            "（二）按财务制度管理的档案。有关中央财政专项帮扶资金、地方财政配套资金、用于帮扶救助的工会经费以及其它资"
            "金的政策、规定、制度等；帮扶资金的分配方案、会计凭证、银行单据等；中央财政专项帮扶资金实名制汇总表、预决"
            "算报表（报告）等。\n"
            "（三）日常帮扶工作档案。帮扶工作政策、规定、制度；帮扶工作会议记录、纪要；帮扶工作有关请示、报告及上级机"
            "关的批复、复函；帮扶工作有关报表和数据统计资料等。"
        ),
        en=(
            "Archives consist of three parts.\n"
            "(1) Original archives: chiefly the application for help, or the workplace union's submission "
            "acknowledged by the person's signature; identity proofs of the worker and of the relatives concerned, "
            "income proofs, and proof of public notice; the original information form, which must agree with the "
            "electronic file in the union aid system. Localities may add further contents as needed.\n"
            "(2) Archives managed under the financial rules: policies, provisions and rules on the central special "
            "aid fund, local matching funds, union funds used for help, and other funds; plans for allocating aid "
            "funds, accounting vouchers, bank slips; the named-recipient summary of the central special aid fund, "
            "budgets and final accounts.\n"
            "(3) Archives of daily aid work: policies, provisions and rules; minutes and summaries of meetings; "
            "requests and reports, and the replies of superior bodies; statements and statistics."
        ),
    ),
    Article(
        number=7,
        zh=(
            "档案管理工作实行统一领导、分级负责、动态管理。各级工会档案工作接受上级工会、本级工会及档案管理部门的指导"
            "和监督。"
        ),
        en=(
            "Archives are managed under unified leadership, with responsibility at each level, and dynamically. The "
            "archives work of every union is guided and supervised by the superior union, the union of the same "
            "level and the archives authority."
        ),
    ),
    Article(
        number=8,
        zh=(
            "坚持属地管理的原则。与用人单位建立劳动关系的困难职工，由用人单位工会负责建立档案。灵活就业人员，由街道（"
            "社区）工会负责建立档案；如街道（社区）尚未成立工会，由上一级工会或县级（含）以上工会帮扶（服务）中心负责"
            "建立档案。有条件的县级（含）以上工会，可通过社会救助家庭经济状况核对机制核查、比对帮扶对象的金融资产等拥"
            "有状况。"
        ),
        en=(
            "Archives are managed locally. For a worker with an employment relationship the employer's union "
            "establishes the archive. For a person in flexible employment the street (community) union does; where "
            "none exists yet, the next higher union or the aid (service) centre of a union at county level or above. "
            "Unions at county level or above may, where conditions allow, check the financial and other assets of "
            "those helped through the verification mechanism for the economic status of families receiving social "
            "relief."
        ),
    ),
    Article(
        number=9,
        zh=(
            "与原用人单位解除劳动关系的失业人员，在领取失业金期间符合建档条件的，由街道（社区）工会负责建立档案；如街"
            "道（社区）尚未成立工会，由上一级工会或县级（含）以上工会帮扶（服务）中心负责建立档案；重新就业后仍符合建"
            "档条件的，由新用人单位工会重新认定并负责建立档案。"
        ),
        en=(
            "For an unemployed person whose employment relationship has ended and who meets the conditions while "
            "drawing unemployment benefit, the street (community) union establishes the archive; where none exists "
            "yet, the next higher union or the aid (service) centre of a union at county level or above. If the "
            "person is employed again and still meets the conditions, the new employer's union determines this "
            "afresh and establishes the archive."
        ),
    ),
    Article(
        number=10,
        zh="已实行社会化管理的退休人员，原则上不再纳入建档范围。",
        en="Retirees already under socialised management are in principle no longer included.",
    ),
    Article(
        number=11,
        zh="坚持一户一档案，避免重复建档、重复统计。",
        en="One household has one archive; nothing is established or counted twice.",
    ),
    Article(
        number=12,
        zh=(
            "按照建档工会入户调查摸底或职工个人申报、审批对象公示、建档工会核实、上级工会复核、县级（含）以上工会帮扶"
            "（服务）中心备案的程序，建立困难职工原始档案。基层工会建立的困难职工原始档案副本需报县级（含）以上工会帮"
            "扶（服务）中心备案。县级（含）以上工会帮扶（服务）中心建立的困难职工原始档案由本级工会帮扶（服务）中心或"
            "本级工会管理。县级（含）以上工会帮扶（服务）中心对基层工会建立的原始档案进行严格复核，对不符合要求的档案"
            "应及时退回原建档单位。"
        ),
        en=(
            "An original archive is established in this order: home survey by the establishing union or the worker's "
            "own application, public notice, verification by the establishing union, review by the superior union, "
            "and lodgement with the aid (service) centre of a union at county level or above. A duplicate of every "
            "original archive of a base-level union is lodged with that centre. Original archives established by "
            "such a centre are managed by it or by the union of the same level. The centre reviews the original "
            "archives of base-level unions strictly and returns at once to the establishing unit those that do not "
            "meet the requirements."
        ),
    ),
    Article(
        number=13,
        zh=(
            "各建档单位对档案实行动态管理。做到随时发现随时录入，随时变化随时调整，随时脱困随时撤档。做到纸质档案与电"
            "子档案保持同步，一种档案发生变化时，另一种档案应不晚于30个工作日完成同步工作。做到每年对档案至少进行一次"
            "集中清理。"
        ),
        en=(
            "Every establishing unit manages its archives dynamically: enter on discovery, adjust on change, "
            "withdraw on leaving difficulty. Paper and electronic archives are kept in step: when one changes, the "
            "other follows within 30 working days at the latest. The archives are cleaned up centrally at least once "
            "a year."
        ),
    ),
    Article(
        number=14,
        zh=(
            "原用人单位被撤消，其单位工会应及时将档案移交到职工所在的新用人单位工会或街道（社区）工会，无法移交的档案"
            "由所属工会帮扶（服务）中心或上一级工会负责代管。"
        ),
        en=(
            "When an employer is abolished, its union hands the archives over in time to the union of the worker's "
            "new employer or to the street (community) union; archives that cannot be handed over are kept on behalf "
            "by the aid (service) centre of the union concerned or by the next higher union."
        ),
    ),
    Article(
        number=15,
        zh=(
            "档案按保管期限和要求分类管理。按财务制度管理的有关档案，应根据会计档案归档要求进行归档整理。其他档案均按"
            "文书档案归档要求，独立设置类别归档整理。困难职工原始档案自撤档之日起保管10年。音像（照片、录音、录像）等"
            "特殊载体类档案应与纸质文件材料同时归档，档案保管期限相同。具有永久保存价值的电子文本、图形、数据表格归档"
            "时，应同时生成纸质文件材料一并归档保存。"
        ),
        en=(
            "Archives are managed by retention period and requirement. Those under the financial rules are arranged "
            "and filed as accounting archives. All others are arranged and filed as documentary archives in a "
            "category of their own. Original archives are kept for 10 years from the day of withdrawal. Records on "
            "special carriers, such as audio-visual ones (photographs, sound and video recordings), are filed "
            "together with the paper records and kept for the same period. When electronic texts, graphics and data "
            "tables of permanent value are filed, a paper record is made and filed with them."
        ),
    ),
    Article(
        number=16,
        zh="应安排专人负责整理、保管、提交档案资料，并负责档案安全。档案管理人员调离工作岗位时，应办妥档案交接手续。",
        en=(
            "Designated persons arrange, keep and submit archival material and answer for its safety. A keeper who "
            "leaves the post completes the handover of the archives."
        ),
    ),
    Article(
        number=17,
        zh=(
            "建立健全档案借阅、查询、使用制度，做好档案保密工作。档案一般用于工会系统工作查阅，不予外借。外单位查询档"
            "案需经档案保管单位批准，并办理有关查阅手续。查询者应严格遵守查档规定和保密制度，不得泄露或擅自对外公布档"
            "案内容。"
        ),
        en=(
            "Rules for lending, consulting and using archives are established and secrecy is kept. Archives "
            "generally serve the work of the unions and are not lent outside. An outside body that wishes to consult "
            "archives needs the approval of the keeping unit and completes the formalities. Inquirers strictly "
            "observe the rules of consultation and secrecy and may neither disclose nor publish the content of "
            "archives without authority."
        ),
    ),
    Article(
        number=18,
        zh=(
            "加大档案信息化工作软硬件投入，加强档案信息的收集、管理、使用和安全等方面的建设，进一步提升档案信息共享和"
            "精准帮扶的效果。"
        ),
        en=(
            "More is invested in hardware and software for archives; the collection, management, use and security of "
            "archival information are strengthened, so that it is shared better and help becomes more precise."
        ),
    ),
    Article(
        number=19,
        zh="对擅自损毁、涂改、伪造档案和因工作失职造成档案损毁、丢失的，应按照有关规定查处。",
        en=(
            "Whoever damages, alters or forges archives without authority, or causes their damage or loss through "
            "neglect of duty, is dealt with under the rules that apply."
        ),
    ),
    Article(
        number=20,
        zh="各区县（自治县）总工会根据本办法的规定，结合本地实际，制定具体实施细则。",
        en=(
            "The federations of trade unions of the districts and counties make detailed rules under these measures "
            "that suit local conditions."
        ),
    ),
    Article(
        number=21,
        zh=(
            "本办法自公布之日起执行，《中华全国总工会办公厅关于建立困难职工档案制度暂行办法》（总工办发〔2006〕36号）"
            "同时废止。凡过去文件规定与本办法不一致的，以本办法为准。"
        ),
        en=(
            "These measures apply from the day of publication; the Interim Measures of the General Office of the "
            "All-China Federation of Trade Unions on the System of Archives on Workers in Difficulty (总工办发〔2006"
            "〕36号) are repealed at the same time. Where earlier documents differ from these measures, these "
            "measures prevail."
        ),
    ),
)

AUDIO_VISUAL_WITH_PAPER = article(15).cite(
    "音像（照片、录音、录像）等特殊载体类档案应与纸质文件材料同时归档，档案保管期限相同。",
    "Records on special carriers, such as audio-visual ones (photographs, sound and video recordings), are filed "
    "together with the paper records and kept for the same period.",
)
PERMANENT_ELECTRONIC_ON_PAPER = article(15).cite(
    "具有永久保存价值的电子文本、图形、数据表格归档时，应同时生成纸质文件材料一并归档保存。",
    "When electronic texts, graphics and data tables of permanent value are filed, a paper record is made and filed "
    "with them.",
)
