"""Text to token ids and back, by the checkpoint's own `tokenizer.json` (byte-level BPE, as of all Qwen).

The library is given the vocabulary without the added tokens (`<|im_end|>`, `<think>`, ...), so no text can
turn into one of them: they come from `id` and `encode_template` alone. There is no switch to set and put
back, which makes every method safe to call from several threads.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pixelwright.errors import PixelwrightError

if TYPE_CHECKING:
    import tokenizers

# What ends an answer when the checkpoint does not say it.
_ENDS = ("<|im_end|>", "<|endoftext|>")


class Tokenizer:
    """One checkpoint's vocabulary. Immutable once loaded.

    special_ids: marks of the format (`<|im_start|>`, `<|image_pad|>`, ...), which no text shows.
    end_ids: the ids that end an answer.
    vocabulary_size: one more than the highest id; the model's table may be padded beyond it.
    """

    def __init__(
        self,
        plain: tokenizers.Tokenizer,
        added: Mapping[str, int],
        special: frozenset[int],
        ends: frozenset[int],
    ) -> None:
        self._plain = plain
        self._added = dict(added)
        self._added_texts = {token: text for text, token in added.items()}
        # The longest first: of two marks that begin alike the longer one counts.
        marks = sorted(added, key=len, reverse=True)
        self._marks = re.compile("|".join(map(re.escape, marks)) or "(?!)")
        self.special_ids = special
        self.end_ids = ends
        self.vocabulary_size = 1 + max([plain.get_vocab_size() - 1, *added.values()])

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Read `tokenizer.json` and the ids that end an answer from a checkpoint's folder.

        Raises `PixelwrightError`: noModel when the file is missing, unreadable when it is damaged,
        unsupported when it is of another kind than byte-level BPE.
        """
        from tokenizers import Tokenizer as Library

        path = folder / "tokenizer.json"
        content = read_json(path)
        if content is None:
            raise PixelwrightError(
                "noModel", f"{path} is missing.", "The checkpoint is incomplete: install it again."
            )
        if "ByteLevel" not in _kinds(content.get("decoder")):
            raise PixelwrightError(
                "unsupported", f"{path} is no byte-level BPE.", "Qwen3-VL checkpoints are understood."
            )
        try:
            added = {str(entry["content"]): int(entry["id"]) for entry in content["added_tokens"]}
            special = frozenset(int(entry["id"]) for entry in content["added_tokens"] if entry["special"])
            plain = Library.from_str(json.dumps({**content, "added_tokens": []}))
        except Exception as error:  # the library raises bare exceptions
            raise _damaged(path) from error
        ends = _declared_ends(folder) or {added[mark] for mark in _ENDS if mark in added}
        return cls(plain, added, special, frozenset(ends))

    def encode(self, text: str) -> list[int]:
        """The ids of a text from outside, in which `<|im_end|>` is ten characters like any others."""
        try:
            return self._plain.encode(text, add_special_tokens=False).ids
        except TypeError:  # half of a surrogate pair: such text has no UTF-8
            return self._plain.encode(text.encode(errors="replace").decode(), add_special_tokens=False).ids

    def encode_template(self, text: str) -> list[int]:
        """The ids of text of our own, in which added tokens count as what they are."""
        ids: list[int] = []
        end = 0
        for mark in self._marks.finditer(text):
            ids += self.encode(text[end : mark.start()])
            ids.append(self._added[mark.group()])
            end = mark.end()
        return ids + self.encode(text[end:])

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, special tokens left out. Bytes that are no UTF-8 become U+FFFD."""
        return b"".join(map(self.token_bytes, ids)).decode(errors="replace")

    def token_bytes(self, token: int) -> bytes:
        """The bytes that an id stands for: none for special tokens and for unused ids.

        A token may end within a character.
        """
        if token in self.special_ids:
            return b""
        if token in self._added_texts:
            return self._added_texts[token].encode()
        symbols = self._plain.id_to_token(token) or ""
        try:
            return bytes(map(_BYTES.__getitem__, symbols))
        except KeyError:
            return symbols.encode()

    def id(self, token: str) -> int:
        """The id of an added token, like `<|im_start|>`.

        Raises `PixelwrightError` (unsupported) when the checkpoint does not know it.
        """
        try:
            return self._added[token]
        except KeyError:
            raise PixelwrightError(
                "unsupported",
                f"The checkpoint's tokenizer has no {token}.",
                "Qwen3-VL checkpoints are understood.",
            ) from None


class Detokenizer:
    """Ids to text as they come, one answer long.

    Text is held back while its last character is incomplete, and never taken back. What `feed` and
    `flush` gave, joined, equals `Tokenizer.decode` of all ids.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, ids: Iterable[int]) -> str:
        """The text that these ids complete; often none or more than one character."""
        return self._decoder.decode(b"".join(map(self._tokenizer.token_bytes, ids)))

    def flush(self) -> str:
        """What is left at the end: U+FFFD when the answer was cut within a character, else nothing."""
        return self._decoder.decode(b"", final=True)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file, None without the file. Raises `PixelwrightError` (unreadable)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    if not isinstance(content, dict):
        raise _damaged(path)
    return content


def _damaged(path: Path) -> PixelwrightError:
    return PixelwrightError(
        "unreadable", f"{path} cannot be read, or is damaged.", "Install the checkpoint again."
    )


def _kinds(step: object) -> list[str]:
    """The kinds of steps of a part of `tokenizer.json`, nested sequences unfolded."""
    if not isinstance(step, dict):
        return []
    inner = step.get("decoders", [])
    return [str(step.get("type")), *(kind for part in inner for kind in _kinds(part))]


def _declared_ends(folder: Path) -> set[int]:
    """The ids that end an answer, by generation_config.json, else by config.json; often both of `_ENDS`."""
    for name in ("generation_config.json", "config.json"):
        content = read_json(folder / name) or {}
        for part in (content, content.get("text_config") or {}):
            declared = part.get("eos_token_id")
            if declared is not None:
                return set(declared) if isinstance(declared, list) else {declared}
    return set()


def _byte_symbols() -> dict[str, int]:
    """Byte-level BPE writes each byte as one printable character (Radford et al., GPT-2): the way back.

    Printable Latin-1 stands for itself, and the other bytes, in order, for the characters from U+0100 on.
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(0x100 + place): byte for place, byte in enumerate(others)
    }


_BYTES = _byte_symbols()
