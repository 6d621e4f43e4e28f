"""Nothing that is typed or sent at the pages of accounts ends in an error of the system."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.kinds import ApiToken

ODD = ("\0", "x" * 5000, "../..", "' OR 1=1 --", "{{7*7}}", "<script>alert(1)</script>", "9" * 40, " ")


@pytest.mark.parametrize("odd", ODD, ids=[repr(one)[:16] for one in ODD])
def test_odd_values_are_refused_in_words(app: Any, company: Any, signed_in: Any, odd: str) -> None:
    client = signed_in(company.user("admin"))
    own = company.user("admin").id
    posts = {
        "/sign-in": {"name": odd, "password": odd, "kept": odd},
        "/language": {"locale": odd, "next": odd},
        "/join/x": {"password": odd},
        "/me/language": {"locale": odd},
        "/me/password": {"present": odd, "password": odd},
        "/me/tokens": {"name": odd, "scope": odd, "days": odd, "kinds": [odd, odd]},
        "/me/messages": {"wanted": [odd, f"rule:{odd}"]},
        "/me/sessions/x/end": {},
        "/me/tokens/x/revoke": {"typed": odd},
        f"/accounts/{own}/tokens/x/revoke": {"typed": odd},
    }
    codes = {path: client.post(path, data=data).status_code for path, data in posts.items()}
    assert {path: code for path, code in codes.items() if code >= 500} == {}
    assert ApiToken.select().where(ApiToken.scope.not_in(["read", "write"])).count() == 0


@pytest.mark.parametrize("odd", ["%00", "%ED%A0%80", "x" * 3000, "..%2F..", "9" * 40, "%E2%80%AE"])
def test_odd_addresses_are_no_pages(app: Any, company: Any, signed_in: Any, odd: str) -> None:
    client = signed_in(company.user("admin"))
    for path in (f"/join/{odd}", f"/accounts/{odd}", f"/accounts/?q={odd}", f"/accounts/?after={odd}"):
        assert client.get(path).status_code < 500, path
    for path in (f"/me/sessions/{odd}/end", f"/me/tokens/{odd}/revoke", f"/accounts/{odd}/link"):
        assert client.post(path).status_code in (404, 405, 422), path


def test_what_people_type_is_never_markup(company: Any, signed_in: Any) -> None:
    client = signed_in(company.user("admin"), kept="1")
    name = "<img src=x onerror=alert(1)>"
    client.post("/me/tokens", data={"name": name, "scope": "read", "days": "30"})
    client.post("/sign-in", data={"name": name, "password": "x"}, headers={"User-Agent": name})
    assert name not in client.get("/me/").text
    assert "&lt;img src=x" in client.get("/me/").text
