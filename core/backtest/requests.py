"""Asking for a backtest, stopping it, and running it on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import IO, Any, cast

from peewee import SQL, fn

from ...hooks.text import Text
from ..access import policy as access
from ..errors import ClewError, Conflict, Invalid, NotFound, Problem
from ..journal.origin import Actor, Origin
from ..kinds import RuleVersion
from ..rulebook.documents import problems_of
from ..rulebook.versions import version_of
from ..storage.database import write_transaction
from ..storage.ids import new_id
from ..storage.queries import Query, tuples
from ..storage.system_tables import Backtest, BacktestDifference, BacktestPart, JournalLine
from ..workspace import Workspace
from . import parts
from .runs import BASELINE, CANDIDATE, lines_of

Progress = Callable[[int, int], None]
"""Hears how many lines of how many are done."""


def differences_of(ws: Workspace, actor: Actor, row: Backtest) -> Query:
    """Return a backtest's differences about records that an actor may see, as a query to narrow further."""
    own = BacktestDifference.backtest_id == row.id
    query = BacktestDifference.select().where(own)
    if access.may(actor, "see:all"):
        return query
    kinds = tuples(BacktestDifference.select(BacktestDifference.record_kind).where(own).distinct())
    seen = SQL("1 = 0")
    for kind in (kind for (kind,) in kinds if kind in ws.kinds):
        rows = access.visible(ws.kinds, actor, kind)
        mine = BacktestDifference.record_id.in_(rows.select(rows.model.id))
        seen = ((BacktestDifference.record_kind == kind) & mine) | seen
    return query.where(seen)


def start(
    ws: Workspace,
    documents: Sequence[Mapping[str, Any]] = (),
    *,
    version_ids: Sequence[str] = (),
    since: datetime,
    until: datetime | None = None,
    origin: Origin,
) -> Backtest:
    """Ask for a backtest of `since` to `until` (aware; default: now) and send it to the workers.

    With drafts (documents, or versions of the rulebook) it holds the rules in force against these
    with the drafts in place; without, what happened against the rules in force. Raises Invalid for
    a draft that can't be read or a period without journal lines. Nothing but the backtest's own
    tables is written, now or later.
    """
    access.require(origin.actor, "rules:see")
    now = ws.clock.now()
    until = min(until, now) if until is not None else now
    versions = [version_of(one) for one in version_ids]
    if not all(isinstance(one, Mapping) for one in documents):
        words = Text("草稿应是规则文档（对象）的列表", "drafts are a list of documents of rules, each an object")
        raise Invalid([Problem("documents", words)])
    drafts = [*(dict(one) for one in documents), *(dict(one.document) for one in versions)]
    if problems := [*_period(since, until), *_drafts(ws, drafts)]:
        raise Invalid(problems)
    lines = lines_of(ws.kinds, since, until)
    if not lines:
        raise Invalid([Problem("since", Text("这个时段没有台账；请换一个时段", "no journal lines in this period"))])
    person = origin.actor.kind == "user"
    with write_transaction():
        row = Backtest.create(
            id=new_id(now),
            code=str(drafts[0].get("id", "")) if drafts else "",
            version_id=versions[0].id if versions else None,
            documents=drafts,
            settings=parts.settings_of(ws),
            since=since,
            until=until,
            total=2 * lines,
            asked_by=origin.actor.id if person else "",
            asked_name=origin.actor.name,
            created_at=now,
        )
        for run in (BASELINE, CANDIDATE, parts.COMPARE):
            total = 0 if run == parts.COMPARE else lines
            BacktestPart.create(backtest_id=row.id, run=run, since=since, until=until, due_at=now, total=total)
    parts.offer(ws, parts.due(ws, row.id))
    return row


def stop(ws: Workspace, backtest_id: str, origin: Origin) -> Backtest:
    """Stop a backtest: what the runs have lived so far is compared and kept. Raises NotFound, Conflict."""
    access.require(origin.actor, "rules:see")
    row = backtest_of(backtest_id)
    if row.state not in ("queued", "running"):
        raise Conflict("这次回测已经结束。", "this backtest has ended already")
    with write_transaction():
        Backtest.update(stop_asked=True).where(Backtest.id == backtest_id).execute()
        # Nobody has begun: there is nothing to keep.
        Backtest.update(state="stopped", done_at=ws.clock.now(), covered_until=row.since).where(
            (Backtest.id == backtest_id) & (Backtest.state == "queued")
        ).execute()
        queued = (BacktestPart.backtest_id == backtest_id) & (BacktestPart.state == "queued")
        if backtest_of(backtest_id).state == "stopped":
            BacktestPart.update(state="done").where(queued).execute()
    return backtest_of(backtest_id)


