"""A browser tab without a browser: speaks Streamlit's protocol to a server.

It does what the frontend does: sends every widget's state, and asks for a
fragment again as often as it is told to.
"""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE = 60  # seconds after which an answer counts as none
SOON = 0.5  # seconds between looks for what is being computed
SIDEBAR = 1  # the first number of a delta's path there
GOOD = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


class Broken(Exception):
    """The server showed an error, dropped the tab or did not answer."""


@dataclass
class Asked:
    """A run that was asked for: it has begun once its id is known."""

    answered: asyncio.Future
    fragment: str
    run: str = ""
    handed_on: bool = False  # to the next run, whatever that draws


@dataclass
class Widget:
    kind: str
    shown: object  # the protobuf: id, label, min, max, disabled...
    fragment: str
    path: tuple  # where it stands
    run: str  # id of the run that drew it

    @property
    def aside(self) -> bool:
        """Whether it stands in the sidebar."""
        return self.path[0] == SIDEBAR

    @property
    def key(self) -> str:
        """The key that the page gave it: ids are $$ID-hash-key."""
        return self.shown.id.split("-", 2)[2]


def default_of(shown):
    """Where a slider or a number stands until somebody moves it."""
    if not hasattr(shown, "options"):
        return shown.default
    at = shown.default[0]
    return shown.options[int(at)] if shown.options else at


def state_of(widget: Widget) -> WidgetState | None:
    """What the frontend reports of a widget that nobody has touched."""
    shown, state = widget.shown, WidgetState(id=widget.shown.id)
    match widget.kind:
        case "slider" if shown.options:
            named = shown.raw_value if shown.set_value else ()
            state.string_array_value.data[:] = named or [default_of(shown)]
        case "slider":
            at = shown.value if shown.set_value else shown.default
            state.double_array_value.data[:] = at
        case "number_input":
            at = shown.value if shown.set_value else shown.default
            state.double_value = at
        case "checkbox":
            at = shown.value if shown.set_value else shown.default
            state.bool_value = at
        case _:
            return None  # the server takes the default, as for a new tab
    return state


