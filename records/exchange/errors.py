"""What imports refuse as a whole."""

from web.language import N_
from web.rules import RuleViolation


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
