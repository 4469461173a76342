"""Files with an outside model's scores: looked at, imported, or imported in the background."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.import_run import ImportRun
from core.domain.outside_labels import Target
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.domain.score_frame import find_labels
from core.domain.score_mapping import ScoreColumns, ScoreMapping, find_columns, map_scores
from core.store.job_handle import JobHandle
from core.store.reader import FileReader, FileShape
from core.usecases.import_scores import ScoreImportRequest, import_scores
from core.usecases.outside_models import OutsideModel, outside_model
from data.bootstrap import Workbench
from data.exports.record_writer import file_digest
from data.imports.open_file import open_file
from data.imports.spool import disk_spools

#: Bytes of a file that become one batch, 100,000 to 200,000 scores: Parquet is packed.
_BATCH_BYTES = {"parquet": 4 << 20}
_TEXT_BATCH_BYTES = 8 << 20
_MOST_BATCHES = 256


@dataclass(frozen=True)
class ScoreFileLook:
    """What a file with scores is: its shape, its columns and the labels in it."""

    shape: FileShape
    columns: ScoreColumns
    labels: tuple[str, ...]

    def mapping(self, given: Mapping[str, Target]) -> ScoreMapping:
        """What its labels become; raises MappingError when that cannot be."""
        return map_scores(self.columns, self.labels, given)


class ScoreFile(Record):
    """A file with scores and how somebody wants it to be read."""

    path: Path
    name: str
    encoding: str | None = None
    columns: dict[str, str]
    """external_id, tenant_id, label, score: where the names do not tell; empty: there is none."""

    targets: dict[str, Target]
    """What outside labels become, where that is not what their names suggest."""


def look_at_scores(
    path: Path, encoding: str | None = None, columns: Mapping[str, str] | None = None
) -> ScoreFileLook:
    """What the file is; read to its end unless its columns tell the labels."""
    return _look(open_file(path, encoding=encoding), columns or {})


def _look(reader: FileReader, given: Mapping[str, str]) -> ScoreFileLook:
    shape = reader.shape
    columns = find_columns(shape.columns, given)
    frames = (chunk.frame for chunk in reader.chunks())
    labels = find_labels(columns, shape.columns, shape.preview, frames)
    return ScoreFileLook(shape, columns, tuple(labels))


def import_score_file(
    workbench: Workbench,
    file: ScoreFile,
    model: OutsideModel,
    *,
    job: JobHandle,
    tenant: str | None = None,
    person: Person | None = None,
) -> ImportRun:
    """Adds the file's scores to items that are there, as those of an outside model version."""
    who = person or workbench.operator
    who.require(Permission.IMPORT)
    reader = open_file(file.path, encoding=file.encoding)
    request = ScoreImportRequest(
        file_name=file.name,
        file_digest=file_digest(file.path),
        mapping=_look(reader, file.columns).mapping(file.targets),
        model=outside_model(model.name, model.version, workbench.registry.names()),
        tenant_id=tenant or None,
        person=who,
    )
    names = _batch_names(reader.shape)
    with disk_spools("bad", *names) as (bad, *good):
        run = import_scores(workbench.space, reader, request, good=good, bad=bad, job=job)
    # The models to choose from are known with the policies.
    workbench.policies_changed(by=who)
    return run


def _batch_names(shape: FileShape) -> Sequence[str]:
    size = _BATCH_BYTES.get(shape.format, _TEXT_BATCH_BYTES)
    count = min(_MOST_BATCHES, 1 + shape.size_bytes // size)
    return [f"good-{number}" for number in range(count)]


def start_score_import(
    workbench: Workbench, file: ScoreFile, model: OutsideModel, person: Person,
    *, tenant: str | None = None,
) -> int:  # fmt: skip
    """Imports scores in the background; the job's id."""
    person.require(Permission.IMPORT)

    def work(job: JobHandle) -> dict[str, Any]:
        run = import_score_file(workbench, file, model, job=job, tenant=tenant, person=person)
        return {"import_id": str(run.import_id)}

    title = f"Scores of {model.display_name} from {file.name}"
    return workbench.jobs.submit("scores", title, person.name, work)