class Session:
    """One tab on one page; page is the last part of its address."""

    hears = ("slider", "number_input", "checkbox", "button", "text_area")

    def __init__(self, port: int, page: str, query: str = ""):
        self.address = f"ws://127.0.0.1:{port}/_stcore/stream"
        self.page, self.query, self.hash = page, query, ""
        self.widgets, self.states = {}, {}
        self.run, self.redrawn = None, []  # in work, paths of its fragments
        self.busy = True  # until a run has ended well
        self.drawn = set()  # fragments that this run has drawn
        self.timers = {}
        self.told = [""]  # what the progress bar has said
        self.turn = asyncio.Lock()  # one move at a time
        self.troubles, self.polls, self.bytes = [], 0, 0
        self.asked = None  # what this tab waits for
        self.closing = False

    async def open(self) -> float:
        """Connect and draw the page; returns the seconds that it took."""
        began = time.perf_counter()
        self.socket = await websockets.connect(
            self.address,
            subprotocols=["streamlit"],
            compression=None,
            max_size=None,
            open_timeout=PATIENCE,
        )
        self.reader = asyncio.create_task(self.read())
        await self.answer("")
        return time.perf_counter() - began

    async def close(self):
        """Leave without a word, as a closed tab does."""
        self.closing = True
        self.stop_timers()
        await self.socket.close()
        await self.reader

    @property
    def said(self) -> str:
        return self.told[-1]

    # What the tab says

    async def move(self, widget: Widget, value) -> float:
        """Set a slider, a number or a text; returns the seconds to the
        answer."""
        state = WidgetState(id=widget.shown.id)
        if widget.kind == "number_input":
            state.double_value = value
        elif widget.kind == "text_area":
            state.string_value = value
        elif isinstance(value, str):
            state.string_array_value.data[:] = [value]
        else:
            state.double_array_value.data[:] = [value]
        self.states[state.id] = state  # as all that is asked from now on
        self.bind(widget.shown, value)
        return await self.answer(widget.fragment)

    async def whole(self) -> float:
        """Wait until the page has all that it computes; returns the seconds
        that it took."""
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            while self.busy or self.looks_soon():
                await asyncio.sleep(0.05)
        return time.perf_counter() - began

    def looks_soon(self) -> bool:
        return any(often <= SOON for _, often in self.timers.values())

    async def press(self, label: str):
        """Press a button once it can be pressed; what it does is for said and
        widgets to tell."""
        async with asyncio.timeout(PATIENCE):
            while (button := self.find(label, "button")).shown.disabled:
                await asyncio.sleep(0.1)
        pressed = WidgetState(id=button.shown.id, trigger_value=True)
        await self.ask(button.fragment, pressed)

    def find(self, name: str, *kinds) -> Widget:
        """The widget of this label or key."""
        for widget in self.widgets.values():
            named = name in (widget.shown.label, widget.key)
            if named and (not kinds or widget.kind in kinds):
                return widget
        raise Broken(f"{self.page} has no {name}")

    def bind(self, shown, value):
        """The address says what a knob says; a default is left out."""
        name = getattr(shown, "query_param_key", "")
        if not name:
            return
        words = dict(parse_qsl(self.query))
        words[name] = f"{value:.12g}" if isinstance(value, float) else value
        if value == default_of(shown):
            del words[name]
        self.query = urlencode(words)

    async def ask(self, fragment="", pressed=None, auto=False):
        """Ask for a run of the page or of one of its fragments."""
        message = BackMsg()
        wanted = message.rerun_script
        wanted.query_string = self.query
        wanted.page_script_hash = self.hash
        wanted.page_name = "" if self.hash else self.page
        wanted.fragment_id, wanted.is_auto_rerun = fragment, auto
        wanted.widget_states.widgets.extend(self.states.values())
        if pressed:
            wanted.widget_states.widgets.append(pressed)
        wanted.context_info.color_scheme = "light"
        await self.socket.send(message.SerializeToString())

    async def answer(self, fragment) -> float:
        """Ask and wait for the end of the run that was asked for."""
        async with self.turn:
            return await self.time(fragment)

    async def time(self, fragment) -> float:
        future = asyncio.get_running_loop().create_future()
        self.asked = Asked(future, fragment)
        began = time.perf_counter()
        await self.ask(fragment)
        try:
            async with asyncio.timeout(PATIENCE):
                await future
        except TimeoutError:
            self.troubles.append(f"{self.page}: no answer in {PATIENCE} s")
        finally:
            self.asked = None
        return time.perf_counter() - began

    # What the tab hears

    async def read(self):
        try:
            async for raw in self.socket:
                self.bytes += len(raw)
                message = ForwardMsg.FromString(raw)
                kind = message.WhichOneof("type")
                hear = getattr(self, f"hear_{kind}", None)
                if hear:
                    hear(message)
        except websockets.ConnectionClosed as end:
            self.troubles += [] if self.closing else [f"dropped: {end}"]
        else:
            self.troubles += [] if self.closing else ["the server hung up"]
        finally:
            self.stop_timers()
            if self.asked and not self.asked.answered.done():
                self.asked.answered.set_exception(Broken("the tab was dropped"))

    def hear_new_session(self, message):
        run = self.run = message.metadata.run
        self.redrawn, self.drawn, self.busy = [], set(), True
        if not run.fragment_ids:
            self.stop_timers()
            self.hash = message.new_session.page_script_hash or self.hash
        if self.asked and not self.asked.run and self.belongs(run.fragment_ids):
            self.asked.run = run.script_run_id

    def belongs(self, fragments) -> bool:
        """Whether such a run answers: a run of the page always does."""
        handed_on = self.asked.handed_on
        return handed_on or not fragments or self.asked.fragment in fragments

    def hear_navigation(self, message):
        self.hash = message.navigation.page_script_hash or self.hash

    def hear_page_info_changed(self, message):
        self.query = message.page_info_changed.query_string

    def hear_page_not_found(self, message):
        self.troubles.append(f"page not found: {self.page}")

    def hear_ref_hash(self, _):
        self.troubles.append("refers to a message, which we never keep")

    def hear_delta(self, message):
        """Note what an element means to us, if anything."""
        delta, run = message.delta, self.run
        path = tuple(message.metadata.delta_path)
        self.drawn.add(delta.fragment_id)
        if delta.WhichOneof("type") != "new_element":
            if delta.fragment_id in run.fragment_ids:
                self.redrawn.append(path)
            return
        kind = delta.new_element.WhichOneof("type")
        shown = getattr(delta.new_element, kind)
        if kind == "exception":
            self.troubles.append(f"{self.page}: {shown.type} {shown.message}")
        elif kind == "progress":
            if shown.text != self.said:
                self.told.append(shown.text)
        elif kind in self.hears:
            self.draw(
                Widget(kind, shown, delta.fragment_id, path, run.script_run_id)
            )

    def draw(self, widget: Widget):
        id = widget.shown.id
        self.widgets[id] = widget
        told = getattr(widget.shown, "set_value", False)
        state = state_of(widget) if told or id not in self.states else None
        if state:
            self.states[id] = state

    def hear_script_finished(self, message):
        run = message.metadata.run
        ours = self.asked and self.asked.run == run.script_run_id
        if message.script_finished not in GOOD:
            if ours:  # st.rerun asks for another run: that one answers
                self.asked.run, self.asked.handed_on = "", True
            return
        self.busy = False
        self.forget(run)
        answered = ours or self.asked and self.gone(run)
        if answered and not self.asked.answered.done():
            self.asked.answered.set_result(None)

    def gone(self, run) -> bool:
        """Whether the page was drawn without the fragment that we asked for,
        as when a run has just ended: there will be no other answer."""
        asked = self.asked.fragment
        return asked and not run.fragment_ids and asked not in self.drawn

    def forget(self, run):
        """What a run of the page, or of the fragment around it, did not draw
        again is gone; its value is told on until the page is drawn."""
        for id, widget in list(self.widgets.items()):
            if widget.run != run.script_run_id and self.within(widget, run):
                del self.widgets[id]
        if not run.fragment_ids:
            self.states = {
                id: state
                for id, state in self.states.items()
                if id in self.widgets
            }

    def within(self, widget, run) -> bool:
        """Whether a widget stands in what this run has drawn."""
        return not run.fragment_ids or any(
            widget.path[: len(path)] == path for path in self.redrawn
        )

    def hear_auto_rerun(self, message):
        told = message.auto_rerun
        known = self.timers.get(told.fragment_id)
        if known and known[1] == told.interval:
            return
        self.stop_timer(told.fragment_id)
        again = self.poll(told.fragment_id, told.interval)
        self.timers[told.fragment_id] = (
            asyncio.create_task(again),
            told.interval,
        )

    async def poll(self, fragment, interval):
        while True:
            await asyncio.sleep(interval)
            self.polls += 1
            await self.ask(fragment, auto=True)

    def hear_stop_auto_rerun(self, message):
        for fragment in message.stop_auto_rerun.fragment_ids:
            self.stop_timer(fragment)

    def stop_timer(self, fragment):
        task, _ = self.timers.pop(fragment, (None, 0))
        if task:
            task.cancel()

    def stop_timers(self):
        for fragment in list(self.timers):
            self.stop_timer(fragment)
