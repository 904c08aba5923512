"""Pictures in: a file or bytes of any usual format become 8-bit sRGB pixels, within limits."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pixelwright.errors import PixelwrightError
from pixelwright.media.signature import Signature, recognise

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 60_000_000

# Only what the signatures know: Pillow's rarer decoders stay out of reach of hostile files.
_FORMATS = ("AVIF", "BMP", "DIB", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")


def load_image(source: Path | bytes, name: str) -> NDArray[np.uint8]:
    """Decode a picture to RGB pixels, shape [H, W, 3].

    The content decides the format, never the file's ending. Of animations the first frame is taken;
    EXIF orientation and colour profiles are applied, transparency lies on white, 16 bit become 8.
    `name` is what messages call the picture. Raises `PixelwrightError` with the codes `notFound`,
    `unreadable`, `badInput`, `unsupported` and `tooLarge`.
    """
    data = source if isinstance(source, bytes) else _read(source, name)
    if not data:
        raise PixelwrightError(
            "badInput", f"{name} is empty (0 bytes).", "Save or download the picture again."
        )
    if len(data) > MAX_BYTES:
        raise _too_many_bytes(name, len(data))
    return _decode(data, recognise(data), name)


def _read(path: Path, name: str) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PixelwrightError(
                "badInput", f"{name} is a folder, not a picture.", "Choose a picture file."
            )
        if not stat.S_ISREG(status.st_mode):
            raise PixelwrightError(
                "badInput", f"{name} is a pipe or a device, not a file.", "Save the picture to a file first."
            )
        if status.st_size > MAX_BYTES:
            raise _too_many_bytes(name, status.st_size)
        # O_NONBLOCK: should a pipe have taken the file's place since, opening it must not hang.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            return file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PixelwrightError("notFound", f"{name} does not exist.", "Check the path.") from error
    except PermissionError as error:
        raise PixelwrightError(
            "unreadable", f"{name} may not be read: permission denied.", "Change the file's permissions."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise PixelwrightError(
            "unreadable", f"{name} cannot be read: {reason}.", "Check the path."
        ) from error


def _decode(data: bytes, signature: Signature, name: str) -> NDArray[np.uint8]:
    import io
    import warnings

    from PIL import Image, UnidentifiedImageError

    if signature.kind == "other":
        raise PixelwrightError("unsupported", f"{name} is {signature.article}.", signature.hint)
    if signature.kind == "unknown":
        raise PixelwrightError(
            "badInput",
            f"{name} is not a picture, whatever its name says.",
            "PNG, JPEG, WebP, GIF, BMP, TIFF and AVIF are understood.",
        )
    heic = signature.article == "a HEIC picture"
    if heic and not _heif_registered():
        raise PixelwrightError("unsupported", f"{name} is {signature.article}.", signature.hint)
    Image.init()
    # Our own limit is lower than Pillow's warning, and it is an error in words.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    formats = ("HEIF",) if heic else tuple(kind for kind in _FORMATS if kind in Image.OPEN)
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _too_many_pixels(name, f"{width} x {height} pixels")
            image.load()
            return _to_rgb(image, name)
    except PixelwrightError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name, "a decompression bomb's size") from error
    except UnidentifiedImageError as error:
        raise _damaged(name, signature) from error
    except MemoryError as error:
        raise PixelwrightError(
            "tooLarge", f"{name} does not fit into memory.", "Scale the picture down, or crop it."
        ) from error
    except Exception as error:  # decoders fail in many ways on damaged bytes
        raise _damaged(name, signature) from error


def _to_rgb(image: Image.Image, name: str) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    with contextlib.suppress(Exception):  # a broken EXIF block does not spoil the pixels
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        return _scaled_grey(np.asarray(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return np.array(Image.alpha_composite(white, image).convert("RGB"))
    image = _to_srgb(image)
    try:
        return np.array(image.convert("RGB"))
    except ValueError as error:
        raise PixelwrightError(
            "unsupported", f"{name} has colours of a rare kind ({image.mode}).", "Save it as PNG in RGB."
        ) from error


def _scaled_grey(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Greys of 16, 32 or float bits to [H, W, 3]; the white of the wider types is a guess from the data."""
    grey = np.nan_to_num(values.astype(np.float64))
    if values.dtype.itemsize == 2:
        white = 65535.0
    else:
        top = float(grey.max(initial=0.0))
        white = next((w for w in (1.0, 255.0, 65535.0) if top <= w), top)
        if values.dtype.kind != "f" and white == 1.0:
            white = 255.0
    eight = np.clip(np.rint(grey * (255.0 / white)), 0, 255).astype(np.uint8)
    return np.repeat(eight[:, :, None], 3, axis=2)


def _to_srgb(image: Image.Image) -> Image.Image:
    """Apply an embedded colour profile, as browsers do; screenshots of wide-gamut displays carry one."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    import io

    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # Rounding would change pixels that are already right.
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        return (
            ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            or image
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _heif_registered() -> bool:
    """Pillow itself reads no HEIC; the package pillow-heif, where the user installed it, does."""
    import importlib

    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except (ImportError, AttributeError):
        return False
    return True


def _damaged(name: str, signature: Signature) -> PixelwrightError:
    return PixelwrightError(
        "badInput",
        f"{name} is damaged: {signature.article} that ends too early or does not decode.",
        "Save or download the picture again.",
    )


def _too_many_bytes(name: str, size: int) -> PixelwrightError:
    return PixelwrightError(
        "tooLarge",
        f"{name} is too large: {size / 2**20:.0f} MiB, and the limit is {MAX_BYTES // 2**20} MiB.",
        "Scale the picture down, or save it compressed.",
    )


def _too_many_pixels(name: str, size: str) -> PixelwrightError:
    return PixelwrightError(
        "tooLarge",
        f"{name} is too large: {size}, and the limit is {MAX_PIXELS // 1_000_000} megapixels.",
        "Scale the picture down, or crop it.",
    )
