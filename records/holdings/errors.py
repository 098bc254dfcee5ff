"""What holdings refuse."""

from web.language import N_
from web.rules import RuleViolation


class BarcodeIsCard(RuleViolation):
    """A scan means one thing: a person, or a thing."""

    message = N_("{barcode} is the number of {name}'s card. Use another barcode.")
    field = "barcode"
    status = 409


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


class UnknownMoved(UnknownBarcode):
    """What is moved is a box or a paper copy of the unit."""

    message = N_("No box and no paper copy of your unit has the barcode {barcode}.")
    field = "moved"


class UnknownSpot(UnknownBarcode):
    """Paper is put where a box or a place is known by the barcode that was scanned."""

    message = N_("No box and no place of your unit has the barcode {barcode}.")
    field = "spot"


class PlaceNameTaken(RuleViolation):
    """A place is told from its neighbours by its name."""

    message = N_("There already is a place named {name} here.")
    field = "name"


class RepositoryInside(RuleViolation):
    """A repository is the root of its places."""

    message = N_("A repository is not part of another place. Choose row, bay, level or cabinet.")
    field = "kind"


class NothingFitsBox(RuleViolation):
    """A box is for items that exist: each part of the archives has periods of its own (art. 15)."""

    message = N_("No item of this category has this period. Periods that fit: {periods}.")
    article = 15
    field = "period"


class BoxOnAPlace(RuleViolation):
    """Boxes stand on places, not in one another."""

    message = N_("{barcode} is a box. A box stands on a place: scan the barcode of the place.")
    field = "spot"


class PlaceFull(RuleViolation):
    """A place takes as many boxes as it has room for."""

    message = N_("{address} is full: it has room for {capacity} boxes. Choose another place.")
    field = "spot"


class PlaceTooNarrow(RuleViolation):
    """The spines of the boxes on a shelf fit its width."""

    message = N_("{address} has {left} mm left, the box needs {spine} mm. Choose another place.")
    field = "spot"


class PlaceClosed(RuleViolation):
    """A shelf that is out of use takes no further boxes and no loose paper."""

    message = N_("{address} takes nothing more: {reason}. Choose another place.")
    field = "spot"


class MoveChanged(RuleViolation):
    """What is moved is what the preview showed."""

    message = N_("Boxes or shelves have changed since the preview. Look at it again, then move.")
    status = 409


class NothingToMove(RuleViolation):
    """Something is moved, and to somewhere else."""

    message = N_("Nothing there can be moved to {address}. Choose boxes and another place.")
    field = "spot"


class MovedIntoItself(RuleViolation):
    """A bay is moved to somewhere else."""

    message = N_("{address} is the place itself or lies in it. Choose another place.")
    field = "spot"


class OtherUnitsPlace(RuleViolation):
    """Paper lies where its own unit keeps it."""

    message = N_("{address} belongs to {unit}. Choose a place of your own unit.")
    article = 7
    field = "spot"


class TooManyPlaces(RuleViolation):
    """One step makes what can still be looked through before it is saved."""

    message = N_("That would be {number} places; at most {limit} are made in one step.")
    field = "levels"


class NoPlacesAsked(RuleViolation):
    """A range has at least one place."""

    message = N_("Give the number of rows, bays or levels.")
    field = "rows"


class OneBarcodeOneBox(RuleViolation):
    """A barcode given by hand is that of one box."""

    message = N_("One barcode is for one box. Leave it empty to have one made for each.")
    field = "barcode"


class BoxMixed(RuleViolation):
    """One category, year and period in one box (DA/T 22)."""

    message = N_("Box {barcode} holds {box}; this item is {item}. Choose a box of the same category, year and period.")
    field = "spot"


class BoxRetired(RuleViolation):
    """What was merged into another box is no longer used."""

    message = N_("{barcode} was merged into {into} on {on}. Use that one.")
    field = "spot"
    status = 409


class BoxIsOut(RuleViolation):
    """A box on loan is not where it would be moved from."""

    message = N_("Box {barcode} is with {holder} until {due_on}. Take it back first.")
    article = 17
    status = 409


class SameBox(RuleViolation):
    """A box takes the papers of another one."""

    message = N_("{barcode} is this box itself. Scan the box that takes its papers.")
    field = "spot"


class BoxesDiffer(RuleViolation):
    """One category, year and period in one box."""

    message = N_("{barcode} holds {own}, {into} holds {other}. Merge boxes of the same category, year and period.")
    field = "spot"


class BoxesOfTwoKeepers(RuleViolation):
    """Custody passes by a handover, not by putting paper into another box."""

    message = N_("{keeper} answers for {barcode}, {other} for {into}. Hand one of them over first.")
    article = 16
    field = "spot"


class BoxHoldsOthers(RuleViolation):
    """What went to another unit is fetched by it, not put elsewhere."""

    message = N_("Box {barcode} holds paper of {unit}, which has not fetched it yet. Have it fetched first.")
    article = 14
    field = "spot"


class MergeChanged(RuleViolation):
    """Boxes are merged as they were looked through."""

    message = N_("What lies in the box has changed since the preview. Look at it again, then merge.")
    status = 409


class CopyIsOut(RuleViolation):
    """A copy with a holder is taken back before it is moved."""

    message = N_("{barcode} is with {holder}. Take it back first.")
    field = "moved"
    status = 409


