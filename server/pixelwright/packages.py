"""Installed packages and what is asked of them. Their metadata alone is read: nothing is imported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package by name, and the versions that will do: `>=1.0,<2`."""

    name: str
    specifier: str

    def __str__(self) -> str:
        return f"{self.name}{self.specifier}"


def requirements(extra: str | None = None) -> tuple[Requirement, ...]:
    """What Pixelwright itself requires, or what one of its extras adds.

    Raises `importlib.metadata.PackageNotFoundError` where Pixelwright runs without being installed.
    """
    found = []
    for line in metadata.requires("pixelwright") or []:
        wanted, _, marker = line.partition(";")
        named = re.search(r"extra\s*==\s*['\"]([\w-]+)", marker)
        parts = re.fullmatch(r"\s*([\w.-]+)\s*(.*?)\s*", wanted)
        if parts and (named[1] if named else None) == extra:
            found.append(Requirement(parts[1], parts[2]))
    return tuple(found)


def version_of(name: str) -> str | None:
    """The version that is installed, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def is_met(requirement: Requirement) -> bool:
    """Whether a version that will do is installed."""
    version = version_of(requirement.name)
    return version is not None and allows(requirement.specifier, version)


def allows(specifier: str, version: str) -> bool:
    """Whether a version is within `>=` and `<` bounds, the only ones that our requirements use."""
    for bound in filter(None, specifier.split(",")):
        match = re.fullmatch(r"\s*(>=|<)\s*([\d.]+)\s*", bound)
        if match is None:
            continue
        below = _numbers(version) < _numbers(match[2])
        if below != (match[1] == "<"):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.match(r"[\d.]*", version)[0].split(".") if number)  # type: ignore[index]
