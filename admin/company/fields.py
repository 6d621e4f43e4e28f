"""字段 fields: the fields of each kind in their sections, one of them edited beside what publishing it would touch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_admin import expose

from ...core.company.field_publishing import (
    definition_of,
    present_values,
    publish_field,
    publish_layout,
    touched_by_field,
)
from ...core.company.named_in_records import by_option, holding
from ...core.company.publishing import Asked, Touch, unanswered
from ...core.company.undoing import can_undo, undo
from ...core.company.use import counted
from ...core.errors import ClewError, Conflict, Forbidden, Invalid, NotFound
from ...core.kinds import CompanyChange, FieldDefinition, LayoutRecord, PluginRecord
from ...core.schema.field_definitions import extensible, open_field
from ...core.schema.fields import TYPES, Field
from ...core.schema.kind import Kind
from ...core.schema.options import COLOURS
from ...core.schema.validator import unstorable
from ...hooks.text import Text
from ..base import ConsoleView
from ..records.columns import columns_of, first_columns
from ..records.served import is_served
from ..session import english, locale, origin, t
from .field_forms import (
    COLOUR_WORDS,
    MASK_WORDS,
    OPTION_WORDS,
    TYPE_WORDS,
    answers_of,
    as_field,
    published_words,
    revision_of,
    values_of,
)

_SHOWN_CHANGES = 8
_MOST_REASONS = 3


@dataclass(frozen=True)
class Row:
    """One field in the list of a kind's fields."""

    field: Field
    type: str
    editable: bool
    plugin: str = ""


