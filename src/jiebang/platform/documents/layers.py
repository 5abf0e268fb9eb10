"""Optional content (ISO 32000-2, 8.11): which layers a reader of the original does not see when it opens."""

from __future__ import annotations

from typing import Any

import pikepdf

from jiebang.kernel.errors import Refused
from jiebang.platform.documents import rules


class Layers:
    """The default configuration's visibility, by which content marked with a layer is kept or left out."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        properties: Any = pdf.Root.get("/OCProperties", pikepdf.Dictionary())
        default: Any = properties.get("/D", pikepdf.Dictionary())
        hidden_first = str(default.get("/BaseState", "/ON")) == "/OFF"
        off = properties.get("/OCGs", []) if hidden_first else default.get("/OFF", [])
        on = default.get("/ON", []) if hidden_first else []
        self._hidden = {g.objgen for g in off} - {g.objgen for g in on}
        self.objects = {
            each.objgen
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and "/OC" in each and self.hides(each["/OC"])
        }
        """Streams (images, forms) that are hidden as a whole."""

    def hides(self, layer: Any) -> bool:
        """Whether content of this layer (a group, or a membership of several) is hidden."""
        if not self._hidden:
            return False
        if not isinstance(layer, pikepdf.Dictionary):
            return True  # named, yet not to be found: some layers are hidden, so this may be one
        if layer.get("/Type") != pikepdf.Name.OCMD:
            return layer.objgen in self._hidden
        if "/VE" in layer:
            raise Refused(rules.UNSAFE)
        groups: Any = layer.get("/OCGs", [])
        shown = [g.objgen not in self._hidden for g in (groups if isinstance(groups, pikepdf.Array) else [groups])]
        policy = str(layer.get("/P", "/AnyOn"))
        verdicts = {
            "/AllOn": all(shown),
            "/AnyOn": any(shown) or not shown,
            "/AnyOff": not all(shown) or not shown,
            "/AllOff": not any(shown),
        }
        return not verdicts.get(policy, False)
