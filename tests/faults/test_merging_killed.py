"""The process that merges, gives back or splits, killed with SIGKILL on the way: all or nothing, and it goes again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from clew.core.errors import ClewError
from clew.core.intake import merging, splitting, unmerging
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.journal.verify import verify
from clew.core.kinds import Contact, Contract, Customer, FollowUp, Lead, PossibleDuplicate
from clew.core.running import drain, seal
from clew.core.storage.system_tables import Dispatch, JournalLine

pytestmark = [pytest.mark.faults, pytest.mark.slow]
LEADS = 6
KILLED = """
import json, os, signal, sys
from clew.core.intake import merging, splitting, unmerging
from clew.core.journal.origin import Actor, Origin
from clew.core.kinds import User
from clew.core.opening import open_workspace
from clew.core.write.transaction import Transaction

act, asker, token, one, other, chosen, spot = json.loads(sys.argv[1])
ws, left = open_workspace(), [spot if isinstance(spot, int) else 10**9]
journal, finish = Transaction._journal, Transaction.finish

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def written(*args, **kwargs):
    line = journal(*args, **kwargs)
    left[0] -= 1
    if left[0] < 0:
        die()
    return line

def finished(self):
    finish(self)
    if spot == "before the commit":
        die()

Transaction._journal, Transaction.finish = written, finished
if spot == "after the commit":
    type(ws.door.context).committed = lambda *args, **kwargs: die()
by = Origin(Actor.of(User.get_by_id(asker)), "console")
if act == "merge":
    merging.merge(ws, "customer", one, other, by, token, contacts=True)
elif act == "unmerge":
    unmerging.unmerge(ws, "customer", one, by, token)
else:
    splitting.split_customer(ws, one, splitting.Split({"name": "分出来的"}, {"lead": tuple(chosen)}), by, token)
"""


class Act:
    """One of the three, as somebody of operations asks for it: planned, done, and what stands then."""

    def __init__(self, ws: Any, company: Any, name: str) -> None:
        self.ws, self.name, self.asker = ws, name, company.user("ops")
        self.by = Origin(Actor.of(self.asker), "console")
        with ws.door.transaction(SYSTEM) as tx:
            made = [tx.create("customer", {"name": one}).record for one in ("恒锐精密", "恒瑞精密")]
            self.one, self.other = (row.id for row in made)
            self.leads = [self._lead(tx, self.one, number) for number in range(LEADS)]
            tx.create("contact", {"name": "高建明", "phone": "13812345678", "customer_id": self.other})
            tx.let_rules_pass()
        drain(ws)
        if name == "unmerge":
            merging.merge(ws, "customer", self.one, self.other, self.by, self._merge_token(), contacts=True)
            drain(ws)

    def _lead(self, tx: Any, customer: str, number: int) -> str:
        phone = {"phone": "13812345678"} if number == 0 else {}
        contact = tx.create("contact", {"name": f"联系人{number}", "customer_id": customer, **phone}).record
        values = {"company": f"公司{number}", "customer_id": customer, "contact_id": contact.id}
        lead = tx.create("lead", values).record
        tx.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "问了交期"})
        tx.create("contract", {"number": f"S-{number}", "lead_id": lead.id, "customer_id": customer, "amount": 1})
        return str(lead.id)

    def _merge_token(self) -> str:
        return merging.plan_merge(self.ws.kinds, self.by.actor, "customer", self.one, self.other).token

    @property
    def _split(self) -> splitting.Split:
        return splitting.Split({"name": "分出来的"}, {"lead": tuple(self.leads[:3])})

    def token(self) -> str:
        """Return the token of the preview as it is now."""
        if self.name == "merge":
            return self._merge_token()
        if self.name == "unmerge":
            return unmerging.plan_unmerge(self.ws, "customer", self.one, self.by).token
        return splitting.plan_split(self.ws, self.one, self._split, self.by).token

    def do(self, token: str) -> None:
        """Do it, in this process."""
        if self.name == "merge":
            merging.merge(self.ws, "customer", self.one, self.other, self.by, token, contacts=True)
        elif self.name == "unmerge":
            unmerging.unmerge(self.ws, "customer", self.one, self.by, token)
        else:
            splitting.split_customer(self.ws, self.one, self._split, self.by, token)

    def is_done(self) -> bool:
        """Say whether all of it is done; fails if only a part is."""
        at = [Lead.get_by_id(one).customer_id for one in self.leads]
        beside = [
            [row.customer_id for row in model.select().where(model.lead.in_(self.leads)).order_by(model.lead)]
            for model in (FollowUp, Contract)
        ]
        assert beside == [at, at]
        merged = Customer.get_by_id(self.one).merged_into_id
        people = Contact.select().where(Contact.merged_into.is_null(False)).count()
        if self.name == "split":
            new = Customer.get_or_none(Customer.name == "分出来的")
            expected = [new.id] * 3 + [self.one] * 3 if new is not None else [self.one] * LEADS
            assert (at, merged, people) == (expected, None, 0)
            return new is not None
        assert {(merged, *at)} <= {(None, *[self.one] * LEADS), (self.other, *[self.other] * LEADS)}
        assert people == (1 if merged else 0)
        return (merged is not None) == (self.name == "merge")


@pytest.mark.parametrize("name", ["merge", "unmerge", "split"])
def test_what_was_killed_on_the_way_is_done_whole_or_not_at_all(house: Any, found: Any, name: str) -> None:
    ws, workers = house
    act = Act(ws, found(ws), name)
    token = act.token()

    def count() -> list[int]:
        return [model.select().count() for model in (JournalLine, Dispatch, Customer, PossibleDuplicate)]

    before = count()
    for spot in (0, 3, 2 * LEADS, "before the commit", "after the commit"):
        told = json.dumps([act.name, act.asker.id, token, act.one, act.other, act.leads[:3], spot])
        command = [sys.executable, "-c", KILLED, told]
        killed = subprocess.run(command, env=workers.environment, capture_output=True, text=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        committed = spot == "after the commit"
        assert act.is_done() == committed, spot
        assert (count() == before) != committed, spot
    # It was committed: the same click again says so, and does nothing a second time.
    drain(ws)
    done = count()
    with pytest.raises(ClewError) as again:
        act.do(token)
    assert again.value.status in (404, 409, 422)
    assert (act.is_done(), count()) == (True, done)
    seal(ws)
    assert not verify().faults


@pytest.mark.parametrize("name", ["merge", "unmerge", "split"])
def test_the_same_click_does_it_all_after_one_that_was_killed(house: Any, found: Any, name: str) -> None:
    ws, workers = house
    act = Act(ws, found(ws), name)
    token = act.token()
    told = json.dumps([act.name, act.asker.id, token, act.one, act.other, act.leads[:3], LEADS])
    killed = subprocess.run([sys.executable, "-c", KILLED, told], env=workers.environment, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert act.token() == token, "the preview still holds"
    act.do(token)
    assert act.is_done()
    drain(ws)
    seal(ws)
    assert not verify().faults
