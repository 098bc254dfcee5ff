"""What the chains say of imports, in words."""

from audit.words import in_words, member
from records.exchange.models import ImportKind
from web.language import N_

in_words(
    actions={
        "import.checked": N_("Import checked"),
        "import.completed": N_("Imported"),
        "import.discarded": N_("Import given up"),
        "import.ordered": N_("Import ordered"),
        "import.refused": N_("Import refused"),
        "import.started": N_("Sheet uploaded for import"),
    },
    kinds={
        "import_run": N_("Import"),
    },
    fields={
        "faults": N_("Faults found"),
        "import_kind": N_("What the sheet holds"),
        "known": N_("On record already"),
        "new": N_("New"),
    },
    readers={
        "import_kind": member(ImportKind),
    },
)
