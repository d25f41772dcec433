"""What no browser sends: for every widget of every page, values that do not
fit it, over a real websocket. Prints what was shown as an error, minutes later:

    python tests/load/wire.py              # all six lessons
    python tests/load/wire.py gpt mlp
"""

import asyncio
import json
import math
import sys
import tempfile
from pathlib import Path

from server import Server
from session import Session
from streamlit.proto.WidgetStates_pb2 import WidgetState

from core import COURSE

PORT = 8599
ARRAYS = {"double_array_value", "int_array_value", "string_array_value"}
# a value of every kind: all but one are of the wrong one for a widget
KINDS = {
    "double_array_value": [1.0],
    "double_value": 7.0,
    "int_value": -3,
    "int_array_value": [99],
    "string_value": "<b>zz</b>",
    "string_array_value": ["zz"],
    "bool_value": True,
    "trigger_value": True,
    "json_value": "{",
    "bytes_value": b"\xff",
}
PLACES = ("zz", 7, None, [None], [{}], [{"x": "zz", "y": None}], {"x": [0]})
PLACES += ([{"x": 1e308, "y": -1e308, "exponent": 1e308}],)
PLACES += ([{"x": 10**400, "y": math.nan, "exponent": math.nan}],)
RAW = ("", "{", "[]", "null", '{"selection": 7}', '{"selection": {}}')


class Hand(Session):
    """A tab whose messages are written by hand."""

    hears = (
        *Session.hears,
        "radio",
        "selectbox",
        "button_group",
        "text_input",
        "text_area",
        "vega_lite_chart",
    )

    async def force(self, id: str, state: WidgetState) -> list[str]:
        """Send this as the widget's state; what was shown as an error."""
        before, count = self.states.get(id), len(self.troubles)
        self.states[id] = state
        await self.answer(self.widgets[id].fragment)
        del self.states[id]
        if before and id in self.widgets:
            self.states[id] = before
        return self.troubles[count:]

    async def force_all(self, few: bool = False) -> list[str]:
        """Try every widget; or one of each kind, with every other value."""
        found, tried = [], list(self.widgets.values())
        if few:
            tried = list({each.kind: each for each in tried}.values())
        for widget in tried:
            id = widget.shown.id
            for state in list(forged(widget))[:: 2 if few else 1]:
                if id in self.widgets and id:  # it is still drawn
                    said = await self.force(id, state)
                    found += [f"{each} <- {state}" for each in said]
        return found


def forged(widget):
    """States that its own browser code would not send."""
    id, shown = widget.shown.id, widget.shown
    if widget.kind in ("slider", "number_input"):
        low, high = shown.min, shown.max
        aside = low + 0.313713 * (high - low)
        for value in (math.nan, math.inf, -math.inf, high + 1, 1e308, aside):
            yield state_of(id, "double_value", value)
            yield state_of(id, "double_array_value", [value])
        yield state_of(id, "double_array_value", [low, high])
    if widget.kind == "vega_lite_chart":
        for place in PLACES:
            chosen = dict.fromkeys(shown.selection_mode, place)
            said = json.dumps({"selection": chosen})
            yield state_of(id, "string_value", said)
        for said in RAW:
            yield state_of(id, "string_value", said)
    for said in ([], ["", ""]):
        yield state_of(id, "string_array_value", said)
    for kind, value in KINDS.items():
        yield state_of(id, kind, value)


def state_of(id: str, kind: str, value) -> WidgetState:
    state = WidgetState(id=id)
    if kind in ARRAYS:
        getattr(state, kind).data[:] = value
        getattr(state, kind).SetInParent()
    else:
        setattr(state, kind, value)
    return state


async def visit(port: int, page: str, few: bool = False) -> list[str]:
    tab = Hand(port, page)
    await tab.open()
    try:
        return await tab.force_all(few)
    finally:
        await tab.close()


def main(lessons):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), PORT)
        try:
            for lesson in lessons:
                found = asyncio.run(visit(PORT, lesson))
                print(f"{lesson}: {len(found)} errors", *found, sep="\n  ")
        finally:
            server.stop()


if __name__ == "__main__":
    main(sys.argv[1:] or COURSE)
