"""Checks of each rule by itself, on each event it listens to: can it fire, must it, and do its parts matter?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..boxes.values import solve
from ..language.conditions import All, AnyOf, Condition, Leaf, Not, leaves
from ..language.documents import Rule
from ..wording.conditions import conjuncts
from ..wording.sentences import clause_words
from .alternatives import FACT, Var, Want, var_of
from .finding import Repair, pointer
from .records import Shape
from .report import Report, name_of
from .texts import check_texts
from .validity import is_ever_in_force
from .witnesses import FACT_ONLY, Record, Search, wants_of

_MOST_ITEMS = 30


def check_single(report: Report) -> None:
    """Find rules that never fire, always fire, say a thing twice, or say what nobody can know."""
    for rule in report.rules:
        if not is_ever_in_force(rule, report):
            continue
        events = [event for event in rule.trigger if event in report.vocabulary.triggers]
        searches = {event: report.bench.first(rule, event) for event in events}
        if events and _can_fire(rule, searches, report):
            _check_always(rule, searches, report)
            _check_parts(rule, searches, report)
        check_texts(rule, searches, report)


def _can_fire(rule: Rule, searches: dict[str, Search], report: Report) -> bool:
    """Return whether the rule can fire on some event, as far as is known; say so where it can't."""
    dead = [event for event, search in searches.items() if search.impossible and search.near is None]
    if len(dead) == len(searches):
        _never(rule, dead[0], report)
        return False
    for event in dead:
        _never_on(rule, event, report)
    shadowed = [event for event, search in searches.items() if search.impossible and search.near is not None]
    if shadowed and len(shadowed) + len(dead) == len(searches):
        _shadowed(rule, searches[shadowed[0]], report)
        return False
    if not any(search.record or search.near for search in searches.values()):
        zh, en = name_of(rule)
        report.add(
            "unseen",
            "info",
            [rule],
            f"没有找到能触发规则{zh}的记录，也不能证明没有；请用一条真实线索试算",
            f"no record was found that sets off rule {en}, nor a proof that there is none; try it on a real lead",
            path="when",
            event=next(iter(searches)),
        )
    return True


def _never(rule: Rule, event: str, report: Report) -> None:
    zh, en = name_of(rule)
    unknown = sorted(
        {one.name for one in leaves(rule.when) if one.derived and (event, one.name) not in report.bench.derivers}
    )
    if unknown:
        report.add(
            "derived_unknown",
            "error",
            [rule],
            f"规则{zh}等待事实「{unknown[0]}」，但没有规则在同一事件中推导它，所以永远不会触发；请补上推导它的规则",
            f"rule {en} waits for the fact “{unknown[0]}”, which no rule derives on that event, so it never fires; "
            "add a rule that derives it",
            path=_path_of_derived(rule.when, "when", unknown[0]),
            event=event,
            record=report.bench.evaluate(event, {}, report.bench.now),
        )
        return
    report.add(
        "never_true",
        # A row that never holds does no harm: the others decide.
        "error" if rule.table is None else "warning",
        [rule],
        f"规则{zh}的条件互相矛盾，任何记录都不会满足；请删去其中一条",
        f"the conditions of rule {en} contradict each other, so no record ever meets them; remove one of them",
        path="when" if not rule.match else "match",
        event=event,
        record=_near_miss(rule, event, report),
        repairs=_without_a_clause(rule, event, report),
    )


def _path_of_derived(condition: Condition, path: str, name: str) -> str:
    for part, where in _walk(condition, path):
        if isinstance(part, Leaf) and part.derived and part.name == name:
            return where
    return path


def _walk(condition: Condition, path: str) -> Iterator[tuple[Condition, str]]:
    """Yield each part of a condition with its path."""
    yield condition, path
    if isinstance(condition, Not):
        yield from _walk(condition.item, f"{path}.not")
    elif isinstance(condition, All | AnyOf):
        kind = "all" if isinstance(condition, All) else "any"
        for index, item in enumerate(condition.items):
            yield from _walk(item, f"{path}.{kind}[{index}]")


def _parts(rule: Rule) -> list[tuple[Condition, str]]:
    return list(conjuncts(rule.when, "when"))


def _is_possible(rule: Rule, parts: Sequence[Condition], event: str, report: Report) -> bool:
    """Say whether these parts of a rule's condition can hold together on `event`; True also where nobody knows."""
    shape = Shape()
    wants = [want for want in wants_of(rule, 0, shape) if want.condition is not rule.when]
    aliases = frozenset(item.alias for item in rule.match)
    return report.bench.has_way(event, [*wants, *(Want(part, True, 0, aliases) for part in parts)], shape)


def _without_a_clause(rule: Rule, event: str, report: Report) -> list[Repair]:
    """Return the ways to mend a contradiction by leaving out one clause."""
    parts = _parts(rule)
    found = []
    for place, (part, path) in enumerate(parts[:_MOST_ITEMS]):
        rest = [one for number, (one, _) in enumerate(parts) if number != place]
        if not path.endswith("]") or not rest or not _is_possible(rule, rest, event, report):
            continue
        words = _clause(part, report)
        patch = ({"op": "remove", "path": pointer(path)},)
        found.append(Repair(f"去掉条件{words[0]}", f"remove the condition {words[1]}", patch))
    return found[:3]


def _clause(part: Condition, report: Report) -> tuple[str, str]:
    if not isinstance(part, Leaf):
        return "", ""
    zh, en = (clause_words(part, report.vocabulary, language) for language in ("zh", "en"))
    return f"「{zh}」", f"“{en}”"


