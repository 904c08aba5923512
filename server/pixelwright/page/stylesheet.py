"""The stylesheet: classes with names shared by like things, and what changes in a narrow window."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pixelwright.page.element import Declarations, Element

# A browser's defaults that each class would otherwise have to undo.
RESET = """*,
*::before,
*::after {
  box-sizing: border-box;
}

body,
h1,
h2,
h3,
h4,
h5,
h6,
p,
pre,
ul,
hr {
  margin: 0;
  padding: 0;
  border: 0;
}

h1,
h2,
h3,
h4,
h5,
h6 {
  font-size: inherit;
  font-weight: inherit;
}

a {
  color: inherit;
  text-decoration: none;
}

img {
  display: block;
  flex: none;
  max-width: 100%;
  height: auto;
}

button,
input,
select,
textarea {
  margin: 0;
  max-width: 100%;
  border: 0;
  border-radius: 0;
  background: none;
  color: inherit;
  font: inherit;
}

input::placeholder,
textarea::placeholder {
  color: inherit;
  opacity: 1;
}
"""

# Declarations that all of a name have, before its own look.
_SHARED: dict[str, Declarations] = {
    "button": (
        ("display", "inline-flex"),
        ("flex", "none"),
        ("align-items", "center"),
        ("justify-content", "center"),
        ("cursor", "pointer"),
    ),
    "field": (("display", "block"), ("width", "100%")),
    "field-group": (("display", "flex"), ("align-items", "center"), ("width", "100%")),
    "entry": (("flex", "1"), ("min-width", "0"), ("padding", "0")),
    "switch": (("flex", "none"), ("appearance", "none"), ("border-radius", "999px")),
    "check": (("flex", "none"),),
    "list": (("list-style", "none"),),
    "menu-item": (("display", "block"),),
    "bullets": (("list-style", "disc outside"),),
    "code": (("max-width", "100%"), ("overflow-x", "auto"), ("white-space", "pre")),
    "table-scroll": (("overflow-x", "auto"),),
    "table": (
        ("width", "100%"),
        ("border-collapse", "collapse"),
        ("table-layout", "fixed"),
        ("font-weight", "400"),
    ),
    "table-name": (("font-weight", "400"), ("text-align", "left")),
    "divider": (("flex", "none"), ("width", "100%")),
    "divider-vertical": (("flex", "none"),),
}
_COLUMN_NAMES = frozenset(
    {
        "page",
        "stack",
        "card",
        "band",
        "hero",
        "site-header",
        "site-footer",
        "menu",
        "main",
        "aside",
        "list",
        "bullets",
        "badge",
        "box",
    }
)
# What stands in one line in the picture may take more in a narrow window.
_WIDE_ONLY = frozenset({"nowrap"})
_PLACE_NAMES = {
    "margin-top": "mt",
    "margin-left": "ml",
    "max-width": "max",
    "width": "w",
    "align-self": "self",
}


@dataclass(slots=True)
class Stylesheet:
    """Gives each look and each place a class, the same ones the same class."""

    rules: dict[str, Declarations] = field(default_factory=dict)
    _known: dict[tuple[str, Declarations], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, Declarations] = field(default_factory=dict)

    def class_names(self, element: Element) -> str:
        """The value of the element's class attribute, or nothing."""
        names = []
        if element.name:
            names.append(self._look(element.name, element.look))
        names += [self._place(declaration) for declaration in element.place]
        return " ".join(dict.fromkeys(names))

    def _look(self, name: str, look: Declarations) -> str:
        key = (name, look)
        if key not in self._known:
            number = self._counts[name] = self._counts.get(name, 0) + 1
            self._known[key] = name if number == 1 else f"{name}-{number}"
            self.rules[self._known[key]] = self._complete(name, look)
        return self._known[key]

    def _complete(self, name: str, look: Declarations) -> Declarations:
        shared = _SHARED.get(name, ())
        if name in _COLUMN_NAMES and not any(prop == "display" for prop, _ in look):
            shared = (*shared, ("display", "flex"), ("flex-direction", "column"))
        own = {prop for prop, _ in look}
        return (*((prop, value) for prop, value in shared if prop not in own), *look)

    def _place(self, declaration: tuple[str, str]) -> str:
        prop, value = declaration
        short = _PLACE_NAMES.get(prop, prop)
        sizes = re.findall(r"[\d.]+(?=px)", value)
        if value == "auto":
            name = "push"
        elif value == "100%":
            name = "full"
        elif prop == "white-space":
            name = value
        else:
            size = sizes[0].replace(".", "-") if sizes else value.removeprefix("flex-").replace(".", "-")
            name = f"{short}-{size}"
        # Lengths that differ only in what they shrink to would share a name.
        free, number = name, 1
        while self.places.get(free, (declaration,)) != (declaration,):
            number += 1
            free = f"{name}-{number}"
        self.places[free] = (declaration,)
        return free

    def text(self) -> str:
        """All rules as CSS, and the rules for narrow windows."""
        parts = [rule(f".{name}", look) for name, look in self.rules.items() if look]
        parts += [
            rule(f".{name}", place) for name, place in sorted(self.places.items()) if name not in _WIDE_ONLY
        ]
        return "\n\n".join([*parts, self._narrow()])

    def _narrow(self) -> str:
        grids = [name for name, look in self.rules.items() if ("display", "grid") in look]
        lines = [name for name, look in self.rules.items() if ("flex-flow", "row") in look]
        fixed = [name for name in self.places if name.startswith("w-")]
        narrow: list[tuple[str, Declarations]] = []
        wide: list[tuple[str, Declarations]] = []
        if grids:
            narrow.append((_selector(grids), (("grid-template-columns", "minmax(0, 1fr)"),)))
        if lines:
            narrow.append((_selector(lines), (("flex-wrap", "wrap"),)))
            wide.append((_selector(lines), (("white-space", "nowrap"),)))
        wide += [(f".{name}", self.places[name]) for name in sorted(_WIDE_ONLY & self.places.keys())]
        if fixed:
            narrow.append((_selector(fixed), (("max-width", "100%"),)))
        blocks = []
        for query, inner in (("min-width: 821px", wide), ("max-width: 820px", narrow)):
            if inner:
                body = "\n\n".join(_indented(rule(selector, look)) for selector, look in inner)
                blocks.append(f"@media ({query}) {{\n{body}\n}}")
        return "\n\n".join(blocks)


def _selector(names: list[str]) -> str:
    return ",\n".join(f".{name}" for name in names)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))


def rule(selector: str, declarations: Declarations) -> str:
    """One rule of CSS."""
    body = "\n".join(f"  {prop}: {value};" for prop, value in declarations)
    return f"{selector} {{\n{body}\n}}"
