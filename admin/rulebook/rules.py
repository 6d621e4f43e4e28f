"""规则: the list of rules, and a rule's own page with its versions, firings, checks and document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.company import switches
from ...core.errors import ClewError, Conflict, Invalid, NotFound, Problem
from ...core.kinds import Lead
from ...core.rulebook.checks import check_all, with_draft
from ...core.rulebook.compare import compare as rule_compare
from ...core.rulebook.coverage import taken_away
from ...core.rulebook.documents import problems_of
from ...core.rulebook.overview import (
    STATES,
    Entry,
    entries,
    entry_of,
    in_words,
    names_in,
    open_version,
    pack_titles,
    versions_of,
)
from ...core.rulebook.publishing import retire as rule_retire
from ...core.rulebook.publishing import rollback as rule_rollback
from ...core.rulebook.testing import run_tests
from ...core.rulebook.version_effects import meant_of, versions_meant
from ...core.rulebook.versions import begin_draft, numbered_version
from ...core.rulebook.versions import discard as rule_discard
from ...core.storage.system_tables import Firing
from ...core.workspace import Workspace
from ...hooks.text import Text
from ...rules.language.dumping import dump_document
from ..addresses import local
from ..base import ConsoleView, page_of
from ..session import origin, t
from . import shown

PAGE = 100
_FIRINGS = 20
TABS = ("overview", "versions", "firings", "checks", "document")


class RulesView(ConsoleView):
    """规则: what each rule says, how often it fired, what became of it."""

    permission, group, words_, icon_name = "rules:see", ("规则", "Rules"), ("规则", "Rules"), "bolt"

    def __init__(self, ws: Workspace) -> None:
        super().__init__(ws, name="Rules", url="/rules", endpoint="rules")

    @expose("/")
    def index(self) -> str:
        """List the rules that fit the filters in the address."""
        everything = entries(self.ws)
        args = {k: v.strip() for k, v in request.args.items() if v.strip() and k != "after"}
        fitting = [one for one in everything if _fits(one, args)]
        codes = [one.code for one in fitting]
        start = codes.index(request.args["after"]) + 1 if request.args.get("after") in codes else 0
        rows = fitting[start : start + PAGE]
        counts = Counter(state for one in everything for state in one.states)
        return self.show(
            "rules",
            rows=rows,
            total=len(fitting),
            everything=len(everything),
            after=rows[-1].code if start + PAGE < len(fitting) else None,
            args=args,
            counts=counts,
            states=STATES,
            packs=sorted({one.pack for one in everything}),
            triggers=[(name, self._trigger((name,))) for name in sorted({n for o in everything for n in o.triggers})],
            busiest=max(everything, key=lambda one: one.fired, default=None),
            troubled=[one for one in everything if one.trouble is not None],
            misnaming=[one for one in everything if one.missing is not None],
            sentences={one.code: shown.said(in_words(self.ws, one.document)) for one in rows},
            trigger=self._trigger,
            **self._common(),
        )

    @expose("/<code>")
    def one(self, code: str) -> str:
        """Show one rule; `tab` chooses which side of it."""
        entry = entry_of(self.ws, code)
        tab = request.args.get("tab", "overview")
        tab = tab if tab in TABS else "overview"
        versions = versions_of(code)
        numbers = {one.number: one for one in versions}
        values: dict[str, Any] = {}
        if tab == "versions":
            values = {"back": _rolled_back(code)}
        elif tab == "firings":
            values = self._firings(entry)
        elif tab == "checks":
            values = self._checks(entry)
        elif tab == "document":
            values = {"yaml": dump_document(entry.document)}
        differences = []
        if entry.open is not None and entry.row is not None:
            differences = rule_compare(entry.row.document, entry.open.document)
        return self.show(
            "rule",
            entry=entry,
            tab=tab,
            versions=versions,
            current=numbers.get(entry.version) if entry.version is not None else None,
            differences=differences,
            sentence=shown.said(in_words(self.ws, entry.document)),
            draft_sentence=shown.said(in_words(self.ws, entry.open.document)) if entry.open else "",
            version_chip=lambda v: shown.version_chip(v, "published" in entry.states),
            trigger=self._trigger,
            **values,
            **self._common(),
        )

    @expose("/<code>/compare")
    def compare(self, code: str) -> str:
        """Show what differs between two versions, in words and side by side."""
        entry = entry_of(self.ws, code)
        versions = versions_of(code)
        if not versions:
            raise NotFound("这条规则还没有版本可比。", "this rule has no versions to compare yet")
        newest = versions[0].number
        before = versions[1].number if len(versions) > 1 else newest
        a = numbered_version(code, request.args.get("a", before, type=int))
        b = numbered_version(code, request.args.get("b", newest, type=int))
        return self.show(
            "rule_compare",
            entry=entry,
            a=a,
            b=b,
            versions=versions,
            differences=[one for one in rule_compare(a.document, b.document) if one.path],
            losses=taken_away(self.ws, a.document, b.document),
            lines=shown.side_by_side(a.document, b.document),
            sentences=[shown.said(in_words(self.ws, one.document)) for one in (a, b)],
            version_chip=lambda v: shown.version_chip(v, "published" in entry.states),
            **self._common(),
        )

    @expose("/<code>/yaml")
    def yaml(self, code: str) -> Response:
        """Download a rule's document: the one in force, or version `version`."""
        entry = entry_of(self.ws, code)
        number = request.args.get("version", type=int)
        document = entry.document if number is None else numbered_version(code, number).document
        name = f"{code}-v{document.get('version', 1)}.yaml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(dump_document(document), mimetype="application/yaml", headers=headers)

    @expose("/<code>/switch", methods=["POST"])
    def switch(self, code: str) -> Any:
        """Switch a rule on or off."""
        on = request.form.get("on") == "1"
        title = shown.said(entry_of(self.ws, code).title)
        done = t(f"「{title}」已启用", f"“{title}” is on") if on else t(f"「{title}」已停用", f"“{title}” is off")
        return self._do(lambda: switches.switch_rule(self.ws, code, on, origin()), done, self._back(code))

    @expose("/<code>/draft", methods=["POST"])
    def draft(self, code: str) -> Any:
        """Begin a draft from an older version, and go to the editor."""
        number = request.form.get("from", type=int) or 0

        def begin() -> None:
            old = numbered_version(code, number)
            if open_version(code) is not None:
                raise Conflict(
                    "这条规则已经有一份在途的版本；请先处理它。",
                    "a version of this rule is on its way already: deal with it first",
                )
            begin_draft(self.ws, code, origin(), old.document)

        said = t(f"草稿从第 {number} 版开始", f"The draft starts from version {number}")
        return self._do(begin, said, f"/rules/{code}/edit", self._back(code, "versions"))

    @expose("/<code>/discard", methods=["POST"])
    def discard(self, code: str) -> Any:
        """Give the draft up; it stays on record."""
        entry = entry_of(self.ws, code)
        to = self._back(code) if entry.row is not None else url_for("rules.index")
        if entry.open is None:
            return redirect(to)
        version = entry.open
        revision = request.form.get("revision", type=int)
        done = t("草稿已放弃，仍可在版本里查看", "The draft is given up; it stays among the versions")
        return self._do(lambda: rule_discard(self.ws, version.id, origin(), revision), done, to, self._back(code))

    @expose("/<code>/retire", methods=["POST"])
    def retire(self, code: str) -> Any:
        """Retire a rule for good; its name has to be typed."""
        entry = entry_of(self.ws, code)

        def retire() -> None:
            typed_name(entry)
            rule_retire(self.ws, code, origin(request.form.get("note", "")[:300]))

        title = shown.said(entry.title)
        return self._do(retire, t(f"「{title}」已退役", f"“{title}” is retired"), self._back(code))

    @expose("/<code>/rollback", methods=["POST"])
    def rollback(self, code: str) -> Any:
        """Put an earlier version in force again."""
        number = request.form.get("to", type=int) or 0
        reason = request.form.get("note", "").strip()[:300]
        done = t(f"已回滚到第 {number} 版的内容，立即生效", f"Version {number} is in force again")
        return self._do(
            lambda: rule_rollback(self.ws, code, number, origin(reason)), done, self._back(code, "versions")
        )

    def _common(self) -> dict[str, Any]:
        titles = {"custom": Text("自建规则", "Own rules"), **pack_titles()}
        return {
            "pack_title": lambda name: shown.said(titles[name]) if name in titles else name,
            "lang": shown.language(),
            "chips": shown.chips,
            "said": shown.said,
            "may_edit": access.may(self.actor, "rules:edit"),
            "may_approve": access.may(self.actor, "rules:approve"),
        }

    def _trigger(self, triggers: tuple[str, ...]) -> str:
        return shown.trigger_words(self.ws, triggers)

    def _firings(self, entry: Entry) -> dict[str, Any]:
        query = Firing.select().where(Firing.rule.in_(names_in(entry.document)))
        if not access.may(self.actor, "see:all"):
            query = query.where(Firing.record_id.in_(access.visible_leads(self.actor).select(Lead.id)))
        rows, after = page_of(query, Firing.id, _FIRINGS)
        places = {f"{entry.code}-{one['id']}": place for place, one in enumerate(entry.document.get("rows") or (), 1)}
        leads = {one.id: one.company for one in Lead.select().where(Lead.id.in_([row.record_id for row in rows]))}
        return {
            "firings": rows,
            "after": after,
            "row_of": places.get,
            "sees_all": access.may(self.actor, "see:all"),
            "leads": leads,
            "facts": lambda firing: shown.facts_in_words(self.ws, firing.facts),
            "decisions": lambda firing: shown.decisions_in_words(self.ws, firing),
        }

    def _checks(self, entry: Entry) -> dict[str, Any]:
        """Run the checks and test cases on the draft, if there is one, else on what is in force."""
        document = entry.open.document if entry.open is not None else entry.document
        return checked(self.ws, document)

    def _back(self, code: str, tab: str = "") -> str:
        to = local(request.form.get("next"))
        if to.startswith("/rules/"):
            return to
        return url_for("rules.one", code=code, tab=tab or None)

    def _do(self, act: Any, done: str, to: str, otherwise: str = "") -> Any:
        try:
            act()
        except ClewError as error:
            if error.status not in (409, 422):
                raise
            flash(shown.said(error.text), "error")
            return redirect(otherwise or to)
        flash(done)
        return redirect(to)


