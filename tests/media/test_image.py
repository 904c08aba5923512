"""Pictures of every kind, whole and broken, made here with Pillow and by hand."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pixelwright.errors import PixelwrightError
from pixelwright.media.image import MAX_BYTES, load_image

RED, GREEN = (220, 30, 40), (20, 160, 60)


def two_colours(width: int = 64, height: int = 32) -> Image.Image:
    """Left half red, right half green."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height))
    return image


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG by hand (ISO/IEC 15948): Pillow does not write 16-bit colours."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def assert_near(pixels: NDArray[np.uint8], column: int, colour: tuple[int, int, int], slack: int) -> None:
    assert np.abs(pixels[pixels.shape[0] // 2, column].astype(int) - colour).max() <= slack


@pytest.mark.parametrize(
    ("kind", "options", "slack"),
    [
        ("PNG", {}, 0),
        ("JPEG", {"quality": 95}, 12),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 90}, 16),
        ("GIF", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("AVIF", {"quality": 95}, 12),
        ("PPM", {}, 0),
    ],
)
def test_reads_each_format_from_bytes_and_from_a_file(
    tmp_path: Path, kind: str, options: dict[str, object], slack: int
) -> None:
    data = encode(two_colours(), kind, **options)
    file = tmp_path / "图片 é.bin"
    file.write_bytes(data)
    from_bytes, from_file = load_image(data, "x"), load_image(file, "x")
    assert from_bytes.shape == (32, 64, 3)
    assert from_bytes.dtype == np.uint8
    assert np.array_equal(from_bytes, from_file)
    assert_near(from_bytes, 10, RED, slack)
    assert_near(from_bytes, 54, GREEN, slack)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_takes_the_first_frame_of_an_animation(kind: str) -> None:
    first, second = Image.new("RGB", (32, 32), RED), Image.new("RGB", (32, 32), GREEN)
    pixels = load_image(encode(first, kind, save_all=True, append_images=[second]), "x")
    assert pixels.shape == (32, 32, 3)
    assert_near(pixels, 16, RED, 8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_applies_exif_orientation(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = two_colours()
    undo: dict[int, Image.Transpose] = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = image.transpose(undo[orientation]) if orientation in undo else image
    pixels = load_image(encode(stored, "PNG", exif=exif), "x")
    assert np.array_equal(pixels, np.array(image))


def with_alpha(mode: str) -> bytes:
    image = Image.new("RGBA", (4, 4), (*RED, 255))
    image.putpixel((0, 2), (0, 0, 0, 0))
    image.putpixel((1, 2), (0, 0, 0, 128))
    return encode(image if mode == "RGBA" else image.convert(mode), "PNG")


def test_lays_transparency_on_white() -> None:
    row = load_image(with_alpha("RGBA"), "x")[2]
    assert row[0].tolist() == [255, 255, 255]
    assert row[1].tolist() == [127, 127, 127]
    assert row[3].tolist() == list(RED)
    assert load_image(with_alpha("LA"), "x")[2, 0].tolist() == [255, 255, 255]


def test_palette_with_transparent_entry() -> None:
    image = Image.new("P", (8, 8), 0)
    image.putpalette([*RED, *GREEN])
    image.putpixel((3, 3), 1)
    for kind in ("PNG", "GIF"):
        pixels = load_image(encode(image, kind, transparency=1), "x")
        assert pixels[3, 3].tolist() == [255, 255, 255]
        assert pixels[0, 0].tolist() == list(RED)


@pytest.mark.parametrize("kind", ["RGB", "L"])
def test_transparent_colour_key(kind: str) -> None:
    colour: tuple[int, int, int] | int = RED if kind == "RGB" else 40
    pixels = load_image(encode(Image.new(kind, (8, 8), colour), "PNG", transparency=colour), "x")
    assert pixels[3, 3].tolist() == [255, 255, 255]


def test_sixteen_bit_grey_keeps_its_scale() -> None:
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        pixels = load_image(encode(Image.fromarray(values), kind), "x")
        assert pixels[0, :, 0].tolist() == [0, 1, 128, 255]
        assert np.ptp(pixels, axis=2).max() == 0


def test_sixteen_bit_colour_and_grey_alpha() -> None:
    rgb = b"\0" + struct.pack(">3H", *(257 * v for v in RED))
    assert load_image(png(1, 1, 16, 2, rgb), "x")[0, 0].tolist() == list(RED)
    rgba = b"\0" + struct.pack(">4H", *(257 * v for v in RED), 0)
    assert load_image(png(1, 1, 16, 6, rgba), "x")[0, 0].tolist() == [255, 255, 255]
    grey_alpha = b"\0" + struct.pack(">2H", 0x8000, 0xFFFF)
    assert load_image(png(1, 1, 16, 4, grey_alpha), "x")[0, 0].tolist() == [128, 128, 128]


def test_float_and_one_bit() -> None:
    floats = np.array([[0.0, 0.5, 1.0]], np.float32)
    assert load_image(encode(Image.fromarray(floats), "TIFF"), "x")[0, :, 1].tolist() == [0, 128, 255]
    assert load_image(encode(Image.new("1", (3, 3), 1), "PNG"), "x")[1, 1].tolist() == [255, 255, 255]


def test_cmyk_jpeg() -> None:
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    assert_near(load_image(encode(image, "JPEG", quality=95), "x"), 8, (255, 0, 0), 4)


def test_applies_a_colour_profile() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    data = encode(two_colours(), "PNG", icc_profile=srgb.tobytes())
    assert np.array_equal(load_image(data, "x"), np.array(two_colours()))
    broken = encode(two_colours(), "PNG", icc_profile=b"nonsense")
    assert np.array_equal(load_image(broken, "x"), np.array(two_colours()))


def test_one_pixel_is_a_picture() -> None:
    assert load_image(encode(Image.new("RGB", (1, 1), RED), "PNG"), "x").tolist() == [[list(RED)]]


def huge_bmp() -> bytes:
    data = bytearray(encode(two_colours(), "BMP"))
    data[18:26] = struct.pack("<ii", 8000, 8000)
    return bytes(data)


REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "badInput", "is empty"),
    "text": (lambda: "Dear all, 你好\n".encode() * 20, "badInput", "is not a picture"),
    "one byte": (lambda: b"\x89", "badInput", "is not a picture"),
    "prose that starts like a BMP": (lambda: b"BMW builds motor cars.", "badInput", "is not a picture"),
    "zeros": (lambda: bytes(5000), "badInput", "is not a picture"),
    "html": (lambda: b"<!doctype html><svg></svg>", "badInput", "is not a picture"),
    "signature alone": (lambda: b"\x89PNG\r\n\x1a\n", "badInput", "is damaged: a PNG"),
    "noise in a PNG": (lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(500), "badInput", "is damaged: a PNG"),
    "20000 x 20000": (lambda: png(20000, 20000, 8, 2, b""), "tooLarge", "60 megapixels"),
    "11000 x 11000": (lambda: png(11000, 11000, 8, 2, b""), "tooLarge", "11000 x 11000 pixels"),
    "8000 x 8000": (huge_bmp, "tooLarge", "8000 x 8000 pixels"),
    "bytes": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(MAX_BYTES), "tooLarge", "64 MiB"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported", "SVG"),
    "svg after a prolog": (
        lambda: b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><svg/>",
        "unsupported",
        "SVG",
    ),
    "svg in utf-16": (lambda: "<?xml version='1.0'?><svg/>".encode("utf-16"), "unsupported", "SVG"),
    "pdf": (lambda: b"%PDF-1.7 ...", "unsupported", "PDF"),
    "video": (lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "unsupported", "video"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("as_file", [False, True])
def test_refuses_with_one_clear_sentence(tmp_path: Path, case: str, as_file: bool) -> None:
    make, code, words = REFUSED[case]
    source: Path | bytes = make()
    if as_file:
        file = tmp_path / "shot.png"
        file.write_bytes(make())
        source = file
    with pytest.raises(PixelwrightError) as caught:
        load_image(source, "我的 shot.png")
    error = caught.value
    assert error.code == code
    assert words in error.message
    assert error.message.startswith("我的 shot.png ")
    assert error.message.endswith(".")
    assert "\n" not in error.message
    assert error.hint


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_file_is_damaged(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))
    data = encode(noise, kind)
    with pytest.raises(PixelwrightError) as caught:
        load_image(data[: max(16, int(len(data) * share))], "x")
    assert caught.value.code == "badInput"
    assert "damaged" in caught.value.message


def test_heic_says_how_to_get_it_read() -> None:
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
    with pytest.raises(PixelwrightError) as caught:
        load_image(data, "IMG_1.HEIC")
    # With pillow-heif installed the decoder is asked, and finds no picture in these bytes.
    assert caught.value.code in ("unsupported", "badInput")
    assert "HEIC" in caught.value.message


def test_missing_folder_and_impossible_paths(tmp_path: Path) -> None:
    cases = {
        tmp_path / "no.png": "notFound",
        tmp_path: "badInput",
        Path("nul\0.png"): "unreadable",
        tmp_path / ("x" * 5000): "unreadable",
    }
    for path, code in cases.items():
        with pytest.raises(PixelwrightError) as caught:
            load_image(path, "a.png")
        assert caught.value.code == code
        assert caught.value.message.startswith("a.png ")


@pytest.mark.skipif(sys.platform == "win32", reason="no such files on Windows")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(PixelwrightError) as caught:
            load_image(path, "pipe.png")
        assert caught.value.code == "badInput"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")
def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "secret.png"
    file.write_bytes(encode(two_colours(), "PNG"))
    file.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    # Root reads everything, so another user tries.
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom pixelwright.media.image import load_image\n"
        "from pixelwright.errors import PixelwrightError\nimport PIL.Image\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: load_image(Path(sys.argv[1]), 'secret.png')\n"
        "except PixelwrightError as error: print(error.code, error.message)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("unreadable secret.png may not be read")


def test_pillow_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, pixelwright.media.image; print('PIL' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
