"""The list of a kind on Flask-Admin's ModelView: rows by the policy, search, filters, sort, pages, columns, words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import current_app, g, request, session
from flask_login import current_user
from markupsafe import Markup, escape
from peewee import Case, ModelSelect

from ...core.access import policy as access
from ...core.access.policy import may_write
from ...core.intake.importing.formulas import defused
from ...core.kinds import SavedView
from ...core.kinds.saved_view import shares_of
from ...core.schema.fields import Field
from ...core.schema.kind import Kind
from ...core.storage.ids import new_id
from ...core.storage.ordering import Piece, pieces, pieces_before, rows_of
from ...core.storage.queries import tuples
from ...core.workbench.acts import actions_of, processes_of
from ...core.workspace import Workspace
from ..base import PAGE
from ..session import english, locale
from . import columns, forms, saved, served
from .address import ListAddress
from .export import cell_of
from .filters import Asker, FieldFilter, filters_of, named_like, text_fits
from .forms import VisibleLoader
from .paging import PageAsked, told
from .saved import Tab
from .wording import MISSING, RecordWords

MOST_EXPORTED = 1_000_000
"""A sheet of a workbook takes hardly more."""
_MOST_VALUES = 200
_NEWEST = 500
"""Of so many rows the values are offered beside the search box."""
_MOST_KEPT = 12
_KEPT_COLUMNS = "columns"


class RecordList(ListAddress):
    """The list of one kind of record, as far as each viewer may see it."""

    list_template = "clew/records.html"
    can_delete = False
    can_view_details = True
    can_export = True
    export_types = ("csv", "xlsx")
    page_size = PAGE
    added: tuple[Field, ...] = ()
    """Columns that are no fields of the kind; see `added_value`."""
    first: tuple[str, ...] = ()
    """The columns shown at first; none: as the fields' declarations suggest."""
    quick: tuple[str, ...] = ()
    """The fields whose values are chosen beside the search box, with one click."""
    born = "created_at"
    """The moment by which a record is new."""

    def __init__(self, ws: Workspace, kind: Kind, endpoint: str = "records") -> None:
        self.ws, self.kind = ws, kind
        self.asker: Callable[[], Asker] = lambda: Asker(self.ws, self.actor)
        own = columns.columns_of(kind)
        self.fields = {one.name: one for one in (*own, *self.added)}
        self.column_list = self.column_details_list = list(self.fields)
        self.column_type_formatters: dict[type, Any] = {}
        self.column_type_formatters_export: dict[type, Any] = {}
        self.column_type_formatters_detail: dict[type, Any] = {}
        self.column_formatters = dict.fromkeys(self.fields, _list_cell)
        self.column_formatters_detail = dict.fromkeys(self.fields, _detail_cell)
        self.column_formatters_export = dict.fromkeys(self.fields, _file_cell)
        self.column_sortable_list = [one.name for one in own if columns.sortable(one)]
        self.column_searchable_list = [one.name for one in columns.searched(kind)]
        self.column_filters = filters_of(kind, own, self.asker)
        loaded = [one for one in forms.created_with(kind) if one.type == "reference"]
        self.form_ajax_refs = {one.name: VisibleLoader(one, self.asker) for one in loaded}
        super().__init__(ws, model=kind.model, name=kind.plural.en, endpoint=endpoint, url=f"/{kind.name}")
        self.permission, self.words_, self.icon_name = "", (kind.title.zh, kind.plural.en), kind.icon
        self.rail_key = self.rail_key or f"records:{kind.name}"

    # ---- Access and addresses

    def is_accessible(self) -> bool:
        """Say whether the viewer may open the pages of this kind."""
        return current_user.is_authenticated and served.may_open(self.ws.kinds, self.actor, self.kind)

    @property
    def may_write(self) -> bool:
        """Whether the viewer may make and change records of this kind."""
        return may_write(self.actor, self.kind)

    @property
    def can_create(self) -> bool:
        """Whether the viewer may make records of this kind."""
        return self.may_write and forms.is_complete(self.kind)

    @property
    def can_edit(self) -> bool:
        """Whether the viewer may change records of this kind."""
        return self.may_write and bool(forms.edited_with(self.kind))

    @property
    def base_url(self) -> str:
        """Where the kind's other pages are."""
        return f"/records/{self.kind.name}/"

    @property
    def new_url(self) -> str:
        """Where a new record is made."""
        return f"{self.base_url}new"

    def record_url(self, record: Any) -> str:
        """Return where a record's page is."""
        return served.record_path(self.kind, record.id)

    def edit_url(self, record: Any) -> str:
        """Return where a record is changed."""
        return f"{self.base_url}{record.id}/edit"

    def title(self) -> str:
        """Return what the kind's records are called."""
        return self.kind.plural.en if english() else self.kind.title.zh

    # ---- Query, search, sort, pages

    def get_query(self) -> ModelSelect:
        """Return the rows the viewer may see."""
        return access.visible(self.ws.kinds, self.actor, self.kind.name)

    def init_search(self) -> bool:
        """Take every text field as searched, also those kept in `extra`."""
        self._search_fields = list(columns.searched(self.kind))
        return bool(self._search_fields)

    def searched(self, query: ModelSelect, text: str) -> ModelSelect:
        """Return a query narrowed to rows that hold each word of `text` in one of their text fields."""
        for word in text.split():
            found: Any = self.also_searched(word)
            for field in self._search_fields:
                one = text_fits(self.ws, self.actor, self.kind, field, word)
                found = one if found is None else found | one
            query = query.where(found if found is not None else False)
        return query

    def also_searched(self, word: str) -> Any:
        """Return the condition that something beside the record's own texts holds a word: whose record it is."""
        if not self._of_customers:
            return None
        customers = access.visible(self.ws.kinds, self.actor, "customer")
        named = named_like(self.ws, self.actor, self.ws.kinds["customer"], word)
        return self.model.customer_id.in_(customers.where(named).select(customers.model.id))

    @property
    def _of_customers(self) -> bool:
        """Whether records of this kind belong to customers by a column of their own."""
        field = self.kind.by_name.get("customer_id")
        return field is not None and field.parent and not field.extra

    def scaffold_sortable_columns(self) -> dict[str, str]:
        """Return the columns to sort by."""
        return {name: name for name in self.column_sortable_list}

    def get_list(
        self,
        page: int | None,
        sort_column: str | None,
        sort_desc: bool | None,
        search: str | None,
        filters: Sequence[Any] | None,
        execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int, Any]:
        """Return how many rows fit, and one page of them."""
        query = self.narrowed(search, filters)
        size = self.page_size if page_size is None else page_size
        if not execute or not size:
            return query.count(), self.ordered(query, sort_column, bool(sort_desc))
        asked = self.page_asked(page or 0)
        rows = self.page_rows(query, asked, sort_column, bool(sort_desc), size)
        self.prepare(rows)
        # One statement counts what is shown and the other views; a list of one page is counted already.
        known = None if asked.number or asked.has_more else len(rows)
        count, g.records_tabs = saved.tabs_of(self, query, known)
        return count, rows

    def page_rows(self, query: ModelSelect, asked: PageAsked, name: str | None, desc: bool, size: int) -> list[Any]:
        """Return one page of a query's rows, and keep in `asked` whether there are more behind it."""
        if asked.before and (place := self._place(asked.before, name)) is not None:
            if rows := rows_of(query, self.pieces(name, desc, before=place), size)[::-1]:
                asked.has_more = True
                return rows
            asked.number = 0
        after = self._place(asked.after, name) if asked.after else None
        skipped = 0 if after is not None else asked.number * size
        rows = rows_of(query, self.pieces(name, desc, after=after), size + 1, skipped)
        asked.has_more = len(rows) > size
        return rows[:size]

    def _place(self, record_id: str, name: str | None) -> tuple[Any, str] | None:
        """Return where in the order a record stands: what it is sorted by, and its id; None if it is gone."""
        by = self.model.id if name is None or name not in self._sortable_columns else self._sorting(name)
        found = self.get_query().where(self.model.id == record_id).select(by).tuples().first()
        return (found[0], record_id) if found is not None else None

    def ordered(self, query: ModelSelect, name: str | None, desc: bool) -> ModelSelect:
        """Return a whole query in the order that `pieces` has page by page."""
        if name is None or name not in self._sortable_columns:
            return query.order_by(self.model.id.desc())
        by, key = self._sorting(name), self.model.id
        if desc:
            return query.order_by(by.desc(nulls="last"), key.desc())
        return query.order_by(by.asc(nulls="last"), key.asc())

    def pieces(
        self,
        name: str | None,
        desc: bool,
        after: tuple[Any, str] | None = None,
        before: tuple[Any, str] | None = None,
    ) -> list[Piece]:
        """Return what to read in the order of a column, or the newest first; rows without a value come last.

        Rows alike come in the order of their making, which turns round along with the column: as an index has them.
        `after` and `before` are the place of a row: only what comes behind it is wanted or, backwards, what comes
        before it.
        """
        key = self.model.id
        if name is None or name not in self._sortable_columns:
            if before is not None:
                return [Piece(key > before[1], (key.asc(),))]
            return [Piece(None if after is None else key < after[1], (key.desc(),))]
        by = self._sorting(name)
        gaps = not isinstance(by, Case) and (self.fields[name].extra or by.null)
        if before is not None:
            return pieces_before(by, key, desc, gaps=gaps, before=before)
        return pieces(by, key, desc, gaps=gaps, after=after)

    def _sorting(self, name: str) -> Any:
        return columns.sorting(self.kind, self.fields[name], processes_of(self.ws, self.kind))

    def prepare(self, rows: Sequence[Any]) -> None:
        """Look up, once for all rows, what their cells say."""
        g.record_words = RecordWords(self.ws, self.actor, self.kind, rows, english())

    @property
    def words(self) -> RecordWords:
        """The words of the rows being shown."""
        return g.record_words  # type: ignore[no-any-return]

    # ---- Columns

    @property
    def _list_columns(self) -> list[tuple[str, str]]:
        return [(name, self.label(self.fields[name])) for name in self.chosen_columns()]

    @_list_columns.setter
    def _list_columns(self, value: Any) -> None:
        """Flask-Admin keeps columns from when a view is made; here they are the viewer's."""

    @property
    def _export_columns(self) -> list[tuple[str, str]]:
        return self._list_columns

    @_export_columns.setter
    def _export_columns(self, value: Any) -> None:
        """See `_list_columns`."""

    def label(self, field: Field) -> str:
        """Return a field's label in the viewer's language."""
        return field.label.for_locale(locale())

    def get_column_name(self, field: str) -> str:
        """Return a column's label; see `label` for the viewer's language."""
        return self.fields[field].label.zh

    def chosen_columns(self) -> list[str]:
        """Return the columns the viewer has chosen: by this address, or before in this session, or the first ones."""
        kept = session.get(_KEPT_COLUMNS, {})
        if "cols" in request.args:
            chosen = [name for name in ",".join(request.args.getlist("cols")).split(",") if name in self.fields]
            if "view" not in request.args:  # A view keeps its own.
                # A session is a cookie: it keeps the lists used last.
                others = [(name, names) for name, names in kept.items() if name != self.kind.name]
                session[_KEPT_COLUMNS] = dict([*others[-_MOST_KEPT:], (self.kind.name, chosen)])
        else:
            chosen = [name for name in kept.get(self.kind.name, ()) if name in self.fields]
        return list(dict.fromkeys(chosen)) or self.first_columns()

    def first_columns(self) -> list[str]:
        """Return the columns shown until somebody chooses others: the layout's, else the list's own."""
        laid = self.kind.layout.columns if self.kind.layout is not None else ()
        if not self.first or not laid:
            return list(self.first or columns.first_columns(self.kind))
        own = [name for name in self.first if name in self.fields and name not in self.kind.by_name]
        first = columns.first_columns(self.kind)
        return list(dict.fromkeys([*first[:1], *(one for one in own if one != "created_at"), *first[1:]]))

    # ---- What a page says

    def render(self, template: str, **values: Any) -> str:
        """Render a page of this kind with what every page of the console has."""
        return str(super().render(template, **{**self.page_values(), "kind": self.kind, "told": told, **values}))

    def counted(self, count: int) -> str:
        """Return the list's heading: how many records of what."""
        many = self.kind.title.en if count == 1 else self.kind.plural.en
        return f"{told(count)} {many.lower()}" if english() else f"{told(count)} 条{self.kind.title.zh}"

    def placeholder(self) -> str:
        """Return what can be looked for."""
        said = [self.label(one) for one in self._search_fields[: 2 if self._of_customers else 3]]
        if self._of_customers:
            said.append(self.label(self.kind.by_name["customer_id"]))
        return (", " if english() else "、").join(said)

    def how_to_begin(self) -> str:
        """Return how the first record comes to be."""
        if self.can_create:
            return "New ones stand here, the newest first." if english() else "新建以后就列在这里，最新的在最上面。"
        return (
            "They come by import, by the API or from colleagues who may make them."
            if english()
            else "由导入、接口或有权新建的同事带来，来了就列在这里。"
        )

    def quick_filters(self, chips: Sequence[dict[str, str]]) -> list[tuple[str, str, list[tuple[str, str]], str]]:
        """Return the filters beside the search box: name, label, what to choose from, and what is chosen."""
        chosen = {one["arg"]: one["raw"] for one in chips}
        found = []
        for one in self._filters or ():
            if one.arg not in self.quick:
                continue
            choices = one.choices(english())
            if not choices:
                column = columns.expression(self.kind, one.field)
                newest = self.get_query().select(column).order_by(self.model.id.desc()).limit(_NEWEST)
                found_values = dict.fromkeys(value for (value,) in tuples(newest) if value)
                choices = [(value, value) for value in sorted([*found_values][:_MOST_VALUES])]
            found.append((one.arg, self.label(one.field), choices, chosen.get(one.arg, "")))
        return sorted(found, key=lambda one: self.quick.index(one[0]))

    def filter_groups_shown(self) -> list[list[FieldFilter]]:
        """Return the filters to choose from, by field; a record that is belonged to is named, not picked by its id."""
        groups: dict[str, list[FieldFilter]] = {}
        for one in self._filters or ():
            named = one.field.type == "reference" and one.field.to not in ("user", "team")
            typed = one.field.type == "text" and not one.field.mask and one.field.name != "stage"
            always = one.operator == "empty" and not one.field.extra and not getattr(one.column, "null", True)
            if one.field.type == "moment" and always:
                continue
            if not ((named or typed) and one.operator == "is") and one.field.to != "team":
                groups.setdefault(one.field.name, []).append(one)
        return list(groups.values())

    def is_number(self, name: str) -> bool:
        """Say whether a column's values stand to the right."""
        return columns.is_number(self.fields[name])

    def added_value(self, _record: Any, _one: Field) -> Any:
        """Return a record's value in an added column."""
        return None

    def cell(self, record: Any, one: Field, exact: bool) -> Markup:
        """Return a record's value as a cell of a list, or as its page has it."""
        if one in self.added:
            return Markup(escape(self.added_value(record, one)))
        return Markup(cells().cell(self, record, one, exact))

    def head_of(self, record: Any, name: str) -> str:
        """Return what a row's link says: its first column, or what the record is called."""
        text = self.words.text(record, self.fields[name])
        return self.words.title(record) if text == MISSING or name in self.kind.named_by else text

    def beside(self, _record: Any) -> Markup:
        """Return what stands behind a row's link."""
        return Markup("")

    def tabs(self) -> list[Tab]:
        """Return the views of the list."""
        return g.records_tabs  # type: ignore[no-any-return]

    def saved_view(self) -> SavedView | None:
        """Return the saved view that is shown."""
        return saved.current(self)

    def view_changed(self, one: SavedView) -> bool:
        """Say whether the list shows something else than its saved view does."""
        return saved.is_changed(self, one)

    def view_shares(self) -> list[tuple[str, str]]:
        """Return with whom the viewer may share a view, in words."""
        return saved.shares_shown(shares_of(self.actor))

    def views_url(self) -> str:
        """Return where the forms of this list's views go to: what the list shows now goes along."""
        return f"{self.base_url}views?{urlencode(self.said_by(self._get_list_extra_args()))}"

    def new_key(self) -> str:
        """Return a key under which a form makes one record, however often it is sent."""
        return new_id(self.ws.clock.now())

    def bulk_actions(self) -> list[str]:
        """Return the bulk actions the viewer may use."""
        return actions_of(self.ws, self.actor, self.kind)

    @property
    def may_export(self) -> bool:
        """Say whether the viewer may take rows along as a file."""
        return bool(access.scopes(self.actor, self.kind.name, "export"))


def cells() -> Any:
    """Return the macros that cells are written by."""
    return current_app.jinja_env.get_template("clew/record_cells.html").module


def _list_cell(view: RecordList, _context: Any, record: Any, name: str) -> Markup:
    return view.cell(record, view.fields[name], False)


def _detail_cell(view: RecordList, _context: Any, record: Any, name: str) -> Markup:
    return view.cell(record, view.fields[name], True)


def _file_cell(view: RecordList, _context: Any, record: Any, name: str) -> Any:
    one = view.fields[name]
    if one in view.added:
        value = view.added_value(record, one)
        return defused(value) if isinstance(value, str) else value
    return cell_of(view.words, record, one)
