"""为什么: the drawer, and the page it is without a script: why something happened, and why a rule did not fire."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_admin import expose

from ...core import why
from ...core.access import policy as access
from ...core.why.format_text import derivation_words, who_words
from ..base import ConsoleView
from ..records.timeline import mark_of
from ..session import english


class WhyView(ConsoleView):
    """One explanation; whoever may see the record may ask."""

    in_rail, words_, icon_name = False, ("为什么", "Why"), "route"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Why", url="/why", endpoint="why")

    @expose("/")
    def index(self) -> Any:
        """An explanation is always of something: back to where the links to it are."""
        return redirect(url_for("today.index"))

    @expose("/<kind>/<record_id>")
    def one(self, kind: str, record_id: str) -> str:
        """Explain a record or a line of the journal; with `part` only what the drawer shows.

        `rule` names the rule of which "why not?" is asked; `only=not` gives that answer alone.
        """
        found = why.why(self.ws, kind, record_id, self.actor, request.args.get("field", ""))
        choices = self._choices(found)
        code = request.args.get("rule", "") or (choices[0].id if choices else "")
        judged = self._judged(found, code) if code and found.subject else None
        template = "why_part" if "part" in request.args else "why"
        if request.args.get("only") == "not":
            template = "why_not"
        return self.show(
            template,
            why=found,
            openable=self.openable([found.lead_id]),
            choices=choices,
            judged=judged,
            locale=self._locale(),
            mark_of=lambda kind: mark_of(self.ws, kind),
            who_words=lambda who: who_words(who, self._locale(), self.ws.settings.zone),
            derivation_words=lambda one: derivation_words(one, self._locale(), self.ws.settings.zone),
            clock=self._clock,
            may_see_rules=access.may(self.actor, "rules:see"),
            may_edit_rules=access.may(self.actor, "rules:edit"),
        )

    def _choices(self, found: why.Why) -> list[why.RuleSeen]:
        """Return the rules one may ask "why not?" of: those that heard an event of the chain, but did nothing in it."""
        if found.subject is None:
            return []
        return why.others(found.triggers, [one.who.rule for one in found.links if one.who.rule])

    def _judged(self, found: why.Why, code: str) -> why.WhyNot:
        """Judge a rule on the newest event of the chain that it listens to, else on the record's newest."""
        heard = why.triggers_of(code)
        seq = next((one.seq for one in found.links if one.kind in heard), None)
        kind, record_id = found.subject or ("lead", None)
        return why.why_not(self.ws, code, self.actor, record_id, seq, kind=kind)

    def _clock(self, moment: Any) -> str:
        local, today = (one.astimezone(self.ws.settings.zone) for one in (moment, self.ws.clock.now()))
        if local.date() == today.date():
            return f"{local:%H:%M:%S}"
        day = f"{local.day} {local:%b}" if english() else f"{local.month}月{local.day}日"
        return f"{day} {local:%H:%M:%S}"

    def _locale(self) -> str:
        return "en" if english() else "zh"
