"""What the chains say of the demonstration, in words."""

from audit.words import in_words
from web.language import N_

in_words(
    actions={
        "demonstration.begun": N_("Demonstration begun"),
        "demonstration.finished": N_("Demonstration finished"),
    },
    kinds={
        "demonstration": N_("Demonstration"),
    },
    fields={
        "today": N_("Today"),
    },
)
