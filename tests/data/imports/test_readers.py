import csv
import gzip
import io
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.column_mapping import guess_mapping, parse_mapping
from core.domain.instants import instants
from core.domain.item_frame import ImportDefaults, validate
from core.errors import MappingError, UnreadableFileError, WorkbenchError
from core.store.reader import FileReader
from data.imports.open_file import open_file

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DEFAULTS = ImportDefaults(tenant_id="acme", created_at=NOW)


def _file(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _checked(reader: FileReader, *pairs: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    shape = reader.shape
    mapping = parse_mapping(pairs, shape.columns, guess_mapping(shape.columns, shape.preview))
    items, rejected = [], []
    for chunk in reader.chunks():
        checked = validate(chunk.frame, chunk.row_numbers, mapping, DEFAULTS)
        items.append(checked.items)
        rejected += [chunk.rejected, checked.rejected]
    return pl.concat(items), pl.concat(rejected)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"  \n\n", "is empty"),
        ("a.csv", b"id,text\n", "no rows"),
        ("a.csv", b"PK\x03\x04rest of a workbook", "Excel"),
        ("a.csv", gzip.compress(b"id,text\n1,x\n", mtime=0), "gzip"),
        ("a.csv", b"%PDF-1.7 something", "PDF"),
        ("a.csv", "<!DOCTYPE html><html>no</html>", "web page"),
        ("a.csv", "id,text\n1,hello".encode("utf-16"), "UTF-16"),
        ("a.csv", b"\x00\x01\x02\x03binary\x00\x00", "binary"),
        ("a.csv", b"".join(b"%d,gr\xfc\xdfe aus K\xf6ln\n" % n for n in range(100)), "not UTF-8"),
        ("a.json", '[{"text": "x"}]', "JSON array"),
        ("a.jsonl", "{not json\n{nor this\n", "no line that is a JSON object"),
        ("a.parquet", b"PAR1 but not really", "damaged Parquet"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes | str, words: str
) -> None:
    with pytest.raises(UnreadableFileError, match=words):
        open_file(_file(tmp_path, name, content))


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["1"], "text": ["hello"]})
    frame.write_parquet(tmp_path / "table.csv")
    assert open_file(tmp_path / "table.csv").shape.format == "parquet"
    assert open_file(_file(tmp_path, "t.parquet", "id,text\n1,hello\n")).shape.format == "csv"
    assert open_file(_file(tmp_path, "t.csv", '{"text": "hello"}\n')).shape.format == "jsonl"


def test_the_suggested_encoding_reads_the_file(tmp_path: Path) -> None:
    rows = "id,text\n" + "".join(f"{n},größe aus Köln\n" for n in range(100))
    path = _file(tmp_path, "latin.csv", rows.encode("cp1252"))
    items, rejected = _checked(open_file(path, encoding="cp1252"))
    assert items["body"].unique().to_list() == ["größe aus Köln"]
    assert rejected.is_empty()


def test_one_cell_that_is_not_utf8_costs_one_row(tmp_path: Path) -> None:
    rows = b"id,text\n" + b"".join(b"%d,fine\n" % n for n in range(60)) + b"60,K\xf6ln\n61,fine\n"
    items, rejected = _checked(open_file(_file(tmp_path, "a.csv", rows)))
    assert items.height == 61
    assert rejected.select("row", "field", "problem").rows() == [(61, "text", "is not valid UTF-8")]


