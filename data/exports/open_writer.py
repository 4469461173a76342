"""The writer for a format, or for what a file's name ends in."""

from pathlib import Path

from core.domain.labeler import NO_LABELER
from core.errors import ExportError
from core.usecases.export_records import ExportFormat, RecordWriter
from data.exports.argilla_writer import ArgillaWriter
from data.exports.atproto_writer import AtprotoWriter
from data.exports.label_studio_writer import LabelStudioWriter
from data.exports.record_writer import CsvRecordWriter, ParquetRecordWriter

_BY_ENDING = {".csv": ExportFormat.CSV, ".parquet": ExportFormat.PARQUET}
_ENDINGS = {
    ExportFormat.CSV: (".csv",),
    ExportFormat.PARQUET: (".parquet",),
    ExportFormat.LABEL_STUDIO: (".json",),
    ExportFormat.ARGILLA: (".jsonl", ".json"),
    ExportFormat.ATPROTO: (".jsonl",),
}


def open_writer(
    path: Path, written_as: ExportFormat | None = None, labeler: str = NO_LABELER
) -> RecordWriter:
    """The writer; raises ExportError where the name's ending does not fit the format."""
    ending = path.suffix.lower()
    chosen = written_as or _BY_ENDING.get(ending)
    if chosen is None:
        raise ExportError(
            f"Cannot write {path.name}: the file name must end in .csv or .parquet, or the format "
            "must be named."
        )
    if ending not in _ENDINGS[chosen]:
        wanted = " or ".join(_ENDINGS[chosen])
        raise ExportError(
            f"Cannot write {path.name} as {chosen.words}: the file name must end in {wanted}."
        )
    match chosen:
        case ExportFormat.CSV:
            return CsvRecordWriter(path)
        case ExportFormat.PARQUET:
            return ParquetRecordWriter(path)
        case ExportFormat.LABEL_STUDIO:
            return LabelStudioWriter(path)
        case ExportFormat.ARGILLA:
            return ArgillaWriter(path)
        case ExportFormat.ATPROTO:
            return AtprotoWriter(path, labeler)
