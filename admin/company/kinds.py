"""记录种类 kinds: a kind of record of the company's own made, renamed, retired and brought back on one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.company.kind_publishing import (
    definition_of,
    present_values,
    publish_kind,
    retired_kinds,
    touched_by_kind,
    who_may,
)
from ...core.company.publishing import Asked, Touch
from ...core.company.undoing import can_undo
from ...core.company.use import counted
from ...core.errors import ClewError, Conflict, Forbidden, Invalid, NotFound
from ...core.kinds import CompanyChange, KindDefinition
from ...core.roles import ACTIONS
from ...core.schema.kind import Kind
from ...hooks.text import Text
from ..base import ConsoleView
from ..records.served import is_served
from ..session import english, locale, origin, t
from .field_forms import answers_of, published_words, revision_of
from .kind_forms import ICONS, chosen_of, named_parents, values_of

_SHOWN_CHANGES = 8


class KindsView(ConsoleView):
    """记录种类: a new one, or one of the company's own, beside who may do what with its records."""

    permission, group, words_ = "company", ("系统", "System"), ("记录种类", "Kinds of record")
    icon_name, in_rail, rail_key = "columns", False, "fields"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Kinds", url="/kinds", endpoint="kinds")

    @expose("/")
    def index(self) -> str:
        """Show the form of a new kind, or of the one that the address names."""
        name = request.args.get("of", "")
        return self._page(name, self._row(name) if name else None, None, None)

    @expose("/impact", methods=["POST"])
    def impact(self) -> str:
        """Return what publishing the form as it is would make or touch, as a part of the page."""
        form, name = request.form, request.form.get("name", "").strip()
        row = None if form.get("new") == "1" else self._row(name)
        values = values_of(form, row)
        problems: dict[str, str] = {}
        touched: list[Touch] = []
        try:
            touched = touched_by_kind(self.ws, name, values)
        except Invalid as error:
            problems = self._problems(error)
        return self.show(
            "company/kind_impact",
            row=row,
            name=name,
            shown=chosen_of(form),
            changed=len(values),
            retires=row is not None and row.active and values.get("active") is False,
            errors=[] if row is None and not name else list(problems.values()),
            touched=touched,
            totals=counted([one.use for one in touched]),
            answers=answers_of(form),
            **self._common(name),
        )

    @expose("/publish", methods=["POST"])
    def publish(self) -> Any:
        """Publish the form: a new kind, or changes of one that is there."""
        form, name = request.form, request.form.get("name", "").strip()
        new = form.get("new") == "1"
        row = None if new else self._row(name)
        try:
            asked = Asked(origin(), revision_of(form), answers_of(form), form.get("typed_name", ""))
            change = publish_kind(self.ws, name, values_of(form, row), asked, staged=form.get("staged") == "1")
        except (Invalid, Conflict, Forbidden) as error:
            return self._page(name, row, form, error), error.status
        if not new:
            flash(published_words(change))
            return redirect(url_for(".index", of=name))
        flash(t("已建好，导航里有了；现在加字段", "Made, and on the rail: now add its fields"))
        return redirect(url_for("fields.kind", of=name, new=1))

    # ---- Inside

    def _row(self, name: str) -> KindDefinition:
        row = definition_of(name)
        if row is None or row.plugin:
            raise NotFound(
                "没有这种记录，或者它不是公司自己建的。", "there is no such kind, or it is not the company's own"
            )
        return row

    def _problems(self, error: ClewError | None) -> dict[str, str]:
        if not isinstance(error, Invalid):
            return {}
        return {one.field: one.text.for_locale(locale()) for one in error.problems}

    def _common(self, name: str) -> dict[str, Any]:
        words = "en" if english() else "zh"
        own_row = any(name in role.cells for role in self.ws.configuration.roles.roles.values())
        return {
            "locale": words,
            "as_text": lambda text: text.for_locale(words),
            "gives": who_may(name),
            "own_row": own_row,
            "actions": {one: ACTIONS[one] for one in ("see", "create", "change", "move", "export")},
            "may_roles": access.may(self.actor, "roles"),
            "titles": self._titles(),
        }

    def _titles(self) -> Mapping[str, Text]:
        return {kind.name: kind.title for kind in self.ws.kinds.values()}

    def _own(self) -> list[Kind]:
        return [one for one in self.ws.kinds.values() if one.data and not one.plugin and is_served(one)]

    def _page(self, name: str, row: KindDefinition | None, form: Any, error: ClewError | None) -> str:
        shown = chosen_of(form) if form is not None else present_values(row) if row is not None else {"owned": True}
        problems = self._problems(error)
        beside = {"name", "title_zh", "title_en", "belongs_to"}
        others = [words for field, words in problems.items() if field not in beside]
        if error is not None and not isinstance(error, Invalid):
            others.append(error.text.for_locale(locale()))
        touched: list[Touch] = []
        if form is not None and row is not None and not problems.keys() - {"typed_name"} - _answers(problems):
            touched = touched_by_kind(self.ws, name, values_of(form, row))
        return self.show(
            "company/kind",
            row=row,
            name=name,
            new=row is None,
            shown=shown,
            revision=form.get("revision", "") if form is not None else (row.revision if row is not None else ""),
            problems=problems,
            others=others,
            failed=error is not None,
            parents=named_parents(self.ws, name),
            icons=[(one, t(*words)) for one, words in ICONS.items()],
            taken=sorted({*self.ws.kinds, *(one.name for one in KindDefinition.select(KindDefinition.name))}),
            own=self._own(),
            retired=list(retired_kinds()),
            touched=touched,
            answers=answers_of(form) if form is not None else {},
            changes=self._changes(name) if row is not None else [],
            **self._common(name),
        )

    def _changes(self, name: str) -> list[tuple[CompanyChange, bool]]:
        own = (CompanyChange.subject == "kind") & (CompanyChange.name == name)
        rows = CompanyChange.select().where(own).order_by(CompanyChange.id.desc()).limit(_SHOWN_CHANGES)
        return [(row, can_undo(self.ws, row)) for row in rows]


def _answers(problems: Mapping[str, str]) -> set[str]:
    return {one for one in problems if one.startswith("answers.")}
