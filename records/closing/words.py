"""What the chains say of transfers and closings, in words."""

from audit.words import in_words, member
from records.closing.models import FamilyChange, TransferReason
from web.language import N_

in_words(
    actions={
        "custody_on_behalf.begun": N_("Custody on behalf begun"),
        "custody_on_behalf.ended": N_("Custody on behalf ended"),
        "custody_on_behalf.filed": N_("Deed of custody filed"),
        "file.merged": N_("Another file joined to it"),
        "file.moved": N_("File passed to another unit"),
        "file.split": N_("Household parted"),
        "file_transfer.accepted": N_("Transfer accepted"),
        "file_transfer.filed": N_("Transfer list filed"),
        "file_transfer.proposed": N_("Transfer offered"),
        "file_transfer.recalled": N_("Transfer taken back"),
        "file_transfer.refused": N_("Transfer refused"),
        "lodged_copy.moved": N_("Lodged copy moved to another centre"),
        "unit_closing.begun": N_("Closing of a unit begun"),
        "unit_closing.completed": N_("Closing of a unit completed"),
        "unit_closing.filed": N_("Transfer list of a unit filed"),
        "unit_closing.given_up": N_("Closing of a unit given up"),
        "unit_closing.sets_offered": N_("Lodged sets offered to another unit"),
        "unit_closing.sets_recalled": N_("Lodged sets offered no longer"),
        "unit_closing.sets_refused": N_("Lodged sets refused"),
        "unit_closing.sets_taken": N_("Lodged sets taken by another unit"),
    },
    kinds={
        "custody_on_behalf": N_("Custody on behalf"),
        "file_transfer": N_("Transfer"),
        "unit_closing": N_("Closing of a unit"),
    },
    fields={
        "determination": N_("New determination"),
        "owner": N_("Owner of record"),
        "roles": N_("Roles ended"),
        "spot": N_("Place of the paper file"),
        "to_unit": N_("Receiving unit"),
        "unit_name": N_("Unit"),
        "why": N_("Occasion"),
    },
    readers={
        "reason": member(TransferReason),
        "why": member(FamilyChange),
    },
)
