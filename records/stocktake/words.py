"""What the chains say of stocktakes, in words."""

from audit.words import digest, in_words, member
from records.stocktake.models import Finding, Outcome, Part
from web.language import N_

in_words(
    actions={
        "stocktake.cancelled": N_("Stocktake cancelled"),
        "stocktake.closed": N_("Stocktake closed"),
        "stocktake.counted": N_("Counting ended"),
        "stocktake.extra_noted": N_("Noted as lying there without an entry"),
        "stocktake.put_back": N_("Put back in its place"),
        "stocktake.reopened": N_("Outcome of a difference taken back"),
        "stocktake.resumed": N_("Counting resumed"),
        "stocktake.scanned": N_("Scans counted"),
        "stocktake.settled": N_("Difference settled"),
        "stocktake.signatures_lapsed": N_("Signatures lapsed"),
        "stocktake.signed": N_("Stocktake report signed"),
        "stocktake.started": N_("Stocktake begun"),
        "stocktake.struck": N_("Mistaken scan struck out"),
    },
    kinds={
        "stocktake": N_("Stocktake"),
    },
    fields={
        "lines": N_("Lines"),
        "list_sha256": N_("Digest of the list"),
        "of": N_("Of"),
        "places": N_("Places"),
        "scans": N_("Scans"),
        "settled_as": N_("Outcome"),
        "stock_finding": N_("Result of the count"),
        "stocktake_part": N_("Part"),
        "witness": N_("Witness"),
    },
    readers={
        "list_sha256": digest,
        "settled_as": member(Outcome),
        "stock_finding": member(Finding),
        "stocktake_part": member(Part),
    },
)
