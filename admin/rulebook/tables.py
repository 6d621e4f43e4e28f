"""Decision tables: the list at /tables/, and the grid at /tables/<code> with the JSON it asks for. Thin over core.rulebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request
from flask_admin import expose

from ...core.access import policy as access
from ...core.errors import Conflict, Invalid, NotFound, Problem
from ...core.kinds import RuleRecord, RuleVersion
from ...core.rulebook.documents import ordered, title_of, vocabulary_of
from ...core.rulebook.overview import STATES, entries
from ...core.rulebook.versions import begin_draft, new_draft, open_draft, save_draft, version_of
from ...core.rulebook.versions import discard as rule_discard
from ...core.rulebook.versions import rebase as rule_rebase
from ...core.rulebook.versions import submit as rule_submit
from ...core.workspace import Workspace
from ...hooks.text import Text
from ...rules.language.errors import RuleError
from ...rules.tables.model import is_table
from ...rules.tables.xlsx_reader import LARGEST, read_xlsx
from ...rules.tables.xlsx_writer import write_xlsx
from ..base import ConsoleView
from ..session import origin, t
from .editor import answered, free_id, version_json
from .tables_grid import grid_json, offered_columns, summary_json, typed_in

Answer = Any
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TablesView(ConsoleView):
    """决策表: which tables there are, and one as a grid; read-only for who may only see rules."""

    permission, group, words_, icon_name = "rules:see", ("规则", "Rules"), ("决策表", "Tables"), "table"

    def __init__(self, ws: Workspace) -> None:
        super().__init__(ws, name="Tables", url="/tables", endpoint="tables")

    @expose("/")
    def index(self) -> Answer:
        """List the tables."""
        found = [entry for entry in entries(self.ws) if is_table(entry.document)]
        rows = [{"entry": one, **summary_json(self.ws, one)} for one in found]
        return self.show("tables", rows=rows, states=STATES, may_edit=access.may(self.actor, "rules:edit"))

    @expose("/new", methods=["POST"])
    def new(self) -> Answer:
        """Begin a table: three inputs, a team, and the row that catches the rest."""
        title = request.form.get("title", "").strip()
        if not title:
            raise Invalid([Problem("title", Text("请给决策表起个名字", "name the table"))])
        english = request.form.get("title_en", "").strip() or title
        document = _first_table({"zh": title, "en": english})
        made = new_draft(self.ws, {**document, "id": free_id({**document, "then": []})}, origin())
        return redirect(f"/tables/{made.code}")

    @expose("/<code>")
    def one(self, code: str) -> Answer:
        """Show a table as a grid."""
        document, draft = self._document(code)
        if not is_table(document):
            return redirect(f"/rules/{code}/edit")
        title = title_of(document)
        state = {
            "code": code,
            "version": version_json(self, draft),
            "current": _current(code),
            "may_edit": access.may(self.actor, "rules:edit"),
            "offered": offered_columns(self.ws),
            "base": _in_force(code),
            **grid_json(self.ws, document),
        }
        return self.show("table", state=state, title=t(title.zh, title.en))

    @expose("/<code>/look", methods=["POST"])
    @answered
    def look(self, code: str) -> Mapping[str, Any]:
        """Read what was typed, and return the grid with what the checks find; `save` keeps it as the draft."""
        asked = _asked()
        access.require(self.actor, "rules:edit")
        document, unread = typed_in(self.ws, _table(asked.get("document"), code), asked.get("typed"))
        found = grid_json(self.ws, document, unread)
        if not asked.get("save"):
            return found
        draft, conflict = self._saved(code, document, asked.get("revision"))
        if conflict:
            return {"conflict": conflict}
        return found | {"version": version_json(self, draft)}

    def _saved(self, code: str, document: dict[str, Any], revision: Any) -> tuple[RuleVersion, dict[str, Any] | None]:
        """Save the draft; if somebody else saved meanwhile, return theirs and what to say."""
        draft = open_draft(code)
        if draft is None:
            return begin_draft(self.ws, code, origin(), document, revision), None
        if revision is None:
            return draft, self._overtaken(draft)
        try:
            return save_draft(self.ws, draft.id, document, origin(), int(revision)), None
        except Conflict:
            now = version_of(draft.id)
            if now.revision == revision or now.state not in ("draft", "review"):
                raise
            return now, self._overtaken(now)

    def _overtaken(self, theirs: RuleVersion) -> dict[str, Any]:
        who = theirs.author_name
        return {
            "text": t(
                f"{who} 在你编辑期间保存了这张表。你的改动还在这一页上，没有丢。",
                f"{who} saved this table while you were editing. Your changes are still on this page.",
            ),
            "version": version_json(self, theirs),
            "grid": grid_json(self.ws, theirs.document),
        }

    @expose("/<code>/submit", methods=["POST"])
    @answered
    def submit(self, code: str) -> Mapping[str, Any]:
        """Send the draft for approval."""
        note = str(_asked().get("note") or "").strip()
        draft = open_draft(code)
        if draft is None:
            raise NotFound("还没有草稿；改一格后会自动建一份。", "there is no draft; one begins with the first change")
        return {"version": version_json(self, rule_submit(self.ws, draft.id, note, origin()))}

    @expose("/<code>/discard", methods=["POST"])
    @answered
    def discard(self, code: str) -> Mapping[str, Any]:
        """Give the draft up."""
        draft = open_draft(code)
        if draft is not None:
            rule_discard(self.ws, draft.id, origin(), _asked().get("revision"))
        return {"to": f"/tables/{code}" if _current(code) else "/tables/"}

    @expose("/<code>/rebase", methods=["POST"])
    @answered
    def rebase(self, code: str) -> Mapping[str, Any]:
        """Put the draft on the version in force."""
        draft = open_draft(code)
        if draft is None:
            raise NotFound("还没有草稿。", "there is no draft")
        moved = rule_rebase(self.ws, draft.id, origin())
        found = {"version": version_json(self, moved), "current": _current(code), "base": _in_force(code)}
        return found | grid_json(self.ws, moved.document)

    @expose("/<code>/export")
    def export(self, code: str) -> Answer:
        """Send the table as it stands, the draft if there is one, as an XLSX file."""
        document, draft = self._document(code)
        try:
            data = write_xlsx(ordered(document), vocabulary_of(self.ws))
        except RuleError as error:
            raise Invalid(
                [Problem(one.path, Text(one.text("zh"), one.text("en"))) for one in error.problems]
            ) from error
        number = draft.number if draft else document.get("version", 1)
        name = f"{code}-v{number}.xlsx"
        return Response(data, mimetype=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @expose("/<code>/import", methods=["POST"])
    @answered
    def bring(self, code: str) -> Mapping[str, Any]:
        """Return the table that an XLSX file holds, as the grid shows it; nothing is saved yet."""
        access.require(self.actor, "rules:edit")
        document, _ = self._document(code)
        given = request.files.get("file")
        data = given.stream.read(LARGEST + 1) if given else b""
        found = read_xlsx(data, vocabulary_of(self.ws), document)
        if found.get("id") != code:
            raise Invalid(
                [
                    Problem(
                        "说明!B2",
                        Text(
                            f"这个文件是「{found.get('id')}」的，不是「{code}」的",
                            f"this file holds {found.get('id')!r}, not {code!r}",
                        ),
                    )
                ]
            )
        found["version"] = document.get("version", 1)
        return grid_json(self.ws, found)

    def _document(self, code: str) -> tuple[Mapping[str, Any], RuleVersion | None]:
        """Return the draft, or else the document in force. Raises NotFound."""
        draft, record = open_draft(code), RuleRecord.get_or_none(RuleRecord.code == code)
        if draft is not None:
            return draft.document, draft
        if record is None:
            raise NotFound(f"没有决策表「{code}」。", f"no decision table {code!r}")
        return record.document, None


def _current(code: str) -> dict[str, Any] | None:
    record = RuleRecord.get_or_none(RuleRecord.code == code)
    return {"version": record.version, "on": bool(record.enabled)} if record else None


def _in_force(code: str) -> Mapping[str, Any] | None:
    """Return the document in force, which a draft must differ from."""
    record = RuleRecord.get_or_none(RuleRecord.code == code)
    return ordered(record.document) if record else None


def _asked() -> dict[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _table(document: Any, code: str) -> dict[str, Any]:
    if not isinstance(document, dict) or not is_table(document):
        raise Invalid([Problem("", Text("请求里没有决策表", "the request holds no decision table"))])
    return {**document, "id": code}


def _first_table(title: dict[str, str]) -> dict[str, Any]:
    """Return a table to begin with: it gives new leads to a team."""
    return {
        "title": title,
        "purpose": {"zh": "新线索归谁，一行一种情形。", "en": "Who takes a new lead, one case a row."},
        "trigger": "lead.created",
        # In the group of the table that assigns already, and before it: two that both write the owner are refused.
        "group": "assignment",
        "priority": 100,
        "hit": "first",
        "when": {"field": "lead.owner_id", "op": "missing"},
        "inputs": [{"field": "lead.industry"}, {"field": "lead.region"}, {"field": "lead.budget"}],
        "outputs": [{"action": "assign", "arg": "team"}],
        "rows": [{"id": "rest", "when": ["-", "-", "-"], "then": [None]}],
    }
