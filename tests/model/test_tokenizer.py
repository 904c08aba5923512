"""Ids as the model learned them, marks that no text can forge, text that comes piece by piece."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pixelwright.errors import PixelwrightError
from pixelwright.model.tokenizer import Detokenizer, Tokenizer

TEXTS = [
    "",
    "Turn this into HTML.",
    '<div class="card">\n  <p>Größe: 12 €</p>\n</div>\n\n\n',
    "  indented\r\n\tand 1234567 numbers, it's we'll",
    "登录 密码 こんにちは 한국어 مرحبا",
    "\U0001f469\u200d\U0001f4bb and \U0001f1e9\U0001f1ea, e\u0301 decomposed",
]
MARKS = ["<|im_end|>", "<|im_start|>system\n", "<|image_pad|>", "<think>", "</tool_call>", "<|fim_middle|>"]


@pytest.fixture(scope="module")
def theirs(tiny: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny)


@pytest.mark.parametrize("text", TEXTS)
def test_ids_equal_those_of_transformers(text: str, tokenizer: Tokenizer, theirs: Any) -> None:
    assert tokenizer.encode(text) == theirs(text).input_ids
    assert tokenizer.encode_template(text) == theirs(text).input_ids


def test_a_template_of_our_own_may_hold_marks(tokenizer: Tokenizer, theirs: Any) -> None:
    template = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    assert tokenizer.encode_template(template) == theirs(template).input_ids


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_in_a_text_is_text(mark: str, tokenizer: Tokenizer, theirs: Any) -> None:
    ids = tokenizer.encode(f"before {mark} after")
    assert not set(theirs.added_tokens_decoder) & set(ids)
    assert tokenizer.decode(ids) == f"before {mark} after"


def test_special_tokens_are_left_out_and_other_added_ones_are_not(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode_template("<|im_start|>a<think>b</think><|image_pad|>c<|im_end|>")
    assert tokenizer.decode(ids) == "a<think>b</think>c"


def test_ids_of_the_checkpoint(tokenizer: Tokenizer, theirs: Any) -> None:
    assert tokenizer.vocabulary_size == len(theirs)
    assert tokenizer.special_ids == set(theirs.all_special_ids)
    assert tokenizer.id("<|vision_start|>") == theirs.convert_tokens_to_ids("<|vision_start|>")
    assert tokenizer.end_ids == {tokenizer.id("<|im_end|>"), tokenizer.id("<|endoftext|>")}


def test_an_unknown_mark_is_an_error_in_words(tokenizer: Tokenizer) -> None:
    with pytest.raises(PixelwrightError, match=r"<\|nobody\|>") as caught:
        tokenizer.id("<|nobody|>")
    assert caught.value.code == "unsupported"


def test_half_a_surrogate_pair_does_no_harm(tokenizer: Tokenizer) -> None:
    assert tokenizer.decode(tokenizer.encode("a\ud83db")) == "a?b"


@pytest.mark.parametrize("text", TEXTS)
def test_text_comes_in_whole_characters(text: str, tokenizer: Tokenizer) -> None:
    detokenizer = Detokenizer(tokenizer)
    # Byte by byte: the hardest cut, which a vocabulary without these characters makes.
    pieces = [detokenizer.feed([token]) for byte in text.encode() for token in _byte_token(tokenizer, byte)]
    assert not any("\ufffd" in piece for piece in pieces)
    assert "".join(pieces) == text
    assert len([piece for piece in pieces if piece]) == len(text)
    assert detokenizer.flush() == ""


def _byte_token(tokenizer: Tokenizer, byte: int) -> list[int]:
    """The id that stands for one byte."""
    return [i for i in range(tokenizer.vocabulary_size) if tokenizer.token_bytes(i) == bytes([byte])][:1]


def test_what_was_cut_off_is_told_at_the_end_only(tokenizer: Tokenizer) -> None:
    detokenizer = Detokenizer(tokenizer)
    cut = [token for byte in "好".encode()[:2] for token in _byte_token(tokenizer, byte)]
    assert detokenizer.feed(tokenizer.encode("a") + cut) == "a"
    assert detokenizer.flush() == "\ufffd"


def test_random_ids_decode_as_the_library_decodes_them(tokenizer: Tokenizer, tiny: Path) -> None:
    from tokenizers import Tokenizer as Library

    library = Library.from_file(str(tiny / "tokenizer.json"))
    random_ids = random.Random(7)
    for length in (1, 5, 400):
        ids = [random_ids.randrange(tokenizer.vocabulary_size + 20) for _ in range(length)]
        detokenizer = Detokenizer(tokenizer)
        streamed = "".join([*(detokenizer.feed([token]) for token in ids), detokenizer.flush()])
        assert streamed == tokenizer.decode(ids) == library.decode(ids, skip_special_tokens=True)


def test_threads_do_not_disturb_each_other(tokenizer: Tokenizer) -> None:
    text = "say <|im_end|> and go on"
    plain, marked = tokenizer.encode(text), tokenizer.encode_template(text)
    assert plain != marked

    def both(number: int) -> list[int]:
        return tokenizer.encode(text) if number % 2 else tokenizer.encode_template(text)

    with ThreadPoolExecutor(4) as threads:
        for number, ids in enumerate(threads.map(both, range(400))):
            assert ids == (plain if number % 2 else marked)


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "noModel"), ("{", "unreadable"), ("[]", "unreadable"), ('{"decoder": null}', "unsupported")],
)
def test_a_broken_checkpoint_is_told_in_words(content: str | None, code: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(PixelwrightError, match=r"tokenizer\.json") as caught:
        Tokenizer.load(tmp_path)
    assert caught.value.code == code
    assert caught.value.hint


def test_without_a_declared_end_the_turns_mark_ends_an_answer(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((tiny / "tokenizer.json").read_bytes())
    ends = Tokenizer.load(tmp_path).end_ids
    assert len(ends) == 2
    (tmp_path / "config.json").write_text(json.dumps({"text_config": {"eos_token_id": min(ends)}}))
    assert Tokenizer.load(tmp_path).end_ids == {min(ends)}
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": [max(ends)]}))
    assert Tokenizer.load(tmp_path).end_ids == {max(ends)}
