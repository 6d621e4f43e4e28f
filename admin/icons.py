"""Icons, drawn inline. Paths from Tabler Icons (MIT, https://tabler.io/icons), outline, 24-unit grid."""

from __future__ import annotations

from markupsafe import Markup

_PATHS = {
    "home": "M5 12H3l9-9 9 9h-2M5 12v7a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-7M9 21v-6a2 2 0 0 1 2-2h2a2 2 0 0 1 2 2v6",
    "target": "M12 12m-1 0a1 1 0 1 0 2 0 1 1 0 1 0-2 0M12 12m-5 0a5 5 0 1 0 10 0 5 5 0 1 0-10 0M12 12m-9 0a9 9 0 1 0 18 0 9 9 0 1 0-18 0",
    "building": "M3 21h18M9 8h1M9 12h1M9 16h1M14 8h1M14 12h1M14 16h1M5 21V5a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v16",
    "checklist": "M9.6 20H7a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v7M14 19l2 2 4-4M9 8h4M9 12h2",
    "inbox": "M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 13h3l3 3h4l3-3h3",
    "bolt": "M13 3v7h6l-8 11v-7H5l8-11",
    "report": "M8 5H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h5.7M18 14v4h4M18 11V7a2 2 0 0 0-2-2h-2M8 3h6v4H8zM18 18m-4 0a4 4 0 1 0 8 0 4 4 0 1 0-8 0M8 11h4M8 15h3",
    "plug": "M9.8 6l8.2 8.2-2.4 2.4a5.8 5.8 0 1 1-8.2-8.2zM4 20l3.5-3.5M15 4l-3.5 3.5M20 9l-3.5 3.5",
    "book": "M3 19a9 9 0 0 1 9 0 9 9 0 0 1 9 0M3 6a9 9 0 0 1 9 0 9 9 0 0 1 9 0M3 6v13M12 6v13M21 6v13",
    "archive": "M3 4h18v4H3zM5 8v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8M10 12h4",
    "search": "M10 10m-7 0a7 7 0 1 0 14 0 7 7 0 1 0-14 0M21 21l-6-6",
    "user": "M8 7a4 4 0 1 0 8 0 4 4 0 0 0-8 0M6 21v-2a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4v2",
    "users": "M9 7m-4 0a4 4 0 1 0 8 0 4 4 0 1 0-8 0M3 21v-2a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4v2M16 3.1a4 4 0 0 1 0 7.8M21 21v-2a4 4 0 0 0-3-3.9",
    "chevron-right": "M9 6l6 6-6 6",
    "user-off": "M8.2 4.2a4 4 0 0 1 5.6 5.6M10.5 10.7A4 4 0 0 1 8 7M6 21v-2a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4v2M3 3l18 18",
    "send": "M10 14L21 3l-6.500 18a.6.6 0 0 1-1 0L10 14 3 10.500a.6.6 0 0 1 0-1z",
    "route": "M3 19a2 2 0 1 0 4 0 2 2 0 0 0-4 0M19 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4M11 19h5.5a3.5 3.5 0 0 0 0-7h-8a3.5 3.5 0 0 1 0-7H13",
    "check": "M5 12l5 5L20 7",
    "circle-check": "M12 12m-9 0a9 9 0 1 0 18 0 9 9 0 1 0-18 0M9 12l2 2 4-4",
    "clock": "M3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0M12 7v5l3 3",
    "alert-triangle": "M12 9v4M10.4 3.6L2.3 17.1a1.9 1.9 0 0 0 1.6 2.9h16.2a1.9 1.9 0 0 0 1.6-2.9L13.6 3.6a1.9 1.9 0 0 0-3.2 0zM12 16h.01",
    "message": "M8 9h8M8 13h6M18 4a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-5l-5 3v-3H6a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z",
    "pencil": "M4 20h4L18.5 9.5a2.8 2.8 0 1 0-4-4L4 16zM13.5 6.5l4 4",
    "bell": "M10 5a2 2 0 1 1 4 0 7 7 0 0 1 4 6v3a4 4 0 0 0 2 3H4a4 4 0 0 0 2-3v-3a7 7 0 0 1 4-6M9 17v1a3 3 0 0 0 6 0v-1",
    "file-text": "M14 3v4a1 1 0 0 0 1 1h4M17 21H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h7l5 5v11a2 2 0 0 1-2 2zM9 9h1M9 13h6M9 17h6",
    "contrast": "M12 12m-9 0a9 9 0 1 0 18 0 9 9 0 1 0-18 0M12 3v18M12 9l4.7-4.7M12 14.3l7.4-7.4M12 19.6l8.9-8.8",
    "columns": "M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 10h16M10 4v16",
    "plus": "M12 5v14M5 12h14",
    "x": "M18 6L6 18M6 6l12 12",
    "activity": "M3 12h4l3 8 4-16 3 8h4",
    "phone": "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
    "menu": "M4 6h16M4 12h16M4 18h16",
    "logout": "M14 8V6a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7a2 2 0 0 0 2-2v-2M9 12h12l-3-3M18 15l3-3",
    "download": "M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2M7 11l5 5 5-5M12 4v12",
    "lock": "M5 13a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2zM8 11V7a4 4 0 1 1 8 0v4",
    "steering-wheel": "M3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0M10 12a2 2 0 1 0 4 0 2 2 0 0 0-4 0M12 14v7M10 12l-6.8-2M14 12l6.8-2",
    "webhook": "M4.9 13.8A3.5 3.5 0 1 0 10 17h6M16.8 18.3a3.5 3.5 0 1 0-.3-5.4L13 7M12.1 9.7A3.5 3.5 0 1 0 9 7.5L6 13",
    "copy": "M8 10a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8a2 2 0 0 1-2-2zM16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2",
    "bulb": "M3 12h1M12 3v1M20 12h1M5.6 5.6l.7.7M18.4 5.6l-.7.7M9 16a5 5 0 1 1 6 0 3.5 3.5 0 0 0-1 3 2 2 0 0 1-4 0 3.5 3.5 0 0 0-1-3M9.7 17h4.6",
    "minus": "M5 12h14",
    "refresh": "M20 11A8.1 8.1 0 0 0 4.5 9M4 5v4h4M4 13a8.1 8.1 0 0 0 15.5 2M20 19v-4h-4",
    "table": "M3 5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM3 10h18M10 3v18",
    "eye-off": "M10.6 10.6a2 2 0 0 0 2.8 2.8M16.7 16.7A8.7 8.7 0 0 1 12 18c-3.6 0-6.6-2-9-6a18 18 0 0 1 4.3-4.7M9.9 6.2A9 9 0 0 1 12 6c3.6 0 6.6 2 9 6a20 20 0 0 1-1.8 2.6M3 3l18 18",
    "shield-check": "M11.5 20.8A12 12 0 0 1 3.5 6 12 12 0 0 0 12 3a12 12 0 0 0 8.5 3 12 12 0 0 1-.1 7.1M15 19l2 2 4-4",
    "upload": "M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2M7 9l5-5 5 5M12 4v12",
    "calendar": "M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM16 3v4M8 3v4M4 11h16",
    "moon": "M12 3h.4a7.5 7.5 0 0 0 7.9 12.5A9 9 0 1 1 12 3z",
    "sun": "M12 12m-4 0a4 4 0 1 0 8 0 4 4 0 1 0-8 0M3 12h1M12 3v1M20 12h1M12 20v1M5.6 5.6l.7.7M18.4 5.6l-.7.7M17.7 17.7l.7.7M6.3 17.7l-.7.7",
    "player-play": "M7 4v16l13-8z",
    "player-pause": "M6 5h4v14H6zM14 5h4v14h-4z",
    "trash": "M4 7h16M10 11v6M14 11v6M5 7l1 12a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2l1-12M9 7V4a1 1 0 0 1 1-1h4a1 1 0 0 1 1 1v3",
    "arrow-up": "M12 5v14M18 11l-6-6-6 6",
    "arrow-down": "M12 5v14M18 13l-6 6-6-6",
}


def icon(name: str, size: int = 16) -> Markup:
    """Return the icon as inline SVG, hidden from screen readers (a word always stands beside it)."""
    path = _PATHS.get(name, _PATHS["activity"])
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{1}"/></svg>'
    ).format(size, path)
