"""Pages of lending."""

from records.lending import whole, words
from records.lending.views import calling_back, delegations, desk, loans, requests
from records.lending.views.blueprint import lending

__all__ = ["calling_back", "delegations", "desk", "lending", "loans", "requests", "whole", "words"]
