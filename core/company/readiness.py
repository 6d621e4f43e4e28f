"""就绪检查: what a company still lacks so that no lead is lost, each with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from ...hooks.text import Text, n_of
from ...rules.language.mentions import mentions
from ..access.holders import holders
from ..actions.takers import takes_over
from ..facts.database_store import DatabaseStore
from ..kinds import Deadline, RuleRecord, Team, User
from ..people.roster import left_behind
from ..rulebook.checks import check_all
from ..rulebook.documents import code_of, title_of
from ..storage.system_tables import Dispatch, JournalLine, PluginHealth, RuleTrouble, Seal
from ..workspace import Workspace

LATE = timedelta(minutes=5)
"""Events that wait longer, and nobody takes them: no worker runs."""
UNSEALED = timedelta(minutes=10)
AHEAD = timedelta(days=60)
"""So long before a year begins its holidays should be on record: the State Council publishes them in November."""
_SHOWN = 5


@dataclass(frozen=True)
class Check:
    """One thing looked at: `said` is what is so or what is lacking, `path` the page of the console to mend it on."""

    name: str
    title: Text
    ok: bool
    said: Text
    path: str = ""


def readiness(ws: Workspace) -> list[Check]:
    """Return every check, in the order in which a lead meets them; what is lacking is not `ok`."""
    return [look(ws) for look in _CHECKS]


def _takers(ws: Workspace) -> Check:
    store = DatabaseStore(ws.kinds)
    sellers = store.loads()
    title = Text("有人接线索", "Somebody takes leads")
    if sellers:
        selling = {one.team_id for one in sellers}
        without = [team for team in _routed_to(ws) if team.id not in selling]
        if without:
            return Check("takers", title, False, _without_sellers(store, without))
        count = len(sellers)
        return Check("takers", title, True, Text(f"{count} 个在岗的销售", f"{count} sellers on duty"))
    instead = takes_over(store)
    if instead is not None:
        said = Text(
            f"没有在岗的销售，线索都归{instead.name}；请添加销售",
            f"no seller is on duty, so {instead.name} takes every lead: add sellers",
        )
    else:
        said = Text(
            "还没有成员，线索没有负责人；请用 clew user create 添加",
            "there is nobody, so leads stay without an owner: add people with `clew user create`",
        )
    return Check("takers", title, False, said)


def _given(ws: Workspace, argument: str) -> list[str]:
    """Return the values that rules in force give an argument of an action, in order."""
    given = (one for rule in ws.configuration.ruleset.rules for one in mentions(rule) if one.name == argument)
    return sorted({str(one.value) for one in given})


def _routed_to(ws: Workspace) -> list[Team]:
    """Return the teams that rules in force assign to by name, in the order of their names."""
    named = _given(ws, "assign.team")
    return list(Team.select().where(Team.name.in_(named)).order_by(Team.name)) if named else []


def _without_sellers(store: DatabaseStore, teams: list[Team]) -> Text:
    """Say which teams that rules assign to have no seller on duty, and who takes their leads instead."""
    found = [(team.name, takes_over(store, team.id)) for team in teams]
    zh = _some([f"「{name}」（归{one.name if one else '不了任何人'}）" for name, one in found]).zh
    en = _some([f"{name} (to {one.name if one else 'nobody'})" for name, one in found]).en
    return Text(
        f"规则会把线索分给没有在岗销售的团队：{zh}；请添加销售或改规则",
        f"rules assign leads to teams without a seller on duty: {en}; add sellers, or change the rules",
    )


def _routing(ws: Workspace) -> Check:
    title = Text("每个有销售的团队都分得到线索", "Every team that sells is given leads")
    routed = {team.id for team in _routed_to(ws)}
    if not routed or _given(ws, "assign.among"):
        words = Text("规则不按团队分线索", "no rule assigns by team alone")
        return Check("routing", title, True, words, "/rules/")
    people = _given(ws, "assign.user")
    sellers = DatabaseStore(ws.kinds).loads()
    by_person = User.select(User.team).where(
        (User.name.in_(people) | User.email.in_(people)) & User.team.is_null(False)
    )
    routed |= {str(row.team_id) for row in by_person} if people else set()
    without = {one.team_id for one in sellers if one.team_id} - routed
    if not without:
        return Check("routing", title, True, Text("规则都写到了", "rules name them all"), "/rules/")
    teams = Team.select().where(Team.id.in_(sorted(without))).order_by(Team.name)
    names = _some([team.name for team in teams])
    said = Text(
        f"没有规则把线索分给 {names.zh}；请在分配规则里加上它，或把它的销售移到别的团队",
        f"no rule assigns leads to {names.en}: name it in an assignment rule, or move its sellers to another team",
    )
    return Check("routing", title, False, said, "/rules/")


def _managers(ws: Workspace) -> Check:
    active = {one.id: one for one in User.select().where(User.active)}
    peopled = {one.team_id for one in active.values() if one.team_id}
    headless = [
        team.name for team in Team.select().order_by(Team.name) if team.id in peopled and team.manager_id not in active
    ]
    title = Text("每个团队有主管", "Every team has a manager")
    if not headless:
        return Check("managers", title, True, Text("超时的线索都有人督办", "overdue leads have somebody to step in"))
    names = _some(headless)
    said = Text(
        f"{names.zh} 没有在岗的主管，超时的线索会升级给运营；请设主管",
        f"{names.en}: no manager on duty, so overdue leads escalate to operations: name one",
    )
    return Check("managers", title, False, said)


def _left(ws: Workspace) -> Check:
    found = left_behind()
    title = Text("离开的人手上没有线索", "Nobody who left has leads")
    if not found:
        return Check("left", title, True, Text("都交接了", "everything was handed over"), "/people/")
    names, leads = _some([name for name, _ in found]), sum(count for _, count in found)
    said = Text(
        f"{names.zh} 已停用，手上还有 {leads} 条线索；请改派",
        f"{names.en}: switched off with {n_of(leads, 'open lead')} in hand: reassign",
    )
    return Check("left", title, False, said, "/people/?state=off")


def _rules(ws: Workspace) -> Check:
    wrong = {one.rules[0] for one in check_all(ws) if one.level == "error"}
    wrong |= {row.code for row in RuleTrouble.select(RuleTrouble.code)}
    title = Text("规则都能执行", "Every rule can be carried out")
    if not wrong:
        return Check("rules", title, True, Text("没有错误", "no errors"), "/rules/")
    titles = {row.code: title_of(row.document) for row in RuleRecord.select()}
    found = [titles.get(code, Text(code, code)) for code in sorted({code_of(one, titles) for one in wrong})]
    zh, en = _some([f"「{one.zh}」" for one in found]).zh, _some([one.en for one in found]).en
    said = Text(f"{zh}有错误；请看它们的检查", f"{en}: errors, see their checks")
    return Check("rules", title, False, said, "/rules/")


def holidays(ws: Workspace) -> Check:
    """Return whether the holidays of the years to come are on record."""
    today = ws.clock.now().astimezone(ws.settings.zone)
    furthest = Deadline.select(fn.MAX(Deadline.due_at)).where(Deadline.state == "open").scalar()
    last = Deadline.due_at.python_value(furthest).astimezone(ws.settings.zone).year if furthest else today.year
    years = range(today.year, max((today + AHEAD).year, last) + 1)
    missing = [year for year in years if not ws.calendar.knows(year)]
    unknown = [str(year) for year in missing]
    title = Text("节假日已登记", "Holidays are on record")
    if not unknown:
        known = "、".join(map(str, years))
        return Check("holidays", title, True, Text(f"{known} 年", known.replace("、", ", ")), "/calendars/")
    begins = datetime(missing[0], 1, 1, tzinfo=ws.settings.zone)
    reach = Deadline.select().where((Deadline.state == "open") & (Deadline.due_at >= begins)).count()
    zh, en = (f"，{reach} 个时限会到那一年", f" ({reach} deadlines reach it)") if reach else ("", "")
    names = "、".join(unknown)
    said = Text(
        f"{names} 年的节假日还没有登记{zh}，时限会把它们当工作日；公布后在「工作日历」页导入，或请管理员升级系统",
        f"no holidays of {names.replace('、', ', ')} are on record{en}, so deadlines count them as worked: once they "
        "are published, import them on the page of working calendars; an upgrade of the system brings them, too",
    )
    return Check("holidays", title, False, said, "/calendars/")


def _mending(ws: Workspace) -> Check:
    seeing = holders("dead_letters")
    title = Text("出错时有人知道", "Somebody hears of trouble")
    if seeing:
        names = _some([one.name for one in seeing])
        return Check("mending", title, True, names)
    said = Text("没有在岗的运营或管理员；请添加", "nobody on duty is in operations or an administrator: add somebody")
    return Check("mending", title, False, said)


def _worker(ws: Workspace) -> Check:
    waiting = Dispatch.state.in_(("pending", "running")) & (Dispatch.due_at < ws.clock.now() - LATE)
    count = Dispatch.select().where(waiting).count()
    title = Text("后台进程在运行", "The worker runs")
    if not count:
        return Check("worker", title, True, Text("没有积压的事件", "no events pile up"))
    said = Text(
        f"{count} 个事件等了 5 分钟以上；请运行 clew worker",
        f"{n_of(count, 'event')} waiting for over 5 minutes: run `clew worker`",
    )
    return Check("worker", title, False, said)


def _queue(ws: Workspace) -> Check:
    title = Text("队列连得上", "The queue is in reach")
    why = ws.queue.out_of_reach()
    if not why:
        return Check("queue", title, True, Text("事件马上送到后台", "events reach the worker at once"))
    said = Text(
        f"连不上 Redis（{why}）；事件还在数据库里，后台每秒查一次，会慢一些。请检查 CLEW_REDIS_URL",
        f"Redis is out of reach ({why}): events wait in the database and are looked for each second, which is slower. "
        "Check CLEW_REDIS_URL",
    )
    return Check("queue", title, False, said)


def _letters(ws: Workspace) -> Check:
    count = Dispatch.select().where(Dispatch.state == "dead").count()
    title = Text("没有死信", "No dead letters")
    if not count:
        return Check("dead_letters", title, True, Text("都办成了", "everything was handled"), "/dead-letters/")
    said = Text(
        f"{count} 个事件没有办成；修好原因后重试",
        f"{n_of(count, 'event')} could not be handled: mend the cause and try again",
    )
    return Check("dead_letters", title, False, said, "/dead-letters/")


def _plugins(ws: Workspace) -> Check:
    aside = [row.name for row in PluginHealth.select().where(PluginHealth.quarantined_at.is_null(False))]
    bad = sorted({*aside, *ws.plugins.left_aside, *(name for name in ws.plugins.catalogue.broken)})
    title = Text("插件正常", "Plugins are well")
    if not bad:
        return Check("plugins", title, True, Text("没有被隔离的插件", "none is set aside"), "/plugins/")
    names = _some(bad)
    said = Text(f"{names.zh} 被隔离或装不上；原因见插件页", f"{names.en}: set aside or broken, see the page of plugins")
    return Check("plugins", title, False, said, "/plugins/")


def _seal(ws: Workspace) -> Check:
    last = Seal.select().order_by(Seal.number.desc()).first()
    open_ = (JournalLine.seq > (last.last_seq if last else 0)) & (JournalLine.at < ws.clock.now() - UNSEALED)
    title = Text("台账按时封存", "The journal is sealed in time")
    if not JournalLine.select().where(open_).exists():
        return Check(
            "seal", title, True, Text("没有超过 10 分钟未封存的行", "no line older than ten minutes is unsealed")
        )
    said = Text(
        "有超过 10 分钟未封存的行；请运行 clew worker 或 clew audit seal",
        "lines older than ten minutes are not sealed: run `clew worker`, or `clew audit seal`",
    )
    return Check("seal", title, False, said)


def _some(names: list[str]) -> Text:
    shown = names[:_SHOWN]
    more = len(names) - len(shown)
    zh, en = "、".join(shown), ", ".join(shown)
    return Text(f"{zh} 等 {len(names)} 个", f"{en} and {more} more") if more else Text(zh, en)


_CHECKS: tuple[Callable[[Workspace], Check], ...] = (
    *(_takers, _routing, _managers, _left, _rules, holidays, _mending),
    *(_worker, _queue, _letters, _plugins, _seal),
)
