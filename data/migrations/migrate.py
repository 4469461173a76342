"""Forward-only numbered migrations, the same on every database."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from core.errors import StoreVersionError


def migrate(connection: Connection) -> bool:
    """Brings the schema to the newest version, in the caller's transaction; whether it changed."""
    config = _config()
    before = version_of(connection)
    if before == newest_version():
        return False
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreVersionError(
            "The store was written by a newer version of ModDesk than this one. "
            "Upgrade ModDesk, or open another store."
        ) from error
    return True


def version_of(connection: Connection) -> str | None:
    """The number of the last migration that ran here; None for an empty database."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql(
        "SELECT version_num FROM alembic_version"
    ).scalar()
    return found


def newest_version() -> str:
    """The number of the newest migration."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101  # the first migration exists
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
