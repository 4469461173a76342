"""From a folder or a hub name to a local folder: disk first, then the cache, then the hub."""

import os
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

from core.errors import HubUnreachableError, ModelError

#: Weights, configuration and vocabularies; never code.
_ALLOWED = ["*.safetensors", "*.json", "*.txt", "merges.txt", "vocab.txt", "*.model"]
_SECONDS = 1.0


class FoundCheckpoint(NamedTuple):
    """Where a checkpoint lies, and which revision it is."""

    folder: Path
    revision: str


def find_checkpoint(source: str, *, allow_hub: bool) -> FoundCheckpoint:
    """The folder of a path or of a name such as "unitary/toxic-bert"."""
    folder = Path(source).expanduser()
    if folder.is_dir():
        return FoundCheckpoint(folder.resolve(), "local")
    if source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise ModelError(f"There is no folder {source}, and it is no name of the hub (owner/name).")
    if (cached := _cached(source)) is not None:
        return cached
    if not allow_hub:
        raise ModelError(
            f"{source} is neither a folder nor in the Hugging Face cache, and downloading is "
            "switched off. Set MODDESK_ALLOW_HUB=true, or fetch it elsewhere with "
            f"`hf download {source}` and name the folder."
        )
    _check_reachable()
    from huggingface_hub import snapshot_download  # noqa: PLC0415  # slow, only here
    from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415  # as above

    try:
        path = Path(snapshot_download(source, allow_patterns=_ALLOWED))
    except (HfHubHTTPError, OSError) as error:
        raise ModelError(f"{source} could not be downloaded: {error}") from error
    return FoundCheckpoint(path, path.name)


def _cached(name: str) -> FoundCheckpoint | None:
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415  # slow, only here
        from huggingface_hub.errors import LocalEntryNotFoundError  # noqa: PLC0415  # as above
    except ImportError:
        return None
    try:
        path = Path(snapshot_download(name, allow_patterns=_ALLOWED, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    return FoundCheckpoint(path, path.name)


def _check_reachable() -> None:
    """Asks the hub for a sign of life; a stalled name look-up counts as silence."""
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    answered = threading.Event()
    problem: list[str] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(endpoint, method="HEAD")  # noqa: S310  # https or set by the operator
            urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310  # as above
        except urllib.error.HTTPError:
            answered.set()
        except (OSError, ValueError) as error:
            problem.append(str(error))
        else:
            answered.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_SECONDS)
    if not answered.is_set():
        reason = problem[0] if problem else f"no answer within {_SECONDS:.0f} s"
        raise HubUnreachableError(
            f"The hub at {endpoint} is not reachable ({reason}). Fetch the checkpoint on another "
            "machine and name its folder."
        )
