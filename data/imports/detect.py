"""What a file is by its content, whatever its name says."""

import codecs
from pathlib import Path

import orjson
from charset_normalizer import from_bytes

from core.errors import UnreadableFileError
from data.imports.argilla_reader import is_record
from data.imports.atproto_reader import is_label
from data.imports.coop_reader import is_coop
from data.imports.json_array import first_of_array
from data.imports.label_studio_reader import is_task

_SAMPLE = 1 << 16
#: First bytes of formats people confuse with tables, and what to do about them.
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "an Excel or ZIP file", "Save the sheet as CSV, or unpack the archive."),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", "Save the sheet as CSV."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it with gunzip."),
    (b"BZh", "a bzip2 archive", "Unpack it with bunzip2."),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "Unpack it with unzstd."),
    (b"%PDF", "a PDF", "Export the table as CSV."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
    (b"ARROW1", "an Arrow file", "Write it as Parquet."),
)
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def detect_format(path: Path, encoding: str | None) -> str:
    """What the file is; raises UnreadableFileError for what cannot be read.

    `parquet`, `csv`, `jsonl`, or a format of other tools: `atproto`, `argilla`, `label-studio`,
    `coop`.
    """
    try:
        with path.open("rb") as file:
            sample = file.read(_SAMPLE)
    except OSError as error:
        raise UnreadableFileError(f"Cannot read {path.name}: {error.strerror}.") from error
    if not sample.strip():
        raise UnreadableFileError(f"{path.name} is empty.")
    if sample.startswith(b"PAR1"):
        return "parquet"
    for magic, kind, advice in _FOREIGN:
        if sample.startswith(magic):
            raise UnreadableFileError(f"{path.name} is {kind}, not a table. {advice}")
    if encoding is None:
        _check_utf8(path, sample)
    text = sample.decode(encoding or "utf-8-sig", errors="replace").lstrip()
    if text[:15].lower().startswith(("<!doctype", "<html")):
        raise UnreadableFileError(
            f"{path.name} is a web page, not a table. Download the file itself."
        )
    if text.startswith("["):
        return _array_format(path)
    if text.startswith("{"):
        return _lines_format(text)
    return "coop" if is_coop(text) else "csv"


def _lines_format(text: str) -> str:
    """What the objects are that stand one a line."""
    try:
        first = orjson.loads(text.partition("\n")[0])
    except orjson.JSONDecodeError:
        return "jsonl"
    if is_label(first):
        return "atproto"
    return "argilla" if is_record(first) else "jsonl"


def _array_format(path: Path) -> str:
    """What the objects of a JSON array are."""
    first = first_of_array(path)
    if is_task(first):
        return "label-studio"
    if is_record(first):
        return "argilla"
    raise UnreadableFileError(
        f"{path.name} is one JSON array, and its objects are neither tasks of Label Studio nor "
        "records of Argilla. Write one object per line instead (JSONL), for "
        "instance with: jq -c '.[]' FILE > FILE.jsonl"
    )


def _check_utf8(path: Path, sample: bytes) -> None:
    """Refuses what is plainly another encoding; single bad cells are left to the reader."""
    if sample.startswith(_WIDE_MARKS):
        raise UnreadableFileError(
            f"{path.name} is encoded in UTF-16 or UTF-32. Choose that encoding (--encoding utf-16) "
            "or save it as UTF-8."
        )
    if b"\x00" in sample[:1024]:
        raise UnreadableFileError(f"{path.name} is a binary file, not a table of text.")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(sample)
    except UnicodeDecodeError as error:
        bad_lines = sum(1 for line in sample.splitlines() if not _is_utf8(line))
        if bad_lines * 20 < max(20, sample.count(b"\n")):
            return
        guess = from_bytes(sample).best()
        name = guess.encoding if guess else "cp1252"
        raise UnreadableFileError(
            f"{path.name} is not UTF-8: byte {error.start:,} does not fit. It looks like {name}: "
            f"choose that encoding (--encoding {name}) or save it as UTF-8."
        ) from error


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