def test_quoted_newlines_and_ragged_rows_keep_the_row_numbers_right(tmp_path: Path) -> None:
    text = 'id,text\n1,"two\nlines"\n2,too,many\n3,\n4,"fine, with comma"\n'
    items, rejected = _checked(open_file(_file(tmp_path, "a.csv", text)))
    assert items["body"].to_list() == ["two\nlines", "fine, with comma"]
    assert items["row"].to_list() == [1, 4]
    assert sorted(rejected.select("row", "field").rows()) == [(2, "row"), (3, "body")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = f"id{delimiter}text\n1{delimiter}hello\n"
    items, _ = _checked(open_file(_file(tmp_path, "a.csv", "\ufeff" + text)))
    assert items.select("external_id", "body").rows() == [("1", "hello")]


def test_a_column_name_that_occurs_twice_is_told_apart_and_said(tmp_path: Path) -> None:
    reader = open_file(_file(tmp_path, "a.csv", "text,text,id\nfirst,second,1\n"))
    assert reader.shape.columns == ("text", "text_2", "id")
    assert "twice" in reader.shape.notices[0]


def test_words_that_mean_null_elsewhere_stay_text(tmp_path: Path) -> None:
    items, _ = _checked(open_file(_file(tmp_path, "a.csv", "id,text\n1,null\n2,NA\n3,NaN\n")))
    assert items["body"].to_list() == ["null", "NA", "NaN"]


def test_jsonl_keeps_the_good_lines_and_names_the_bad(tmp_path: Path) -> None:
    lines = ['{"id": 7, "text": "ok", "tags": ["A", "b"]}', "", "{broken", '"text"',
             '{"text": "lone \\ud800"}', '{"id": 8, "text": 5, "metadata": {"views": 3}}']  # fmt: skip
    items, rejected = _checked(open_file(_file(tmp_path, "a.jsonl", "\n".join(lines))))
    assert items.select("external_id", "body").rows() == [("7", "ok"), ("8", "5")]
    assert items["tags"].to_list() == [["a", "b"], []]
    assert items["metadata"].to_list()[1] == '{"views":3}'
    assert rejected["row"].to_list() == [2, 3, 4]


BIG = "x" * 1_000_000


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"text": None}, "body"),
        ({"text": "   "}, "body"),
        ({"text": BIG}, "body"),
        ({"text": "a\x00b"}, "body"),
        ({"title": "t" * 201}, "title"),
        ({"language": "english"}, "language"),
        ({"content_type": "smell"}, "content_type"),
        ({"tags": ",".join(f"t{n}" for n in range(11))}, "tags"),
        ({"created_at": "03/04/2026"}, "created_at"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"outcome": "perhaps"}, "outcome"),
        ({"id": "i" * 201}, "external_id"),
        ({"metadata": "not json"}, "metadata"),
        ({"note": "n" * 1_001}, "note"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named_with_row_and_field(
    cells: dict[str, str | None], field: str
) -> None:
    good = {"id": "1", "text": "hello", "title": "t", "language": "en", "content_type": "text",
            "tags": "a", "created_at": "2026-01-02", "outcome": "approve", "metadata": "{}",
            "note": "n"}  # fmt: skip
    frame = pl.DataFrame([good, {**good, "id": "2", **cells}])
    mapping = parse_mapping([], frame.columns, guess_mapping(frame.columns, frame))
    checked = validate(frame, pl.Series([1, 2]), mapping, DEFAULTS)
    assert checked.items["row"].to_list() == [1]
    assert checked.rejected.select("row", "field").rows() == [(2, field)]
    assert all(len(excerpt or "") <= 60 for excerpt in checked.rejected["excerpt"])


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03-04T05:06:07Z", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2026-03-04 05:06", datetime(2026, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-03-04T05:06:07.250+02:00", datetime(2026, 3, 4, 3, 6, 7, 250_000, tzinfo=UTC)),
        ("2026-03-04", datetime(2026, 3, 4, tzinfo=UTC)),
        ("1772600767", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("1772600767000", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("Wed, 04 Mar 2026 05:06:07 +0000", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("04.03.2026 05:06", datetime(2026, 3, 4, 5, 6, tzinfo=UTC)),
        ("03/04/2026", None),
        ("2026-13-45", None),
        ("1500-01-01", None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_dates_are_read_and_never_guessed(text: str | None, when: datetime | None) -> None:
    assert instants(pl.Series([text], dtype=pl.String)).to_list() == [when]


def test_odd_texts_are_kept_as_they_are() -> None:
    odd = ["\u202egpj.exe", "😀" * 10_000, "<script>alert(1)</script>", "=1+1", "a\r\nb"]
    frame = pl.DataFrame({"id": list("abcde"), "text": odd})
    mapping = guess_mapping(frame.columns, frame)
    checked = validate(frame, pl.Series(range(1, 6)), mapping, DEFAULTS)
    assert checked.items["body"].to_list() == odd
    assert checked.rejected.is_empty()


def test_label_columns_become_old_decisions() -> None:
    frame = pl.DataFrame(
        {
            "id": list("abcd"),
            "text": ["w", "x", "y", "z"],
            "toxicity": [1, 0, None, 0],
            "spam": [None, 0, None, 1],
        }
    )
    mapping = guess_mapping(frame.columns, frame)
    items = validate(frame, pl.Series(range(1, 5)), mapping, DEFAULTS).items
    assert items["outcome"].to_list() == ["reject", "approve", None, "reject"]
    assert items["reasons"].to_list() == [["toxicity"], [], [], ["spam"]]


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (["body"], "write field=column"),
        (["body=nothing"], "has no column"),
        (["colour=text"], "there is no field"),
        (["label:rudeness=text"], "there is no label"),
        (["body="], "No column is mapped to body"),
    ],
)
def test_a_mapping_that_does_not_fit_says_why(pairs: list[str], words: str) -> None:
    frame = pl.DataFrame({"id": ["1"], "text": ["x"]})
    with pytest.raises(MappingError, match=words):
        parse_mapping(pairs, frame.columns, guess_mapping(frame.columns, frame))


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=30)


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=15))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_of_a_csv_is_kept_or_named(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("id", "text"), *rows])
    path = _file(tmp_path, "any.csv", out.getvalue())
    try:
        items, rejected = _checked(open_file(path))
    except WorkbenchError:
        return
    numbers = set(items["row"]) | set(rejected["row"])
    assert numbers == set(range(1, len(rows) + 1))
    for row in items.iter_rows(named=True):
        assert row["body"] == rows[row["row"] - 1][1]
