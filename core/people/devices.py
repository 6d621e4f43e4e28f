"""What a browser calls itself, in plain words: Chrome · Windows."""

from __future__ import annotations

from ...hooks.text import Text

# The first that is found is it: most browsers also name those they are compatible with.
_BROWSERS = (
    ("wxwork", Text("企业微信", "WeCom")),
    ("micromessenger", Text("微信", "WeChat")),
    ("dingtalk", Text("钉钉", "DingTalk")),
    ("feishu", Text("飞书", "Feishu")),
    ("lark", Text("飞书", "Lark")),
    ("edg", Text("Edge", "Edge")),
    ("opr/", Text("Opera", "Opera")),
    ("qqbrowser", Text("QQ 浏览器", "QQ Browser")),
    ("firefox", Text("Firefox", "Firefox")),
    ("fxios", Text("Firefox", "Firefox")),
    ("crios", Text("Chrome", "Chrome")),
    ("headlesschrome", Text("Chrome（自动化）", "Chrome (automated)")),
    ("chrome", Text("Chrome", "Chrome")),
    ("safari", Text("Safari", "Safari")),
    ("curl", Text("curl", "curl")),
    ("python", Text("Python 程序", "a Python program")),
    ("werkzeug", Text("Python 程序", "a Python program")),
)
_SYSTEMS = (
    ("iphone", Text("iPhone", "iPhone")),
    ("ipad", Text("iPad", "iPad")),
    ("harmonyos", Text("鸿蒙", "HarmonyOS")),
    ("android", Text("安卓", "Android")),
    ("windows", Text("Windows", "Windows")),
    ("mac os", Text("macOS", "macOS")),
    ("cros", Text("ChromeOS", "ChromeOS")),
    ("linux", Text("Linux", "Linux")),
)
_UNKNOWN = Text("未知设备", "Unknown device")


def in_words(agent: str) -> Text:
    """Return browser and system as people call them; what is not known is left out."""
    plain = agent.lower()
    found = [
        next(words for name, words in names if name in plain)
        for names in (_BROWSERS, _SYSTEMS)
        if any(name in plain for name, _ in names)
    ]
    if not found:
        return _UNKNOWN
    return Text(" · ".join(one.zh for one in found), " · ".join(one.en for one in found))
