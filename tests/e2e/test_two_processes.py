"""Two processes on one PostgreSQL behind nginx, with the configuration of docs/operations.md."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from core.domain.person import operator
from core.domain.role import Role
from core.usecases.manage_people import add_person
from dashboard.bench.server_process import ServerProcess
from dashboard.identity.middleware import COOKIE
from data.bench.private_postgres import RunningPostgres
from data.bootstrap import open_workbench, read_settings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.flaky(reruns=1),
]
PASSWORD = "correct horse battery"
DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
PEOPLE = ("ann", "bo", "cleo", "dan")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Site:
    """The address people use, and the processes behind it."""

    def __init__(self, url: str, processes: list[ServerProcess]) -> None:
        self.url = url
        self.processes = processes


@pytest.fixture
def site(postgres_server: RunningPostgres, tmp_path: Path) -> Iterator[Site]:
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    assert Path(nginx).exists(), "nginx is missing: make browser installs it"
    database = postgres_server.new_database("two_processes", template="template_moddesk")
    settings = read_settings(database_url=database, pool_size=3)
    with open_workbench(settings) as workbench:
        for name in PEOPLE:
            add_person(workbench.space, operator("root"), workbench.passwords, name=name,
                       role=Role.ADMIN, tenants=None, password=PASSWORD)  # fmt: skip
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                ServerProcess(
                    database, tmp_path / f"log-{number}.txt", pool_size="4", public_url=url,
                    cookie_secret="the same for both", files_dir=str(tmp_path / f"files-{number}"),
                    random_share="1.0",
                )
            )
            for number in range(2)
        ]  # fmt: skip
        server = _start_nginx(nginx, tmp_path, port, [each.port for each in processes])
        yield Site(url, processes)
        server.terminate()
        server.wait(timeout=10)
    postgres_server.drop_database("two_processes")


def _start_nginx(
    nginx: str, folder: Path, port: int, backends: list[int]
) -> "subprocess.Popen[bytes]":
    (documented,) = re.findall(r"```nginx\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    written = documented.replace("listen 8080", f"listen 127.0.0.1:{port}")
    for known, used in zip((8501, 8502), backends, strict=True):
        assert f"server 127.0.0.1:{known};" in written
        written = written.replace(f"server 127.0.0.1:{known};", f"server 127.0.0.1:{used};")
    # Who answered, for this test alone.
    written = written.replace(
        "location / {", "location / {\n add_header X-Served-By $upstream_addr;"
    )
    config = folder / "nginx.conf"
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )  # fmt: skip
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{written}\n}}\n"
    )
    server = subprocess.Popen(
        [nginx, "-c", str(config), "-p", str(folder)], stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return server
    raise RuntimeError((folder / "nginx.log").read_text())


def test_two_processes_behave_as_one(site: Site, browser: Browser, tmp_path: Path) -> None:
    """Everybody signs in, imports a file, sees it scored, and downloads an export."""
    for number, name in enumerate(PEOPLE):
        context = browser.new_context(accept_downloads=True)
        page = context.new_page()
        page.goto(f"{site.url}/import")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", PASSWORD)
        page.click("button")
        expect(page.get_by_role("heading", name="Import", exact=True)).to_be_visible(timeout=20_000)
        path = tmp_path / f"{name}.csv"
        path.write_text(f"id,text\n{name}-1,hello from {name}\n{name}-2,and again\n")
        page.locator("input[type=file]").set_input_files(path)
        page.get_by_role("button", name="Import", exact=True).click(timeout=20_000)
        expect(page.get_by_text("2 new items").first).to_be_visible(timeout=30_000)
        page.goto(f"{site.url}/export")
        page.get_by_role("button", name=f"Export {2 * (number + 1)} items").click(timeout=20_000)
        with page.expect_download(timeout=30_000) as download:
            page.get_by_role("button", name="Download items-").click(timeout=20_000)
        assert f"hello from {name}" in Path(download.value.path()).read_text()
        cookies = {each["name"]: each["value"] for each in context.cookies()}
        # The session is good at either process, wherever it was opened.
        for process in site.processes:
            direct = httpx.get(process.url, cookies={COOKIE: cookies[COOKIE]})
            assert direct.status_code == 200
        if number == len(PEOPLE) - 1:
            page.goto(f"{site.url}/sign-out")
            page.get_by_role("button", name="Sign out").click()
            for process in site.processes:
                httpx.get(process.url, cookies={COOKIE: cookies[COOKIE]})
            time.sleep(1.2)
            assert [
                httpx.get(each.url, cookies={COOKIE: cookies[COOKIE]}).status_code
                for each in site.processes
            ] == [303, 303]
        context.close()
    _everybody_spreads(site)


def _everybody_spreads(site: Site) -> None:
    """Other cookies reach the other process: the work is shared out."""
    seen = {
        httpx.get(site.url, cookies={COOKIE: f"anybody-{number}"}).headers["x-served-by"]
        for number in range(24)
    }
    assert len(seen) == 2