def checked(ws: Workspace, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document's problems, the checks' findings about it, and how its test cases go."""
    found: dict[str, Any] = {"checked_document": document, "in_words": lambda facts: shown.facts_in_words(ws, facts)}
    problems = problems_of(ws, document)
    if problems:
        return {**found, "problems": problems, "findings": (), "results": ()}
    names = set(names_in(document))
    findings = [one for one in check_all(ws, document) if names & set(one.rules)]
    results = run_tests([rule for some in with_draft(ws, document) for rule in some], [document], ws.settings.zone)
    return {**found, "problems": (), "findings": findings, "results": results}


def typed_name(entry: Entry) -> None:
    """Raise Invalid unless the form carries the rule's name, in either language."""
    typed = request.form.get("name", "").strip()
    if typed not in (entry.title.zh, entry.title.en, entry.code):
        words = Text(f"请输入规则的名字「{entry.title.zh}」", f"type the rule's name, “{entry.title.en}”")
        raise Invalid([Problem("name", words)])


def _fits(entry: Entry, args: dict[str, str]) -> bool:
    if "state" in args and args["state"] not in entry.states and not _in_trouble(entry, args["state"]):
        return False
    if "pack" in args and args["pack"] != entry.pack:
        return False
    if "trigger" in args and args["trigger"] not in entry.triggers:
        return False
    purpose = entry.document.get("purpose")
    words = (entry.code, entry.title.zh, entry.title.en, entry.owner, str(purpose or ""))
    return all(part in " ".join(words).lower() for part in args.get("q", "").lower().split())


def _in_trouble(entry: Entry, state: str) -> bool:
    """Say whether a rule does not load, or names what is not there; `trouble` is either."""
    unloaded, misnaming = entry.trouble is not None, entry.missing is not None
    return {"unloaded": unloaded, "misnaming": misnaming, "trouble": unloaded or misnaming}.get(state, False)


def _rolled_back(code: str) -> int | None:
    """Return the version that the one in force put an earlier one's content in the place of: what it did is still there."""
    meant = meant_of(versions_meant(code))
    return meant.number if meant is not None and meant.standing == "rolled_back" else None
