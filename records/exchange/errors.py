"""What imports refuse as a whole."""

from web.language import N_
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


class NoSheet(RuleViolation):
    """An import begins with a file."""

    message = N_("Choose the file to import.")
    field = "sheet"


class SheetGone(RuleViolation):
    """A sheet holds people's data, and is kept no longer than its import needs it (PIPL art. 19)."""

    message = N_("The sheet was removed when its import was over. Its digest stays.")
    status = 410


class NotChecked(RuleViolation):
    """Only what was checked and found right is imported."""

    message = N_("This import is not ready: it was not checked, was refused, or is over.")
    status = 409


class NothingNew(RuleViolation):
    """What is there already is not imported again."""

    message = N_("Every row of this file is on record already; there is nothing to import.")
    status = 409


class NotYourImport(RuleViolation):
    """Imports belong to the unit whose keeper uploaded them."""

    message = N_("Only a keeper of {unit} imports into it.")
    article = 7
    status = 403


class NotIntoThisFile(RuleViolation):
    """Items are imported into the file that was chosen."""

    message = N_("Choose the file that the items belong into, on its page.")
    field = "kind"
