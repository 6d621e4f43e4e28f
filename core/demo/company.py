"""远川工业, a fictitious company: its teams, its people, and the names its leads are made of."""

from __future__ import annotations

from ..company.progress import STEPS
from ..journal.origin import SYSTEM
from ..people.sign_in import hash_password
from ..workspace import Workspace
from .routing import install_contracts, install_routing

NAME = "远川工业"
PASSWORD = "clew-demo-2026"  # noqa: S105 - shown on the demo's sign-in page; the demo holds no real data
DOMAIN = "yuanchuan.example"

TEAMS: dict[str, tuple[tuple[str, str], tuple[tuple[str, str], ...]]] = {
    "华东一部": (
        ("林岚", "linlan"),
        (("王磊", "wanglei"), ("李昊", "lihao"), ("陈思雨", "chensiyu"), ("赵一帆", "zhaoyifan")),
    ),
    "华东二部": (("周敏", "zhoumin"), (("孙悦", "sunyue"), ("吴迪", "wudi"), ("何静", "hejing"))),
    "华南部": (("梁伟", "liangwei"), (("黄诗琪", "huangshiqi"), ("罗俊", "luojun"), ("邓佳", "dengjia"))),
    "华北部": (("高峰", "gaofeng"), (("郑楠", "zhengnan"), ("冯雪", "fengxue"), ("许阳", "xuyang"))),
    "大客户部": (("曾凯", "zengkai"), (("方圆", "fangyuan"), ("苏航", "suhang"))),
}
OTHERS = (
    ("沈可", "shenke", "ops"),
    ("许文博", "xuwenbo", "legal"),
    ("钱婷", "qianting", "finance"),
    ("罗成", "luocheng", "delivery"),
    ("韩旭", "hanxu", "admin"),
)
LOGINS = (
    ("linlan", "华东一部经理 林岚", "Lin Lan, manager"),
    ("wanglei", "销售 王磊", "Wang Lei, sales"),
    ("shenke", "运营 沈可", "Shen Ke, ops"),
    ("qianting", "财务 钱婷", "Qian Ting, finance"),
    ("xuwenbo", "法务 许文博", "Xu Wenbo, legal"),
    ("hanxu", "管理员 韩旭", "Han Xu, administrator"),
)
CITIES = ("上海", "江苏", "浙江", "安徽", "广东", "福建", "北京", "天津", "山东", "四川", "湖北")
INDUSTRIES = ("精密加工", "医疗器械", "电子", "纺织", "包装", "汽车", "教育", "其他")
FIRST = (
    *("恒锐", "云织", "听澜", "科恩", "澜图", "拓普", "明屿", "启衡", "蓝汐", "博屿", "亿泵", "森朗", "合川", "嘉澜"),
    *("瑞阳", "柏昀", "启仓", "远望", "金穗", "华晟", "立信", "鼎源", "正泽", "宏图", "天工", "凌云", "海纳", "清源"),
    *("同创", "德润", "新迈", "卓越", "安捷", "万象", "锦程", "盛泰", "润禾", "星河", "铭泰", "佳诺", "睿思", "长青"),
)
SECOND = {
    "精密加工": ("精密机械", "数控设备", "液压机械"),
    "医疗器械": ("医疗科技", "医疗器械"),
    "电子": ("电子", "光电科技", "智能科技"),
    "纺织": ("纺织机", "家纺", "服饰"),
    "包装": ("包装材料", "印刷包装"),
    "汽车": ("汽车销售", "汽车服务"),
    "教育": ("教育科技", "培训学校"),
    "其他": ("贸易", "新材料", "食品机械"),
}
# Given out to mobile users; 179, say, begins the codes of carriers, and 17964 0… is no number at all.
MOBILE = (
    *("135", "136", "137", "138", "139", "150", "151", "152"),
    *("158", "159", "176", "178", "186", "187", "188", "189"),
)
SURNAMES = "沈顾费邵钱丁吴潘季王楼卞陈高江徐朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = (
    "国良",
    "敏",
    "小军",
    "青",
    "学峰",
    "晓岚",
    "天昊",
    "雨桐",
    "海涛",
    "海波",
    "建平",
    "云",
    "晓东",
    "建明",
    "倩",
    "志强",
)


def found(ws: Workspace) -> None:
    """Create the company's teams and people through the door."""
    password = hash_password(PASSWORD)
    with ws.door.transaction(SYSTEM.because("demo")) as tx:

        def person(name: str, login: str, roles: list[str], team_id: str | None = None) -> str:
            values = {"name": name, "email": f"{login}@{DOMAIN}", "roles": roles, "team_id": team_id}
            return str(tx.create("user", {**values, "password_hash": password}).record.id)

        # Nobody is asked to set the demo up.
        tx.create("company", {"name": NAME, "steps": list(STEPS), "finished": True})
        for team_name, (manager, members) in TEAMS.items():
            team = tx.create("team", {"name": team_name}).record
            manager_id = person(*manager, ["manager"], team.id)
            tx.change("team", team.id, {"manager_id": manager_id})
            for member in members:
                person(*member, ["sales"], team.id)
        for name, login, role in OTHERS:
            person(name, login, [role])
        install_routing(tx)
        install_contracts(tx)
