"""What became of the rules that name somebody who is called otherwise now, as messages on the next page."""

from __future__ import annotations

from flask import flash

from ...core.rulebook.names_used import Use
from ...hooks.text import Text, n_of
from ..session import locale, t


def told_of_drafts(done: list[tuple[Use, str, Text | None]]) -> None:
    """Say how many rules wait for approval under the new name, and which do not, with the reason."""
    sent = [use for use, state, _ in done if state == "review"]
    if sent:
        flash(
            t(f"{len(sent)} 条规则已按新名字起草，等待审批", f"{n_of(len(sent), 'rule')} to approve under the new name")
        )
    for use, state, why in done:
        if state == "review":
            continue
        title, reason = use.title.for_locale(locale()), why.for_locale(locale()) if why else ""
        if state == "draft":
            flash(
                t(f"「{title}」起草了，还不能提交：{reason}", f"“{title}” is drafted, but can't be sent: {reason}"),
                "error",
            )
        else:
            flash(t(f"「{title}」没有起草：{reason}", f"“{title}” was not drafted: {reason}"), "error")
