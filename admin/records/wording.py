"""The values of a page's records in words for one viewer: masked where they must be, looked up once for all rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...core.access import policy as access
from ...core.access.masking import HIDDEN
from ...core.access.naming import name_of
from ...core.access.wholeness import whole_ids
from ...core.documents.media_types import called
from ...core.journal.origin import Actor
from ...core.kinds import Team, User
from ...core.schema.fields import Field
from ...core.schema.kind import Kind
from ...core.workspace import Workspace
from .. import words
from .served import may_open, record_path

MISSING = "—"


def value_of(record: Any, field: Field) -> Any:
    """Return the value of a field: a column, or a value in the record's `extra`; money as a Decimal."""
    value = (record.extra or {}).get(field.name) if field.extra else getattr(record, field.name, None)
    return Decimal(str(value)) if field.type == "money" and value not in (None, "") else value


class RecordWords:
    """Puts the values of some records of a kind into words; what they refer to is read with one query a kind."""

    def __init__(self, ws: Workspace, actor: Actor, kind: Kind, rows: Sequence[Any], english: bool) -> None:
        self.ws, self.actor, self.kind, self.english = ws, actor, kind, english
        self.locale = "en" if english else "zh"
        self._whole = whole_ids(ws.kinds, actor, kind.name, [row.id for row in rows])
        self._titles: dict[str, dict[str, str]] = {}
        self._hidden: set[tuple[str, str]] = set()
        wanted: dict[str, set[str]] = {}
        for field in kind.fields:
            if field.type == "reference":
                wanted.setdefault(field.to, set()).update(str(value) for row in rows if (value := value_of(row, field)))
        for to, ids in wanted.items():
            self._titles[to] = self._titles_of(to, ids) if ids else {}

    def _titles_of(self, to: str, ids: set[str]) -> dict[str, str]:
        if to == "user":
            return {user.id: user.name for user in User.select(User.id, User.name).where(User.id.in_(ids))}
        if to == "team":
            return {team.id: team.name for team in Team.select(Team.id, Team.name).where(Team.id.in_(ids))}
        here = self.ws.kinds.get(to)
        if here is None:
            return {}
        query = access.visible(self.ws.kinds, self.actor, to)
        seen = list(query.where(query.model.id.in_(ids)))
        self._hidden |= {(to, one) for one in ids - {row.id for row in seen}}
        return titles(self.ws, self.actor, here, seen, self.english)

    def is_whole(self, record: Any) -> bool:
        """Say whether a record's personal data shows whole."""
        return record.id in self._whole

    def title(self, record: Any) -> str:
        """Return what a record is called."""
        return _title(self.kind, record, self.is_whole(record), self.english)

    def link(self, record: Any, field: Field) -> str:
        """Return the path of what a reference leads to; empty if the viewer can't open it."""
        value = value_of(record, field)
        to = self.ws.kinds.get(field.to)
        if not value or to is None or field.to in ("user", "team") or (field.to, value) in self._hidden:
            return ""
        if field.mask and not self.is_whole(record):
            return ""
        return record_path(to, str(value)) if may_open(self.ws.kinds, self.actor, to) else ""

    def is_hidden(self, record: Any, field: Field) -> bool:
        """Say whether a reference leads to a record that the viewer may not see."""
        return (field.to, str(value_of(record, field))) in self._hidden

    def text(self, record: Any, field: Field, *, exact: bool = False) -> str:
        """Return a value in words; `exact` writes amounts and moments in full, as a record's page and a file do."""
        value = value_of(record, field)
        if value in (None, "", []):
            return MISSING
        if field.mask and not self.is_whole(record) and field.type != "text":
            return HIDDEN
        if field.type == "reference":
            hidden = "（看不到）" if not self.english else "(hidden)"
            return hidden if self.is_hidden(record, field) else self._titles[field.to].get(str(value), MISSING)
        if field.name == "stage" and self.kind.staged:
            stage = self.ws.processes.of_record(self.kind, record).stage(value)
            return stage.title.for_locale(self.locale) if stage else str(value)
        shown = value if self.is_whole(record) else access.masked_value(field, value)
        if field.options:
            some = shown if isinstance(shown, list) else [shown]
            return (", " if self.english else "、").join(field.words(str(one), self.locale) for one in some)
        return self._plain(field, shown, exact)

    def _plain(self, field: Field, value: Any, exact: bool) -> str:
        if isinstance(value, bool) or field.type == "boolean":
            yes, no = ("Yes", "No") if self.english else ("是", "否")
            return yes if value else no
        if field.type == "money" and isinstance(value, Decimal):
            small = value < (1000 if self.english else 10000)
            return words.yuan_exact(value) if exact or small else words.wan(value, self.english)
        if isinstance(value, datetime):
            now, zone = self.ws.clock.now(), self.ws.settings.zone
            return words.minute(value, zone, self.english) if exact else words.moment(value, now, zone, self.english)
        if field.type == "date":
            return words.calendar_date(str(value), self.ws.clock.now(), self.ws.settings.zone, self.english)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value:,}"
        if isinstance(value, list):
            return (", " if self.english else "、").join(map(str, value))
        if field.mask == "phone" or field.name == "phone":
            return str(value).removeprefix("+86")
        return called(str(value)) if field.name == "media_type" else str(value)


def titles(ws: Workspace, actor: Actor, kind: Kind, records: Iterable[Any], english: bool) -> dict[str, str]:
    """Return what records that the actor sees are called, by their ids; names of people masked as everywhere."""
    rows = list(records)
    masks = any(kind.by_name[name].mask for name in kind.named_by if name in kind.by_name)
    whole = whole_ids(ws.kinds, actor, kind.name, [row.id for row in rows]) if masks else {row.id for row in rows}
    return {row.id: _title(kind, row, row.id in whole, english) for row in rows}


def _title(kind: Kind, record: Any, whole: bool, english: bool) -> str:
    shown = name_of(kind, record, whole).for_locale("en" if english else "zh")
    return shown if len(shown) <= 60 else f"{shown[:59]}…"
