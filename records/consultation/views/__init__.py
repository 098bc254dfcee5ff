"""The pages of consultation, on one blueprint."""

from records.consultation import forgetting, words
from records.consultation.views import cases, certificates, inquirers, readings, redactions
from records.consultation.views.blueprint import consultation

__all__ = ["cases", "certificates", "consultation", "forgetting", "inquirers", "readings", "redactions", "words"]
