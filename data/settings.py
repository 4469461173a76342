"""Settings from the environment or a `.env` file; read once and passed on."""

import getpass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.domain.role import Role
from core.errors import SettingsError
from core.usecases.sign_in import SessionRules
from core.usecases.workspace import ReviewRules
from data.webhooks.addresses import networks_in

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
        default="127.0.0.1",
        description="The address the workbench listens on; any but this machine's own needs "
        "sign-in.",
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
    sign_in: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether people sign in; auto: on as soon as there are accounts or a sign-on "
        "service, or the address is not this machine's own.",
    )
    session_hours: Annotated[float, Field(gt=0, le=720)] = Field(
        default=12, description="How long one stays signed in at most."
    )
    idle_minutes: Annotated[float, Field(gt=0, le=1440)] = Field(
        default=120, description="How long one stays signed in without doing anything."
    )
    public_url: str | None = Field(
        default=None,
        description="The address people use when a proxy stands in front; with https the session's "
        "cookie is sent over https only.",
    )
    oidc_issuer: str | None = Field(
        default=None, description="The address of an OpenID Connect provider to sign in with."
    )
    oidc_client_id: str | None = Field(
        default=None, description="ModDesk's client id at the provider."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="ModDesk's client secret at the provider."
    )
    oidc_claim: str = Field(
        default="email", description="The provider's claim that is the account's name."
    )
    proxy_header: str | None = Field(
        default=None, description="The header in which a trusted proxy names who is signed in."
    )
    proxy_addresses: str = Field(
        default="", description="Addresses or networks of trusted proxies, with commas."
    )
    new_people_role: Role | None = Field(
        default=None,
        description="The role of people who come through a provider or proxy for the first time; "
        "none: only people with an account come in.",
    )
    cookie_secret: SecretStr | None = Field(
        default=None,
        description="Signs short-lived cookies; the same for all processes behind one proxy.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="How log lines look: text for people, json for collectors."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="The bearer token that /metrics asks for; none: only this machine may ask.",
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
    preview_memory_mb: Annotated[int, Field(ge=16, le=1_000_000)] = Field(
        default=1024,
        description="Memory for the scored history that previews work on (36 MB a million items); "
        "the least recently used goes first.",
    )
    webhook_networks: str = Field(
        default="",
        description="Networks that webhooks may reach though they are not public, as 10.0.0.0/8, "
        "with commas.",
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

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        try:
            networks_in(value)
        except ValueError as error:
            raise ValueError(f"must be networks with commas between them: {error}") from error
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
    def is_secure(self) -> bool:
        """Whether people come over https."""
        return (self.public_url or "").startswith("https://")

    @property
    def session_rules(self) -> SessionRules:
        """How long one stays signed in."""
        return SessionRules(
            longest=timedelta(hours=self.session_hours), idle=timedelta(minutes=self.idle_minutes)
        )

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
