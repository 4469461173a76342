"""Whether the API answers."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(prefix="/api/v1", tags=["health"])


class Health(BaseModel):
    """That the API answers."""

    status: Literal["ok"] = "ok"


@router.get("/health", summary="Whether the API answers; needs no key")
async def health() -> Health:
    """Answers without looking at the store; /readyz looks."""
    return Health()
