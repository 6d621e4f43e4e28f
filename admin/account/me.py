"""我的账号: one's own language, password, sessions, tokens, and what reaches one outside the inbox."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, session
from flask_admin import expose
from flask_login import current_user

from ...core.errors import ClewError, Conflict, Invalid
from ...core.kinds.notification import TOPICS
from ...core.notifications.channels import title_of, wants
from ...core.people import profile, sessions, tokens
from ...core.people.passwords import RULES
from ...core.people.sign_in import SignInRefused
from ...core.roles import title
from ...core.storage.statements import by_id
from ...core.storage.system_tables import SignInSession
from ..base import ConsoleView
from ..session import enter, locale, origin, t
from . import parts


class MeView(ConsoleView):
    """我的账号: everybody's own."""

    words_ = ("我的账号", "My account")
    icon_name, in_rail = "user", False

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Me", url="/me", endpoint="me")

    @expose("/")
    def index(self) -> Any:
        """Show the account."""
        return self._page()

    @expose("/language", methods=["POST"])
    def language(self) -> Any:
        """Set the language of pages and messages."""
        profile.set_locale(self.ws, current_user.user, request.form.get("locale", ""), origin())
        session.pop("locale", None)
        return redirect("/me/")

    @expose("/password", methods=["POST"])
    def password(self) -> Any:
        """Set another password: every session ends, and this one begins anew."""
        present, new = (request.form.get(name, "") for name in ("present", "password"))
        try:
            user = profile.set_password(self.ws, current_user.user, present, new, origin("password changed"))
        except SignInRefused as refused:
            return self._page(errors={"present": refused.text.for_locale(locale())}, status=refused.status)
        except Invalid as refused:
            return self._page(errors=_by_field(refused), status=refused.status)
        answer = redirect("/me/")
        enter(answer, user, kept=current_user.session.kept)
        flash(t("密码已修改，其他登录都已退出。", "The password is changed, and every other session has ended."))
        return answer

    @expose("/sessions/<session_id>/end", methods=["POST"])
    def end_session(self, session_id: str) -> Any:
        """End one of one's own sessions."""
        row = by_id(SignInSession, session_id)
        sessions.end(self.ws, session_id if row and row.user_id == self.actor.id else "", origin())
        flash(t("这处登录已结束", "That session has ended"))
        return redirect("/me/")

    @expose("/sessions/end", methods=["POST"])
    def end_others(self) -> Any:
        """End every other session."""
        count = sessions.end_all(self.ws, current_user.user, origin(), but=current_user.session.id)
        flash(t(f"已退出其他 {count} 处登录", f"{count} other sessions have ended"))
        return redirect("/me/")

    @expose("/tokens", methods=["POST"])
    def create_token(self) -> Any:
        """Make a token and show its key, once."""
        asked = parts.asked_token()
        try:
            key = tokens.issue_token(self.ws, current_user.user, origin=origin(), **asked)
        except (Invalid, Conflict) as refused:
            return self._page(errors=_by_field(refused), asked=asked, status=refused.status)
        return self._page(key=key)

    @expose("/tokens/<token_id>/revoke", methods=["POST"])
    def revoke_token(self, token_id: str) -> Any:
        """Revoke one of one's own tokens, whose name was typed."""
        mine = {one.id: one for one in tokens.tokens_of(self.ws, current_user.user)}
        if token_id in mine and request.form.get("typed", "").strip() != mine[token_id].name:
            words = t("和令牌的名称不一样；请照着输入", "this is not the token's name: type it as it is")
            return self._page(errors={token_id: words}, status=422)
        tokens.revoke(self.ws, token_id if token_id in mine else "", origin())
        flash(t("令牌已收回", "The token is revoked"))
        return redirect("/me/")

    @expose("/messages", methods=["POST"])
    def messages(self) -> Any:
        """Set what reaches one outside the inbox."""
        given = request.form.getlist("wanted")
        wanted = {(topic, channel) for topic, _, channel in (one.partition(":") for one in given)}
        profile.set_messages(self.ws, current_user.user, wanted, origin())
        flash(t("消息设置已保存", "Message settings saved"))
        return redirect("/me/")

    def _page(self, status: int = 200, **values: Any) -> Any:
        user = current_user.user
        channels = self.ws.channels.beside_inbox()
        shown = {
            "user": user,
            "team": user.team.name if user.team else "",
            "role_titles": [title(role).for_locale(locale()) for role in user.roles],
            "sessions": parts.session_rows(self.ws, user, current_user.session.id),
            "tokens": parts.token_rows(self.ws, user),
            "kinds": parts.kind_choices(self.ws),
            "days": parts.DAYS,
            "rules": RULES.for_locale(locale()),
            "channels": [(one.name, title_of(one).for_locale(locale())) for one in channels],
            "topics": [
                (topic, words.for_locale(locale()), [one.name for one in channels if wants(user, topic, one.name)])
                for topic, words in TOPICS
            ],
        }
        page = self.show("account/me", **{"errors": {}, "asked": {}, "key": "", **shown, **values})
        return page, status, {"Cache-Control": "no-store"} if values.get("key") else {}


def _by_field(error: ClewError) -> dict[str, str]:
    """Return what is wrong by field, in the viewer's language; what is said of the whole as `token`."""
    if isinstance(error, Invalid):
        return {one.field: one.text.for_locale(locale()) for one in error.problems}
    return {"token": error.text.for_locale(locale())}
