"""The rule editor: /rules/<code>/edit and /rules/new, and the JSON its page asks for. Thin over core.rulebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import jsonify, redirect, request
from flask_admin import expose

from ...core.access import policy as access
from ...core.errors import ClewError, Conflict, Invalid, NotFound
from ...core.kinds import RuleRecord, RuleVersion
from ...core.rulebook import reviewers as people
from ...core.rulebook.compare import compare
from ...core.rulebook.documents import ordered, title_of
from ...core.rulebook.trial import keep_as_test
from ...core.rulebook.versions import begin_draft, new_draft, open_draft, save_draft, version_of
from ...core.rulebook.versions import discard as rule_discard
from ...core.rulebook.versions import rebase as rule_rebase
from ...core.rulebook.versions import submit as rule_submit
from ...core.workspace import Workspace
from ...rules.language.dumping import dump_document
from ...rules.language.errors import ClewRuleProblem, RuleError, RulesError
from ...rules.language.yaml_source import read_yaml
from ..base import ConsoleView
from ..session import origin, t
from .editor_preview import preview
from .editor_trial import begun, moments_json, records_json, trial_json, tried
from .editor_words import vocabulary_json

Answer = Any
MOST_TRIGGERS = 20
"""So many events of a rule are looked for."""
NEW = "new"
"""What stands in the address for a rule that has no id yet."""


def answered(act: Callable[..., Mapping[str, Any]]) -> Callable[..., Answer]:
    """Return an endpoint that answers in JSON, refusals too."""

    @wraps(act)
    def endpoint(*args: Any, **kwargs: Any) -> Answer:
        try:
            return jsonify(act(*args, **kwargs))
        except RuleError as error:
            problems = [{"path": one.path, "text": t(one.zh, one.en)} for one in error.problems]
            return jsonify({"error": t(error.zh, error.en), "code": "invalid", "problems": problems}), 422
        except RulesError as error:
            return jsonify({"error": t(error.zh, error.en), "code": "invalid", "problems": []}), 422
        except ClewError as error:
            language = t("zh", "en")
            wrong = error.problems if isinstance(error, Invalid) else ()
            said = {
                "error": error.text.for_locale(language),
                "code": error.code,
                "problems": [{"path": one.field, "text": one.text.for_locale(language)} for one in wrong],
            }
            return jsonify(said), error.status

    return endpoint


class RuleEditorView(ConsoleView):
    """规则编辑器: one rule as a sentence, a form, and YAML; read-only for who may only see rules."""

    permission, group, words_, icon_name = "rules:see", ("规则", "Rules"), ("规则编辑器", "Rule editor"), "pencil"
    in_rail, first_page = False, "new"

    def __init__(self, ws: Workspace) -> None:
        super().__init__(ws, name="Rule editor", url="/rules", endpoint="rule_editor")

    @expose("/new")
    def new(self) -> Answer:
        """Open the editor on an empty rule."""
        access.require(self.actor, "rules:edit")
        return self._page(NEW, {"title": {"zh": "", "en": ""}, "purpose": {"zh": "", "en": ""}, "then": []}, None)

    @expose("/<code>/edit")
    def edit(self, code: str) -> Answer:
        """Open the editor on a rule's draft, or on the version in force until there is one."""
        draft, record = open_draft(code), RuleRecord.get_or_none(RuleRecord.code == code)
        latest = draft or record
        if latest is None:
            raise NotFound(f"没有规则「{code}」。", f"no rule {code!r}")
        document = latest.document
        if "rows" in document:
            return redirect(f"/tables/{code}")
        return self._page(code, ordered(document), draft)

    def _page(self, code: str, document: Mapping[str, Any], draft: RuleVersion | None) -> str:
        title = title_of(document)
        state = {
            "code": code,
            "document": document,
            "version": version_json(self, draft),
            "current": _current(code),
            "may_edit": access.may(self.actor, "rules:edit"),
            "language": t("zh", "en"),
            "offset": _offset(self.ws),
            "vocabulary": vocabulary_json(self.ws),
            "trial": begun(self.ws, self.actor, document, request.args),
        }
        return self.show(
            "rule_edit", state=state, title=t(title.zh, title.en) or t("新规则", "New rule"), is_new=code == NEW
        )

    @expose("/<code>/edit/vocabulary")
    @answered
    def vocabulary(self, code: str) -> Mapping[str, Any]:
        """Return what the pickers offer."""
        return vocabulary_json(self.ws)

    @expose("/<code>/edit/state")
    @answered
    def state(self, code: str) -> Mapping[str, Any]:
        """Return the draft as it is on record now."""
        draft = _draft(code)
        return {"version": version_json(self, draft), "document": ordered(draft.document)}

    @expose("/<code>/edit/preview", methods=["POST"])
    @answered
    def preview(self, code: str) -> Mapping[str, Any]:
        """Return the sentence, what is wrong, what the checks find and how the test cases fare."""
        document = _document()
        if code != NEW:
            document["id"] = code
        return preview(self.ws, document, _base(code))

    @expose("/<code>/edit/save", methods=["POST"])
    @answered
    def save(self, code: str) -> Mapping[str, Any]:
        """Save the draft, beginning one if need be; a conflict says what the other's version holds."""
        asked, document = _asked(), _document()
        try:
            saved = self._saved(code, document, asked.get("revision"))
        except _Overtaken as overtaken:
            return overtaken.told(self, document)
        return {"version": version_json(self, saved), "code": saved.code, "document": ordered(saved.document)}

    def _saved(self, code: str, document: dict[str, Any], revision: Any) -> RuleVersion:
        if code == NEW:
            made = {**document, "id": document.get("id") or free_id(document)}
            return new_draft(self.ws, made, origin())
        draft = open_draft(code)
        if draft is None:
            return begin_draft(self.ws, code, origin(), document, revision)
        if revision is None:
            raise _Overtaken(draft)
        try:
            return save_draft(self.ws, draft.id, document, origin(), int(revision))
        except Conflict as error:
            now = version_of(draft.id)
            if now.revision != revision and now.state in ("draft", "review"):
                raise _Overtaken(now) from error
            raise

    @expose("/<code>/edit/trial", methods=["POST"])
    @answered
    def trial(self, code: str) -> Mapping[str, Any]:
        """Return what would happen to a record, or to made-up facts."""
        asked = _asked()
        found = trial_json(self.ws, _document(), tried(self.ws, self.actor, asked))
        return {**found, **moments_json(self.ws, self.actor, asked)} if asked.get("list") is True else found

    @expose("/<code>/edit/keep", methods=["POST"])
    @answered
    def keep(self, code: str) -> Mapping[str, Any]:
        """Keep a trial as a test case of the draft."""
        asked, draft = _asked(), _draft(code)
        found = tried(self.ws, self.actor, {**asked, "document": draft.document})
        title = str(asked.get("title") or "").strip() or t("试算", "Trial")
        kept = keep_as_test(self.ws, draft.id, found, title, origin(), asked.get("revision"))
        return {"version": version_json(self, kept), "document": ordered(kept.document)}

    @expose("/<code>/edit/records")
    @answered
    def records(self, code: str) -> Mapping[str, Any]:
        """Return records to try the rule on."""
        events = request.args.getlist("event")[:MOST_TRIGGERS] or ["lead.created"]
        return records_json(self.ws, self.actor, events, request.args.get("q", "").strip())

    @expose("/<code>/edit/submit", methods=["POST"])
    @answered
    def submit(self, code: str) -> Mapping[str, Any]:
        """Send the draft for approval."""
        note = str(_asked().get("note") or "").strip()
        return {"version": version_json(self, rule_submit(self.ws, _draft(code).id, note, origin()))}

    @expose("/<code>/edit/rebase", methods=["POST"])
    @answered
    def rebase(self, code: str) -> Mapping[str, Any]:
        """Put the draft on the version in force."""
        moved = rule_rebase(self.ws, _draft(code).id, origin())
        return {
            "version": version_json(self, moved),
            "document": ordered(moved.document),
            "current": _current(code),
        }

    @expose("/<code>/edit/discard", methods=["POST"])
    @answered
    def discard(self, code: str) -> Mapping[str, Any]:
        """Give the draft up."""
        rule_discard(self.ws, _draft(code).id, origin(), _asked().get("revision"))
        return {"to": f"/rules/{code}" if RuleRecord.get_or_none(RuleRecord.code == code) else "/rules/"}

    @expose("/<code>/edit/yaml", methods=["POST"])
    @answered
    def yaml(self, code: str) -> Mapping[str, Any]:
        """Return a document as YAML, or YAML as a document; nothing is lost either way."""
        asked = _asked()
        if "text" not in asked:
            return {"text": dump_document(_document())}
        found = read_yaml(str(asked["text"]), "YAML")
        if not isinstance(found, dict):
            raise RuleError(
                [ClewRuleProblem("line 1, column 1", "规则须是一个映射（键: 值）", "a rule is a mapping (key: value)")]
            )
        return {"document": ordered(found)}