def run(ws: Workspace, backtest_id: str, progress: Progress = lambda done, total: None) -> Backtest:
    """Run a backtest to its end on this machine, each run in a process of its own, and return it.

    Workers may have taken parts of it meanwhile; those are waited for. Raises ClewError if it fails.
    """
    while (row := backtest_of(backtest_id)).state in ("queued", "running"):
        ids = parts.due(ws, backtest_id)
        if not ids:
            break
        runs = [one for one in ids if BacktestPart.get_by_id(one).run != parts.COMPARE]
        if runs:
            _in_processes(ws, runs, lambda: _tell(backtest_id, progress))
            _give_back(ws, runs)
        else:
            parts.run_part(ws, ids[0])
    _tell(backtest_id, progress)
    if row.state == "failed":
        raise ClewError(f"回测没有跑完：{row.error}", f"the backtest failed: {row.error}")
    return row


def backtest_of(backtest_id: str) -> Backtest:
    """Return the backtest. Raises NotFound."""
    row = Backtest.get_or_none(Backtest.id == backtest_id)
    if row is None:
        raise NotFound("没有这次回测。", f"no backtest {backtest_id}")
    return row


def attach(ws: Workspace, backtest_id: str, origin: Origin) -> RuleVersion:
    """Put a backtest before those who approve its draft. Raises Conflict if the draft changed since."""
    access.require(origin.actor, "rules:edit")
    row = backtest_of(backtest_id)
    if row.version_id is None or is_stale(row):
        raise Conflict("草稿在回测之后改过；请重新回测。", "the draft changed since this backtest: run it anew")
    version = version_of(row.version_id)
    attached: RuleVersion = ws.door.change(
        "rule_version", version.id, {"backtest_id": row.id}, origin, version.revision
    )
    return attached


def first_moment() -> datetime | None:
    """Return when the journal begins; None if it is empty."""
    found = JournalLine.select(fn.MIN(JournalLine.at)).scalar()
    return found if isinstance(found, datetime) else None


def is_stale(row: Backtest) -> bool:
    """Say whether the draft was changed since this backtest was asked for."""
    if row.version_id is None:
        return False
    return bool(version_of(row.version_id).document not in row.documents)


def _tell(backtest_id: str, progress: Progress) -> None:
    row = backtest_of(backtest_id)
    progress(row.done, row.total)


def _in_processes(ws: Workspace, ids: Sequence[int], tell: Callable[[], None]) -> None:
    """Run parts beside each other, each in a fresh process: nothing is shared with this one but the database."""
    settings = json.dumps(asdict(ws.settings)).encode()
    running = []
    for one in ids:
        command = [sys.executable, "-m", "clew.core.cli.backtest_part", str(one)]
        child = subprocess.Popen(command, stdin=subprocess.PIPE)
        with cast(IO[bytes], child.stdin) as stdin:
            stdin.write(settings)
        running.append(child)
    try:
        for child in running:
            while True:
                try:
                    child.wait(0.2)
                    break
                except subprocess.TimeoutExpired:
                    tell()
    finally:
        for child in running:
            if child.poll() is None:
                child.terminate()
                child.wait()


def _give_back(ws: Workspace, ids: Sequence[int]) -> None:
    """Let a part whose process ended without finishing it be taken at once, not only after its lease."""
    with write_transaction():
        mine = BacktestPart.id.in_(list(ids)) & (BacktestPart.state == "running")
        BacktestPart.update(due_at=ws.clock.now() - timedelta(seconds=1)).where(mine).execute()


def _period(since: datetime, until: datetime) -> list[Problem]:
    if since >= until:
        return [Problem("since", Text("开始须早于结束", "the period has to start before it ends"))]
    return []


def _drafts(ws: Workspace, drafts: Sequence[Mapping[str, Any]]) -> list[Problem]:
    return [problem for draft in drafts for problem in problems_of(ws, draft)]
