"""Everything the chains can say has words; the code itself is searched, so that a new action cannot be forgotten."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import demonstration.words  # noqa: F401 - the application does not load it
from audit.words import in_words, known_actions, known_fields, known_kinds, value_words
from records.browse.history import details_of
from records.files.services import Description
from records.files.yearly import YearlyEntry
from storage.database import Base

ROOT = Path(__file__).resolve().parents[2]
NOT_DETAILS = {"unit"}
ACTION_AT = {"audit.record": 2, "audit.record_use": 2, "note_use": 0, "note_list": 0}  # where a call names its action


def recordings() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the code that writes into a chain, with the file and line it stands in."""
    for path in sorted(ROOT.glob("[!.]*/**/*.py")):
        parts = path.relative_to(ROOT).parts
        if parts[0] in {"tests", "audit"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ACTION_AT:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def actions_in(call: ast.Call) -> set[str]:
    texts = (
        node.value for node in ast.walk(call.args[ACTION_AT[ast.unparse(call.func)]]) if isinstance(node, ast.Constant)
    )
    return {text for text in texts if isinstance(text, str)}


def test_every_action_of_the_code_has_words() -> None:
    known = known_actions()
    assert not {action: where for where, call in recordings() for action in actions_in(call) if action not in known}


def test_every_detail_of_the_code_has_words() -> None:
    given = {keyword.arg: where for where, call in recordings() for keyword in call.keywords}
    named = {name for name in given if name} - {"before", "after"} - NOT_DETAILS
    assert not {name: given[name] for name in named if name not in known_fields()}


def test_every_described_field_has_words() -> None:
    written = {*Description.__dataclass_fields__, *YearlyEntry.__dataclass_fields__}
    assert written <= known_fields().keys()


def test_every_kind_of_subject_is_a_table_or_has_none() -> None:
    assert known_kinds().keys() - {"session", "demonstration"} <= set(Base.metadata.tables)


def test_no_two_rooms_call_one_thing_differently() -> None:
    in_words(actions={"file.opened": known_actions()["file.opened"]})
    with pytest.raises(ValueError, match=r"file\.opened is called 'File opened' and 'Opened'"):
        in_words(actions={"file.opened": "Opened"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("role", "keeper", "档案管理员"),
        ("form", "photo", "照片"),
        ("document_type", "income_proof", "收入证明材料"),
        ("sub_code", "04", "04 其他会计资料"),
        ("reason", "reemployed", "再就业"),
        ("size_bytes", 2048, "2.0 KB"),
        ("findings", ["encrypted"], "文件设有打开口令，请解除口令后再归档。"),
        ("findings", [], "—"),
        ("title", None, "—"),
        ("role", "of a later version", "of a later version"),
        ("outcome", "needs_review", "needs_review"),
    ],
)
def test_a_value_is_shown_as_users_read_it(app: object, name: str, value: object, said: str) -> None:
    with app.test_request_context():  # type: ignore[attr-defined]
        assert value_words(name, value) == said


def test_a_change_shows_what_stood_there_before(app: object) -> None:
    changes = [
        ("item.described", {"before": {"title": "旧"}, "after": {"title": "新"}}, ("题名", "新", "旧")),
        ("box.moved", {"before": "一库", "after": "二库"}, ("库位", "二库", "一库")),
        ("person.renamed", {"before": "周河", "after": "周大河"}, ("名称", "周大河", "周河")),
        ("loan.renewed", {"before": "2026-03-09", "due_on": "2026-03-16"}, ("期限", "2026-03-16", "2026-03-09")),
    ]
    with app.test_request_context():  # type: ignore[attr-defined]
        for action, details, told in changes:
            [detail] = details_of(action, details, {})
            assert (detail.label, detail.value, detail.before) == told
