"""Who asks: the key of a request, counted against its rate and checked for its scopes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request

from core.domain.api_key import ApiKey, KeyHolder, Scope
from core.errors import ApiKeyError
from core.usecases.ingest_scored import ScoredContent
from dashboard.api.grouped_writes import GroupedWrites
from dashboard.api.known_keys import KnownKeys
from dashboard.api.limits import BoundedThreads, KeyRates
from dashboard.api.problems import ApiProblem, FieldProblem
from data.bootstrap import Workbench
from data.ingesting import KeptContent

#: Below it every query parameter must be one of the address's.
STRICT_PREFIX = "/api/v1/"


@dataclass(frozen=True)
class ApiParts:
    """What every route needs: kept in the application's state as `parts`."""

    workbench: Callable[[], Workbench]
    keys: KnownKeys
    rates: KeyRates
    scoring: BoundedThreads
    reading: BoundedThreads
    ingesting: GroupedWrites[ScoredContent, KeptContent]


@dataclass(frozen=True)
class Caller:
    """A request's key, what it may do and what it is done with."""

    key: ApiKey
    person: KeyHolder
    workbench: Workbench
    parts: ApiParts

    @property
    def tenant(self) -> str:
        """The one tenant that the key sees."""
        return self.key.tenant_id


def parts_of(request: Request) -> ApiParts:
    """The parts of the application that a request came to."""
    parts: ApiParts = request.app.state.parts
    return parts


def api_caller(*scopes: Scope) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency: the caller, when their key has one of the scopes; a problem otherwise.

    The key comes as `Authorization: Bearer`, as `x-api-key`, or as `?key=`, which clients of
    Perspective send.
    """

    async def caller(request: Request) -> Caller:
        parts = parts_of(request)
        secret = _secret(request)
        if secret is None:
            raise ApiProblem(
                401, "Send an API key: Authorization: Bearer KEY. Admins make keys on the page "
                "People, or with moddesk keys add.",
            )  # fmt: skip
        workbench = parts.workbench()
        try:
            key = await parts.keys.of(workbench.space, secret)
        except ApiKeyError as error:
            raise ApiProblem(401, str(error)) from error
        parts.rates.count(key)
        if not set(scopes) & set(key.scopes):
            needed = " or ".join(scopes)
            raise ApiProblem(403, f"The key {key.name} lacks the scope {needed}.")
        _refuse_unknown(request)
        return Caller(key=key, person=key.holder, workbench=workbench, parts=parts)

    return caller


def _refuse_unknown(request: Request) -> None:
    """A misspelt filter would else answer everything; clients of other services send more."""
    if not request.url.path.startswith(STRICT_PREFIX):
        return
    route = request.scope["route"]
    known = {each.alias for each in route.dependant.query_params} | {"key"}
    fields = [
        FieldProblem(field=name, problem="is no parameter of this address")
        for name in request.query_params
        if name not in known
    ]
    if fields:
        raise ApiProblem(422, f"{fields[0].field}: {fields[0].problem}", fields)


def _secret(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.headers.get("x-api-key") or request.query_params.get("key") or None