def _near_miss(rule: Rule, event: str, report: Report) -> Record | None:
    """Return a record that meets as many conditions as go together, evaluated: the rule does not fire."""
    parts = [part for part, _ in _parts(rule)]
    kept: list[Condition] = []
    for part in parts[:_MOST_ITEMS]:
        if _is_possible(rule, [*kept, part], event, report):
            kept.append(part)
    facts = report.bench.facts(event, [Want(part, True, FACT_ONLY) for part in kept])
    record = report.bench.evaluate(event, facts or {}, report.bench.now)
    return record if record is not None and not record.held(rule.id) else None


def _never_on(rule: Rule, event: str, report: Report) -> None:
    zh, en = name_of(rule)
    event_zh, event_en = report.event_words(event)
    index = rule.trigger.index(event)
    report.add(
        "never_on_event",
        "warning",
        [rule],
        f"规则{zh}在「{event_zh}」时永远不会触发，因为它要的事实那时没有；请去掉这个触发事件",
        f"rule {en} never fires when {event_en}, for lack of the facts it asks for; remove that event",
        path=f"trigger[{index}]",
        event=event,
        record=_near_miss(rule, event, report),
        repairs=[Repair("去掉这个触发事件", "remove this event", ({"op": "remove", "path": f"/trigger/{index}"},))],
    )


def _shadowed(rule: Rule, search: Search, report: Report) -> None:
    by = [report.bench.by_id[one] for one in search.by]
    if rule.table is not None and all(one.table == rule.table for one in by):
        return  # The table's own check shows it in the grid.
    zh, en = name_of(rule)
    names = [name_of(one) for one in by]
    highest = max(one.priority for one in by)
    patch = ({"op": "add", "path": "/priority", "value": highest + 1},)
    report.add(
        "shadowed",
        "warning",
        [rule, *by],
        f"规则{zh}永远轮不到：每次成立时，同组更优先的{'、'.join(name[0] for name in names)}都已成立",
        f"rule {en} never gets its turn: whenever it holds, {' or '.join(name[1] for name in names)} of its group "
        "holds too and goes first",
        path="priority",
        record=search.near,
        repairs=[Repair(f"优先级改为 {highest + 1}", f"raise its priority to {highest + 1}", patch)],
    )


def _check_always(rule: Rule, searches: dict[str, Search], report: Report) -> None:
    """Find a condition that holds whatever the record says."""
    if rule.match or not any(True for _ in leaves(rule.when)):
        return
    for event, search in searches.items():
        if search.record is None or report.bench.has_way(event, [Want(rule.when, False, FACT_ONLY)]):
            return
    zh, en = name_of(rule)
    report.add(
        "always_true",
        "warning",
        [rule],
        f"规则{zh}的条件对任何记录都成立，等于没有条件；请改条件，或去掉它",
        f"the condition of rule {en} holds for every record, as if there were none; change it or remove it",
        path="when",
        record=next(search.record for search in searches.values() if search.record is not None),
        repairs=[Repair("去掉条件", "remove the condition", ({"op": "remove", "path": "/when"},))],
    )


def _check_parts(rule: Rule, searches: dict[str, Search], report: Report) -> None:
    """Find clauses that add nothing, and alternatives that never come true."""
    event = next((one for one, search in searches.items() if search.record is not None), None)
    if event is None:
        return
    parts = _parts(rule)
    _check_repeated(rule, parts, event, report)
    for part, path in parts:
        if not isinstance(part, AnyOf) or len(part.items) > _MOST_ITEMS or len(part.items) < 2:
            continue
        rest = [one for one, _ in parts if one is not part]
        for index, item in enumerate(part.items):
            if any(_is_possible(rule, [*rest, item], one, report) for one in searches):
                continue
            zh, en = name_of(rule)
            words = _clause(item, report)
            where = f"{path}.any[{index}]"
            report.add(
                "dead_branch",
                "warning",
                [rule],
                f"规则{zh}的这个备选条件{words[0]}永远不会成立；请改它或去掉它",
                f"in rule {en} the alternative {words[1]} never comes true; change it or remove it".replace("  ", " "),
                path=where,
                record=searches[event].record,
                repairs=[Repair("去掉它", "remove it", ({"op": "remove", "path": pointer(where)},))],
            )


def _check_repeated(rule: Rule, parts: list[tuple[Condition, str]], event: str, report: Report) -> None:
    """Find a comparison that follows from the others about the same fact."""
    by_fact: dict[Var, list[tuple[Leaf, bool, str]]] = {}
    own = Want(rule.when, True, FACT)
    for part, path in parts:
        leaf, wanted = (part.item, False) if isinstance(part, Not) else (part, True)
        if isinstance(leaf, Leaf) and leaf.than is None and not leaf.derived:
            by_fact.setdefault(var_of(leaf.name, False, own), []).append((leaf, wanted, path))
    for var, found in by_fact.items():
        if len(found) < 2:
            continue
        known = report.bench.type_of(var, event, Shape())
        for leaf, wanted, path in found:
            rest = [(one, positive) for one, positive, where in found if where != path]
            if solve([*rest, (leaf, not wanted)], known, report.bench.now).verdict != "impossible":
                continue
            zh, en = name_of(rule)
            words = _clause(leaf, report)
            report.add(
                "redundant_clause",
                "info",
                [rule],
                f"规则{zh}的条件{words[0]}是多余的：同一事实的其他条件已经包含它",
                f"in rule {en} the condition {words[1]} adds nothing: the others about that fact say it already",
                path=path,
                record=report.bench.first(rule, event).record,
                repairs=[Repair("去掉它", "remove it", ({"op": "remove", "path": pointer(path)},))],
            )
            break
