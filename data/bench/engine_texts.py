"""Texts and a checkpoint for the engine's benchmark, all made here."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import torch
from safetensors.torch import load_file, save_file

from core.domain.label import Label
from core.engine.backbone import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, backbone_folder
from core.engine.checkpoints.checkpoint import Checkpoint, read_checkpoint
from core.engine.encoder.fused_encoder import FusedEncoder
from core.engine.encoder.linear_kernels import Linear, linear
from core.engine.encoder.precision import Precision
from core.engine.encoder.shape import read_shape
from core.engine.encoder.tokens import WindowTokenizer
from core.engine.encoder.weights import WeightFiles
from core.engine.registry import Registry
from data.demo.corpus import generate

#: The labels and the configuration of unitary/toxic-bert, the best-known checkpoint.
LABELS = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
#: What the default model calls them.
_TAUGHT = (
    Label.TOXICITY, Label.TOXICITY, Label.ADULT_CONTENT, Label.VIOLENCE, Label.TOXICITY,
    Label.HATE_SPEECH,
)  # fmt: skip
_TEACHING = 800
_ROUNDS = 8


@lru_cache
def _sentences() -> list[str]:
    corpus = generate(7, until=datetime(2026, 1, 1, tzinfo=UTC))
    english = corpus.items.filter(pl.col("language") == "en")["body"].unique(maintain_order=True)
    return [" ".join(text.split()) for text in english]


def short_posts(count: int) -> list[str]:
    """Distinct posts with the lengths of tweets: about 22 words, few over 40."""
    return _joined(count, mean=22, spread=0.5, longest=60, seed=1)


def comments(count: int) -> list[str]:
    """Distinct comments with a long tail: about 110 words, one in ten over 250."""
    return _joined(count, mean=110, spread=0.9, longest=360, seed=2)


def _joined(count: int, *, mean: float, spread: float, longest: int, seed: int) -> list[str]:
    chance = np.random.default_rng(seed)
    sentences = _sentences()
    texts: dict[str, None] = {}
    while len(texts) < count:
        wanted = min(longest, chance.lognormal(np.log(mean) - spread**2 / 2, spread))
        words: list[str] = []
        while len(words) < wanted:
            words += sentences[int(chance.integers(len(sentences)))].split()
        texts[" ".join(words[: max(3, int(wanted))])] = None
    return list(texts)


def bench_checkpoint(folder: Path) -> Checkpoint:
    """The backbone as a BERT classifier whose head imitates the default model's scores.

    A random head would put every score near a half and make flips look frequent.
    """
    source = backbone_folder()
    config = orjson.loads((source / CONFIG_FILE).read_bytes())
    config |= {
        "architectures": ["BertForSequenceClassification"],
        "problem_type": "multi_label_classification",
        "id2label": {str(place): name for place, name in enumerate(LABELS)},
        "label2id": {name: place for place, name in enumerate(LABELS)},
    }
    (folder / CONFIG_FILE).write_bytes(orjson.dumps(config))
    for name in (TOKENIZER_FILE, "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        (folder / name).write_bytes((source / name).read_bytes())
    tensors = {f"bert.{name}": tensor for name, tensor in load_file(source / WEIGHTS_FILE).items()}
    tensors = {name: tensor for name, tensor in tensors.items() if "position_ids" not in name}
    weight, bias = _head(tensors, folder / TOKENIZER_FILE)
    save_file(
        tensors | {"classifier.weight": weight, "classifier.bias": bias}, folder / WEIGHTS_FILE
    )
    return read_checkpoint(folder)


def _head(tensors: dict[str, torch.Tensor], tokenizer: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Ridge regression from the pooled [CLS] to the default model's logits, per label."""
    texts = short_posts(_TEACHING)
    teacher = Registry().get("ensemble")
    columns = [teacher.labels.index(label) for label in _TAUGHT]
    scores = np.clip(teacher.score(texts)[:, columns], 1e-4, 1 - 1e-4).astype(np.float64)
    targets = np.log(scores / (1 - scores))
    pooled = _pooled(tensors, tokenizer, texts)
    centre, mean = pooled.mean(axis=0), targets.mean(axis=0)
    x = pooled - centre
    weight = np.linalg.solve(x.T @ x + 3.0 * np.eye(x.shape[1]), x.T @ (targets - mean)).T
    bias = mean - weight @ centre
    return torch.from_numpy(weight).float().contiguous(), torch.from_numpy(bias).float()


def _pooled(
    tensors: dict[str, torch.Tensor], tokenizer: Path, texts: Sequence[str]
) -> npt.NDArray[np.float64]:
    source = backbone_folder()
    shape = read_shape(orjson.loads((source / CONFIG_FILE).read_bytes()))
    assert shape is not None  # noqa: S101  # the backbone is a BERT
    encoder = FusedEncoder(WeightFiles([source / WEIGHTS_FILE]), shape)
    dense, bias = tensors["bert.pooler.dense.weight"], tensors["bert.pooler.dense.bias"]
    rows = []
    with torch.inference_mode():
        for window in WindowTokenizer(tokenizer, 512).windows(texts):
            ids = torch.from_numpy(window.ids)[None]
            [state] = encoder.hidden_states(encoder.embed(ids), (shape.layers,))
            rows.append(torch.tanh(state[0, 0] @ dense.T + bias).double().numpy())
    return np.array(rows)


def work_of(texts: Sequence[str], checkpoint: Checkpoint) -> float:
    """Floating point operations of the encoder: 24 L h^2 t + 4 L h t^2 for a text of t tokens."""
    shape = read_shape(orjson.loads((checkpoint.folder / CONFIG_FILE).read_bytes()))
    assert shape is not None  # noqa: S101  # it was made above
    windows = WindowTokenizer(checkpoint.folder / TOKENIZER_FILE, 512).windows(texts)
    lengths = np.array([window.ids.size for window in windows], dtype=np.float64)
    layers, width = shape.layers, shape.width
    total = 24 * layers * width**2 * lengths + 4 * layers * width * lengths**2
    return float(total.sum())


def matmul_peak(precision: Precision) -> float:
    """Operations per CPU second of the best packed product with this encoder's shapes."""
    dtype = torch.float32 if precision is Precision.FP32 else torch.bfloat16
    best = 0.0
    for width, height in ((384, 1152), (384, 1536), (1536, 384)):
        x, layer = torch.randn(512, width).to(dtype), _layer(height, width, dtype)
        with torch.inference_mode():
            for _ in range(_ROUNDS):
                start = time.process_time()
                for _ in range(20):
                    layer(x)
                seconds = (time.process_time() - start) / 20
                best = max(best, 2 * 512 * width * height / seconds)
    return best


def _layer(height: int, width: int, dtype: torch.dtype) -> Linear:
    return linear(torch.randn(height, width).to(dtype), torch.randn(height).to(dtype))
