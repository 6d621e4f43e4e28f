"""A decision table as its page shows it: columns, cells in words, hits, findings with witness and repairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from peewee import fn

from ...core.rulebook.checks import check_all
from ...core.rulebook.documents import ordered, rules_of, title_of, vocabulary_of
from ...core.rulebook.overview import LOOKED_BACK, Entry
from ...core.storage.queries import pairs
from ...core.storage.system_tables import Firing
from ...core.workspace import Workspace
from ...rules.language.errors import ClewRuleProblem, RuleError
from ...rules.language.vocabulary import Vocabulary
from ...rules.tables.cell_parser import cell_of, document_cell
from ...rules.tables.cell_texts import cell_text, examples, offers, stored
from ...rules.tables.cells import BadCell, Column, label_of
from ...rules.tables.columns import Output, column_of, output_of
from ...rules.tables.grid import TableFinding
from ...rules.tables.output_values import offered, value_of, value_text
from ...rules.tables.report import TableReport, check_table
from ...rules.wording.records import record_words
from ...rules.wording.sentences import sentence_parts, trigger_words
from ..session import english, t

_MOST_TYPED = 20_000
_HITS = {"first": ("第一条命中", "first hit"), "unique": ("唯一命中", "one hit"), "collect": ("全部命中", "all hits")}


def grid_json(ws: Workspace, document: Mapping[str, Any], unread: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the document in its order with everything the grid shows of it; a broken one is shown too."""
    known, language = vocabulary_of(ws), "en" if english() else "zh"
    document = ordered(document)
    inputs = [column_of(one, known) for one in _mappings(document.get("inputs"))]
    outputs = [output_of(one, known) for one in _mappings(document.get("outputs"))]
    told = {(one["row"], one["kind"], one["column"]) for one in unread}
    problems = [*unread, *_problems(document, known, told, inputs, outputs)]
    report = check_table(document, known) if not problems else None
    rows = list(_mappings(document.get("rows")))
    title = title_of(document)
    return {
        "document": document,
        "title": t(title.zh, title.en),
        "hit": document.get("hit", "first"),
        "hits_words": {name: t(*words) for name, words in _HITS.items()},
        "applies": _applies(document, known, language),
        "columns": columns_json(ws, inputs, outputs, language),
        "shown": [_shown(row, inputs, outputs, language) for row in rows],
        "hits": _hits(ws, str(document.get("id")), rows),
        "catch_all": bool(rows) and all(_is_any(one) for one in rows[-1].get("when") or [1]),
        "problems": problems,
        **(_findings(report, known, language) if report else {"findings": [], "unseen": []}),
        "others": _against_others(ws, document, language) if report else [],
    }


def columns_json(ws: Workspace, inputs: list[Column], outputs: list[Output], language: str) -> list[dict[str, Any]]:
    """Return the heads of the columns, with what to offer in their cells."""
    known, zh = vocabulary_of(ws), language == "zh"
    found: list[dict[str, Any]] = []
    for column in inputs:
        field = known.fields.get(column.name) if not column.derived else None
        values = (True, False) if column.kind == "bool" else column.options or (field.suggestions if field else ())
        found.append(
            {
                "kind": "input",
                "title": _head(ws, column.title, column.name, zh),
                "name": column.name,
                "offers": offers(column, values, language),
                # An amount says so itself, in every cell.
                "unit": "" if column.money else column.unit[0 if zh else 1],
                "type": column.kind,
                "hint": t("例：", "e.g. ") + t("；", "; ").join(examples(column, language)),
            }
        )
    for output in outputs:
        action = known.actions.get(output.action)
        name = output.derive or output.arg
        found.append({"kind": "output", "title": _title(output.title, name, zh), "name": name, "offers": offered(output, language), "unit": "", "type": output.spec.kind, "hint": "", "of": _title(action.title, output.action, zh) if action else ""})  # fmt: skip
    return found


