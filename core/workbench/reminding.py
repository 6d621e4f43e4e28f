"""A manager reminds somebody of what waits for them: one message a day for each reason."""

from __future__ import annotations

from ...hooks.text import Text
from ..actions.notify import notify
from ..errors import Conflict, Invalid, NotFound, Problem
from ..journal.origin import SYSTEM, Actor, Origin
from ..kinds import Lead, User
from ..schema.validator import unstorable
from ..storage.system_tables import IdempotencyKey
from ..workspace import Workspace
from .waiting import named

OF = {
    "team_late": ("late_leads", Text("条线索超时未响应", "leads unanswered in time")),
    "team_stalled": ("stalled_leads", Text("条线索停滞", "leads that stand still")),
}
"""What of a team one can be reminded of, what the same is called in one's own day, and its words."""


def remind(ws: Workspace, actor: Actor, user_id: str, ip: str = "") -> tuple[User, bool]:
    """Tell somebody of an actor's team which leads of theirs are late or, if none is, stand still.

    Returns whom, and False if they were told of that today already. Raises NotFound for whom the actor's day does not
    have, Invalid where nothing waits (any more).
    """
    user = None if any(unstorable(user_id)) else User.get_or_none((User.id == user_id) & User.active)
    if user is None or named(ws, actor, "team_late") is None:
        raise NotFound("没有这位成员，或者不归你督办。", "no such person, or none of your team")
    for name, (own, words) in OF.items():
        thing = named(ws, actor, name)
        n = thing.rows.where(Lead.owner == user.id).count() if thing is not None else 0
        if n:
            return user, _tell(ws, actor, user, own, f"{n} {words.for_locale(user.locale)}", ip)
    nothing = Text(f"{user.name}没有超时或停滞的线索了", f"{user.name} has no late or stalled lead any more")
    raise Invalid([Problem("user_id", nothing)])


def _tell(ws: Workspace, actor: Actor, user: User, own: str, what: str, ip: str) -> bool:
    now = ws.clock.now()
    key = f"remind:{actor.id}:{user.id}:{own}:{now.astimezone(ws.settings.zone).date()}"
    said = Text(f"{actor.name}提醒你：{what}", f"{actor.name} reminds you: {what}").for_locale(user.locale)
    # The message is Clew's, at the manager's word: nobody writes into another's inbox.
    asked = Origin(SYSTEM.actor, "console", ip, Text(f"{actor.name}提醒", f"reminded by {actor.name}").zh)
    try:
        with ws.door.transaction(asked) as tx:
            known = IdempotencyKey.select().where(IdempotencyKey.key == key).exists()
            notify(tx, user.id, said, "", None, key, link=f"/leads/?waits={own}")
    except Conflict:  # Told today, when there were more or fewer.
        return False
    return not known
