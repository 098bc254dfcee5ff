"""What the chains say of units, in words."""

from audit.words import in_words, member
from units.models import UnitKind
from web.language import N_

in_words(
    actions={
        "unit.changed": N_("Unit changed"),
        "unit.closed": N_("Unit closed"),
        "unit.founded": N_("Unit founded"),
    },
    kinds={
        "unit": N_("Unit"),
    },
    fields={
        "code_layout": N_("Layout of codes"),
        "fonds_number": N_("Fonds number"),
        "kind": N_("Kind"),
        "on": N_("On"),
    },
    readers={
        "kind": member(UnitKind),
    },
)
