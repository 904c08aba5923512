"""Elements: what the writer puts on paper. A page is a tree of them, with styles that become classes."""

from __future__ import annotations

from dataclasses import dataclass, replace

Declarations = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Element:
    """An HTML element before its classes have names.

    `name` is what its class is to be called, `look` the declarations of that class; `place` are
    declarations that say where it stands among its siblings, each a small shared class of its own.
    """

    tag: str
    name: str = ""
    look: Declarations = ()
    place: Declarations = ()
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Element | str, ...] = ()

    def placed(self, *declarations: tuple[str, str]) -> Element:
        """The element with these declarations of place added."""
        return replace(self, place=(*self.place, *declarations))

    def looking(self, *declarations: tuple[str, str]) -> Element:
        """The element with these declarations of its look added."""
        return replace(self, look=(*self.look, *declarations))


def px(value: float) -> str:
    """A length in whole pixels, or half ones where it matters below 20."""
    rounded = round(value * 2) / 2 if abs(value) < 20 else round(value)
    return f"{rounded:g}px" if rounded else "0"
