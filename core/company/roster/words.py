"""What spreadsheets call columns and roles, and when two names of a team may mean the same one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from ....hooks.text import Text
from ...roles import book

COLUMNS: Mapping[str, Text] = {
    "name": Text("姓名", "Name"),
    "team": Text("团队", "Team"),
    "role": Text("角色", "Role"),
    "email": Text("登录邮箱", "E-mail"),
    "phone": Text("手机", "Phone"),
    "staff_no": Text("工号", "Staff number"),
    "manager": Text("主管", "Manager"),
}
_HEADS: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "名字", "员工", "员工姓名", "成员", "name", "fullname", "employee"),
    "team": ("团队", "部门", "小组", "组", "所属部门", "team", "department", "dept", "group"),
    "role": ("角色", "岗位", "职位", "职务", "role", "position", "jobtitle", "title"),
    "email": ("邮箱", "登录邮箱", "电子邮箱", "邮件", "公司邮箱", "email", "mail", "e-mail", "emailaddress"),
    "phone": ("手机", "手机号", "手机号码", "电话", "联系电话", "mobile", "phone", "cell", "mobilephone", "telephone"),
    "staff_no": ("工号", "员工编号", "编号", "staffno", "staffnumber", "employeeid", "employeeno", "id"),
    "manager": ("主管", "上级", "直属上级", "直接上级", "汇报对象", "manager", "reportsto", "supervisor", "boss"),
}
_ROLES: Mapping[str, tuple[str, ...]] = {
    "manager": (
        *("经理", "部门经理", "主管", "销售主管", "负责人", "部门负责人", "组长", "总监", "销售总监"),
        *("manager", "salesmanager", "teamlead", "lead", "director", "salesdirector"),
    ),
    "sales": ("销售", "销售员", "业务员", "业务", "销售代表", "sales", "seller", "salesrep", "salesperson"),
    "ops": ("运营", "销售运营", "ops", "operations", "salesops"),
    "legal": ("法务", "律师", "legal", "counsel"),
    "finance": ("财务", "会计", "出纳", "finance", "accountant", "accounting"),
    "delivery": ("交付", "实施", "售后", "发货", "delivery", "aftersales"),
    "admin": ("管理员", "系统管理员", "it", "admin", "administrator"),
}
"""What spreadsheets call the roles that come with Clew; a role's own titles are known besides."""
_EITHER = frozenset(
    ("客户经理", "大客户经理", "销售经理", "业务经理", "区域经理", "区域销售经理", "accountmanager", "areamanager")
)
"""Titles that mean a seller in one company and who leads sellers in another."""
_ALIKE = 85
_SHORTEST_ALIKE = 4
_DIGITS = str.maketrans("〇零一二三四五六七八九十壹贰叁", "00123456789X123")


def plain(word: str) -> str:
    """Return a word without width, case and spaces, to compare it by."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", word)).casefold()


def column_of(head: str) -> str:
    """Return the column that a head names; empty if it is none that is known."""
    word = plain(head).strip("*:：()（）")
    return next((name for name, known in _HEADS.items() if word in known), "")


def roles_meant(words: str) -> Sequence[str]:
    """Return the roles in force that a word may mean: one, several to choose from, or none."""
    word, titles = plain(words), book().titles
    for name, title in titles.items():
        if word in (name, plain(title.zh), plain(title.en)):
            return (name,)
    if word in _EITHER:
        return [name for name in ("sales", "manager") if name in titles]
    return [name for name, known in _ROLES.items() if word in known and name in titles]


@lru_cache(4096)
def _counted(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a name with its numbers as digits, and these numbers."""
    written = plain(name).translate(_DIGITS)
    return written, tuple(re.findall(r"[\dX]+", written))


def same_team(one: str, other: str) -> bool:
    """Say whether two names that are written differently may mean one team.

    华东2部 and 华东二部 may, 华东一部 and 华东二部 can't.
    """
    (first, numbers), (second, others) = _counted(one), _counted(other)
    if first == second:
        return True
    if numbers != others:
        return False
    return min(len(first), len(second)) >= _SHORTEST_ALIKE and fuzz.ratio(first, second) >= _ALIKE