class FieldsView(ConsoleView):
    """字段: choose a kind, order its fields, edit one; publishing says first what it touches."""

    permission, group, words_ = "company", ("系统", "System"), ("字段", "Fields")
    icon_name = "columns"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Fields", url="/fields", endpoint="fields")

    @expose("/")
    def index(self) -> Any:
        """Go to the first kind."""
        return redirect(url_for(".kind", of="lead"))

    @expose("/<of>/")
    def kind(self, of: str) -> Any:
        """Show the fields of a kind, and the form of the one that the address names."""
        here = self._kind(of)
        chosen = request.args.get("field", "")
        if not chosen and "new" not in request.args:
            rows = [row for _, some in self._sections(here) for row in some if row.editable]
            chosen = rows[0].field.name if rows else ""
        return self._page(here, chosen, None, None)

    @expose("/<of>/impact", methods=["POST"])
    def impact(self, of: str) -> Any:
        """Return what publishing the form as it is would touch, as a part of the page."""
        here, chosen = self._kind(of), request.form.get("name", "")
        try:
            present = present_values(self.ws, of, chosen) if chosen else None
            values = values_of(request.form, present)
            whole = {**(present or {}), **values}
            found = touched_by_field(self.ws, of, chosen, values) if present is not None else []
            field = as_field(chosen, whole)
        except (Invalid, NotFound) as error:
            return self.show("company/field_impact", error=_words(error), touched=[], **self._common(here))
        return self.show(
            "company/field_impact",
            field=field,
            touched=found,
            open=[one for one in found if one.choices],
            totals=counted([one.use for one in found]),
            changed=len(values) if present is not None else 0,
            answers=answers_of(request.form),
            clears_mask=bool(present and present["mask"] and values.get("mask") == ""),
            **self._common(here),
        )

    @expose("/<of>/publish", methods=["POST"])
    def publish(self, of: str) -> Any:
        """Publish the form: a new field, or changes of one that is there."""
        here, form = self._kind(of), request.form
        new = form.get("new") == "1"
        chosen = form.get("name", "").strip()
        try:
            present = None if new else present_values(self.ws, of, chosen)
            values = values_of(form, present)
            if not values:
                flash(published_words(None))
                return redirect(url_for(".kind", of=of, field=chosen))
            asked = Asked(origin(), revision_of(form), answers_of(form), form.get("typed_name", ""))
            change = publish_field(self.ws, of, chosen, values, asked)
        except (Invalid, Conflict, Forbidden) as error:
            return self._page(here, chosen, form, error), error.status
        flash(published_words(change))
        return redirect(url_for(".kind", of=of, field=chosen if chosen in self.ws.kinds[of].by_name else ""))

    @expose("/<of>/layout", methods=["POST"])
    def layout(self, of: str) -> Any:
        """Publish the order, the sections or the columns that the page sends as JSON; answer with the new revision."""
        self._kind(of)
        sent = request.get_json(silent=True)
        try:
            if not isinstance(sent, dict) or any(unstorable(sent)):
                raise Invalid([])
            values = {key: sent[key] for key in ("sections", "columns") if key in sent}
            revision = sent.get("revision")
            asked = Asked(origin(), revision if isinstance(revision, int) else None)
            change = publish_layout(self.ws, of, values, asked)
        except ClewError as error:
            return _json({"error": _words(error) or t("读不出来；请刷新", "it can't be read: reload")}), error.status
        row = LayoutRecord.get_or_none(LayoutRecord.kind == of)
        undo_at = url_for("fields.take_back", change_id=change.id) if change is not None else ""
        return _json({"revision": row.revision if row is not None else None, "undo": undo_at})

    @expose("/changes/<change_id>/undo", methods=["POST"])
    def take_back(self, change_id: str) -> Any:
        """Take a publishing back."""
        try:
            undone = undo(self.ws, change_id, origin())
        except (Invalid, Conflict, Forbidden) as error:
            flash(_words(error), "error")
        else:
            kept = _kept_words([reason for _, _, reason in undone.kept])
            flash(t(f"已撤销 {undone.back} 处{kept}", f"{undone.back} put back{kept}"))
        back = request.form.get("next", "")
        return redirect(back if back.startswith(("/fields/", "/processes/", "/kinds/")) else url_for(".index"))

    # ---- Inside

    def _kind(self, of: str) -> Kind:
        kind = self.ws.kinds.get(of)
        if kind is None or kind not in self._kinds():
            raise NotFound("没有这类记录。", "there is no such kind of record")
        return kind

    def _kinds(self) -> list[Kind]:
        return [
            one
            for one in self.ws.kinds.values()
            if (is_served(one) and extensible(one)) or any(field.open for field in one.fields)
        ]

    def _sections(self, kind: Kind) -> list[tuple[Text, list[Row]]]:
        """Return the fields by section, then those that the system fills in."""
        plugins = {
            row.name: self.plugin_title(row.plugin)
            for row in FieldDefinition.select().where(FieldDefinition.kind == kind.name)
        }
        shown = [one for one in kind.fields if not one.secret and one.name not in ("lock_rule", "lock_version")]
        filled = [one for one in shown if one.form]
        found = [(title, [self._row(kind, one, plugins) for one in some]) for title, some in kind.grouped(filled)]
        system = [self._row(kind, one, plugins) for one in shown if not one.form]
        return [*found, (Text("自动写入", "Filled in by the system"), system)] if system else found

    def _row(self, kind: Kind, field: Field, plugins: dict[str, str]) -> Row:
        plugin = plugins.get(field.name, "")
        editable = field.name in plugins or open_field(self.ws.kinds, kind.name, field.name) is not None
        return Row(field, t(*TYPE_WORDS.get(field.type, (field.type, field.type))), editable and not plugin, plugin)

    def _common(self, kind: Kind) -> dict[str, Any]:
        locale = "en" if english() else "zh"
        return {"kind": kind, "locale": locale, "as_text": lambda text: text.for_locale(locale)}

    def _page(self, kind: Kind, chosen: str, form: Any, error: ClewError | None) -> str:
        name, row = kind.name, definition_of(kind.name, chosen) if chosen else None
        here = kind.by_name.get(chosen)
        problems: dict[str, str] = {}
        if isinstance(error, Invalid):
            problems = {one.field: one.text.for_locale(locale()) for one in error.problems}
        present = self._present(name, chosen, form)
        layout = LayoutRecord.get_or_none(LayoutRecord.kind == name)
        counts = by_option(kind, here) if here is not None and here.options else {}
        held = holding(kind, here).count() if here is not None and here.type != "boolean" else 0
        new = form.get("new") == "1" if form is not None else not chosen and bool(extensible(kind))
        touched: list[Touch] = []
        if form is not None and not new:
            touched = self._touched(name, chosen, form)
        return self.show(
            "company/fields",
            kinds=self._kinds(),
            sections=self._sections(kind),
            retired=list(
                FieldDefinition.select()
                .where((FieldDefinition.kind == name) & ~FieldDefinition.active)
                .order_by(FieldDefinition.name)
            ),
            chosen=chosen,
            here=here,
            new=new,
            row=row,
            revision=form.get("revision", "") if form is not None else (row.revision if row is not None else ""),
            values=present,
            editable=new or present is not None,
            may_add=extensible(kind),
            problems=problems,
            others=self._others(problems, error),
            touched=touched,
            answers=answers_of(form) if form is not None else {},
            unanswered=len(unanswered(touched, answers_of(form))) if form is not None else 0,
            layout_revision=layout.revision if layout is not None else None,
            columns=columns_of(kind),
            first_columns=first_columns(kind),
            counts=counts,
            option_words={key: t(*words) for key, words in OPTION_WORDS.items()},
            held=held,
            records=kind.model.select().count(),
            types=[one for one in TYPES if one != "json"],
            type_words=TYPE_WORDS,
            mask_words=MASK_WORDS,
            colours=[(name, t(*COLOUR_WORDS[name])) for name in COLOURS],
            plugins=[one.name for one in PluginRecord.select().order_by(PluginRecord.name)],
            bundled=here is not None and not here.extra,
            plugin=row.plugin if row is not None else "",
            targets=[one for one in self.ws.kinds.values() if is_served(one) or one.name in ("user", "team")],
            choosers=[one for one in kind.fields if one.options and one.form and one.name != chosen],
            changes=self._changes(name),
            **self._common(kind),
        )

    def _present(self, kind: str, chosen: str, form: Any) -> dict[str, Any] | None:
        try:
            present = (
                present_values(self.ws, kind, chosen) if chosen and (form is None or form.get("new") != "1") else None
            )
        except NotFound:
            return None
        if form is not None:
            try:
                return {**(present or {}), **values_of(form, None)}
            except Invalid:
                return present
        return present

    def _touched(self, kind: str, chosen: str, form: Any) -> list[Touch]:
        try:
            return touched_by_field(self.ws, kind, chosen, values_of(form, present_values(self.ws, kind, chosen)))
        except (Invalid, NotFound):
            return []

    def _others(self, problems: dict[str, str], error: ClewError | None) -> list[str]:
        """Return what is wrong and stands beside no field of the form."""
        beside = {
            "label_zh",
            "label_en",
            "type",
            "options",
            "mask",
            "name",
            "target",
            "trade",
            "needed_when",
            "typed_name",
        }
        found = [words for name, words in problems.items() if name not in beside]
        return [*found, _words(error)] if error is not None and not isinstance(error, Invalid) else found

    def _changes(self, kind: str) -> list[tuple[CompanyChange, bool]]:
        own = (CompanyChange.subject == "fields") & (CompanyChange.name == kind)
        rows = CompanyChange.select().where(own).order_by(CompanyChange.id.desc()).limit(_SHOWN_CHANGES)
        return [(row, can_undo(self.ws, row)) for row in rows]


def _words(error: ClewError) -> str:
    return error.text.for_locale(locale())


def _kept_words(reasons: list[Text]) -> str:
    """Return how many things stay as they are after an undo, and why; empty for none."""
    if not reasons:
        return ""
    said = list(dict.fromkeys(one.for_locale(locale()) for one in reasons))[:_MOST_REASONS]
    n = len(reasons)
    return t(f"；{n} 处没有动：{'；'.join(said)}", f"; {n} stay as they are: {'; '.join(said)}")


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")
