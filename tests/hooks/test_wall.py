"""Law 6: a plugin can't hurt the house, whatever it does. It is set aside with its reason, and catches up."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import clew
from clew import AddNote, CreateTask, Notify, Plugin, Problem, SetFields, StartDeadline, Text, hookimpl
from clew.core.company.switches import switch_plugin
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.plugins.manager import QUARANTINE_AFTER
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch, PluginHealth
from clew.core.workspace import Workspace
from clew.hooks import specs
from clew.hooks.discovery import discover
from clew.hooks.wall import CallRecord, PluginFailed, Wall

let_go = threading.Event()


class Broken(Plugin):
    """Each hook breaks in a way of its own."""

    name = "broken"

    @hookimpl
    def on_lead_created(self) -> Any:
        raise ZeroDivisionError("no leads today")

    @hookimpl
    def on_state_change(self) -> Any:
        let_go.wait(60)

    @hookimpl
    def on_field_saved(self) -> Any:
        return (SetFields() for _ in iter(int, 1))

    @hookimpl
    def on_follow_up_created(self) -> Any:
        return ["a text is no effect"]

    @hookimpl
    def on_deadline_missed(self) -> Any:
        sys.exit("I end this process")

    @hookimpl
    def validate_record(self) -> Any:
        return 42


class Sloppy(Plugin):
    """Asks for effects with something else in them than they take."""

    name = "sloppy"
    wishes: list[Any] = []

    @hookimpl
    def on_lead_created(self) -> Any:
        return self.wishes


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (CreateTask(["a"]), "CreateTask, but CreateTask.title is list, not str"),  # type: ignore[arg-type]
        (CreateTask("a", items="ab"), "CreateTask, but CreateTask.items is str, not a tuple"),  # type: ignore[arg-type]
        (CreateTask("a", items=("b", None)), "CreateTask, but CreateTask.items[1] is NoneType, not str"),  # type: ignore[arg-type]
        (
            CreateTask("a", due_working_minutes=float("nan")),
            "CreateTask, but CreateTask.due_working_minutes is float, not int",
        ),  # type: ignore[arg-type]
        (Notify("owner", "a\0b"), "Notify, but Notify.title holds a character that can't be saved"),
        (Notify("owner", "a", "\ud800"), "Notify, but Notify.body holds a character that can't be saved"),
        (AddNote(7), "AddNote, but AddNote.text is int, not str"),  # type: ignore[arg-type]
        (StartDeadline("x", True), "StartDeadline, but StartDeadline.working_minutes is bool, not int"),
        (StartDeadline("x", -1), "StartDeadline, but StartDeadline.working_minutes is -1: minutes are 0 or more"),
    ],
)
def test_an_effect_that_holds_something_else_than_it_takes_is_a_failure(wish: Any, reason: str) -> None:
    plugin = Sloppy()
    plugin.wishes = [CreateTask("fine", items=("b", "c")), Notify("owner", "客户\n😀"), wish]
    with pytest.raises(PluginFailed) as failed:
        Wall(discover([], [plugin]), lambda call: None).call("sloppy", "on_lead_created")
    assert str(failed.value) == f"plugin 'sloppy', on_lead_created: returned {reason}"


@pytest.fixture
def wall() -> Iterator[tuple[Wall, list[CallRecord]]]:
    """A wall around Broken, and the calls it counted."""
    let_go.clear()
    calls: list[CallRecord] = []
    yield Wall(discover([], [Broken()]), calls.append), calls
    let_go.set()


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        ("on_lead_created", "ZeroDivisionError: no leads today"),
        ("on_state_change", "no answer within 0.05 s"),
        ("on_field_saved", "returned more than 1000 things"),
        ("on_follow_up_created", "returned str, which on_follow_up_created may not return"),
        ("on_deadline_missed", "SystemExit: I end this process"),
        ("validate_record", "TypeError: 'int' object is not iterable"),
    ],
)
def test_whatever_breaks_stays_behind_the_wall(wall: Any, hook: str, reason: str) -> None:
    with pytest.raises(PluginFailed) as failed:
        wall[0].call("broken", hook, timeout=0.05)
    assert str(failed.value) == f"plugin 'broken', {hook}: {reason}"
    assert [(call.plugin, call.hook, call.error) for call in wall[1]] == [("broken", hook, reason)]


def test_a_plugin_that_hangs_soon_fails_at_once(wall: Any) -> None:
    for _ in range(4):
        with pytest.raises(PluginFailed, match="no answer"):
            wall[0].call("broken", "on_state_change", timeout=0.01)
    with pytest.raises(PluginFailed, match="4 earlier calls are still running") as failed:
        wall[0].call("broken", "on_state_change", timeout=60)
    assert failed.value.seconds < 1


def test_a_process_ends_though_a_plugin_hangs() -> None:
    script = (
        "import time; from clew import Plugin, hookimpl; from clew.hooks.wall import *; from clew.hooks.discovery import discover\n"
        "class Hangs(Plugin):\n  name = 'hangs'\n  @hookimpl\n  def on_lead_created(self): time.sleep(600)\n"
        "try: Wall(discover([], [Hangs()]), lambda call: None).call('hangs', 'on_lead_created', timeout=0.1)\n"
        "except PluginFailed as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert "no answer within 0.1 s" in done.stdout


def test_what_can_not_be_used_is_kept_apart_with_its_reason(tmp_path: Path) -> None:
    class Unknown(Plugin):
        name = "unknown"

        @hookimpl
        def on_lead_craeted(self) -> None: ...

    class Greedy(Plugin):
        name = "greedy"

        @hookimpl
        def on_lead_created(self, event: Any, database: Any) -> None: ...

    class Future(Plugin):
        name = "future"
        requires_clew = ">=99"

    class Nameless(Plugin): ...

    points = [
        EntryPoint("gone", "no_such_module:Plugin", "clew.plugins"),
        EntryPoint("no", "json:loads", "clew.plugins"),
    ]
    found = discover(points, [Broken(), Unknown(), Greedy(), Future(), Nameless(), Broken()], clew.__version__)
    assert set(found.plugins) == {"broken"}
    for label, words in {
        "gone": "No module named 'no_such_module'",
        "no": "must give a subclass of clew.Plugin",
        "unknown": "no hook 'on_lead_craeted'; did you mean 'on_lead_created'?",
        "greedy": "on_lead_created takes database, which the hook does not offer: it offers context, event",
        "future": f"needs clew >=99 (this is {clew.__version__}): upgrade clew or pin the plugin",
        "": "use letters, digits and underscores",
        "broken": "is taken by another installed plugin",
    }.items():
        assert words in found.broken[label]


def test_an_installed_package_is_found(tmp_path: Path) -> None:
    info = tmp_path / "hello-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[clew.plugins]\nhello = hello:Hello\nbad = hello:Missing\n")
    (tmp_path / "hello.py").write_text("import clew\nclass Hello(clew.Plugin):\n    name = 'hello'\n")
    script = (
        "import sys; from clew.hooks.discovery import discover; found = discover()\n"
        "assert 'clew.core' not in sys.modules and 'peewee' not in sys.modules\n"
        "print(sorted(found.plugins), found.broken)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("['car_dealer', 'hello', 'webhook'] {'bad': \"AttributeError"), done.stderr


# ---- In the house


class Moody(Plugin):
    """Works when the mood is good."""

    name = "moody"
    good = False

    @hookimpl
    def on_lead_created(self, event: Any) -> list[SetFields]:
        if not self.good:
            raise RuntimeError("not today")
        return [SetFields({"note": "看过了"})]

    @hookimpl
    def validate_record(self, record_kind: str, after: Any) -> list[Problem]:
        if after.get("region") == "崩溃":
            raise RuntimeError("can't check that")
        mars = record_kind == "lead" and after.get("region") == "火星"
        return [Problem("region", Text("我们不去火星", "We don't go to Mars"))] if mars else []


@pytest.fixture
def moody(workspace: Workspace, company: Any) -> Moody:
    """Moody, switched on."""
    plugin = Moody()
    workspace.use_plugins(discover([], [plugin]))
    switch_plugin(workspace, "moody", True, SYSTEM)
    return plugin


def _states() -> list[str]:
    return sorted(row.state for row in Dispatch.select().where(Dispatch.consumer == "plugin:moody"))


def test_five_failures_in_a_row_are_quarantine_and_what_was_missed_comes_back(
    workspace: Workspace, moody: Moody
) -> None:
    for number in range(8):
        intake.take(workspace, {"company": f"客户{number}", "region": "江苏"}, SYSTEM)
    drain(workspace)
    health = PluginHealth.get_by_id("moody")
    assert health.quarantined_at == workspace.clock.now()
    assert health.failures == health.consecutive == QUARANTINE_AFTER
    assert health.last_error == "on_lead_created: RuntimeError: not today"
    assert Lead.select().where(Lead.owner.is_null()).count() == 0, "the rules went on meanwhile"
    assert _states() == ["held"] * 3 + ["pending"] * 5

    moody.good = True
    workspace.plugins.resume("moody")
    from clew.core.outbox import dispatch

    dispatch.release(workspace, "moody")
    workspace.clock.advance(seconds=2)  # type: ignore[attr-defined]
    drain(workspace)
    assert _states() == ["done"] * 8
    assert {lead.note for lead in Lead.select()} == {"看过了"}
    assert PluginHealth.get_by_id("moody").consecutive == 0


def test_a_validator_vetoes_with_its_own_words(workspace: Workspace, moody: Moody) -> None:
    from clew.core.errors import Invalid

    with pytest.raises(Invalid) as refused:
        intake.take(workspace, {"company": "远客", "region": "火星"}, SYSTEM)
    assert [(one.field, one.text.zh) for one in refused.value.problems] == [("region", "我们不去火星")]
    assert Lead.select().count() == 0


def test_a_broken_validator_is_passed_over_and_counted(workspace: Workspace, moody: Moody) -> None:
    assert intake.take(workspace, {"company": "远客", "region": "崩溃"}, SYSTEM).new
    assert "validate_record: RuntimeError" in PluginHealth.get_by_id("moody").last_error


def test_calls_that_go_well_are_all_counted_and_none_of_them_inside_a_write(workspace: Workspace, moody: Moody) -> None:
    moody.good = True
    intake.take(workspace, {"company": "客户甲", "region": "江苏"}, SYSTEM)
    drain(workspace)
    with workspace.door.transaction(SYSTEM) as tx:
        before = PluginHealth.get_by_id("moody").calls
        tx.create("customer", {"name": "客户乙"})
        assert PluginHealth.get_by_id("moody").calls == before
    assert before > 0
    workspace.clock.advance(seconds=6)  # type: ignore[attr-defined]
    workspace.door.create("customer", {"name": "客户丁"}, SYSTEM)
    # 乙 and 丁 were checked since, and the commit wrote both calls down.
    assert PluginHealth.get_by_id("moody").calls >= before + 2


# ---- The documentation


@pytest.mark.parametrize("hook", specs.HOOKS)
def test_every_hook_is_documented_by_an_example_that_runs(hook: str) -> None:
    text = getattr(specs, hook).__doc__
    lines = [line.strip()[4:] for line in text.splitlines() if line.strip().startswith((">>>", "..."))]
    assert lines, f"{hook} has no example"
    given: dict[str, Any] = {name: getattr(clew, name) for name in clew.__all__ if name != "open_workspace"}
    exec(compile("\n".join(lines), f"<{hook}>", "exec"), given)
    example = type("Example", (Plugin,), {"name": "example", hook: staticmethod(given[hook])})
    catalogue = discover([], [example()])
    assert catalogue.broken == {}
    event = clew.Event(
        1,
        "lead.created",
        "lead",
        "x",
        "c",
        None,
        "",
        "",
        {},
        {"outcome": "won", "budget": 1, "region": "火星"},
        {"company": "恒锐"},
    )  # type: ignore[arg-type]
    arguments = {"event": event, "context": None, "record_kind": "lead", "before": {}, "after": event.after}
    arguments |= {"action": "ring_bell", "args": {"words": "恭喜"}}
    assert Wall(catalogue, lambda call: None).call("example", hook, **arguments)
