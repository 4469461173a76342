"""Models: what scores."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from core.domain.api_key import Scope
from core.domain.label import Label
from core.domain.role import Permission
from core.usecases.list_models import ModelRow
from dashboard.api.answers import Answer
from dashboard.api.documented import problems
from dashboard.api.keys import Caller, api_caller

router = APIRouter(prefix="/api/v1", tags=["models"])


class ModelAnswer(Answer):
    """One model version."""

    name: str
    version: str
    kind: str
    labels: tuple[Label, ...]
    digest: Annotated[str, Field(description="SHA-256 over everything that decides the scores.")]
    is_in_use: bool
    is_installed: bool


class ModelList(Answer):
    """Every model version, the one in use first."""

    models: tuple[ModelAnswer, ...]


@router.get("/models", summary="Model versions", responses=problems(401, 403, 422, 429, 503))
async def many_models(
    caller: Annotated[Caller, Depends(api_caller(Scope.READ, Scope.SCORE))],
) -> ModelList:
    """The models of this installation and those that scored before."""

    def work() -> list[ModelRow]:
        caller.person.require(Permission.SEE_MODELS)
        return caller.workbench.models(caller.person)

    rows = await caller.parts.reading.run(work)
    names = set(ModelAnswer.model_fields)
    return ModelList(models=tuple(ModelAnswer(**row.model_dump(include=names)) for row in rows))
