"""The pages that look across all stages, on one blueprint."""

# The first two show no page: they register what a rule would change, and how the versions of a household are told.
import records.browse.rule_effects
import records.browse.versions  # noqa: F401
from records.browse.views import (
    chains,
    custody,
    evidence,
    files,
    items,
    paper,
    queries,
    regulation,
    statistics,
    workbench,
)
from records.browse.views.blueprint import browse

__all__ = [
    "browse", "chains", "custody", "evidence", "files", "items", "paper", "queries", "regulation", "statistics",
    "workbench",
]  # fmt: skip
