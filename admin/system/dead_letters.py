"""死信: what could not be handled, with the rule and the record, and how to try again once the cause is mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.access.naming import names
from ...core.errors import Invalid
from ...core.kinds import RuleRecord
from ...core.outbox import dispatch
from ...core.outbox.decisions import ONE_RULE, by_rules
from ...core.outbox.set_aside import read_error, whose
from ...core.rulebook.documents import code_of, title_of
from ...core.schema.validator import LARGEST
from ...core.storage.system_tables import Dispatch
from ...core.timeline.describer import Describer
from ...core.timeline.rule_versions import Versions
from ...core.timeline.viewer import Viewer
from ...hooks.text import Text, n_of
from ..base import ConsoleView, page_of
from ..records.served import is_served, record_path
from ..session import origin, t

_DEAD = Dispatch.state == "dead"
_AT_ONCE = 1000
_LONGEST_NUMBER = 19


@dataclass(frozen=True)
class Letter:
    """A dead letter as people read it: what happened to which record, and who could not handle it."""

    row: Dispatch
    happened: Text
    record: Text
    record_url: str
    who: Text
    rule_url: str
    by_rules: bool
    error: Text


class DeadLettersView(ConsoleView):
    """死信: events that could not be handled, to be tried again."""

    permission, group, words_, icon_name = "dead_letters", ("系统", "System"), ("死信", "Dead letters"), "archive"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Dead letters", url="/dead-letters", endpoint="dead_letters")

    def count(self) -> tuple[int, bool]:
        """Return how many events wait for somebody to mend the cause."""
        waiting = self.day["dead_letters"]
        return waiting, waiting > 0

    @expose("/")
    def index(self) -> str:
        """List what was set aside."""
        return self._page({})

    @expose("/retry", methods=["POST"])
    def retry(self) -> Any:
        """Bring one dead letter back, or all: by the rules in force now, or those of its first try."""
        rules: Literal["then", "now"] = "then" if request.form.get("rules") == "then" else "now"
        one = request.form.get("id", type=int)
        ids = (
            [max(0, min(one, LARGEST))]
            if one
            else [r.id for r in Dispatch.select(Dispatch.id).where(_DEAD).limit(_AT_ONCE)]
        )
        done = dispatch.retry_all(self.ws, ids, origin(), rules)
        flash(t(f"{done} 个事件重新派发", f"{n_of(done, 'event')} on the way again"))
        return redirect(url_for("dead_letters.index"))

    @expose("/close", methods=["POST"])
    def close(self) -> Any:
        """Close one dead letter by hand, with the reason; without one the page comes back and says so."""
        one, reason = request.form.get("id", 0, type=int), request.form.get("reason", "")
        try:
            done = dispatch.close_all(self.ws, [one], origin(reason.strip()[:300]))
        except Invalid as error:
            return self._page({one: (reason, error.text.for_locale(t("zh", "en")))}), error.status
        flash(t(f"关闭了 {done} 封死信", f"{done} dead letters closed"))
        return redirect(url_for("dead_letters.index"))

    def _page(self, refused: Mapping[int, tuple[str, str]]) -> str:
        query = Dispatch.select().where(_DEAD)
        letter = request.args.get("letter", "")
        one = int(letter) if letter.isascii() and letter.isdigit() and len(letter) < _LONGEST_NUMBER else 0
        total = query.count()
        rows, after = page_of(query.where(Dispatch.id == one) if letter else query, Dispatch.id)
        return self.show(
            "dead_letters", rows=self._letters(rows), after=after, total=total, refused=refused, letter=letter
        )

    def _letters(self, rows: Sequence[Dispatch]) -> list[Letter]:
        kinds = self.ws.kinds
        ids: dict[str, set[str]] = {}
        for row in rows:
            if row.record_kind in kinds:
                ids.setdefault(row.record_kind, set()).add(row.record_id)
        called = {kind: names(kinds, self.actor, kind, some) for kind, some in ids.items()}
        rules = {row.code: title_of(row.document) for row in RuleRecord.select()} if rows else {}
        describer = Describer(Viewer(self.ws, self.actor), Versions())
        return [self._letter(row, called.get(row.record_kind, {}), rules, describer) for row in rows]

    def _letter(self, row: Dispatch, called: dict[str, Text], rules: dict[str, Text], describer: Describer) -> Letter:
        here = self.ws.kinds.get(row.record_kind)
        open_ = here is not None and is_served(here)
        code = code_of(row.consumer.removeprefix(ONE_RULE), rules) if row.consumer.startswith(ONE_RULE) else ""
        title = rules.get(code)
        return Letter(
            row,
            describer.words(row.kind),
            called.get(row.record_id, Text(row.record_id[-6:], row.record_id[-6:])),
            record_path(here, row.record_id) if here is not None and open_ else "",
            whose(row.consumer, {"zh": title.zh, "en": title.en} if title else None),
            f"/rules/{code}" if title else "",
            by_rules(row.consumer),
            read_error(row.error),
        )
