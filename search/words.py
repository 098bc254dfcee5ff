"""What the chains say of searching, in words."""

from audit.words import in_words
from web.language import N_

in_words(
    fields={
        "words": N_("Words searched"),
    },
)