class CopyBeingRead(RuleViolation):
    """One paper has one holder: what an outside reader was given is with that reader until it is given back."""

    message = N_("{barcode} is with the reader of {case} at the counter. Note there that it was given back first.")
    article = 17
    field = "moved"
    status = 409


class CopyDestroyed(RuleViolation):
    """What was destroyed is nowhere and with nobody; its barcode is never used again."""

    message = N_("{barcode} was destroyed on {on} under {list}.")
    article = 15
    field = "barcode"
    status = 409


class NowhereToPut(RuleViolation):
    """A paper copy is in a box or on a place; never nowhere, never in two places."""

    message = N_("Scan the box or the place where it lies.")
    field = "spot"


class RecordFiledAlready(RuleViolation):
    """The printed record of a case is filed once."""

    message = N_("The record of {number} is already filed as {code}.")
    status = 409


class WrongPlaceForDeed(RuleViolation):
    """A printed deed lies where permanent records of the year lie."""

    article = 15
    message = N_(
        "Box {barcode} holds {held}; the list belongs into a box of documentary archives of {year}, permanent, or on a "
        "place."
    )
    field = "spot"


class DuplicateBytes(RuleViolation):
    """The same bytes are kept once in a file."""

    message = N_("{name} is already in this file, as “{title}”.")
    status = 409


class EmptyFile(RuleViolation):
    """Nothing is kept of a file without content."""

    message = N_("{name} is empty. Nothing was kept; check the original.")
    field = "upload"


class FileTooLarge(RuleViolation):
    """A file has a largest size, set for the installation."""

    message = N_("{name} is larger than {limit}, the most that is taken. Ask the system administrator.")
    field = "upload"
    status = 413


class CutShort(RuleViolation):
    """What arrived is not the whole file."""

    message = N_("Only a part of {name} arrived. Nothing was kept; send it again.")
    field = "upload"
    status = 400


class StoreFailed(RuleViolation):
    """What could not be stored and read back is not acknowledged (promise 1)."""

    message = N_(
        "{name} could not be stored safely, so nothing of it was kept. Send it again; if that does not help, "
        "tell the system administrator."
    )
    status = 503


class StoreUnreadable(RuleViolation):
    """What is on record does not come out of the store: its bytes are gone, or the store does not answer."""

    message = N_("{name} cannot be read from the store. Try again; if it stays so, tell the system administrator.")
    status = 503


class FieldsWrong(RuleViolation):
    """What all files of a batch have in common is entered before they are sent."""

    message = N_("Check the fields above. {reasons}")


class NoFileSent(RuleViolation):
    """There is something to take in."""

    message = N_("Choose one or more files first.")
    field = "files"


class PaperHasItsPath(RuleViolation):
    """Where paper was is never erased; it is filed with the item it belongs to."""

    message = N_(
        "The paper copy {barcode} is registered here, and its path is never erased. "
        "Correct the description of the item instead, and file it."
    )
    status = 409


class FiledItemComplete(RuleViolation):
    """What is filed is not added to; what comes later is an item of its own."""

    message = N_("{code} is filed. Collect what is new as an item of its own.")
    status = 409


class ElectronicMissing(RuleViolation):
    """The electronic side has followed a paper once its digital file is there."""

    message = N_("Still without a digital file: {titles}. Add the scan on the page of each, then close the duty.")
    article = 13
    field = "evidence"


class PaperNotThere(RuleViolation):
    """The paper has followed a digital file once it is registered."""

    message = N_("Still without registered paper: {titles}. Register it on the page of each, then close the duty.")
    article = 13
    field = "evidence"


class PaperIsOut(RuleViolation):
    """Paper that is with somebody has followed nothing; it is changed once it is back (art. 13, 17)."""

    message = N_("Paper of this file is on loan: {barcodes}. Take it back and let it follow, then close the duty.")
    article = 13
    status = 409


class LentProof(RuleViolation):
    """A copy that is with somebody cannot be looked at, and proves nothing (art. 13)."""

    message = N_("{barcode} is on loan and proves nothing now. Name another paper or item, or take it back first.")
    article = 13
    field = "evidence_code"


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


class PaperNotRegistered(RuleViolation):
    """A paper original is filed when it is known where it lies."""

    message = N_("The original is on paper. Register the paper copy and where it lies, then file it.")


class NotFoundYet(RuleViolation):
    """What is missing is found before it is put somewhere."""

    message = N_("{barcode} is missing under {case}. Where it is at hand, note it found there first.")
    article = 19
    field = "spot"
    status = 409


class DamageCaseOpen(RuleViolation):
    """What a case holds to be damaged is so until somebody has judged the case (art. 19)."""

    message = N_(
        "{barcode} is damaged by {case}, which is open. Once the case is closed with its result, as after the repair, "
        "note the condition."
    )
    article = 19
    field = "condition"
    status = 409


class DamagedBefore(RuleViolation):
    """Damage on record does not vanish by a return; its repair is noted with its reason (art. 17, 19)."""

    message = N_(
        "{barcode} was on record as damaged. Take it back as it went; where it was repaired, note that on its page."
    )
    article = 19
    field = "condition"
    status = 409


class MissingAlready(RuleViolation):
    """A paper copy is missing under one case at a time."""

    message = N_("{barcode} is reported missing already, under {case}.")
    article = 19
    field = "codes"
    status = 409
