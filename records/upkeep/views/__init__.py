"""The pages of upkeep, on one blueprint."""

from records.upkeep import words
from records.upkeep.views import clean_ups, course, determinations, duties, parts, reviews
from records.upkeep.views.blueprint import upkeep

__all__ = ["clean_ups", "course", "determinations", "duties", "parts", "reviews", "upkeep", "words"]
