"""The language of a page, from its letters and its commonest words."""

from __future__ import annotations

import re
from collections import Counter

_SCRIPTS = (
    ("ja", r"[\u3040-\u30ff]"),
    ("ko", r"[\uac00-\ud7af]"),
    ("zh", r"[\u4e00-\u9fff]"),
    ("ar", r"[\u0600-\u06ff]"),
    ("he", r"[\u0590-\u05ff]"),
    ("el", r"[\u0370-\u03ff]"),
    ("th", r"[\u0e00-\u0e7f]"),
    ("hi", r"[\u0900-\u097f]"),
    ("ru", r"[\u0400-\u04ff]"),
)
_WORDS = {
    "en": "the of and to in is for with your you are by from this that on our we it",
    "de": "der die das und ist mit für auf ein eine nicht von zu den wir sie im ihre",
    "fr": "le la les et des est une pour avec dans sur vous nous du au votre pas",
    "es": "el los las y es una para con por en su del que sus más como",
    "pt": "o os as e uma para com não em seu da do que mais dos",
    "it": "il gli e di una per con non che sono della nel più alla",
    "nl": "de het een en van voor met niet op zijn uw wij aan ook",
}
RIGHT_TO_LEFT = frozenset({"ar", "he"})


def language(text: str) -> str:
    """BCP 47 tag of the text's language; English where nothing speaks for another."""
    letters = len(re.findall(r"[^\W\d_]", text))
    if not letters:
        return "en"
    counts = {tag: len(re.findall(pattern, text)) for tag, pattern in _SCRIPTS}
    if counts["ja"] > 0.05 * (counts["ja"] + counts["zh"]) and counts["ja"] + counts["zh"] > 0.15 * letters:
        return "ja"
    tag = max(counts, key=lambda t: counts[t])
    # A character says as much as a word: less of them make a language.
    if counts[tag] > (0.15 if tag in ("zh", "ko") else 0.4) * letters:
        return "zh-CN" if tag == "zh" else tag
    words = Counter(re.findall(r"[^\W\d_]+", text.casefold()))
    scores = {tag: sum(words[word] for word in known.split()) for tag, known in _WORDS.items()}
    best = max(scores, key=lambda t: scores[t])
    return best if scores[best] > 1.3 * scores["en"] + 2 else "en"
