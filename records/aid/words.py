"""What the chains say of help received, in words."""

from audit.words import in_words, member
from records.aid.models import AidKind
from web.language import N_

in_words(
    actions={
        "aid.given": N_("Help entered"),
        "aid.struck": N_("Help struck out"),
    },
    kinds={
        "aid_record": N_("Help received"),
    },
    fields={
        "aid_kind": N_("Kind of help"),
        "amount_yuan": N_("Amount (yuan)"),
        "fund": N_("Source of the money"),
        "purpose": N_("Purpose"),
        "voucher": N_("Voucher"),
    },
    readers={
        "aid_kind": member(AidKind),
    },
)
