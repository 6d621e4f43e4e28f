"""A month at 远川工业: leads arrive, rules assign them, people answer or don't, and some pay in the end."""

from __future__ import annotations

import heapq
import io
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from .. import documents
from ..errors import ClewError
from ..intake import take as intake
from ..journal.origin import Actor, Origin
from ..kinds import Contract, Lead, Task, User
from ..running import drain, run_until, seal
from ..time.clock import SimulatedClock
from ..workspace import Workspace
from . import company, rulebook, scenes
from .quotes import STAGE, Quotes
from .scans import contract_as_pdf

_TALK = (
    "客户认可方案，要先看同行案例",
    "确认了产线规模和预算范围，下周约技术交流",
    "采购担心交付周期，要书面承诺",
    "价格高于预期，想分三期付款",
    "约好周四上门演示",
    "需要总经理点头，帮忙准备一页汇报",
)
_SENT_BACK = (
    "争议条款改成乙方所在地人民法院",
    "付款节点和报价不一致，请改成 4-4-2",
    "违约金没有封顶，请补上累计不超过 5%",
)


class Story:
    """Plays a period of the company's life on the workspace's simulated clock.

    `staged`: with the scenes that give each page something to show; without them all comes by chance.
    """

    def __init__(self, ws: Workspace, leads: int, seed: int = 7, *, staged: bool = True) -> None:
        if not isinstance(ws.clock, SimulatedClock):
            raise TypeError("the story needs a simulated clock")
        self.ws, self.clock, self.leads, self.staged = ws, ws.clock, leads, staged
        self.random = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()
        self._names: set[str] = set()
        self._recent = self.clock.now()
        self._quotes = Quotes(ws, seed, self._later)

    def play(self, until: datetime, progress: Callable[[int], None] | None = None) -> None:
        """Live from the clock's moment until `until`."""
        start = self.clock.now()
        self._recent = start + (until - start) * 0.7
        for moment in self._arrivals(start, until):
            self._plan(moment, self._arrive)
        self._plan(start + (until - start) * 0.4, lambda: rulebook.improve(self.ws))
        self._plan(start + (until - start) * 0.97, lambda: rulebook.propose(self.ws))
        if self.staged:
            self._plan(start + (until - start) * 0.5, lambda: rulebook.name_an_expert(self.ws))
            for moment, act in scenes.of_the_last_days(self.ws, start, until):
                self._plan(moment, act)
        done = 0
        while self._agenda and self._agenda[0][0] <= until:
            moment, _, act = heapq.heappop(self._agenda)
            run_until(self.ws, max(moment, self.clock.now()))
            act()
            drain(self.ws)
            done += 1
            if progress:
                progress(done)
        run_until(self.ws, until)
        seal(self.ws)

    def _arrivals(self, start: datetime, until: datetime) -> list[datetime]:
        span = (until - start).total_seconds()
        moments: list[datetime] = []
        while len(moments) < self.leads - (scenes.LEADS if self.staged else 0):
            moment = start + timedelta(seconds=self.random.random() * span)
            # Most leads come while people work; some at night and on weekends.
            if self.ws.calendar.is_open(moment) or self.random.random() < 0.12:
                moments.append(moment)
        return sorted(moments)

    def _plan(self, moment: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (moment, next(self._number), act))

    def _later(self, minutes: float, act: Callable[[], None]) -> None:
        self._plan(self.ws.calendar.add_minutes(self.clock.now(), max(1, int(minutes))), act)

    def _arrive(self) -> None:
        pick = self.random.choice
        industry = pick(company.INDUSTRIES)
        region = self.random.choices(company.CITIES, (6, 8, 7, 3, 6, 2, 4, 2, 3, 2, 2))[0]
        name = ""
        while not name or name in self._names:
            name = f"{region}{pick(company.FIRST)}{pick(company.SECOND[industry])}有限公司"
        self._names.add(name)
        budget = round(self.random.lognormvariate(12.6, 0.9), -3)
        source = self.random.choices(("web_form", "exhibition", "phone", "wecom", "referral"), (8, 3, 4, 4, 2))[0]
        values: dict[str, Any] = {
            "company": name,
            "contact_name": pick(company.SURNAMES) + pick(company.GIVEN),
            "industry": industry,
            "region": region,
            "source": source,
            "note": pick(("想了解报价和交期", "看了展会样机，要方案", "老客户介绍", "希望本季度内上线", "")),
        }
        if self.random.random() < 0.94:
            values["phone"] = f"{pick(company.MOBILE)}{self.random.randrange(10**8):08}"
        if self.random.random() < 0.85:
            values["budget"] = budget
        if self.random.random() < 0.6:
            values["pain_points"] = [pick(("price", "delivery", "endorsement"))]
        form = source == "web_form"
        actor = Actor("public", name="官网访客") if form else Actor("import", name="线索登记")
        origin = Origin(
            actor, "form" if form else "import", ip=f"115.{self.random.randrange(256)}.12.{self.random.randrange(256)}"
        )
        lead = intake.take(self.ws, values, origin).lead
        drain(self.ws)
        slow = self.random.random() < 0.2
        minutes = self.random.uniform(32, 180) if slow else self.random.lognormvariate(2.5, 0.6)
        if self.random.random() < 0.97:
            self._later(minutes, lambda: self._answer(lead.id))

    def _by(self, user_id: str | None) -> Origin:
        return Origin(Actor.of(User.get_by_id(user_id)), "console", ip="10.8.0.21")

    def _follow_up(self, lead: Lead) -> None:
        values = {"lead_id": lead.id, "way": self.random.choice(("phone", "wecom", "visit"))}
        self.ws.door.create("follow_up", values | {"content": self.random.choice(_TALK)}, self._by(lead.owner_id))

    def _answer(self, lead_id: str) -> None:
        lead = Lead.get_by_id(lead_id)
        self._follow_up(lead)
        if lead.budget is None:
            budget = round(self.random.lognormvariate(12.6, 0.9), -3)
            self.ws.door.change("lead", lead_id, {"budget": budget}, self._by(lead.owner_id))
        self._later(self.random.uniform(60, 900), lambda: self._move(lead_id))

    def _move(self, lead_id: str) -> None:
        lead = Lead.get_by_id(lead_id)
        if lead.outcome != "open":
            return
        by, chance = self._by(lead.owner_id), self.random.random()
        if chance < 0.16:
            reason = self.random.choice(("预算取消", "选了竞品", "暂不采购", "联系不上"))
            self._quotes.decline(lead)
            self.ws.door.change("lead", lead_id, {"outcome": "lost", "lost_reason": reason}, by)
            return
        if chance > 0.86:
            self._follow_up(lead)
            self._later(self.random.uniform(300, 3000), lambda: self._move(lead_id))
            return
        process = self.ws.processes.get(lead.process)
        onward = [s for s in process.next_stages(lead.stage) if process.index(s.name) > process.index(lead.stage)]
        self._follow_up(lead)
        self._tick(lead_id, by)
        if not onward:
            self._sign(lead_id)
            return
        extra = {"car_model": "远川 X5", "finance_plan": "loan"} if lead.process != "sales" else {}
        try:
            self.ws.door.change("lead", lead_id, {"stage": onward[0].name, **extra}, by)
        except ClewError:
            # Something the stage demands is missing; the seller comes back to it.
            self._later(480, lambda: self._move(lead_id))
            return
        if onward[0].name == STAGE:
            self._quotes.draw_up(lead_id)
        if onward[0].name in ("signing", "handover"):
            self._later(self.random.uniform(120, 900), lambda: self._sign(lead_id))
        else:
            self._later(self.random.uniform(240, 1500), lambda: self._move(lead_id))

    def _tick(self, lead_id: str, by: Origin) -> None:
        for task in list(Task.select().where((Task.lead == lead_id) & (Task.state == "open"))):
            if task.assignee_id == by.actor.id and self.random.random() < 0.8:
                self.ws.door.change("task", task.id, {"state": "done"}, by)

    def _sign(self, lead_id: str) -> None:
        lead = Lead.get_by_id(lead_id)
        by = self._by(lead.owner_id)
        number = f"SALES-{self.clock.now():%Y}-{Contract.select().count() + 101:03d}"
        amount = self._quotes.accept(lead) or lead.budget
        values = {"number": number, "customer_id": lead.customer_id, "lead_id": lead.id, "amount": amount}
        contract = self.ws.door.create("contract", values, by).record
        if self._is_recent():
            scan = contract_as_pdf(number, lead.company, contract.amount, self.clock.now())
            documents.attach(self.ws, "contract", contract.id, f"{number} 扫描件.pdf", io.BytesIO(scan), by)
        self._later(self.random.uniform(60, 700), lambda: self._review(contract.id))

    def _review(self, contract_id: str) -> None:
        """Legal looks at it; without a protocol that hands a scan in, the seller does so first."""
        contract = Contract.get_by_id(contract_id)
        if contract.status in ("draft", "revising"):
            # Whose lead it is by now: somebody may have left meanwhile.
            seller = self._by(Lead.get_by_id(contract.lead_id).owner_id)
            self.ws.door.change("contract", contract_id, {"status": "legal_review"}, seller)
            self._later(self.random.uniform(60, 500), lambda: self._review(contract_id))
            return
        legal = self._by(User.get(User.email == f"xuwenbo@{company.DOMAIN}").id)
        if self._is_recent() and self.random.random() < 0.25:
            reason = self.random.choice(_SENT_BACK)
            self.ws.door.change("contract", contract_id, {"status": "revising"}, legal.because(reason))
            self._later(self.random.uniform(300, 1500), lambda: self._review(contract_id))
            return
        self.ws.door.change("contract", contract_id, {"status": "signed"}, legal)
        self._later(self.random.uniform(200, 2600), lambda: self._archive(contract_id))
        self._later(self.random.uniform(480, 3400), lambda: self._invoice(contract_id))

    def _archive(self, contract_id: str) -> None:
        finance = self._by(User.get(User.email == f"qianting@{company.DOMAIN}").id)
        self.ws.door.change("contract", contract_id, {"status": "archived"}, finance)

    def _is_recent(self) -> bool:
        return self.clock.now() >= self._recent

    def _invoice(self, contract_id: str) -> None:
        contract = Contract.get_by_id(contract_id)
        finance = self._by(User.get(User.email == f"qianting@{company.DOMAIN}").id)
        base = {"contract_id": contract.id, "customer_id": contract.customer_id, "amount": contract.amount}
        tail = contract.number.removeprefix("SALES-")
        self.ws.door.create("invoice", {**base, "number": f"FP-{tail}", "issued_at": self.clock.now()}, finance)
        self._later(self.random.uniform(480, 2400), lambda: self._pay(contract_id))

    def _pay(self, contract_id: str) -> None:
        contract = Contract.get_by_id(contract_id)
        finance = self._by(User.get(User.email == f"qianting@{company.DOMAIN}").id)
        values = {"contract_id": contract.id, "customer_id": contract.customer_id, "amount": contract.amount}
        tail = contract.number.removeprefix("SALES-")
        if self._is_recent() and self.random.random() < 0.3:  # The bank kept its charges: somebody has to say so.
            short = {**values, "contract_id": None, "amount": contract.amount - 400}
            self.ws.door.create("payment", {**short, "number": f"HK-{tail}", "paid_at": self.clock.now()}, finance)
            return
        with self.ws.door.transaction(finance) as tx:
            tx.create("payment", {**values, "number": f"HK-{tail}", "paid_at": tx.now})
            lead = Lead.get_by_id(contract.lead_id)
            process = self.ws.processes.get(lead.process)
            if process.stage("payment") and (lead.stage, "payment") in process.transitions:
                with tx.automatically():
                    tx.change("lead", lead.id, {"stage": "payment"})
            with tx.automatically():
                tx.change("lead", lead.id, {"outcome": "won"})
