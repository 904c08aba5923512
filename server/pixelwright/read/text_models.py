"""The text detector and recogniser (PP-OCRv6, shipped in rapidocr's wheel) as onnxruntime sessions."""

from __future__ import annotations

import importlib.util
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pixelwright.errors import PixelwrightError
from pixelwright.read.onnx_weights import flush_vanishing_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DETECTOR = "PP-OCRv6_det_small.onnx"
_RECOGNISER = "PP-OCRv6_rec_small.onnx"
_THREADS_VARIABLE = "PIXELWRIGHT_THREADS"


@dataclass(frozen=True, slots=True)
class TextModels:
    """Both networks; `characters[i]` is what class i of the recogniser means, class 0 is CTC's blank.

    Both may be called from several threads at once.
    """

    detector: Any
    recogniser: Any
    characters: tuple[str, ...]

    def detect(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """[1, 3, H, W] in -1..1, BGR, H and W multiples of 32, to text probabilities [H, W]."""
        result = self.detector.run(None, {self.detector.get_inputs()[0].name: batch})[0]
        return np.asarray(result[0, 0], np.float32)

    def recognise(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """[1, 3, 48, W] in -1..1, BGR, to class probabilities [T, C], about one step per 8 pixels."""
        result = self.recogniser.run(None, {self.recogniser.get_inputs()[0].name: batch})[0]
        return np.asarray(result[0], np.float32)


def default_threads() -> int:
    """What PIXELWRIGHT_THREADS says, or one thread for each processor, at most four."""
    wish = os.environ.get(_THREADS_VARIABLE, "")
    if wish.isdecimal() and int(wish) > 0:
        return int(wish)
    return min(4, os.cpu_count() or 1)


_lock = threading.Lock()
_loaded: dict[int, TextModels] = {}


def text_models(threads: int | None = None) -> TextModels:
    """The networks, loaded on first use and kept for the life of the process, one set per thread count."""
    count = threads or default_threads()
    with _lock:
        if count not in _loaded:
            _loaded[count] = _load(count)
        return _loaded[count]


def _load(threads: int) -> TextModels:
    try:
        import onnxruntime
    except ImportError as error:
        raise PixelwrightError(
            "missingTool", "onnxruntime, which reads text, is not installed.", "Run: pip install onnxruntime"
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads must sleep, not spin, and a large page's memory must go back to the system.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    folder = _models_folder()
    detector, recogniser = (
        onnxruntime.InferenceSession(
            flush_vanishing_weights((folder / name).read_bytes())[0],
            options,
            providers=["CPUExecutionProvider"],
        )
        for name in (_DETECTOR, _RECOGNISER)
    )
    listed = recogniser.get_modelmeta().custom_metadata_map["character"].splitlines()
    return TextModels(detector, recogniser, ("", *listed, " "))


def _models_folder() -> Path:
    spec = importlib.util.find_spec("rapidocr")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "models"
        if (folder / _DETECTOR).is_file() and (folder / _RECOGNISER).is_file():
            return folder
    raise PixelwrightError(
        "missingTool",
        "rapidocr, which carries the models that read text, is not installed.",
        "Run: pip install 'rapidocr>=3.10,<4'",
    )
