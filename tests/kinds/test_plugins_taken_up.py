"""A plugin is switched on with all it brings, or not at all; one that fails keeps nobody else from starting."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clew import FieldSpec, KindSpec, Plugin, ProcessSpec, StageSpec, Text, hookimpl
from clew.core import opening
from clew.core.company.switches import register_all, switch_plugin
from clew.core.errors import ClewError, Invalid
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import FieldDefinition, KindDefinition, PluginRecord, ProcessDefinition
from clew.core.workspace import Workspace
from clew.hooks import specs
from clew.hooks.discovery import discover

TITLE = Text("车辆", "Car")
CAR = KindSpec("car", TITLE, ("customer",), (FieldSpec("car", "plate", Text("车牌", "Plate")),))


class Cars(Plugin):
    """Brings whatever `brings` returns."""

    name = "cars"
    title = Text("车辆", "Cars")
    version = "1.0.0"
    brings: Callable[[], Any] = staticmethod(lambda: [CAR])

    @hookimpl
    def register_kinds(self) -> Any:
        return type(self).brings()


def broken() -> Any:
    raise RuntimeError("no cars today")


def field(**more: Any) -> Any:
    return [replace(CAR, fields=(replace(CAR.fields[0], **more),))]


def staged(**more: Any) -> Any:
    given = {"title": Text("流程", "Way"), "stages": (StageSpec("new", Text("新", "New")),), "transitions": ()}
    return [replace(CAR, process=ProcessSpec("driving", **{**given, **more}))]


@pytest.mark.parametrize(
    ("brings", "said"),
    [
        (broken, "plugin 'cars', register_kinds: RuntimeError: no cars today"),
        (lambda: 5, "register_kinds: TypeError"),
        (lambda: [5], "returned int, which register_kinds may not return"),
        (lambda: [KindSpec(None, None, None, None)], "KindSpec.name is NoneType, not str"),  # type: ignore[arg-type]
        (lambda: [replace(CAR, title="Car")], "KindSpec.title is str, not Text"),
        (lambda: field(type="choice", options=("a", "b")), r"fields\[0\].options\[0\] is str, not a tuple"),
        (lambda: field(type="choice", options=(("a", "A"),)), r"options\[0\]\[1\] is str, not Text"),
        (lambda: field(type="huge"), "field car.plate of plugin 'cars'.*no option 'huge'"),
        (lambda: field(name="confirm"), "field car.confirm of plugin 'cars'.*taken"),
        (lambda: [replace(CAR, name="lead")], "kind lead of plugin 'cars'.*already"),
        (lambda: [replace(CAR, name="sample")], "'sample' already, made by operations"),
        (lambda: [replace(CAR, belongs_to=("nothing",))], "can't belong to 'nothing'"),
        (lambda: staged(transitions=(("new", "old"),)), "process driving of plugin 'cars'.*no stage"),
        (lambda: staged(stages=(StageSpec("new", Text("新", "New"), ("colour",)),)), "no field 'colour'"),
    ],
)
def test_a_plugin_whose_kinds_cannot_be_kept_is_not_switched_on(
    any_workspace: Workspace, made: Any, brings: Callable[[], Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, cars = any_workspace, Cars()
    ws.use_plugins(discover([], [cars]))
    monkeypatch.setattr(Cars, "brings", staticmethod(brings))
    with pytest.raises(ClewError, match=said):
        switch_plugin(ws, "cars", True, SYSTEM)
    assert PluginRecord.get_or_none(PluginRecord.name == "cars") is None
    for model in (KindDefinition, FieldDefinition, ProcessDefinition):
        assert not model.select().where(model.plugin == "cars").exists()
    assert "cars" not in ws.plugins.enabled
    monkeypatch.setattr(Cars, "brings", staticmethod(lambda: [CAR]))
    switch_plugin(ws, "cars", True, SYSTEM)
    assert ws.kinds["car"].by_name["plate"].label.en == "Plate"


def test_one_that_hangs_is_not_switched_on(
    any_workspace: Workspace, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_workspace.use_plugins(discover([], [Cars()]))
    monkeypatch.setitem(specs.TERMS, "register_kinds", replace(specs.TERMS["register_kinds"], timeout=0.05))
    monkeypatch.setattr(Cars, "brings", staticmethod(lambda: time.sleep(0.5)))
    with pytest.raises(ClewError, match=r"register_kinds: no answer within 0\.05 s"):
        switch_plugin(any_workspace, "cars", True, SYSTEM)
    assert "cars" not in any_workspace.plugins.enabled


def test_kinds_of_one_plugin_may_belong_to_each_other_and_refer_to_each_other(
    any_workspace: Workspace, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = any_workspace
    repair = KindSpec(
        "repair", Text("维修", "Repair"), ("car",), (FieldSpec("repair", "of", TITLE, "reference", to="car"),)
    )
    ws.use_plugins(discover([], [Cars()]))
    monkeypatch.setattr(Cars, "brings", staticmethod(lambda: [CAR, repair]))
    switch_plugin(ws, "cars", True, SYSTEM)
    assert [one.to for one in ws.kinds["repair"].parents] == ["car"]


def test_setting_up_anew_names_what_it_leaves_aside_and_goes_on(
    any_workspace: Workspace, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = any_workspace
    ws.use_plugins(discover([], [Cars()]))
    switch_plugin(ws, "cars", True, SYSTEM)
    monkeypatch.setattr(Cars, "brings", staticmethod(broken))
    monkeypatch.setattr(opening, "Workspace", lambda *_: ws)
    assert opening.open_workspace(settings=ws.settings, migrate=True) is ws
    assert ws.plugins.left_aside["cars"].en == "plugin 'cars', register_kinds: RuntimeError: no cars today"
    assert "car" in ws.kinds, "what it brought before stays"
    monkeypatch.setattr(Cars, "brings", staticmethod(lambda: [CAR]))
    register_all(ws)
    assert ws.plugins.left_aside == {}


def test_an_upgraded_plugin_cannot_turn_a_field_that_records_hold(
    any_workspace: Workspace, lead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = any_workspace
    ws.use_plugins(discover([], [Cars()]))
    switch_plugin(ws, "cars", True, SYSTEM)
    ws.door.create("car", {"customer_id": lead.customer_id, "plate": "沪A"}, SYSTEM)
    monkeypatch.setattr(Cars, "brings", staticmethod(lambda: field(type="number")))
    with pytest.raises(Invalid, match=r"field car.plate of plugin 'cars': records hold a value"):
        switch_plugin(ws, "cars", True, SYSTEM)
    assert ws.kinds.field("car", "plate").type == "text"  # type: ignore[union-attr]


def test_what_a_new_version_no_longer_brings_goes_out_of_force_and_comes_back_with_its_values(
    any_workspace: Workspace, lead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = any_workspace
    ws.use_plugins(discover([], [Cars()]))
    monkeypatch.setattr(Cars, "brings", staticmethod(lambda: field(required=True)))
    switch_plugin(ws, "cars", True, SYSTEM)
    car = ws.door.create("car", {"customer_id": lead.customer_id, "plate": "沪A"}, SYSTEM).record
    monkeypatch.setattr(Cars, "brings", staticmethod(lambda: [replace(CAR, fields=())]))
    register_all(ws)
    assert ws.kinds.field("car", "plate") is None
    ws.door.create("car", {"customer_id": lead.customer_id}, SYSTEM)
    monkeypatch.setattr(Cars, "brings", staticmethod(list))
    register_all(ws)
    assert "car" not in ws.kinds
    monkeypatch.setattr(Cars, "brings", staticmethod(lambda: [CAR]))
    register_all(ws)
    assert ws.kinds["car"].model.get_by_id(car.id).extra["plate"] == "沪A"
    assert ws.kinds.field("car", "plate") is not None