class _Overtaken(Exception):
    """Somebody else saved the draft meanwhile."""

    def __init__(self, theirs: RuleVersion) -> None:
        super().__init__(theirs.code)
        self.theirs = theirs

    def told(self, view: RuleEditorView, mine: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the person who came second needs to decide: the other's document, and what differs."""
        differences = compare(self.theirs.document, {**mine, "version": self.theirs.number})
        who = self.theirs.author_name
        return {
            "conflict": {
                "text": t(
                    f"{who} 在你编辑期间保存了这份草稿。你的改动还在这一页上，没有丢。",
                    f"{who} saved this draft while you were editing. Your changes are still on this page.",
                ),
                "version": version_json(view, self.theirs),
                "document": ordered(self.theirs.document),
                "differences": [t(one.zh, one.en) for one in differences][:20],
            }
        }


def version_json(view: ConsoleView, row: RuleVersion | None) -> dict[str, Any] | None:
    """Return a version as the editor's head shows it."""
    if row is None:
        return None
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state,
        "revision": row.revision,
        "author": row.author_name,
        "author_id": row.author_id,
        "note": row.note,
        "reviewer": row.reviewer_name,
        "base": row.base,
        "approvers": [user.name for user in people.approvers(row)][:5],
        "at": row.updated_at.astimezone(view.ws.settings.zone).isoformat(timespec="seconds"),
    }


