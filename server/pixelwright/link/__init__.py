"""Find, start and talk to the host that all windows and terminals share."""

from pixelwright.link.link import Link

__all__ = ["Link"]
