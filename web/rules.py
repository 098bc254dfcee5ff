"""A refusal names its rule, in the user's language, with the article (promise 8)."""

from web.language import gettext, language, ngettext


class RuleViolation(Exception):
    """Something the rules do not allow; subclasses give the sentence and the article it rests on.

    `message` is an English msgid with named fields, filled from the keyword arguments; it says what to do instead.
    `message_plural`, where given, stands in its place unless the fact that `counted` names is one; both then hold no
    percent sign. `field` names the input it belongs beside, if any.
    """

    message = ""
    message_plural: str | None = None
    counted = "count"
    article: int | None = None
    field: str | None = None
    status = 422

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def text(self) -> str:
        """The refusal in the user's language, without the article."""
        if self.message_plural is None:
            sentence = gettext(self.message)
        else:
            sentence = ngettext(self.message, self.message_plural, self._number())
        return sentence.format(**{name: _spoken(fact, language()) for name, fact in self.facts.items()})

    def __str__(self) -> str:
        spoken = {name: _spoken(fact, "en") for name, fact in self.facts.items()}
        many = self.message_plural if self.message_plural is not None and self._number() != 1 else None
        return (many or self.message).format(**spoken) + (f" (art. {self.article})" if self.article else "")

    def _number(self) -> int:
        return int(str(self.facts[self.counted]))


def _spoken(fact: object, in_words_of: str) -> object:
    """A label of the regulation becomes its words in a language; everything else stays."""
    in_language = getattr(fact, "in_language", None)
    return in_language(in_words_of) if in_language else fact


class NotVisible(Exception):
    """The row is not there, or not within the actor's scope: the same answer for both."""
