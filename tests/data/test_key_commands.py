"""`moddesk keys`: made, listed, revoked."""

from pathlib import Path

from typer.testing import CliRunner

from core.errors import ApiKeyError
from core.usecases.manage_api_keys import key_of_secret
from data.bootstrap import open_workbench, read_settings
from data.key_commands import keys


def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    store = ["--store", str(tmp_path / "s.duckdb")]
    run = CliRunner()
    made = run.invoke(keys, ["add", "My-App", "--scope", "read", "--tenant", "acme",
                             "--days", "30", *store])  # fmt: skip
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip().splitlines()[-1]
    settings = read_settings(database_url=f"duckdb:///{tmp_path}/s.duckdb")
    with open_workbench(settings) as workbench:
        assert key_of_secret(workbench.space, secret).tenant_id == "acme"
    listed = run.invoke(keys, ["list", *store]).stdout
    assert secret not in listed
    assert "my-app" in listed
    assert "active" in listed
    assert run.invoke(keys, ["revoke", "my-app", *store]).exit_code == 0
    assert "revoked" in run.invoke(keys, ["list", *store]).stdout
    refused = run.invoke(keys, ["add", "my-app", "--scope", "read", *store])
    assert isinstance(refused.exception, ApiKeyError)
    assert run.invoke(keys, ["add", "other", *store]).exit_code == 2
