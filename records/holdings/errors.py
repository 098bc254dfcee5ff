"""What holdings refuse."""

from web.language import N_
from web.rules import RuleViolation


class BarcodeTaken(RuleViolation):
    """A barcode means one thing."""

    message = N_("The barcode {barcode} is already in use.")
    field = "barcode"
    status = 409


class BadBarcode(RuleViolation):
    """Barcodes are what scanners can type."""

    message = N_("A barcode has 3 to 40 letters, digits, dots or hyphens.")
    field = "barcode"


class UnknownBarcode(RuleViolation):
    """Nothing with this barcode is known, or visible to the one who scans it."""

    message = N_("Nothing here has the barcode {barcode}.")
    field = "barcode"
    status = 404


class PlaceFull(RuleViolation):
    """A place takes as many boxes as it has room for."""

    message = N_("{address} is full: it has room for {capacity} boxes. Choose another place.")
    field = "place"


class OtherUnitsPlace(RuleViolation):
    """Paper lies where its own unit keeps it."""

    message = N_("{address} belongs to {unit}. Choose a place of your own unit.")
    article = 7
    field = "place"


class BoxMixed(RuleViolation):
    """One category, year and period in one box (DA/T 22)."""

    message = N_("Box {barcode} holds {box}; this item is {item}. Choose a box of the same category, year and period.")
    field = "box"


class CopyIsOut(RuleViolation):
    """A copy with a holder is taken back before it is moved."""

    message = N_("{barcode} is with {holder}. Take it back first.")
    status = 409


class NowhereToPut(RuleViolation):
    """A paper copy is in a box or on a place; never nowhere, never in two places."""

    message = N_("Give either a box or a place.")
    field = "box"


class DuplicateBytes(RuleViolation):
    """The same bytes are kept once in a file."""

    message = N_("{name} is already in this file, as “{title}”.")
    status = 409


class EmptyFile(RuleViolation):
    """Nothing is kept of a file without content."""

    message = N_("{name} is empty.")


class FiledItemComplete(RuleViolation):
    """What is filed is not added to; what comes later is an item of its own."""

    message = N_("{code} is filed. Collect what is new as an item of its own.")


class StillPreparing(RuleViolation):
    """Files are examined before they are filed (DA/T 70, 四性检测)."""

    message = N_("{name} is still being examined. Try again in a moment.")
    status = 409


class NotUsable(RuleViolation):
    """What cannot be read later is not filed; it is kept, and waits for a readable one (DA/T 70, usability)."""

    message = N_("{name} cannot be filed: {finding} It is kept; add a readable copy and set this one aside.")


class NothingToFile(RuleViolation):
    """An item has bytes, paper, or both."""

    message = N_("There is neither a digital file nor a paper copy. Add one first.")


class PaperMissing(RuleViolation):
    """No single-carrier filing where the regulation forbids it (art. 15)."""

    message = N_("“{quote}” Register the paper copy and where it lies, then file it.")
    article = 15
    field = "box"


class PaperNotRegistered(RuleViolation):
    """A paper original is filed when it is known where it lies."""

    message = N_("The original is on paper. Register the paper copy and where it lies, then file it.")
    field = "box"
