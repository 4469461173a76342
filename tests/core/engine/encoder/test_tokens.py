from pathlib import Path

import pytest

from core.engine.backbone import TOKENIZER_FILE, backbone_folder
from core.engine.encoder.tokens import WindowTokenizer
from core.errors import ModelError


@pytest.fixture(scope="module")
def tokenizer() -> WindowTokenizer:
    return WindowTokenizer(backbone_folder() / TOKENIZER_FILE, 16)


def test_a_long_text_is_cut_into_even_windows_with_both_marks(tokenizer: WindowTokenizer) -> None:
    text = " ".join(["word"] * 30)
    windows = tokenizer.windows(["short", text, ""])
    assert [window.text for window in windows] == [0, 1, 1, 1, 2]
    assert [window.ids.size for window in windows] == [3, 12, 12, 12, 2]
    start, end = windows[-1].ids
    assert all(window.ids[0] == start and window.ids[-1] == end for window in windows)


def test_spans_of_all_windows_lead_to_the_text(tokenizer: WindowTokenizer) -> None:
    text = (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    )
    windows = tokenizer.windows_with_spans(text)
    assert [list(each.ids) for each in windows] == [
        list(each.ids) for each in tokenizer.windows([text])
    ]
    words = [text[start:end] for each in windows for start, end in each.spans if end > start]
    assert "".join(words) == text.replace(" ", "")


def test_a_broken_tokenizer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text('{"model": ')
    with pytest.raises(ModelError, match=r"tokenizer\.json cannot be read"):
        WindowTokenizer(path, 16)
