"""The fused forward pass against the plain Hugging Face encoder."""

import numpy as np
import orjson
import pytest
import torch
from transformers import AutoModel

from core.engine.backbone import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, backbone_folder
from core.engine.encoder import linear_kernels
from core.engine.encoder.fused_encoder import FusedEncoder
from core.engine.encoder.precision import Precision
from core.engine.encoder.shape import EncoderShape, read_shape
from core.engine.encoder.tokens import WindowTokenizer
from core.engine.encoder.weights import WeightFiles

TEXTS = [
    "", "hello", "You are all very welcome here.", "I will find you and hurt you",
    "a much longer text " * 40,
]  # fmt: skip


def _shape() -> EncoderShape:
    shape = read_shape(orjson.loads((backbone_folder() / CONFIG_FILE).read_bytes()))
    assert shape is not None
    return shape


def _states(encoder: FusedEncoder) -> list[torch.Tensor]:
    windows = WindowTokenizer(backbone_folder() / TOKENIZER_FILE, 256).windows(TEXTS)
    with torch.inference_mode():
        return [
            encoder.hidden_states(encoder.embed(torch.from_numpy(window.ids)[None]), (2, 6))[1]
            for window in windows
        ]


def _plain_states() -> list[torch.Tensor]:
    model = AutoModel.from_pretrained(backbone_folder(), local_files_only=True).eval()
    windows = WindowTokenizer(backbone_folder() / TOKENIZER_FILE, 256).windows(TEXTS)
    with torch.inference_mode():
        return [
            model(input_ids=torch.from_numpy(window.ids)[None]).last_hidden_state
            for window in windows
        ]


@pytest.mark.parametrize("packed", [True, False])
def test_it_equals_the_plain_model(packed: bool) -> None:
    weights = WeightFiles([backbone_folder() / WEIGHTS_FILE])
    ours = _states(FusedEncoder(weights, _shape(), packed=packed))
    for mine, theirs in zip(ours, _plain_states(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)


def test_without_packed_kernels_it_runs_on_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = WeightFiles([backbone_folder() / WEIGHTS_FILE])
    packed = _states(FusedEncoder(weights, _shape()))
    monkeypatch.setattr(linear_kernels, "packing_works", lambda _dtype: False)
    plain = _states(FusedEncoder(weights, _shape()))
    for mine, theirs in zip(packed, plain, strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5)


def test_bf16_stays_close() -> None:
    weights = WeightFiles([backbone_folder() / WEIGHTS_FILE])
    exact = _states(FusedEncoder(weights, _shape()))
    quick = _states(FusedEncoder(weights, _shape(), Precision.BF16))
    for mine, theirs in zip(quick, exact, strict=True):
        left, right = mine.float().mean(1).numpy()[0], theirs.mean(1).numpy()[0]
        cosine = left @ right / np.linalg.norm(left) / np.linalg.norm(right)
        assert cosine > 0.999


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "deberta-v2"}, {"hidden_act": "relu"}, {"is_decoder": True},
        {"position_embedding_type": "relative_key"},
    ],
)  # fmt: skip
def test_other_encoders_are_left_to_the_plain_model(change: dict[str, object]) -> None:
    config = orjson.loads((backbone_folder() / CONFIG_FILE).read_bytes())
    assert read_shape(config) is not None
    assert read_shape(config | change) is None


def test_roberta_counts_positions_after_its_padding() -> None:
    config = orjson.loads((backbone_folder() / CONFIG_FILE).read_bytes())
    shape = read_shape(
        config | {"model_type": "roberta", "pad_token_id": 1, "max_position_embeddings": 514}
    )
    assert shape is not None
    assert (shape.first_position, shape.longest) == (2, 512)
