"""登录与令牌: for administrators, who can sign in and how: sessions, tokens and one-time links of others."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from ...core.errors import Conflict, Forbidden
from ...core.kinds import Invitation, User
from ...core.people import invitations, sessions, tokens
from ...core.people.others import account_of, check_sees_to
from ...core.roles import title
from ...core.storage.statements import by_id
from ...core.storage.system_tables import SignInSession
from ..base import ConsoleView, page_of
from ..session import locale, origin, t
from . import parts


class AccountsView(ConsoleView):
    """登录与令牌: everybody, and when they were last here."""

    permission, group, words_ = "people", ("系统", "System"), ("登录与令牌", "Sign-in")
    in_rail, rail_key = False, "people"
    icon_name = "lock"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Accounts", url="/accounts", endpoint="accounts")

    @expose("/")
    def index(self) -> Any:
        """List people, the newest first, with when each was last here and whose link is open."""
        q = request.args.get("q", "").strip()
        found = User.select()
        if q:
            found = found.where(User.name.contains(q) | User.email.contains(q) | User.staff_no.contains(q))
        rows, after = page_of(found, User.id)
        ids = [user.id for user in rows]
        never = User.select().where(User.active & (User.password_hash == "")).count()
        return self.show(
            "account/accounts",
            q=q,
            rows=rows,
            after=after,
            total=User.select().where(User.active).count(),
            never=never,
            seen=sessions.last_seen(ids),
            links=self._open_links(ids),
            role_titles={user.id: [title(role).for_locale(locale()) for role in user.roles] for user in rows},
        )

    @expose("/<user_id>")
    def one(self, user_id: str) -> Any:
        """Show one account."""
        return self._page(self._person(user_id))

    @expose("/<user_id>/link", methods=["POST"])
    def link(self, user_id: str) -> Any:
        """Make a one-time link and show it, once."""
        user = self._person(user_id)
        try:
            path = invitations.make_link(self.ws, user, origin())
        except Conflict as refused:
            flash(refused.text.for_locale(locale()), "error")
            return redirect(f"/accounts/{user.id}")
        return self._page(self._person(user_id), link=parts.full(path)), 200, {"Cache-Control": "no-store"}

    @expose("/<user_id>/sessions/<session_id>/end", methods=["POST"])
    def end_session(self, user_id: str, session_id: str) -> Any:
        """End one session of theirs."""
        user, row = self._person(user_id), by_id(SignInSession, session_id)
        sessions.end(self.ws, session_id if row and row.user_id == user.id else "", origin())
        flash(t("这处登录已结束", "That session has ended"))
        return redirect(f"/accounts/{user.id}")

    @expose("/<user_id>/sessions/end", methods=["POST"])
    def end_sessions(self, user_id: str) -> Any:
        """End every session of theirs."""
        user = self._person(user_id)
        count = sessions.end_all(self.ws, user, origin())
        flash(t(f"已结束 {count} 处登录", f"{count} sessions have ended"))
        return redirect(f"/accounts/{user.id}")

    @expose("/<user_id>/tokens/<token_id>/revoke", methods=["POST"])
    def revoke_token(self, user_id: str, token_id: str) -> Any:
        """Revoke a token of theirs, whose name was typed."""
        user = self._person(user_id)
        theirs = {one.id: one for one in tokens.tokens_of(self.ws, user)}
        if token_id in theirs and request.form.get("typed", "").strip() != theirs[token_id].name:
            words = t("和令牌的名称不一样；请照着输入", "this is not the token's name: type it as it is")
            return self._page(user, errors={token_id: words}), 422
        tokens.revoke(self.ws, token_id if token_id in theirs else "", origin())
        flash(t("令牌已收回", "The token is revoked"))
        return redirect(f"/accounts/{user.id}")

    def _page(self, user: User, **values: Any) -> Any:
        return self.show(
            "account/account",
            **{
                "errors": {},
                "link": "",
                "beyond": self._beyond(user),
                "user": user,
                "sessions": parts.session_rows(self.ws, user),
                "tokens": parts.token_rows(self.ws, user),
                "open_link": self._open_links([user.id]).get(user.id),
                "seen": sessions.last_seen([user.id]).get(user.id),
                "role_titles": [title(role).for_locale(locale()) for role in user.roles],
                **values,
            },
        )

    def _beyond(self, user: User) -> str:
        """Return why the viewer may only look at an account, if so."""
        try:
            check_sees_to(self.actor, user)
        except Forbidden as error:
            return error.text.for_locale(locale())
        return ""

    def _open_links(self, user_ids: list[str]) -> dict[str, Invitation]:
        """Return the link of each of these people that still holds, by their id; with one query."""
        open_ = Invitation.user.in_(user_ids) & Invitation.used_at.is_null() & Invitation.revoked_at.is_null()
        query = Invitation.select().where(open_ & (Invitation.expires_at > self.ws.clock.now()))
        return {row.user_id: row for row in query}

    def _person(self, user_id: str) -> User:
        return account_of(self.actor, user_id)
