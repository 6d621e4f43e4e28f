"""The address of a list: which rows it asks for, in which order, and what is wrong with it; chips say it in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import g, request
from flask_admin.contrib.peewee import ModelView
from flask_admin.model.base import ViewArgs
from peewee import ModelSelect

from ...core.errors import Invalid, Problem
from ...core.schema.fields import Field
from ...core.schema.kind import Kind
from ...core.workbench import Waiting, named
from ...hooks.text import Text
from ..base import ConsoleView
from ..session import english, locale
from . import served
from .filters import RESERVED, FieldFilter
from .paging import FARTHEST, PageAsked, next_of, page_of, previous_of

LONGEST_SEARCH = 100
KEPT = ("q", "sort", "desc", "cols", "waits")
"""What an address says of a list beside filters and flags, and a saved view keeps."""


@dataclass(frozen=True)
class Flag:
    """A filter that is no field's: `name` in the address, what it is called, and the rows that fit.

    One that only links lead to has no `tab`.
    """

    title: Text
    rows: Callable[[ModelSelect], ModelSelect]
    tab: bool = True


class ListAddress(ConsoleView, ModelView):  # type: ignore[misc]
    """What the list of a kind reads from its address; see `RecordList`."""

    kind: Kind
    fields: dict[str, Field]
    label: Callable[[Field], str]
    get_query: Callable[[], ModelSelect]
    searched: Callable[[ModelSelect, str], ModelSelect]

    @property
    def list_url(self) -> str:
        """Where the list is."""
        return served.list_path(self.kind)

    def flags(self) -> Mapping[str, Flag]:
        """Return the filters that are no field's, by their names in the address."""
        return {}

    # ---- Which rows

    def narrowed(
        self, search: str | None, filters: Sequence[Any] | None, said: Mapping[str, str] | None = None
    ) -> ModelSelect:
        """Return the rows that fit a search and filters; `said` is the address, for its flags: this page's own."""
        said = request.args if said is None else said
        query = self.get_query()
        if search:
            query = self.searched(query, search)
        for index, _, value in filters or ():
            one = self._filters[index]
            query = one.apply(query, one.clean(value))
        for name, flag in self.flags().items():
            if said.get(name):
                query = flag.rows(query)
        thing = self.waits_for(said)
        return query if thing is None else query.where(self.model.id.in_(thing.rows.select(self.model.id)))

    def waits_for(self, said: Mapping[str, str] | None = None) -> Waiting | None:
        """Return what of the viewer's day an address asks for: the list then shows exactly the rows it counts."""
        name = (request.args if said is None else said).get("waits", "")
        thing = named(self.ws, self.actor, name) if name else None
        return thing if thing is not None and thing.kind == self.kind.name else None

    def rows_asked(self, said: Mapping[str, str]) -> ModelSelect:
        """Return the rows that an address asks for; filters that are wrong or gone are left out."""
        args = self.args_of(said, [])
        return self.narrowed(args.search, args.filters, said)

    def page_asked(self, number: int) -> PageAsked:
        """Return the page that this address asks for; the same one all through a request."""
        if "records_page" not in g:
            g.records_page = page_of(request.args, number)
        return g.records_page  # type: ignore[no-any-return]

    # ---- Reading an address

    def get_filter_arg(self, _index: int, flt: FieldFilter) -> str:
        """Return the name of a filter in the address."""
        return flt.arg

    def args_of(self, said: Mapping[str, str], problems: list[Problem]) -> ViewArgs:
        """Return what an address says; what is wrong with its filters is added to `problems`, and they are left out."""
        sort, page = said.get("sort", ""), said.get("page", "")
        digits = page.isascii() and page.isdigit()
        number = 1 if not digits else int(page) if len(page) < 12 else FARTHEST
        extra = [*KEPT[3:], *self.flags(), "view"]
        return ViewArgs(
            page=max(0, min(number - 1, FARTHEST)),
            page_size=self.page_size,
            sort=sort if sort in self._sortable_columns else None,
            sort_desc=said.get("desc") == "1",
            search=said.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
            filters=self._filters_of(said, problems),
            extra_args={name: said[name] for name in extra if said.get(name)},
        )

    def _filters_of(self, said: Mapping[str, str], problems: list[Problem]) -> list[Any]:
        found = []
        known = self._filter_args or {}
        passed = RESERVED | self.flags().keys()
        for arg, value in said.items():
            if arg in passed or not value.strip():
                continue
            here = known.get(arg) or (known.get(arg.removesuffix(".is")) if arg.endswith(".is") else None)
            if here is None:
                problems.append(Problem(arg, Text(f"没有「{arg}」这个筛选了", f"there is no filter {arg!r} any more")))
                continue
            index, one = here
            try:
                one.clean(value)
            except Invalid as error:
                problems.extend(error.problems)
            else:
                found.append((index, one.arg, value.strip()))
        return found

    def _get_list_extra_args(self) -> ViewArgs:
        if "records_args" not in g:
            g.records_refused = []
            g.records_args = self.args_of(request.args, g.records_refused)
        return g.records_args

    @property
    def refused(self) -> list[tuple[str, str]]:
        """What is wrong with filters of this address, in words, and the address without each; they are left out."""
        self._get_list_extra_args()
        known = {one.field.name: one for one in self._filters or ()}
        found = []
        for problem in g.records_refused:
            words, name = problem.text.for_locale(locale()), problem.field
            label = f"{self.label(known[name].field)}{': ' if english() else '：'}" if name in known else ""
            rest = [
                (arg, value)
                for arg, value in request.args.items(multi=True)
                if arg != name and arg.partition(".")[0] != name and arg not in ("after", "before", "page")
            ]
            found.append((label + words, f"{self.list_url}?{urlencode(rest)}"))
        return found

    def whole_args(self) -> ViewArgs:
        """Return what the address says, for what is done with every row. Raises Invalid for a filter that is wrong."""
        args = self._get_list_extra_args()
        if g.records_refused:
            raise Invalid(g.records_refused)
        return args

    def _get_column_by_idx(self, idx: Any) -> tuple[str, str] | None:
        return (idx, idx) if idx in self.fields else None

    # ---- Writing an address

    def said_by(self, view_args: ViewArgs) -> dict[str, str]:
        """Return what the address of a list says, without its page."""
        said: dict[str, str] = {"q": view_args.search} if view_args.search else {}
        said |= {self._filters[index].arg: value for index, _, value in view_args.filters or ()}
        if view_args.sort:
            said |= {"sort": view_args.sort, **({"desc": "1"} if view_args.sort_desc else {})}
        return {**said, **view_args.extra_args}

    def address(self, said: Mapping[str, Any]) -> str:
        """Return the address of the list that says so."""
        return f"{self.list_url}?{urlencode(said)}" if said else self.list_url

    def _get_list_url(self, view_args: ViewArgs) -> str:
        said: dict[str, Any] = self.said_by(view_args)
        return self.address(said | ({"page": view_args.page + 1} if view_args.page else {}))

    def page_links(self, rows: Sequence[Any]) -> tuple[str, str]:
        """Return the addresses of the page before this one and of the next; empty where there is none."""
        args = self._get_list_extra_args()
        asked, said = self.page_asked(args.page), self.said_by(args)
        found = [previous_of(asked, rows), next_of(asked, rows)]
        before, after = ("" if one is None else self.address({**said, **one}) for one in found)
        return before, after

    # ---- In words

    def chips(self, view_args: ViewArgs) -> list[dict[str, Any]]:
        """Return the filters in force: their words, what of them is gone, and the address without each."""
        found: list[dict[str, Any]] = []
        given = view_args.filters or []
        for number, (index, _, value) in enumerate(given):
            one = self._filters[index]
            without = [other for place, other in enumerate(given) if place != number]
            args = view_args.clone(filters=without, page=0)
            found.append(
                {
                    "label": self.label(one.field),
                    "operator": one.operator,
                    "value": one.in_words(value, english()),
                    "gone": one.gone(value),
                    "url": self._get_list_url(args),
                    "arg": one.arg,
                    "raw": value,
                }
            )
        return found

    def flag_chips(self, view_args: ViewArgs) -> list[tuple[str, str]]:
        """Return the filters in force that are no field's: their words, and the address without each."""
        found = []
        flags = {name: flag.title for name, flag in self.flags().items()}
        thing = self.waits_for()
        titles = {**flags, **({"waits": thing.title} if thing is not None else {})}
        for name, title in titles.items():
            if view_args.extra_args.get(name):
                rest = {key: value for key, value in view_args.extra_args.items() if key != name}
                url = self._get_list_url(view_args.clone(extra_args=rest, page=0))
                found.append((title.for_locale(locale()), url))
        return found

    def without_each(self, view_args: ViewArgs) -> list[tuple[dict[str, Any], int]]:
        """Return each filter in force with how many rows there were without it: what an empty list says."""
        given = view_args.filters or []
        found: list[tuple[dict[str, Any], int]] = []
        for number, chip in enumerate(self.chips(view_args)):
            rest = [other for place, other in enumerate(given) if place != number]
            found.append((chip, self.narrowed(view_args.search, rest).count()))
        if view_args.search:
            args = view_args.clone(search=None, page=0)
            chip = {"label": "", "operator": "", "value": view_args.search, "url": self._get_list_url(args)}
            found.append((chip, self.narrowed(None, given).count()))
        return found
