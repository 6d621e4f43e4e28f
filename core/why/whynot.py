"""Why not: how a rule met an event as the records were then, and what would have made it fire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...hooks.text import Text
from ...rules.engine.ruleset import Ruleset
from ...rules.explain.account import Account, explain_in
from ...rules.language.documents import Rule
from ...rules.wording.sentences import trigger_words
from ..actions import Subject
from ..errors import Invalid, NotFound, Problem
from ..journal.origin import Actor
from ..kinds import RuleRecord, RuleVersion
from ..replay.history import EvaluationPoint, evaluation_point, historical_state
from ..rulebook.documents import rules_of, title_of
from ..rulebook.history import documents_at, rules_at, ruleset_at
from ..rulebook.moments import events_of, gap_words, reads_of, recorded_facts
from ..storage.statements import by_id
from ..storage.system_tables import Dispatch, Firing, JournalLine
from ..timeline.describer import Describer
from ..timeline.rule_versions import Versions
from ..timeline.viewer import Viewer
from ..timeline.who import RuleSeen
from ..workspace import Workspace
from .clauses import change_words, clauses_of
from .events import Asked, asked_about, subject_named, subject_of_line, triggers_in
from .links import Seen, Verdict, WhyNot

_NOBODY = Text("", "")
_BEFORE_SAVING = ".saving"


def why_not(
    ws: Workspace,
    code: str,
    actor: Actor,
    record_id: str | None = None,
    seq: int | None = None,
    document: Mapping[str, Any] | None = None,
    kind: str = "lead",
) -> WhyNot:
    """Say how the rule (or decision table, or one row of it) `code` fared on an event, as the records were then.

    The event is the journal's line `seq`, or the newest of the record's that the rule listens to. A
    `document` (a draft) is judged in the place of its rule. Raises NotFound, RuleError for a
    draft that can't be read, and Forbidden for one who may not see the record.
    """
    viewer = Viewer(ws, actor)
    if seq is None and not record_id:
        raise Invalid([Problem("lead", Text("请给出线索编号或台账行号", "name a lead, or a line of the journal"))])
    mine = asked_about(code, document)
    line = by_id(JournalLine, seq)
    if seq is not None and line is None:
        raise NotFound(f"台账里没有第 {seq} 行。", f"the journal has no line {seq}")
    subject = subject_of_line(ws, line) if line is not None else subject_named(ws, kind, str(record_id))
    viewer.require(subject.kind.name, subject.record)
    line = line or next(iter(events_of(ws, subject.kind, subject.record.id, triggers_in(mine), most=1)), None)
    return _Judge(viewer, code, mine, subject, document).judge(line)


class _Judge:
    """Judges one rule on one event for one viewer."""

    def __init__(
        self, viewer: Viewer, code: str, mine: Asked, subject: Subject, document: Mapping[str, Any] | None
    ) -> None:
        self.ws, self.viewer, self.code, self.mine, self.subject = viewer.ws, viewer, code, mine, subject
        self.draft = document
        self.describer = Describer(viewer, Versions())
        self.whole = viewer.whole(subject.kind.name, subject.record.id)
        self.title = title_of(mine.document)

    def judge(self, line: JournalLine | None) -> WhyNot:
        waits = self._trigger_words(triggers_in(self.mine))
        if line is None and all(one.endswith(_BEFORE_SAVING) for one in triggers_in(self.mine)):
            zh = f"它在「{waits.zh}」时判断：没有拦下的保存不留下这一步，所以无从回看。"
            en = f"It judges when {waits.en}: a save it lets pass leaves no such event to look back at."
            return self._answer("no_event", Text(zh, en))
        if line is None:
            zh, en = (
                f"它等待的事件「{waits.zh}」在这条{self.subject.kind.title.zh}上没有发生过。",
                f"It waits until {waits.en}: that never happened here.",
            )
            return self._answer("no_event", Text(zh, en))
        point = evaluation_point(line.seq)
        if point.state in ("waiting", "dead") and self.draft is None:
            return self._undecided(line, point)
        if self.draft is None:
            absent = self._absent(point.at)
            if absent is not None:
                return self._answer(*absent, line=line)
        return self._met(line, point)

    def _undecided(self, line: JournalLine, point: EvaluationPoint) -> WhyNot:
        if point.state == "dead":
            zh, en = "规则没能处理这个事件：它成了死信。", "Rules could not handle this event: it is a dead letter."
        else:
            zh, en = "规则还没有处理这个事件，请稍后再看。", "Rules have not handled this event yet; look again soon."
        return self._answer("not_decided", Text(zh, en), line=line)

    def _absent(self, at: datetime) -> tuple[Verdict, Text] | None:
        """Say why the rule was not among those in force, None if it was."""
        code = str(self.mine.document["id"])
        then = documents_at(at)
        if code in then:
            self.title = title_of(then[code].document)
            self.mine = Asked(then[code].document, self.mine.rule_id)
            return None
        first = (
            RuleVersion.select()
            .where((RuleVersion.code == code) & RuleVersion.published_at.is_null(False))
            .order_by(RuleVersion.published_at)
            .first()
        )
        if first is None:
            return "not_in_force", Text("这条规则还没有发布过。", "This rule was never published.")
        if first.published_at > at:
            when = self.describer.moment(first.published_at.isoformat())
            return "not_in_force", Text(
                f"那时还没有这条规则：它在 {when.zh} 才发布。", f"The rule came later: {when.en}."
            )
        row = RuleRecord.get_or_none(RuleRecord.code == code)
        if row is not None and row.retired_at is not None and row.retired_at <= at:
            return "not_in_force", Text("那时它已退役。", "It was retired by then.")
        return "switched_off", Text("那时它是停用的。", "It was switched off then.")

    def _met(self, line: JournalLine, point: EvaluationPoint) -> WhyNot:
        own = rules_of(self.mine.document)
        asked = [rule for rule in own if self.mine.rule_id in (None, rule.id)]
        if not asked:
            raise NotFound(f"决策表里没有这一行：{self.code}", f"the table has no row {self.code!r}")
        if line.kind not in asked[0].trigger:
            waits, event = self._trigger_words(asked[0].trigger), self._trigger_words((line.kind,))
            zh = f"它不听「{event.zh}」，只听「{waits.zh}」。"
            return self._answer(
                "not_triggered", Text(zh, f"It listens when {waits.en}, not when {event.en}."), line=line
            )
        ruleset = self._ruleset(point.at, {rule.id for rule in own}, own)
        try:
            heard = (rule for rule in ruleset.rules if line.kind in rule.trigger)
            wanted: set[str] = set().union(*(reads_of(rule) for rule in heard))
            past = historical_state(self.ws.configuration, point, wanted)
            facts = past.facts(wanted)
            if self.draft is None:
                facts |= recorded_facts(line.seq)
            accounts = {rule.id: explain_in(ruleset, rule.id, line.kind, facts, point.at) for rule in asked}
        finally:
            if self.draft is not None:
                ruleset.close()
        rule = next((one for one in asked if accounts[one.id].verdict == "fired"), None) or _closest(asked, accounts)
        gaps = gap_words(self.ws, past.gaps)
        return self._tell(rule, accounts[rule.id], line, gaps)

    def _ruleset(self, at: datetime, own: set[str], mine: tuple[Rule, ...]) -> Ruleset:
        if self.draft is None:
            return ruleset_at(self.ws, at)
        return Ruleset.compile([*(one for one in rules_at(at) if one.id not in own), *mine])

    def _tell(self, rule: Rule, account: Account, line: JournalLine, gaps: tuple[Text, ...]) -> WhyNot:
        found = account.explanation
        clauses: tuple[Seen, ...] = ()
        change = _NOBODY
        if found is not None:
            clauses = clauses_of(rule, found, self.describer, self._mask)
            change = change_words(found.changes, self.describer, self._mask)
        by = self.describer.versions.seen(account.by, self._version_of(account.by, line)) if account.by else None
        verdict: Verdict = account.verdict if account.verdict != "unknown_rule" else "not_in_force"
        said = self._words(verdict, by, rule, clauses)
        if verdict == "fired" and self.draft is None and _set_aside(rule.id, line.seq):
            said = Text(
                "触发了，但没能执行：运营能在「死信」里看到原因。",
                "It fired, but could not be carried out: operations find the reason among the dead letters.",
            )
        if change.zh:
            change = Text(f"只要{change.zh}，就会触发。", f"It would have fired if {change.en}.")
        more = {"clauses": clauses, "change": change, "by": by, "row": rule.row, "gaps": gaps}
        return self._answer(verdict, said, line=line, **more)

    def _words(self, verdict: Verdict, by: RuleSeen | None, rule: Rule, clauses: tuple[Seen, ...]) -> Text:
        row = Text(f"第 {rule.row} 行", f"row {rule.row}") if rule.row else _NOBODY
        if verdict == "fired":
            zh, en = "触发了", "It fired"
            if self.draft is not None:
                zh, en = "会触发", "It would fire"
            return Text(f"{zh}：{row.zh}。" if row.zh else f"{zh}。", f"{en}: {row.en}." if row.en else f"{en}.")
        if verdict == "outranked" and by is not None:
            zh, en = (
                f"条件成立，但同组的「{by.title.zh}」优先。",
                f"Its condition held, but “{by.title.en}” comes before it.",
            )
            return Text(zh, en)
        if verdict == "not_in_force":
            return Text("那时不在它的有效期内。", "It was not within its period of validity.")
        failed = next((one for one in clauses if one.holds is False), None)
        if failed is None:
            return Text("没有找到相配的关联记录。", "No related records fit.")
        where = Text(f"最接近的是{row.zh}：", f"The closest is {row.en}. ") if row.zh else _NOBODY
        return Text(
            f"{where.zh}这一条不成立：{failed.words.zh}；当时是 {failed.value.zh}。",
            f"{where.en}This did not hold: {failed.words.en}; then: {failed.value.en}.",
        )

    def _version_of(self, rule_id: str, line: JournalLine) -> int:
        row = Firing.select(Firing.version).where((Firing.seq == line.seq) & (Firing.rule == rule_id)).first()
        if row is not None:
            return int(row.version)
        then = documents_at(line.at)
        code = next((code for code in (rule_id, *then) if code in then and rule_id.startswith(code)), rule_id)
        return then[code].number if code in then else 0

    def _trigger_words(self, triggers: tuple[str, ...]) -> Text:
        zh, en = (trigger_words(triggers, self.describer.vocabulary, language) for language in ("zh", "en"))
        return Text(zh, en)

    def _named(self) -> str:
        kind, record_id = self.subject.kind.name, str(self.subject.record.id)
        return record_id if kind == "lead" else f"{record_id} --kind {kind}"

    def _mask(self, name: str, value: Any) -> Any:
        return self.viewer.fact(name, value, self.whole)

    def _answer(self, verdict: Verdict, said: Text, line: JournalLine | None = None, **more: Any) -> WhyNot:
        return WhyNot(
            code=self.code,
            document=str(self.mine.document["id"]),
            title=self.title,
            version=int(self.mine.document.get("version", 1)),
            verdict=verdict,
            said=said,
            line=line.seq if line else None,
            at=line.at if line else None,
            event=self._trigger_words((line.kind,)) if line else _NOBODY,
            record_kind=self.subject.kind.name,
            record_id=self.subject.record.id,
            draft=self.draft is not None,
            command=f"clew why-not {self.code} {self._named()}" + (f" --seq {line.seq}" if line else ""),
            **more,
        )


def _set_aside(rule: str, seq: int) -> bool:
    rows = Dispatch.select().where((Dispatch.seq == seq) & (Dispatch.consumer == f"rule:{rule}"))
    return bool(rows.where(Dispatch.state.in_(("dead", "closed"))).exists())


def _closest(asked: list[Rule], accounts: Mapping[str, Account]) -> Rule:
    """Return the rule that came closest: of a table's rows the one with the fewest changes, one that held first."""

    def distance(rule: Rule) -> tuple[int, int]:
        account = accounts[rule.id]
        if account.verdict == "outranked":
            return 0, 0
        found = account.explanation
        return 1, len(found.changes) if found and found.changes else 99

    return min(asked, key=distance)
