"""Reading checkpoints: what is fit to run, and a sentence for everything that is not."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.engine.checkpoints.checkpoint import read_checkpoint
from core.engine.checkpoints.find_checkpoint import find_checkpoint
from core.engine.checkpoints.known import KNOWN, shortened
from core.errors import HubUnreachableError, ModelError
from tests.checkpoints import tiny_bert, tiny_roberta


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("models") / "toxic")


@pytest.fixture
def copy(bert: Path, tmp_path: Path) -> Path:
    for path in bert.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def _set(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _retensor(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


def test_a_good_folder_is_read(bert: Path) -> None:
    found = read_checkpoint(bert)
    assert found.model_type == "bert"
    assert found.max_tokens == 512
    assert len(found.digest) == 64
    assert read_checkpoint(bert).digest == found.digest


def test_the_label_map_is_part_of_the_digest(bert: Path) -> None:
    assert read_checkpoint(bert, label_map={"threat": None}).digest != read_checkpoint(bert).digest


def test_roberta_loses_two_positions(tmp_path: Path) -> None:
    folder = tiny_roberta(tmp_path)
    assert read_checkpoint(folder).max_tokens == 512
    _set(folder, max_position_embeddings=130)
    assert read_checkpoint(folder).max_tokens == 128


def test_a_sentence_encoder_is_refused(tmp_path: Path) -> None:
    tiny_bert(tmp_path, headless=True)
    with pytest.raises(ModelError, match="no classification head"):
        read_checkpoint(tmp_path)
    _set(tmp_path, architectures=["BertForSequenceClassification"])
    with pytest.raises(ModelError, match="would invent a random one"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id2label": {}}, "has 0 labels"),
        ({"id2label": {"0": "toxic"}}, "names 1 labels, but its head .* has 6 outputs"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, "its own code"),
        ({"problem_type": "regression", "id2label": {"0": "a", "1": "b"}}, "Nobody knows"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(
    copy: Path, change: dict[str, object], words: str
) -> None:
    _set(copy, **change)
    with pytest.raises(ModelError, match=words):
        read_checkpoint(copy)


def test_nan_is_refused_and_named(copy: Path) -> None:
    def spoil(tensors: dict[str, torch.Tensor]) -> None:
        tensors["bert.encoder.layer.1.output.dense.bias"][3] = float("nan")

    _retensor(copy, spoil)
    with pytest.raises(ModelError, match=r"layer\.1\.output\.dense\.bias .* NaN"):
        read_checkpoint(copy)


def test_a_truncated_file_is_named(copy: Path) -> None:
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged or cut short"):
        read_checkpoint(copy)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("config.json", "has no config.json"),
        ("tokenizer.json", "has no tokenizer.json"),
        ("model.safetensors", "has no model.safetensors"),
    ],
)
def test_a_missing_file_is_named(copy: Path, missing: str, words: str) -> None:
    (copy / missing).unlink()
    with pytest.raises(ModelError, match=words):
        read_checkpoint(copy)


def test_formats_that_can_run_code_are_never_opened(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin, a format that can run code"):
        read_checkpoint(copy)


def test_shards_are_read_and_must_lie_beside_their_index(copy: Path, bert: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    names = sorted(tensors)
    for number, part in enumerate((names[:9], names[9:])):
        save_file({name: tensors[name] for name in part}, copy / f"part-{number}.safetensors")
    weight_map = {name: f"part-{int(place >= 9)}.safetensors" for place, name in enumerate(names)}
    index = copy / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}))
    assert len(read_checkpoint(copy).weight_files) == 2
    index.write_text(json.dumps({"weight_map": weight_map | {"x": "../../etc/passwd.safetensors"}}))
    with pytest.raises(ModelError, match="no file beside it"):
        read_checkpoint(copy)


def test_known_checkpoints_bring_their_preparation(tmp_path: Path) -> None:
    known = KNOWN["cardiffnlp/twitter-roberta-base-sentiment-latest"]
    found = read_checkpoint(tiny_roberta(tmp_path), known=known)
    assert found.prepared("@anna look https://a.b/c @ http") == "@user look http @ http"
    assert shortened("a  b") == "a  b"


def test_a_folder_comes_first(copy: Path) -> None:
    assert find_checkpoint(str(copy), allow_hub=True) == (copy.resolve(), "local")
    with pytest.raises(ModelError, match="There is no folder"):
        find_checkpoint("/nowhere/at/all", allow_hub=True)


def test_the_hub_is_asked_only_when_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="MODDESK_ALLOW_HUB=true"):
        find_checkpoint("unitary/not-here", allow_hub=False)


def test_an_unreachable_hub_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubUnreachableError, match="not reachable"):
        find_checkpoint("unitary/not-here", allow_hub=True)


def test_a_hub_that_never_answers_is_given_up_after_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(HubUnreachableError, match="not reachable"):
            find_checkpoint("unitary/not-here", allow_hub=True)
        # Twenty-four seconds of retries is what this must never become again.
        assert time.monotonic() - start < 10
