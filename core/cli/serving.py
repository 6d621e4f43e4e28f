"""Commands that stay: web, worker, both together, and the demo."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from ..app import create_app
from ..company.install import TooOld
from ..company.switches import switch_plugin
from ..demo import company
from ..demo.story import Story
from ..errors import ConfigurationError
from ..intake.batches.running import run_import
from ..journal.origin import SYSTEM
from ..kinds import Lead
from ..logs import errors_only
from ..opening import open_workspace
from ..outbox.worker import run_worker
from ..settings import Settings, load_settings
from ..time.clock import SimulatedClock, SystemClock
from ..workbench.bulk import run_bulk

out = Console()
_HOST = click.option("--host", default="127.0.0.1", show_default=True)
_PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))


@click.command("web")
@_HOST
@_PORT
def web_command(host: str, port: int) -> None:
    """Serve the console and the API."""
    import waitress

    settings = load_settings()
    settings.check_for_serving(host)
    check_port(host, port)
    ws = open_workspace(settings=settings, clock=SystemClock())
    ws.queue.live = True
    # What proxies say, the application judges (core/serving.py): it has to see it.
    waitress.serve(create_app(ws), host=host, port=port, threads=8, ident="clew", clear_untrusted_proxy_headers=False)


@click.command("worker")
def worker_command() -> None:
    """Run rules, plugins, deadlines and seals."""
    settings = load_settings()
    run_worker(open_workspace(settings=settings, clock=SystemClock()), settings, run_import, run_bulk)


@click.command("run")
@_HOST
@_PORT
def run_command(host: str, port: int) -> None:
    """Serve web and worker together, on one machine, until Ctrl C."""
    settings = load_settings()
    settings.check_for_serving(host)
    check_port(host, port)
    open_workspace(settings=settings, migrate=True).close()
    serve(host, port, dict(os.environ))


@click.command("demo")
@_HOST
@_PORT
@click.option("--leads", default=320, show_default=True, type=click.IntRange(2, 5000), help="leads in the month")
@click.option("--only-prepare", is_flag=True, help="make the demo's data and stop")
@click.option("--path", default="var/demo", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def demo_command(host: str, port: int, leads: int, only_prepare: bool, path: Path) -> None:
    """Make a fictitious company with a month of history (once), and serve it."""
    if not only_prepare:
        check_port(host, port)
    url = f"sqlite:///{path.resolve() / 'clew.sqlite3'}"
    settings = Settings(database_url=url, company="远川工业", demo=True)
    if not prepare(settings, leads):
        try:
            open_workspace(settings=settings, migrate=True).close()  # It may have been made by an older Clew.
        except TooOld:
            out.print("The demo's data was made by an older Clew and is made anew.")
            (path / "finished").unlink()
            prepare(settings, leads)
        else:
            out.print(f"The demo's data is here already; remove {path} for a new month.")
    if only_prepare:
        return
    here = {"CLEW_DATABASE_URL": url, "CLEW_COMPANY": "远川工业", "CLEW_DEMO": "1"}
    out.print(f"\n  Console  http://{host}:{port}/   (Ctrl C stops it)\n")
    for login, zh, en in company.LOGINS:
        out.print(f"  {login}@{company.DOMAIN:<20} {zh} · {en}", highlight=False)
    out.print(f"\n  Password {company.PASSWORD}\n", highlight=False)
    serve(host, port, {**os.environ, **here})


def prepare(settings: Settings, leads: int) -> bool:
    """Make the demo's month, unless it is there; an unfinished one is made anew. Return whether it was made."""
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    finished = file.with_name("finished")
    if finished.exists() and file.exists():
        return False
    for stale in file.parent.glob(file.name + "*") if file.parent.exists() else ():
        shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    until = datetime.now(UTC).replace(microsecond=0)
    ws = open_workspace(settings=settings, clock=SimulatedClock(until - timedelta(days=30)), migrate=True)
    company.found(ws)
    switch_plugin(ws, "car_dealer", True, SYSTEM.because("demo"))
    with Progress(console=out) as progress, errors_only():
        task = progress.add_task("A month at 远川工业", total=leads)
        Story(ws, leads).play(until, lambda _: progress.update(task, completed=Lead.select().count()))
    ws.close()
    finished.write_text("ok\n", encoding="utf-8")
    return True


def check_port(host: str, port: int) -> None:
    """Raise ConfigurationError if the port can't be had."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"端口 {port} 用不了（{error.strerror}）；换一个：--port {port + 1}",
                f"port {port} can't be had ({error.strerror}); take another: --port {port + 1}",
            ) from None


def serve(host: str, port: int, environment: dict[str, str]) -> None:
    """Run web and worker as two processes; when one ends or Ctrl C comes, stop both."""
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    base = [sys.executable, "-m", "clew.core.cli"]
    children = [
        subprocess.Popen([*base, "web", "--host", host, "--port", str(port)], env=environment),
        subprocess.Popen([*base, "worker"], env=environment),
    ]
    try:
        while not stopped.wait(0.5):
            if any(child.poll() is not None for child in children):
                break
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
    codes = [child.returncode for child in children]
    if not stopped.is_set():
        raise click.ClickException(f"web or worker ended by itself (exit codes {codes}); see above")
