"""Pages of lending."""

from records.lending.views import delegations, desk, loans, requests
from records.lending.views.blueprint import lending

__all__ = ["delegations", "desk", "lending", "loans", "requests"]
