"""Flask-Admin's ModelView over the door, made for one kind of record from its declaration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request
from peewee import ModelSelect

from ...core.access import policy as access
from ...core.errors import Conflict
from ...core.roles import refused
from ...core.storage.queries import among, found_in, tuples
from ..session import origin
from . import forms, served
from .lists import MOST_EXPORTED, RecordList

_EXPORTED_AT_ONCE = 1_000


class TooMany(Conflict):
    """A list has more rows than one file takes; none is left out without a word, so there is no file."""

    code = "too_many_rows"

    def __init__(self) -> None:
        super().__init__(
            f"这个列表超过 {MOST_EXPORTED:,} 行，一个文件装不下；请先加筛选（例如按进入时间分段），分几次导出。",
            f"this list has more than {MOST_EXPORTED:,} rows, too many for one file: filter it (by date, say) and export the parts",
        )


class RecordModelView(RecordList):
    """The list, the page and the form of one kind; every write goes through the door, every read through the policy."""

    # ---- Forms

    def scaffold_form(self) -> type[Any]:
        """Return the form for a new record."""
        return forms.form_class(self.kind, forms.created_with(self.kind), self.form_base_class)

    def get_edit_form(self) -> type[Any]:
        """Return the form for a record that is there."""
        return forms.form_class(self.kind, forms.edited_with(self.kind), self.form_base_class)

    def create_model(self, _form: Any) -> Any:
        """Make a record through the door, once for each page that asks. Raises what the door raises."""
        fields = forms.created_with(self.kind)
        forms.check_still_there(fields, request.form)
        values = forms.values_of_form(self.asker(), fields, request.form)
        given = forms.complete(self.asker(), self.kind, fields, values)
        key = f"console:{self.actor.id}:{request.form.get('key', '')[:40]}" if request.form.get("key") else None
        return self.ws.door.create(self.kind.name, given, origin(), key).record

    def update_model(self, _form: Any, model: Any) -> bool:
        """Change through the door what somebody changed in the form. Raises what the door raises."""
        fields = forms.edited_with(self.kind)
        forms.check_still_there(fields, request.form)
        touched = [
            one
            for one in fields
            if forms.as_was(forms.typed(request.form, one)).replace("\r\n", "\n") != forms.was(request.form, one)
        ]
        values = forms.values_of_form(self.asker(), touched, request.form)
        revision = request.form.get("revision", type=int)
        if revision is None:
            raise Conflict("这一页不完整；请刷新后再改。", "this page is not whole: reload it")
        self.ws.door.change(self.kind.name, model.id, values, origin(), revision)
        return True

    def get_one(self, id: Any) -> Any:
        """Return the record of that id, if the viewer sees it."""
        return self.get_query().where(self.model.id == id).first() if served.is_id(str(id)) else None

    # ---- Files

    def exported(self, query: ModelSelect) -> ModelSelect:
        """Return those rows of a list that the viewer may take along as a file. Raises Forbidden if that is none."""
        if not self.may_export:
            raise refused()
        if "all" in access.scopes(self.actor, self.kind.name, "export"):
            return query
        allowed = access.within(self.ws.kinds, self.actor, self.kind.name, "export")
        return query.where(found_in(self.model.id, allowed.select(self.model.id)))

    def lines_of(self, query: ModelSelect) -> Iterator[list[Any]]:
        """Yield rows as a file has them, in the order of a query: so many at a time, that memory stays bounded.

        Their ids are read first, all at once: so the order is found once, whatever it is by. Raises TooMany.
        """
        ids = [one for (one,) in tuples(query.select(self.model.id).limit(MOST_EXPORTED + 1))]
        if len(ids) > MOST_EXPORTED:
            raise TooMany()
        names = [name for name, _ in self._export_columns]
        for start in range(0, len(ids), _EXPORTED_AT_ONCE):
            some = ids[start : start + _EXPORTED_AT_ONCE]
            found = {row.id: row for row in self.model.select().where(among(self.model.id, some))}
            here = [found[one] for one in some if one in found]
            self.prepare(here)
            yield from ([self.get_export_value(row, name) for name in names] for row in here)
