"""The pages of supervision, on one blueprint."""

from records.supervision import words
from records.supervision.views import incidents, inspections
from records.supervision.views.blueprint import supervision

__all__ = ["incidents", "inspections", "supervision", "words"]
