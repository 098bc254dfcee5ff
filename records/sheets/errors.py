"""What is no table that can be read, and what is no value of a cell."""

from web.language import N_, gettext
from web.rules import RuleViolation


class SheetTooLarge(RuleViolation):
    """A sheet is of a bounded size."""

    message = N_("The file is larger than {limit}. Divide it into several.")
    field = "sheet"


class UnreadableSheet(RuleViolation):
    """A sheet is an Excel workbook (.xlsx) or comma-separated text (.csv)."""

    message = N_("This is neither an Excel workbook (.xlsx) nor comma-separated text (.csv). Save it as one of them.")
    field = "sheet"


class RowTooLong(RuleViolation):
    """A row of comma-separated text ends somewhere: a quotation mark that is not closed swallows the rest."""

    message = N_(
        "A row is longer than {most} characters. Check the quotation marks and separators, or save the sheet as .xlsx."
    )
    field = "sheet"


class NotAWorkbook(RuleViolation):
    """A sheet is what its name says: text under the name of a workbook was saved by mistake."""

    message = N_(
        "“{name}” is named as an Excel workbook and is none. Save it from Excel as .xlsx; comma-separated text is "
        "named .csv."
    )
    field = "sheet"


class WorkbookTooLarge(RuleViolation):
    """What a workbook takes unpacked is bounded, and the texts in it, which are read and held all at once."""

    message = N_("Unpacked, the workbook is too large. Divide it.")
    field = "sheet"


class SheetTooWide(RuleViolation):
    """A row of a workbook has no more cells, filled or empty, than Excel can show; nor has a sheet more rows."""

    message = N_(
        "A row of the workbook has more cells than Excel can show, or the sheet has more rows. Copy what is filled "
        "into a new sheet and save that."
    )
    field = "sheet"


class CellRefused(Exception):
    """A cell cannot be read; `message` is a msgid with the named `facts`."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__()
        self.message, self.facts = message, facts

    def in_language(self, language: str) -> str:
        """The sentence in English, or else in the language of the user."""
        sentence = self.message if language == "en" else gettext(self.message)
        return sentence.format(**self.facts)
