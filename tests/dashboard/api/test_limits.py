"""Back-pressure, and what passes the gate of the pages."""

import anyio
import anyio.to_thread
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from core.domain.person import operator
from core.domain.role import Role
from core.usecases.manage_people import add_person
from dashboard.api.limits import BoundedThreads
from dashboard.api.problems import ApiProblem
from dashboard.identity.gate import Gate
from dashboard.identity.middleware import Identity
from dashboard.identity.proxy_trust import ProxyTrust
from data.bootstrap import Workbench


def test_work_is_bounded_in_order_and_sent_away_when_the_line_is_full() -> None:
    async def main() -> None:
        threads = BoundedThreads(1, waiting=2)
        begun, release, done = anyio.Event(), anyio.Event(), []

        def blocking() -> int:
            anyio.from_thread.run_sync(begun.set)
            anyio.from_thread.run(release.wait)
            return 0

        async def run(number: int) -> None:
            done.append(await threads.run(blocking if number == 0 else lambda: number))

        async with anyio.create_task_group() as group:
            group.start_soon(run, 0)
            await begun.wait()
            for number in (1, 2):
                group.start_soon(run, number)
                await anyio.wait_all_tasks_blocked()
            with pytest.raises(ApiProblem) as caught:
                await threads.run(lambda: 3)
            assert (caught.value.status, caught.value.retry_after) == (429, 1)
            assert done == []
            release.set()
        assert done == [0, 1, 2]
        assert await threads.run(lambda: 4) == 4

    anyio.run(main)


@pytest.fixture
def gated(workbench: Workbench) -> httpx.AsyncClient:
    """What is behind the gate answers which headers came through."""
    add_person(workbench.space, operator("root"), workbench.passwords, name="ann",
               role=Role.ADMIN, tenants=None, password=None)  # fmt: skip

    async def inside(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        names = sorted(Request(scope).headers)
        await JSONResponse(names)(scope, receive, send)

    gate = Gate(workbench)
    app = Identity(inside, lambda: gate, ProxyTrust(None, ""), is_secure=False)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


def test_programs_pass_the_gate_to_the_api_only_and_without_cookies(
    gated: httpx.AsyncClient,
) -> None:
    async def main() -> None:
        for path in ("/api/v1/content", "/v1/moderations", "/v1alpha1/comments:analyze"):
            sent = {"cookie": "moddesk_session=x", "x-moddesk-session": "open"}
            answer = await gated.post(path, headers=sent)
            assert answer.status_code == 200
            assert not {"cookie", "x-moddesk-session"} & set(answer.json())
        for path in ("/api/v1", "/api/v2/x", "/api/", "/v1", "/v1x/y", "/", "/media/v1/x",
                     "/_stcore/health", "//v1/x", "/x/api/v1/y", "/V1/x"):  # fmt: skip
            assert (await gated.post(path)).status_code == 401, path

    anyio.run(main)
