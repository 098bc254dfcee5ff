"""How a record is sorted: category, record form, carrier, access, secrecy, and the code letters that stand for them."""

from enum import StrEnum

from classification.text import LabelledEnum


class CodeLetters(StrEnum):
    """Category letters in a reference code 档号, after DA/T 13-2022 and order 13 of 2018 (机关档案管理规定)."""

    DOCUMENTARY = "WS"
    ACCOUNTING = "KU"
    HOUSEHOLD = "ZY·KN"  # a category of its own inside the specialised archives 专业档案: art. 15
    PHOTO = "ZP"
    AUDIO = "LY"
    VIDEO = "LX"


class Category(LabelledEnum):
    """The three parts of the archives on workers in difficulty: art. 6."""

    ORIGINAL = "original", "原始档案", "Original archives"
    ACCOUNTING = "accounting", "会计档案", "Accounting archives"
    DOCUMENTARY = "documentary", "文书档案", "Documentary archives"

    @property
    def letters(self) -> CodeLetters:
        """Letters of the series in which files and paper items of this category are numbered."""
        return {
            Category.ORIGINAL: CodeLetters.HOUSEHOLD,
            Category.ACCOUNTING: CodeLetters.ACCOUNTING,
            Category.DOCUMENTARY: CodeLetters.DOCUMENTARY,
        }[self]


class RecordForm(LabelledEnum):
    """The form of a record 记录形式, whatever it is carried on: art. 5."""

    TEXT = "text", "文字", "Text"
    GRAPHIC = "graphic", "图形", "Graphic"
    TABLE = "table", "表格", "Table"
    PHOTO = "photo", "照片", "Photograph"
    AUDIO = "audio", "录音", "Sound recording"
    VIDEO = "video", "录像", "Video recording"
    DATA = "data", "电子数据", "Electronic data"

    @property
    def is_audio_visual(self) -> bool:
        """Whether article 15 counts the form among 音像: photographs, sound and video recordings."""
        return self in (RecordForm.PHOTO, RecordForm.AUDIO, RecordForm.VIDEO)

    @property
    def letters(self) -> CodeLetters | None:
        """Letters of the series for audio-visual items numbered on their own; None for every other form."""
        return {
            RecordForm.PHOTO: CodeLetters.PHOTO,
            RecordForm.AUDIO: CodeLetters.AUDIO,
            RecordForm.VIDEO: CodeLetters.VIDEO,
        }.get(self)


class Carrier(LabelledEnum):
    """What the original record is on 载体; a scan of a paper original still has the carrier paper."""

    PAPER = "paper", "纸质", "Paper"
    ELECTRONIC = "electronic", "电子（原生）", "Electronic (born digital)"
    DISC = "disc", "光盘、磁盘", "Disc"
    TAPE = "tape", "磁带", "Tape"
    FILM = "film", "胶片", "Film"

    @property
    def is_electronic(self) -> bool:
        """Whether a machine is needed to read what is on it."""
        return self in (Carrier.ELECTRONIC, Carrier.DISC, Carrier.TAPE)


class AccessStatus(LabelledEnum):
    """The access mark 开放标识 of DA/T 18-2022."""

    OPEN = "open", "开放", "Open"
    CONTROLLED = "controlled", "控制", "Controlled"
    DEFERRED = "deferred", "延期开放", "Opening deferred"
    NOT_REVIEWED = "not_reviewed", "未审核", "Not yet reviewed"


class SecrecyLevel(LabelledEnum):
    """Secrecy 密级. Household files are internal, as a rule not state secrets."""

    INTERNAL = "internal", "内部", "Internal"
    SECRET = "secret", "秘密", "Secret"
    HIGHLY_SECRET = "highly_secret", "机密", "Highly secret"
    TOP_SECRET = "top_secret", "绝密", "Top secret"
