"""What a process that we start is given of this one's surroundings.

Python looks for modules in the folder that it is started in, and editors start their servers in whatever
folder is open. So our processes start elsewhere, and what named a place by its way from here must be told
in full.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_FOLDERS = (
    "HF_HOME",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "PIXELWRIGHT_RUNTIME_DIR",
    "PIXELWRIGHT_STATE_DIR",
)
_MODEL = "PIXELWRIGHT_MODEL"
_NAME = re.compile(r"tiny|qwen3-vl-[\w-]+|\w[\w.-]*/\w[\w.-]*", re.ASCII | re.IGNORECASE)


def neutral_folder() -> str:
    """Where nobody puts modules by opening a folder: beside the interpreter."""
    return os.path.dirname(os.path.abspath(sys.executable))  # noqa: PTH100, PTH120 - links stay as they are


def environment() -> dict[str, str]:
    """This process's environment, with its relative folders in full."""
    told = dict(os.environ)
    for variable in _FOLDERS:
        value = told.get(variable)
        if value and value[0] not in "~$%":  # these are for the reader of the variable to expand
            told[variable] = str(Path(value).absolute())
    model = model_name()
    if model is not None:
        told[_MODEL] = model
    return told


def model_name(given: str | None = None) -> str | None:
    """The model that is asked for, as a process elsewhere understands it: `given`, else PIXELWRIGHT_MODEL.

    A relative folder is told in full. What may be a name stays one, whatever lies here under that name; `./`
    before it makes it a folder.
    """
    name = given or os.environ.get(_MODEL) or None
    if name is None or _NAME.fullmatch(name) or not Path(name).is_dir():
        return name
    return str(Path(name).absolute())
