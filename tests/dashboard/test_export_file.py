from pathlib import Path

import pytest

from dashboard.export_file import new_export_file
from tests.builders import NOON


def test_exports_of_one_second_are_different_files(tmp_path: Path) -> None:
    paths = {new_export_file(tmp_path, "items", "csv", NOON) for _ in range(500)}
    assert len(paths) == 500
    assert {path.parent for path in paths} == {tmp_path}
    assert all(path.name.startswith("items-20260504T120000-") for path in paths)
    assert {path.suffix for path in paths} == {".csv"}


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/cron.d/x", "a/../../b", "..", ".", "", "x\x00.sh", "C:\\x", "~/x",
     "..%2f..%2fx", "spam; rm -rf /", "\u202egpj", "a" * 400, "CON\n"],
)  # fmt: skip
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "exports"
    for path in (
        new_export_file(folder, name, "csv", NOON),
        new_export_file(folder, "items", name, NOON),
    ):
        assert path.resolve().parent == folder.resolve()
        assert len(path.name) < 200
        path.write_text("written")
    assert [each.name for each in tmp_path.iterdir()] == ["exports"]
