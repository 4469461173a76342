"""Every error raised on purpose. The text is fit to show a reviewer; attributes hold the facts."""

from collections.abc import Sequence


class WorkbenchError(Exception):
    """Base of everything the workbench raises on purpose: says what happened and what to do."""


class StoreBusyError(WorkbenchError):
    """Another process holds the store's file, or others keep the database from answering."""


class StoreUnavailableError(WorkbenchError):
    """The store cannot be opened or does not answer."""


class ConflictError(WorkbenchError):
    """Somebody changed the same thing at the same moment; trying again is safe."""


class BadValueError(WorkbenchError):
    """A text or number cannot be stored by any of the databases."""


class ConnectionLostError(StoreUnavailableError):
    """The connection to the database broke while something was read; reading again is safe."""


class StoreVersionError(WorkbenchError):
    """The store was written by a newer version of the workbench."""


class SettingsError(WorkbenchError):
    """A setting has a value that cannot work."""


class UnreadableFileError(WorkbenchError):
    """A file to import is empty, is not what its name says, or cannot be decoded."""


class MappingError(WorkbenchError):
    """The column mapping of an import does not fit the file."""


class ImportUndoError(WorkbenchError):
    """An import cannot be undone, because somebody decided on its items since."""


class ModelError(WorkbenchError):
    """A model's files are missing, damaged or not what the registry recorded."""


class UnknownModelError(ModelError):
    """No model of this name is registered."""


class BackboneMissingError(ModelError):
    """What the default model needs is not installed; the lexical part alone can run."""


class OutsideModelError(ModelError):
    """Scores cannot be added to an outside model version: its name or labels do not fit."""


class UnknownLabelsError(ModelError):
    """A checkpoint's labels are not known and were not mapped."""


class RecalibrationError(WorkbenchError):
    """People's decisions do not say how a label's scores should be moved."""


class HubUnreachableError(ModelError):
    """The Hugging Face hub does not answer."""


class NotFoundError(WorkbenchError):
    """The thing asked for is not in the store."""


class QueueError(WorkbenchError):
    """A queue cannot be defined so, or does not exist."""


class PolicyError(WorkbenchError):
    """A policy version cannot be saved, published or taken back so."""


class SharesError(WorkbenchError, ValueError):
    """The shares of an experiment's arms, or its counts, cannot be."""


class ExperimentError(WorkbenchError):
    """An experiment on split traffic cannot be started, stopped or shipped so."""


class ComparisonError(WorkbenchError):
    """Two sides have nothing in common that could be compared."""


class ForbiddenError(WorkbenchError):
    """The person's role or tenants do not allow it."""


class SignInError(WorkbenchError):
    """Somebody cannot be signed in."""


class TooManyAttemptsError(SignInError):
    """Too many attempts to sign in failed; one must wait."""


class AccountError(WorkbenchError):
    """An account cannot be made or changed so."""


class ApiKeyError(WorkbenchError):
    """A key of the HTTP API cannot be made so, or does not open anything."""


class WebhookError(WorkbenchError):
    """A webhook cannot be made so, or its address must not be reached."""


class ContentConflictError(ConflictError):
    """Content was sent under an external_id that other content has; `differing` says which."""

    def __init__(self, message: str, differing: Sequence[object]) -> None:
        super().__init__(message)
        self.differing = tuple(differing)


class DropInRequestError(WorkbenchError):
    """A request in another API's shape breaks a rule; `field` and `code` as that API names them."""

    def __init__(self, message: str, field: str | None, code: str | None) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class DecisionError(WorkbenchError):
    """A decision cannot be accepted as it was sent."""


class ExportError(WorkbenchError):
    """An export cannot be written."""


class RegulationError(ExportError):
    """A regulatory export lacks answers, would hold personal data or breaks its format's rules."""


class TrialError(WorkbenchError):
    """Items or texts cannot be tried on another model or policy so."""


class JobCancelledError(WorkbenchError):
    """Somebody cancelled the running job; nothing of it was kept."""
