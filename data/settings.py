"""Settings from the environment or a `.env` file; read once and passed on."""

import getpass
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import SettingsError
from core.usecases.workspace import ReviewRules

_SCHEMES = ("duckdb", "postgresql", "postgres")


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "analyst"


class Settings(BaseSettings):
    """Every setting of ModDesk; each is read from `MODDESK_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="MODDESK_", env_file=".env", extra="ignore", frozen=True
    )

    database_url: SecretStr = Field(
        default=SecretStr("duckdb:///var/moddesk.duckdb"),
        description="Where the history is kept: duckdb:///path/to/file.duckdb, or "
        "postgresql://user:password@host/database for a team.",
    )
    files_dir: Path | None = Field(
        default=None,
        description="Where uploads and exports are kept; default: beside the embedded store, or "
        "var with PostgreSQL.",
    )
    pool_size: Annotated[int, Field(ge=2, le=200)] = Field(
        default=12, description="Connections to PostgreSQL that one process may hold."
    )
    actor: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default_factory=_person,
        description="The name that decisions, imports and exports are attributed to.",
    )
    host: str = Field(
        default="127.0.0.1", description="The address the workbench listens on; keep it local."
    )
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(
        default=8501, description="The port the workbench listens on."
    )
    tenant: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="default", description="The tenant of imported items that name none."
    )
    model: str = Field(
        default="ensemble",
        description="The model that scores new items; @bf16 after the name is faster where the "
        "processor multiplies bf16 natively.",
    )
    models_dir: Path = Field(
        default=Path("var/models"),
        description="Where the models that were added are registered.",
    )
    allow_hub: bool = Field(
        default=False,
        description="Whether adding a model may download it from the Hugging Face hub.",
    )
    random_share: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.05,
        description="Share of items outside the flagged ones that is drawn at random for review.",
    )
    lease_seconds: Annotated[int, Field(ge=30, le=3600)] = Field(
        default=300, description="How long a claim on a review task lasts without activity."
    )
    claim_cap: Annotated[int, Field(ge=1, le=200)] = Field(
        default=40, description="How many tasks one reviewer's screen may hold at once."
    )
    undo_seconds: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=300, description="How long a decision can be undone before it takes effect."
    )
    max_upload_mb: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=1024, description="The largest file that the Import page takes."
    )
    threads: Annotated[int, Field(ge=1, le=256)] = Field(
        default=2, description="Threads of the embedded database."
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        scheme, found, rest = url.partition("://")
        # The value is not repeated: it may hold a password.
        if not found or scheme not in _SCHEMES or rest in ("", "/"):
            raise ValueError(
                "must look like duckdb:///path/to/store.duckdb or "
                "postgresql://user:password@host/database"
            )
        return value

    @property
    def is_embedded(self) -> bool:
        """Whether the store is a file of this machine."""
        return self.database_url.get_secret_value().startswith("duckdb:")

    @property
    def store_path(self) -> Path:
        """The file of the embedded store."""
        return Path(self.database_url.get_secret_value().removeprefix("duckdb:///"))

    @property
    def store_name(self) -> str:
        """The store as it may be shown: without a password."""
        if self.is_embedded:
            return str(self.store_path)
        parts = urlsplit(self.database_url.get_secret_value())
        return f"PostgreSQL {parts.path.lstrip('/')} on {parts.hostname or 'this machine'}"

    @property
    def files_folder(self) -> Path:
        """Where files that pages take and give are kept."""
        beside = self.store_path.parent if self.is_embedded else Path("var")
        return self.files_dir or beside

    @property
    def export_folder(self) -> Path:
        """Where the Export page writes its files."""
        return self.files_folder / "exports"

    @property
    def rules(self) -> ReviewRules:
        """The numbers behind claims, undo and sampling."""
        return ReviewRules(
            lease=timedelta(seconds=self.lease_seconds),
            claim_cap=self.claim_cap,
            undo_window=timedelta(seconds=self.undo_seconds),
            random_share=self.random_share,
        )


def read_settings(**overrides: object) -> Settings:
    """The settings in force; raises SettingsError that names the variable and the problem."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # validated by pydantic
    except ValidationError as error:
        first = error.errors()[0]
        name = f"MODDESK_{str(first['loc'][0]).upper()}"
        raise SettingsError(
            f"The setting {name} {first['msg'].removeprefix('Value error, ')}."
        ) from error
