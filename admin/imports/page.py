"""导入: choose a file, say what its columns are, answer what is asked, look, let it in, watch it, take it back."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_admin import expose

from ...core.errors import ClewError, NotFound
from ...core.intake.batches import keeping, running
from ...core.intake.batches.checking import Checked, check, counts, look
from ...core.intake.batches.overwriting import differing, tick_values
from ...core.intake.batches.undoing import can_undo
from ...core.intake.importing.formulas import defused
from ...core.intake.importing.tables import ERROR_COLUMNS
from ...core.intake.importing.targets import target
from ...core.storage.system_tables import ImportBatch, ImportMapping, ImportRow
from ..base import PAGE, ConsoleView, page_of
from ..records.export import TYPES, write_file
from ..records.served import record_path
from ..session import locale, origin, t
from . import words

_UNDER_WAY = ("queued", "running", "undoing")
_WRITES = ("new", "fill", "differ")
_MOST_VALUES, _LONGEST_LINE = 5_000, 7


class ImportsView(ConsoleView):
    """导入: the list with the upload, and one import from its file to its result."""

    permission, group, words_, icon_name = "import", ("客户", "Customers"), ("导入", "Import"), "upload"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Import", url="/import", endpoint="imports")

    @expose("/", methods=["GET", "POST"])
    def index(self) -> Any:
        """List imports, newest first, under the form that takes a file."""
        if request.method == "POST":
            file = request.files.get("file")
            if file is None or not file.filename:
                return self._index(t("先选一个文件。", "Choose a file first.")), 422
            try:
                data = file.stream.read(keeping.MOST_BYTES + 1)
                row = keeping.begin(self.ws, self.actor, file.filename, data, request.form.get("kind", "lead"))
            except ClewError as error:
                if error.status in (403, 404):
                    raise
                return self._index(error.text.for_locale(locale())), 422
            return redirect(url_for("imports.one", batch_id=row.id))
        return self._index()

    @expose("/<batch_id>")
    def one(self, batch_id: str) -> str:
        """Show an import: what it asks and would do, how far it is, or what came of it."""
        row = keeping.batch_of(self.actor, batch_id)
        if row.state == "draft":
            return self._draft(batch_id)
        if row.state in _UNDER_WAY:
            return self.show("imports/running", row=row, counts=counts(row.id, "state"))
        return self._result(row)

    @expose("/<batch_id>/columns", methods=["POST"])
    def columns(self, batch_id: str) -> Any:
        """Say which column is which field."""
        draft = keeping.draft_of(self.ws, self.actor, batch_id)
        fields, tens = {}, {}
        for number, column in enumerate(draft.table.columns):
            if f"column-{number}" in request.form:
                fields[column] = request.form[f"column-{number}"]
                tens[column] = request.form.get(f"tens-{number}") == "1"
        keeping.choose(draft, fields, tens)
        return self._back(batch_id, "columns")

    @expose("/<batch_id>/answer", methods=["POST"])
    def answer(self, batch_id: str) -> Any:
        """Answer a question, or take the answer back."""
        draft = keeping.draft_of(self.ws, self.actor, batch_id)
        keeping.answer(draft, request.form.get("question", ""), request.form.get("answer", ""))
        return self._back(batch_id, "questions")

    @expose("/<batch_id>/ticks", methods=["POST"])
    def ticks(self, batch_id: str) -> Any:
        """Say which fields of records that are there are overwritten."""
        draft = keeping.draft_of(self.ws, self.actor, batch_id)
        keeping.tick(draft, request.form.getlist("tick"))
        return self._back(batch_id, "overwriting")

    @expose("/<batch_id>/values", methods=["POST"])
    def values(self, batch_id: str) -> Any:
        """Say of single values whether they are overwritten: `shown` names those that were asked, `tick` those that are.

        Each is named LINE:FIELD.
        """
        row = keeping.batch_of(self.actor, batch_id)
        ticked = set(request.form.getlist("tick"))
        said = {}
        for one in request.form.getlist("shown")[:_MOST_VALUES]:
            line, _, name = one.partition(":")
            if not line.isascii() or not line.isdigit() or len(line) > _LONGEST_LINE:
                raise NotFound("没有这一行。", f"no line {line!r}")
            said[int(line), name] = one in ticked
        tick_values(row, said)
        found = differing(row)
        if request.accept_mimetypes.best == "application/json":
            told = {name: words.told_field(one) for name, one in found.items()}
            return jsonify(told=words.told_ticks(found), fields=told)
        return self._back(batch_id, "rows")

    @expose("/<batch_id>/mend", methods=["POST"])
    def mend(self, batch_id: str) -> Any:
        """Put what was typed in the place of a row's cells, and say whether it comes in now."""
        draft = keeping.draft_of(self.ws, self.actor, batch_id)
        line = request.form.get("line", 0, type=int)
        names = enumerate(draft.table.columns)
        typed = {name: request.form[f"cell-{n}"] for n, name in names if f"cell-{n}" in request.form}
        keeping.mend(draft, line, typed)
        check(self.ws, self.actor, keeping.draft_of(self.ws, self.actor, batch_id))
        of_line = (ImportRow.batch_id == batch_id) & (ImportRow.line == line)
        row = ImportRow.select(ImportRow.plan).where(of_line).first()
        plan, start = request.form.get("plan", ""), request.form.get("from", "")
        if row is None or row.plan in ("refused", "asked"):
            if row is not None and plan not in ("", row.plan):
                plan, start = row.plan, ""  # It is among others now.
            return self._at_rows(batch_id, "mend", plan=plan, start=start, mend=str(line))
        said = words.PLANS[row.plan][0]
        flash(t(f"第 {line} 行改好了：{said.zh}", f"Row {line} is mended: {said.en}"))
        return self._at_rows(batch_id, "rows", plan=plan, start=start)

    @expose("/<batch_id>/mapping", methods=["POST"])
    def mapping(self, batch_id: str) -> Any:
        """Keep the mapping under a name."""
        draft = keeping.draft_of(self.ws, self.actor, batch_id)
        name = request.form.get("name", "")
        try:
            keeping.keep_mapping(self.ws, draft, name)
        except ClewError as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            flash(t(f"模板「{name.strip()}」已保存；同样表头的文件会先用它", f"“{name.strip()}” kept for such files"))
        return self._back(batch_id, "columns")

    @expose("/<batch_id>/drop", methods=["POST"])
    def drop(self, batch_id: str) -> Any:
        """Drop a file that has not come in."""
        keeping.drop(keeping.draft_of(self.ws, self.actor, batch_id))
        flash(t("文件已丢弃，什么都没导入", "The file is dropped; nothing came in"))
        return redirect(url_for("imports.index"))

    @expose("/<batch_id>/start", methods=["POST"])
    def start(self, batch_id: str) -> Any:
        """Let it come in."""
        draft = keeping.draft_of(self.ws, self.actor, batch_id)
        return self._do(
            batch_id, lambda: running.start(self.ws, draft.row, check(self.ws, self.actor, draft), origin())
        )

    @expose("/<batch_id>/stop", methods=["POST"])
    def stop(self, batch_id: str) -> Any:
        """Stop it; what is in stays in."""
        row = keeping.batch_of(self.actor, batch_id)
        said = t("正在停止；已导入的保留，可以整批撤销", "Stopping; what is in stays, and can be taken back")
        return self._do(batch_id, lambda: running.stop(row, origin()), said)

    @expose("/<batch_id>/go-on", methods=["POST"])
    def go_on(self, batch_id: str) -> Any:
        """Go on with the rows that are left."""
        row = keeping.batch_of(self.actor, batch_id)
        return self._do(batch_id, lambda: running.go_on(self.ws, row, origin()))

    @expose("/<batch_id>/undo", methods=["POST"])
    def undo(self, batch_id: str) -> Any:
        """Take the whole import back."""
        row = keeping.batch_of(self.actor, batch_id)
        return self._do(batch_id, lambda: running.undo(self.ws, row, origin()))

    @expose("/<batch_id>/progress")
    def progress(self, batch_id: str) -> Response:
        """Return how far it is, for the page that watches it."""
        row = keeping.batch_of(self.actor, batch_id)
        return jsonify(state="running" if row.state == "undoing" else row.state, done=row.done, total=self._total(row))

    @expose("/<batch_id>/refused.<export_type>")
    def refused(self, batch_id: str, export_type: str) -> Response:
        """Return the refused rows as a file to mend and upload again; the journal says who took it."""
        row = keeping.batch_of(self.actor, batch_id)
        if export_type not in TYPES:
            raise NotFound("没有这种文件。", "no such file")
        column = ImportRow.plan if row.state == "draft" else ImportRow.state
        rows = list(
            ImportRow.select().where((ImportRow.batch_id == row.id) & (column == "refused")).order_by(ImportRow.line)
        )
        if not rows:
            raise NotFound("没有退回的行。", "no row was refused")
        columns = row.document["headings"]  # The cells themselves lie in no order.
        heads = [*columns, *ERROR_COLUMNS]
        lines = [
            [*(defused(one.cells.get(name, "")) for name in columns), defused(one.zh), defused(one.en)] for one in rows
        ]
        with self.ws.door.transaction(origin()) as tx:
            tx.note("import.exported", "import", row.id, {"rows": len(rows), "format": export_type}, heard=False)
        body = BytesIO()
        write_file(body, export_type, row.file_name, heads, lines)
        stem = row.file_name.rpartition(".")[0] or row.file_name
        told = quote(t(f"{stem}-退回.{export_type}", f"{stem}-refused.{export_type}"))
        headers = {
            "Content-Disposition": f"attachment; filename=\"refused.{export_type}\"; filename*=UTF-8''{told}",
            "Cache-Control": "no-store",
        }
        return Response(body.getvalue(), content_type=TYPES[export_type], headers=headers)

    # ---- Inside

    def _index(self, refused: str = "") -> str:
        rows, after = page_of(keeping.batches(self.actor), ImportBatch.id)
        kinds = [(name, self.ws.kinds[name].plural.for_locale(locale())) for name in keeping.kinds_of(self.ws)]
        return self.show(
            "imports/index",
            rows=[(row, words.BATCHES[row.state][0].for_locale(locale()), words.BATCHES[row.state][1]) for row in rows],
            after=after,
            kinds=kinds,
            kind=request.form.get("kind", "lead"),
            endings=keeping.ENDINGS,
            most_rows=keeping.MOST_ROWS,
            mappings=list(ImportMapping.select().order_by(ImportMapping.updated_at.desc()).limit(PAGE)),
            refused=refused,
        )

    def _draft(self, batch_id: str) -> str:
        draft = keeping.draft_of(self.ws, self.actor, batch_id)
        checked = look(self.ws, self.actor, draft)
        fields = words.Fields(self.ws, draft.goal)
        chosen = [spec["field"] for spec in draft.columns.values() if spec.get("field")]
        titles = [name for group in draft.goal.needed() for name in group][:1]
        by_plan, ticks = counts(batch_id), draft.row.document.get("ticks", [])
        columns = words.shown_columns(chosen, fields, titles)
        plan = request.args.get("plan", "")
        rows, after = self._rows(draft.row, ImportRow.plan, plan)
        found = differing(draft.row)
        line = request.args.get("mend", 0, type=int)
        wrong = keeping.wrong_of(self.ws, draft, line) if line else {}
        return self.show(
            "imports/draft",
            row=draft.row,
            columns=words.columns_of(draft, fields, checked.questions),
            fields=fields,
            problems=[one.for_locale(locale()) for one in checked.problems],
            notes=[one.for_locale(locale()) for one in checked.notes],
            questions=checked.questions,
            open=checked.open,
            missing=self._missing(checked, by_plan),
            counts=by_plan,
            writing=sum(by_plan.get(one, 0) for one in _WRITES),
            updates=by_plan.get("fill", 0) + by_plan.get("differ", 0),
            differing=[
                (name, fields.label(name), words.told_field(found[name]), name in ticks) for name in sorted(found)
            ],
            mending=line,
            typed=words.typed_cells(draft, fields, line, wrong, own=draft.row.user_id == self.actor.id),
            told_ticks=words.told_ticks(found),
            shown=[(name, fields.label(name)) for name in columns],
            rows=[words.row_words(one, fields, columns, draft.row.document, ended=False) for one in rows],
            plans=words.PLANS,
            plan=plan,
            after=after,
            kind=self.ws.kinds[draft.goal.kind],
            locale=locale(),
            stem=draft.row.file_name.rpartition(".")[0],
        )

    def _result(self, row: ImportBatch) -> str:
        goal = target(self.ws, row.kind)
        fields = words.Fields(self.ws, goal)
        state = request.args.get("state", "")
        rows, after = self._rows(row, ImportRow.state, "" if state == "left" else state, left=state == "left")
        kind = self.ws.kinds[goal.kind]
        return self.show(
            "imports/result",
            row=row,
            counts=counts(row.id, "state"),
            rows=[words.row_words(one, fields, [], {}, ended=True, path=self._path(kind, one)) for one in rows],
            states=words.STATES,
            state=state,
            after=after,
            may_undo=can_undo(self.ws, row),
            kind=kind,
            locale=locale(),
            said=words.BATCHES[row.state],
        )

    def _path(self, kind: Any, row: ImportRow) -> str:
        there = bool(row.record_id) and row.state in ("created", "changed", "same", "kept")
        return record_path(kind, row.record_id) if there else ""

    def _rows(self, row: ImportBatch, column: Any, wanted: str, *, left: bool = False) -> tuple[list[Any], int | None]:
        query = ImportRow.select().where(ImportRow.batch_id == row.id)
        if wanted or left:
            query = query.where(column == wanted)
        start = max(0, min(request.args.get("from", 0, type=int), 10**6))
        rows = list(query.where(ImportRow.line > start).order_by(ImportRow.line).limit(PAGE + 1))
        return rows[:PAGE], rows[PAGE - 1].line if len(rows) > PAGE else None

    def _missing(self, checked: Checked, by_plan: dict[str, int]) -> str:
        """Return what has to be done before it can come in; empty if nothing."""
        if checked.problems:
            return checked.problems[0].for_locale(locale())
        if checked.open:
            rest = len(checked.open)
            return t(f"回答 {rest} 个问题后可以提交", f"answer {rest} more, then it can come in")
        if not any(by_plan.get(one) for one in _WRITES):
            return t("没有可以导入的行", "no row can come in")
        return ""

    def _total(self, row: ImportBatch) -> int:
        if row.state != "undoing":
            return int(row.total)
        left = (ImportRow.batch_id == row.id) & ImportRow.state.in_(("created", "changed"))
        return int(row.done) + int(ImportRow.select().where(left).count())

    def _do(self, batch_id: str, act: Any, said: str = "") -> Any:
        try:
            act()
        except ClewError as error:
            if error.status in (403, 404):
                raise
            flash(error.text.for_locale(locale()), "error")
        else:
            if said:
                flash(said)
        return redirect(url_for("imports.one", batch_id=batch_id))

    def _at_rows(self, batch_id: str, anchor: str, *, plan: str, start: str, mend: str = "") -> Any:
        where: dict[str, Any] = {"plan": plan, "from": start, "mend": mend}
        where = {name: value for name, value in where.items() if value}
        return redirect(url_for("imports.one", batch_id=batch_id, _anchor=anchor, **where))

    def _back(self, batch_id: str, anchor: str) -> Any:
        return redirect(url_for("imports.one", batch_id=batch_id, _anchor=anchor))
