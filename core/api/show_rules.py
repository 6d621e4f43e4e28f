"""Rules, versions, differences and undo plans as the API shows them, and what it reads of a call about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ...hooks.text import Text
from ...rules.coverage.loss import Loss
from ...rules.language.errors import RuleError, RulesError
from ..access.masking import masked_facts
from ..errors import Invalid, Problem
from ..journal.lines import plain
from ..kinds import OPEN_STATES, RuleRecord, RuleVersion
from ..rulebook.compare import Difference
from ..rulebook.coverage import in_force, is_back, taken_away
from ..rulebook.overview import Entry, in_words
from ..rulebook.testing import TestResult
from ..rulebook.trial import Trial, plain_facts
from ..rulebook.undo_plan import UndoItem, UndoPlan
from .caller import moment_in, workspace
from .problems import locale


def words(text: Text) -> dict[str, str]:
    """Return a text in both languages."""
    return {"zh": text.zh, "en": text.en}


def entry(one: Entry) -> dict[str, Any]:
    """Return a rule as a list shows it."""
    trouble = one.trouble
    return {
        "code": one.code,
        "title": words(one.title),
        "pack": one.pack,
        "owner": one.owner,
        "trigger": list(one.triggers),
        "table": one.is_table,
        "version": one.version,
        "states": list(one.states),
        "draft": one.open.number if one.open is not None else None,
        "fired_30_days": one.fired,
        "changed_at": _utc(one.changed_at),
        "trouble": {
            "version": trouble.version,
            "stands_in": trouble.stands_in,
            "reason": words(Text(trouble.zh, trouble.en)),
        }
        if trouble
        else None,
        "missing": [words(Text(zh, en)) for zh, en in zip(*_lines(one), strict=False)],
    }


def _lines(one: Entry) -> tuple[list[str], list[str]]:
    found = one.missing
    return (found.zh.splitlines(), found.en.splitlines()) if found is not None else ([], [])


def entry_in_full(one: Entry) -> dict[str, Any]:
    """Return a rule with its document, its sentence and the version on its way."""
    return {
        **entry(one),
        "sentence": words(in_words(workspace(), one.document)),
        "document": one.row.document if one.row is not None else None,
        "open": version(one.open) if one.open is not None else None,
    }


def version(one: RuleVersion, whole: bool = True) -> dict[str, Any]:
    """Return a version; `whole` with its document and sentence."""
    names = (
        "code",
        "pack",
        "number",
        "state",
        "author_name",
        "reviewer_name",
        "note",
        "base",
        "restores",
        "backtest_id",
    )
    moments = ("created_at", "submitted_at", "decided_at", "effective_at", "published_at", "retired_at")
    found = {"id": one.id, "revision": one.revision, **{name: getattr(one, name) for name in names}}
    found |= {name: _utc(getattr(one, name)) for name in moments}
    if whole:
        found |= {"document": one.document, "sentence": words(in_words(workspace(), one.document))}
        row = RuleRecord.get_or_none(RuleRecord.code == one.code) if one.state in OPEN_STATES else None
        found["takes_away"] = losses(taken_away(workspace(), in_force(row), one.document))
        found["brings_back"] = is_back(row)
    return found


def losses(found: Iterable[Loss]) -> list[dict[str, Any]]:
    """Return what a change takes away."""
    return [
        {"level": one.level, "what": one.what, "rule": one.rule, "text": words(Text(one.zh, one.en))} for one in found
    ]


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment is not None else None


def differences(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """Return differences, in the caller's language."""
    chinese = locale() == "zh"
    return [
        {"path": d.path, "kind": d.kind, "before": d.before, "after": d.after, "text": d.zh if chinese else d.en}
        for d in found
    ]


def problems(found: Iterable[Problem]) -> list[dict[str, str]]:
    """Return what is wrong with a document, in the caller's language."""
    return [{"path": one.field, "message": one.text.for_locale(locale())} for one in found]


def test(one: TestResult) -> dict[str, Any]:
    """Return how one test case went."""
    said = one.zh if locale() == "zh" else one.en
    return {
        "index": one.index,
        "title": words(one.title),
        "passed": one.passed,
        "text": said,
        "fired": one.fired,
        "decisions": plain_facts(list(one.decisions)),
    }


def trial(one: Trial) -> dict[str, Any]:
    """Return what a trial found."""
    return {
        "event": one.event,
        "at": plain(one.at),
        "seq": one.seq,
        "gaps": [words(gap) for gap in one.gaps],
        "fired": one.fired,
        "decisions": plain_facts(list(one.decisions)),
        "facts": plain_facts(one.facts),
        "all": [{"rule": d.rule_id, d.action: plain_facts(d.args)} for d in one.outcome.decisions],
    }


def item(one: UndoItem) -> dict[str, Any]:
    """Return one effect of an undo's preview."""
    found = asdict(one)
    found |= {"label": words(one.label), "deed": one.deed, "reason": words(one.reason)}
    for side in ("was", "did", "now"):
        facts = masked_facts(workspace().kinds, {f"{one.record_kind}.{k}": v for k, v in found[side].items()})
        found[side] = dict(zip(found[side], facts.values(), strict=True))
    return dict(plain(found))


def plan(one: UndoPlan) -> dict[str, Any]:
    """Return the preview of an undo."""
    return {
        "code": one.code,
        "version": one.number,
        "since": plain(one.since),
        "until": plain(one.until),
        "token": one.token,
        "counts": one.counts,
        "unseen": one.unseen,
        "items": [item(each) for each in one.items],
    }


def needed_moment(given: Mapping[str, Any], name: str) -> datetime:
    """Return the moment a call has to give as `name`. Raises Invalid."""
    found = moment_in(given, name)
    if found is None:
        raise Invalid([Problem(name, Text(f"请给出预览用的 {name}", f"give the preview's {name}"))])
    return found


@contextmanager
def readable() -> Iterator[None]:
    """Turn a document, or facts, that rules can't read into an answer 422 with every problem."""
    try:
        yield
    except RuleError as error:
        raise Invalid([Problem(one.path, Text(one.text("zh"), one.text("en"))) for one in error.problems]) from None
    except RulesError as error:
        raise Invalid([Problem("", Text(error.zh, error.en))]) from None
