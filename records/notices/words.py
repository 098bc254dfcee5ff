"""What the chains say of notices, in words."""

from audit.words import in_words
from web.language import N_

in_words(
    actions={
        "mail.ended": N_("Daily mail ended"),
        "mail.wished": N_("Daily mail wished for"),
    },
    kinds={
        "notice": N_("Notice"),
    },
)
