"""What the server answers to: its own machine alone while it has no key, its own names, addresses of its own."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response

from .errors import ClewError
from .settings import Settings

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")
_PROBES = ("/healthz", "/readyz")


class NotForOthers(ClewError):
    """The installation has no key of its own, and this request comes from elsewhere, or through a proxy."""

    status = 503
    code = "no_secret_key"


class MetricsRefused(ClewError):
    """Who asks for the metrics may not read them."""

    status = 403
    code = "metrics"


def protect(app: Flask, settings: Settings) -> None:
    """Let the application answer those it may, and only to its own names."""
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    hosts = [host.strip() for host in settings.hosts.split(",") if host.strip()]
    if hosts:
        app.wsgi_app = _only_for(hosts, app.wsgi_app)  # type: ignore[method-assign]

    @app.before_request
    def keep_to_this_machine() -> None:
        if not settings.has_key and not comes_from_here():
            raise NotForOthers(
                "这里还没有设置 CLEW_SECRET_KEY，只能在本机使用。放在代理后面或给别人用之前，请设置它"
                "（至少 16 个字符的随机串），并用 CLEW_TRUSTED_PROXIES 写明前面有几层代理。",
                "CLEW_SECRET_KEY is not set, so this serves its own machine only. Before a proxy or anybody else reaches "
                "it, set that (16 random characters or more), and CLEW_TRUSTED_PROXIES to the number of proxies in front",
            )

    @app.after_request
    def stay_here(response: Response) -> Any:
        # A redirect that the router makes names the host that the caller did.
        where = response.headers.get("Location", "")
        if where.startswith(("http:", "https:")):
            parts = urlsplit(where)
            path = "/" + parts.path.lstrip("/")
            response.headers["Location"] = path + (f"?{parts.query}" if parts.query else "")
            response.set_data(b"")
        return response


def _only_for(hosts: list[str], inner: Any) -> Any:
    """Return the application as it answers to these names alone. Probes, which echo nothing, ask by any name."""

    def answer(environ: Any, start_response: Any) -> Any:
        if environ.get("PATH_INFO") in _PROBES or host_is_trusted(environ.get("HTTP_HOST"), hosts):
            return inner(environ, start_response)
        return Response("这里没有这个网站。 No such site here.\n", 421, content_type="text/plain; charset=utf-8")(
            environ, start_response
        )

    return answer


def comes_from_here() -> bool:
    """Say whether a request comes from this machine itself, by no proxy."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def check_metrics(settings: Settings) -> None:
    """Raise MetricsRefused unless the metrics' token was sent or, where there is none, this machine asks."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if settings.metrics_token:
        given = sent.strip() if scheme.lower() == "bearer" else ""
        if hmac.compare_digest(given.encode(), settings.metrics_token.encode()):
            return
    elif comes_from_here():
        return
    raise MetricsRefused(
        "没有权限读取指标；请带上 CLEW_METRICS_TOKEN：Authorization: Bearer …",
        "the metrics take CLEW_METRICS_TOKEN: Authorization: Bearer …",
    )