def free_id(document: Mapping[str, Any]) -> str:
    """Return an id for a new rule that nothing has yet: of its English title, or of its trigger and first action."""
    title = document.get("title")
    words = str(title.get("en") or "") if isinstance(title, Mapping) else ""
    if not words.isascii() or not words.strip():
        trigger = document.get("trigger")
        first = trigger[0] if isinstance(trigger, list) and trigger else trigger
        then = document.get("then")
        action = next(iter(then[0]), "") if isinstance(then, list) and then and isinstance(then[0], Mapping) else ""
        words = f"{first or 'rule'} {action}"
    stem = "-".join(re.findall(r"[a-z0-9]+", words.lower()))[:60].strip("-") or "rule"
    taken = {row.code for row in RuleRecord.select(RuleRecord.code)}
    taken |= {row.code for row in RuleVersion.select(RuleVersion.code)} | {NEW}
    return next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if name not in taken)


def _offset(ws: Workspace) -> str:
    """Return the workspace's offset from UTC now, as ISO times end: +08:00."""
    return ws.clock.now().astimezone(ws.settings.zone).isoformat()[-6:]


def _asked() -> dict[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _document() -> dict[str, Any]:
    found = _asked().get("document")
    return dict(found) if isinstance(found, dict) else {}


def _draft(code: str) -> RuleVersion:
    draft = open_draft(code)
    if draft is None:
        raise NotFound(
            "这条规则没有草稿；改一处后会自动建一份。", "this rule has no draft; one begins with the first change"
        )
    return draft


def _base(code: str) -> RuleVersion | None:
    """Return the version in force, as the draft is compared with it."""
    record = RuleRecord.get_or_none(RuleRecord.code == code)
    if record is None:
        return None
    found: RuleVersion | None = RuleVersion.get_or_none(
        (RuleVersion.code == code) & (RuleVersion.number == record.version)
    )
    return found


def _current(code: str) -> dict[str, Any] | None:
    record = RuleRecord.get_or_none(RuleRecord.code == code)
    if record is None:
        return None
    return {"version": record.version, "enabled": record.enabled, "retired": record.retired_at is not None}
