"""The pages of the opening of files, on one blueprint."""

from records.workflow import forgetting, words
from records.workflow.views import aid, filling, lists, lodging, printing, show, steps
from records.workflow.views.blueprint import workflow

__all__ = ["aid", "filling", "forgetting", "lists", "lodging", "printing", "show", "steps", "words", "workflow"]
