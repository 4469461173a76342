"""Running the import that a file needs: of items, or of decisions on items that are there."""

from core.domain.import_run import ImportRun
from core.store.job_handle import JobHandle
from core.store.reader import FileReader
from core.usecases.import_decisions import DecisionImportRequest, import_decisions
from core.usecases.import_items import ImportRequest, import_items
from core.usecases.workspace import Workspace
from data.imports.language import detect_languages
from data.imports.spool import disk_spools


def run_import(
    space: Workspace, reader: FileReader, request: ImportRequest, job: JobHandle
) -> ImportRun:
    """Imports items, or decisions where the file has nothing else."""
    with disk_spools("good", "bad") as (good, bad):
        if not reader.shape.brings_only_decisions:
            return import_items(
                space, reader, request, good=good, bad=bad, detect=detect_languages, job=job
            )
        asked = DecisionImportRequest(
            file_name=request.file_name,
            file_digest=request.file_digest,
            tenant_id=request.tenant_id,
            person=request.person,
        )
        return import_decisions(space, reader, asked, good=good, bad=bad, job=job)
