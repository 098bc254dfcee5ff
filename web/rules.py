"""A refusal names its rule, in the user's language, with the article (promise 8)."""

from web.language import gettext, language


class RuleViolation(Exception):
    """Something the rules do not allow; subclasses give the sentence and the article it rests on.

    `message` is an English msgid with named fields, filled from the keyword arguments; it says what to do instead.
    `field` names the input it belongs beside, if any.
    """

    message = ""
    article: int | None = None
    field: str | None = None
    status = 422

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def text(self) -> str:
        """The refusal in the user's language, without the article."""
        return gettext(self.message).format(**{name: _spoken(fact, language()) for name, fact in self.facts.items()})

    def __str__(self) -> str:
        spoken = {name: _spoken(fact, "en") for name, fact in self.facts.items()}
        return self.message.format(**spoken) + (f" (art. {self.article})" if self.article else "")


def _spoken(fact: object, in_words_of: str) -> object:
    """A label of the regulation becomes its words in a language; everything else stays."""
    in_language = getattr(fact, "in_language", None)
    return in_language(in_words_of) if in_language else fact


class NotVisible(Exception):
    """The row is not there, or not within the actor's scope: the same answer for both."""
