"""Find, start and talk to the host that all windows and terminals share."""

from pixelwright.link.link import Link, host_state

__all__ = ["Link", "host_state"]