def typed_in(ws: Workspace, document: dict[str, Any], typed: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the document with what people typed read as cells, and what can't be read, by cell.

    `typed` lists [row, "when" or "then", column] of the cells that hold typed text.
    """
    known, unread = vocabulary_of(ws), []
    inputs = [column_of(one, known) for one in _mappings(document.get("inputs"))]
    outputs = [output_of(one, known) for one in _mappings(document.get("outputs"))]
    for place in (typed if isinstance(typed, list) else [])[:_MOST_TYPED]:
        try:
            row, kind, column = int(place[0]), "then" if place[1] == "then" else "when", int(place[2])
            cells = document["rows"][row][kind]
            text = cells[column]
            looks_at = (inputs if kind == "when" else outputs)[column]
        except (LookupError, TypeError, ValueError):
            continue
        if not isinstance(text, str):
            continue
        try:
            if isinstance(looks_at, Output):
                cells[column] = value_of(text, looks_at)
            else:
                cell = cell_of(text, looks_at)
                cells[column] = "-" if cell.any else stored(cell, looks_at)
        except BadCell as bad:
            unread.append({"path": f"rows[{row}].{kind}[{column}]", "row": row, "kind": kind, "column": column, "text": bad.text(t("zh", "en"))})  # fmt: skip
    return document, unread


def summary_json(ws: Workspace, entry: Entry) -> dict[str, Any]:
    """Return what the list of tables says of one: size, policy, findings."""
    document = entry.open.document if entry.open is not None else entry.document
    known = vocabulary_of(ws)
    inputs = [column_of(one, known) for one in _mappings(document.get("inputs"))]
    outputs = [output_of(one, known) for one in _mappings(document.get("outputs"))]
    zh = not english()
    shape = " × ".join(_title(one.title, one.name, zh) for one in inputs)
    shape += " → " + t("、", ", ").join(_title(one.title, one.derive or one.arg, zh) for one in outputs)
    found: dict[str, int] = {}
    try:
        for one in check_table(document, known).findings:
            if one.level != "info":
                kind = "shadowed" if one.kind == "never" else one.kind
                found[kind] = found.get(kind, 0) + 1
    except RuleError as error:
        found["problems"] = len(error.problems)
    hit = str(document.get("hit") or "first")
    return {
        "shape": shape,
        "hit": t(*_HITS.get(hit, (hit, hit))),
        "size": len(document.get("rows") or ()),
        "found": found,
    }


def offered_columns(ws: Workspace) -> dict[str, Any]:
    """Return the columns one may add: facts, and actions' arguments."""
    known, zh = vocabulary_of(ws), not english()
    facts = [{"name": name, "title": _head(ws, one.title, name, zh)} for name, one in known.fields.items()]
    outputs = [
        {"action": action, "arg": arg, "title": f"{_title(spec.title, action, zh)} · {_title(one.title, arg, zh)}"}
        for action, spec in known.actions.items()
        for arg, one in spec.args.items()
    ]
    triggers = [{"name": name, "title": trigger_words(name, known, "zh" if zh else "en")} for name in sorted(known.triggers)]  # fmt: skip
    return {"facts": facts, "outputs": outputs, "triggers": triggers}


def _mappings(value: Any) -> Iterable[Mapping[str, Any]]:
    return [one if isinstance(one, Mapping) else {} for one in value] if isinstance(value, list) else []


def _title(title: tuple[str, str], name: str, zh: bool) -> str:
    return (title[0] or title[1] if zh else title[1] or title[0]) or name


def _head(ws: Workspace, title: tuple[str, str], name: str, zh: bool) -> str:
    """Return what a fact is called; where another kind has one called so, with its kind: 客户 · 地区."""
    words = _title(title, name, zh)
    kind = ws.kinds.get(name.partition(".")[0])
    if kind is None or not {*title} & vocabulary_of(ws).shared_titles:
        return words
    return f"{kind.title.zh if zh else kind.title.en} · {words}"


def _is_any(source: Any) -> bool:
    try:
        return document_cell(source, Column("")).any
    except BadCell:
        return False


def _shown(row: Mapping[str, Any], inputs: list[Column], outputs: list[Output], language: str) -> dict[str, list[str]]:
    when, then = row.get("when") or [], row.get("then") or []
    return {
        "when": [_cell(source, column, language) for source, column in zip(when, inputs, strict=False)],
        "then": [value_text(value, output, language) for value, output in zip(then, outputs, strict=False)],
    }


def _cell(source: Any, column: Column, language: str) -> str:
    try:
        return cell_text(document_cell(source, column), column, language)
    except BadCell:
        return str(source)


def _hits(ws: Workspace, code: str, rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return how often each row decided in the last 30 days."""
    ids = [f"{code}-{row.get('id')}" for row in rows]
    since = ws.clock.now() - LOOKED_BACK
    found: dict[str, int] = {}
    for start in range(0, len(ids), 500):
        query = Firing.select(Firing.rule, fn.COUNT(Firing.id)).where(
            Firing.rule.in_(ids[start : start + 500]) & (Firing.at >= since)
        )
        found |= dict(pairs(query.group_by(Firing.rule)))
    return [found.get(one, 0) for one in ids]


def _problems(
    document: Mapping[str, Any],
    known: Vocabulary,
    told: set[tuple[int, str, int]],
    inputs: list[Column],
    outputs: list[Output],
) -> list[dict[str, Any]]:
    """Return what is wrong with the document, by cell where it is a cell's; cells told of already are left out."""
    try:
        rules_of(document, known)
    except RuleError as error:
        found = [_problem(one, inputs, outputs) for one in error.problems]
        return [one for one in found if (one["row"], one["kind"], one["column"]) not in told]
    return []


def _problem(one: ClewRuleProblem, inputs: list[Column], outputs: list[Output]) -> dict[str, Any]:
    head, _, rest = one.path.removeprefix("rows[").partition("]")
    row = int(head) if one.path.startswith("rows[") and head.isdigit() else -1
    kind, _, column = rest.removeprefix(".").partition("[")
    place = column.rstrip("]")
    # What was perhaps meant is named as the cells of its column name it.
    some: list[Any] = [*inputs] if kind == "when" else [*outputs] if kind == "then" else []
    here = some[int(place)] if place.isdigit() and int(place) < len(some) else None
    labels = here.labels if isinstance(here, Column) else here.spec.labels if here is not None else {}
    meant = label_of(one.suggestion, labels, t("zh", "en")) if one.suggestion else ""
    hint = t(f"；是否想写「{meant}」？", f"; did you mean {meant!r}?") if meant else ""
    return {
        "path": "" if one.path == "document" else one.path,
        "row": row,
        "kind": kind,
        "column": int(place) if place.isdigit() else -1,
        "text": t(one.zh, one.en) + hint,
    }


def _applies(document: Mapping[str, Any], known: Vocabulary, language: str) -> str:
    """Return when the table is asked at all, as a sentence."""
    shared = {key: document[key] for key in ("trigger", "when", "title", "purpose", "valid") if key in document}
    try:
        (rule,) = rules_of({**shared, "id": "table", "derive": {"row": "1"}})
    except RuleError:
        return ""
    words = "".join(text for text, _ in sentence_parts(rule, known, language))
    return words.partition("，就" if language == "zh" else ", then ")[0]


def _findings(report: TableReport, known: Vocabulary, language: str) -> dict[str, Any]:
    zh = language == "zh"
    found = []
    for one in report.findings:
        record = record_words({**one.facts, **{f"derived.{k}": v for k, v in one.derived.items()}}, known, language)
        found.append(
            {
                "kind": one.kind,
                "level": one.level,
                "rows": list(one.rows),
                "at": one.at,
                "places": list(one.places),
                **_said(one, zh),
                "words": [word[0 if zh else 1] for word in one.words],
                "witness": record if one.facts or one.derived else "",
                "takes": one.takes,
                "repairs": [{"text": r.zh if zh else r.en, "patch": list(r.patch)} for r in one.repairs],
            }
        )
    return {"findings": found, "unseen": [t(*one) for one in report.unseen]}


def _said(one: TableFinding, zh: bool) -> dict[str, str]:
    """Return what a finding says as a head and the rest."""
    colon, text = ("：", one.zh) if zh else (": ", one.en)
    head, _, rest = text.rpartition(colon) if one.words else text.partition(colon)
    return {"text": head or text, "detail": rest if head else ""}


def _against_others(ws: Workspace, document: Mapping[str, Any], language: str) -> list[str]:
    """Return what the checks hold against the table beside the other rules, each sentence once."""
    mine = {rule.id for rule in rules_of(document)} | {str(document.get("id"))}
    found = [
        one
        for one in check_all(ws, document)
        if one.level == "error" and mine & set(one.rules) and set(one.rules) - mine
    ]
    return list(dict.fromkeys(one.zh if language == "zh" else one.en for one in found))
