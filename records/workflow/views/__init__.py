"""The pages of the opening of files, on one blueprint."""

from records.workflow import forgetting, words
from records.workflow.views import aid, filling, lists, printing, show, steps
from records.workflow.views.blueprint import workflow

__all__ = ["aid", "filling", "forgetting", "lists", "printing", "show", "steps", "words", "workflow"]
