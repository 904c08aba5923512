"""The page model: what stands on a page and in what order, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pixelwright.read.reading import Border, Box, Region, Rgb, Text


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the page.

    kind: `box` (a region with things in it), `text`, `picture`, `rule`; `row` and `column` group their
    children side by side and one below the other; a `table` has `table-row`s of `cell`s; `button`, `field`,
    `check`, `switch` are controls.
    `lines` are the lines of a text, or of what is written in a control; `parts` are pictures in a control.
    `role` is what the page means by it (empty at first): header, nav, main, footer, aside, heading, link, …
    `level` is that of a heading, 1..6.
    """

    kind: str
    box: Box
    children: tuple[Node, ...] = ()
    region: Region | None = None
    lines: tuple[Text, ...] = ()
    parts: tuple[Node, ...] = ()
    role: str = ""
    level: int = 0
    checked: bool = False
    color: Rgb = (0, 0, 0)
    label: str = ""

    @property
    def text(self) -> str:
        """All that is written in it, its children's texts included."""
        own = " ".join(line.text for line in self.lines)
        return " ".join(filter(None, [own, *(child.text for child in self.children)]))

    @property
    def border(self) -> Border | None:
        return self.region.border if self.region else None

    def having(self, *children: Node) -> Node:
        """The node with these children."""
        return replace(self, children=children)

    def as_role(self, role: str, level: int = 0) -> Node:
        """The node with this role."""
        return replace(self, role=role, level=level)


def walk(node: Node) -> list[Node]:
    """The node and all below it, parents first, in the order of the page."""
    found = [node]
    for child in node.children:
        found.extend(walk(child))
    return found
