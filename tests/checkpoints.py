"""Small real checkpoints with the configurations of well-known ones."""

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import BPE, WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer, ByteLevel
from tokenizers.processors import BertProcessing, RobertaProcessing
from tokenizers.trainers import BpeTrainer, WordPieceTrainer
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

TOXIC_BERT = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
SENTIMENT = ("negative", "neutral", "positive")
CORPUS = [
    "you are a stupid idiot and I hate you", "have a lovely day with your friends",
    "click here to win free cash now", "I will find you and hurt you badly",
    "the council meets on tuesday to discuss the bridge", "what a great goal by the home team",
]  # fmt: skip


def _labels(names: Sequence[str]) -> dict[str, object]:
    return {
        "id2label": dict(enumerate(names)),
        "label2id": {name: place for place, name in enumerate(names)},
    }


def tiny_bert(
    folder: Path,
    labels: Sequence[str] = TOXIC_BERT,
    problem_type: str | None = "multi_label_classification",
    *,
    headless: bool = False,
    seed: int = 0,
) -> Path:
    """bert-base-uncased in small; with toxic-bert's labels and problem type by default."""
    tokenizer = Tokenizer(WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        CORPUS, WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False)
    )
    tokenizer.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=512, pad_token="[PAD]", unk_token="[UNK]",
        cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=4, intermediate_size=64, problem_type=problem_type, **_labels(labels),
    )  # fmt: skip
    model = BertModel(config) if headless else BertForSequenceClassification(config)
    _loud(model).save_pretrained(folder)
    return folder


def tiny_roberta(folder: Path, labels: Sequence[str] = SENTIMENT, *, seed: int = 0) -> Path:
    """twitter-roberta-base-sentiment-latest in small: no problem type, 514 positions."""
    tokenizer = Tokenizer(BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        CORPUS,
        BpeTrainer(
            vocab_size=400, special_tokens=special, show_progress=False,
            initial_alphabet=ByteLevel.alphabet(),
        ),
    )  # fmt: skip
    tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=512, pad_token="<pad>", unk_token="<unk>",
        cls_token="<s>", sep_token="</s>", bos_token="<s>", eos_token="</s>", mask_token="<mask>",
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(seed)
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=4, intermediate_size=64, max_position_embeddings=514,
        type_vocab_size=1, layer_norm_eps=1e-5, **_labels(labels),
    )  # fmt: skip
    _loud(RobertaForSequenceClassification(config)).save_pretrained(folder)
    return folder


def tiny_distilbert(folder: Path, labels: Sequence[str] = TOXIC_BERT) -> Path:
    """An encoder that our forward pass does not know."""
    tiny_bert(folder, labels)
    for name in ("config.json", "model.safetensors"):
        (folder / name).unlink()
    torch.manual_seed(0)
    config = DistilBertConfig(
        vocab_size=200, dim=32, n_layers=2, n_heads=4, hidden_dim=64,
        problem_type="multi_label_classification", **_labels(labels),
    )  # fmt: skip
    _loud(DistilBertForSequenceClassification(config)).save_pretrained(folder)
    return folder


def _loud(model: torch.nn.Module) -> torch.nn.Module:
    """Weights so large that texts get different scores."""
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.dim() == 2 and "embeddings" not in name:
                tensor.mul_(8.0)
    return model
