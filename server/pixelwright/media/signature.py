"""What a file is, told by its first bytes."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["picture", "other", "unknown"]


class Signature(NamedTuple):
    """`picture`: a format that can be decoded; `other`: known, and not one; `unknown`: anything else.

    `article` names it in a sentence ("a PNG picture"); `hint` says what to do with an `other`.
    """

    kind: Kind
    article: str
    hint: str | None = None


_EXPORT_PNG = "Export it as PNG (any browser or drawing program can) and use that."

_PREFIXES: tuple[tuple[bytes, Signature], ...] = (
    (b"\x89PNG\r\n\x1a\n", Signature("picture", "a PNG picture")),
    (b"\xff\xd8\xff", Signature("picture", "a JPEG picture")),
    (b"GIF87a", Signature("picture", "a GIF picture")),
    (b"GIF89a", Signature("picture", "a GIF picture")),
    (b"II*\0", Signature("picture", "a TIFF picture")),
    (b"MM\0*", Signature("picture", "a TIFF picture")),
    (b"II+\0", Signature("picture", "a TIFF picture")),
    (b"MM\0+", Signature("picture", "a TIFF picture")),
    *(
        (b"P%d" % n + space, Signature("picture", "a PPM picture"))
        for n in range(1, 7)
        for space in (b"\n", b" ")
    ),
    (b"%PDF", Signature("other", "a PDF document, not a picture", "Export the page you want as PNG.")),
    (b"\x1a\x45\xdf\xa3", Signature("other", "a video, not a picture", "Save one frame of it as PNG.")),
    (b"8BPS", Signature("other", "a Photoshop document", _EXPORT_PNG)),
    (b"\0\0\1\0", Signature("other", "an icon file", _EXPORT_PNG)),
    (b"\0\0\0\x0cjP  ", Signature("other", "a JPEG 2000 picture", _EXPORT_PNG)),
    (b"\0\0\0\x0cJXL ", Signature("other", "a JPEG XL picture", _EXPORT_PNG)),
    (b"\xff\x0a", Signature("other", "a JPEG XL picture", _EXPORT_PNG)),
    (b"PK\3\4", Signature("other", "an archive, not a picture", "Unpack it and choose a picture in it.")),
    (b"\x1f\x8b", Signature("other", "a compressed file, not a picture", "Unpack it first.")),
)

_HEIC = Signature(
    "picture",
    "a HEIC picture",
    "Install pillow-heif in Pixelwright's Python environment, or export the picture as PNG or JPEG.",
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def recognise(data: bytes) -> Signature:
    """Tell what `data` is. Never raises."""
    if data[4:8] == b"ftyp":
        return _iso_media(data)
    if data[:4] == b"RIFF":
        if data[8:12] == b"WEBP":
            return Signature("picture", "a WebP picture")
        return Signature("other", "a video or sound, not a picture", "Save one frame of it as PNG.")
    if data[:2] == b"BM" and data[6:10] == bytes(4):  # two letters alone would catch prose
        return Signature("picture", "a BMP picture")
    for prefix, signature in _PREFIXES:
        if data.startswith(prefix):
            return signature
    return _markup(data[:4096])


def _iso_media(data: bytes) -> Signature:
    """Tell AVIF, HEIC and video apart by the brands of the `ftyp` box (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[i : i + 4] for i in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return Signature("picture", "an AVIF picture")
    if brands & _HEIC_BRANDS:
        return _HEIC
    return Signature("other", "a video, not a picture", "Save one frame of it as PNG.")


def _markup(start: bytes) -> Signature:
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = start.decode(encoding, errors="replace").lstrip().lower()
    if text.startswith("<svg") or (text.startswith(("<?xml", "<!--", "<!doctype svg")) and "<svg" in text):
        return Signature("other", "an SVG drawing, not a picture of pixels", _EXPORT_PNG)
    return Signature("unknown", "something else")
