"""A class on one server, by real websocket sessions, with the bounds of it:

    python tests/load/school.py                    # thirty, two minutes
    python tests/load/school.py thirty --minutes 10
    python tests/load/school.py hundred
    python tests/load/school.py teacher
    python tests/load/school.py own

thirty: two long runs train, of WaveNet and GPT; every student watches one of
them, polling as a browser does, and moves something every one to two seconds.
Half of them move a slider of a section on the run's own page. The others, as
moving a knob of that page would show another run, do it in a second tab: a
knob of the sidebar, one of the six lessons each; that is the harder half.

own: a visitor brings new words or a new text to every lesson, as many as the
lectures have and then as many as may be; the first answers of all sections.

The machine bears the students too, so their share of it is measured and said.
"""

import argparse
import asyncio
import os
import random
import statistics
import string
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qsl

from server import Server, lesson_of, store
from session import Broken, Session

from core import COURSE
from core.data import names
from core.data import text as texts

RUNS = {"wavenet": "steps=150000", "gpt": "steps=20000"}
STUDENTS = {"thirty": 30, "hundred": 100}
ALONE = 20  # seconds that the runs have the machine to themselves
LOOK = 5  # seconds between looks at speed and memory
REACH = 0.1  # share of its range that a knob is moved at most
FEW = 5  # students who press Stop, and as many who leave
BEAT = 12  # seconds in which a line of thirty has to move
GONE = 45  # seconds after which what only they asked for has ended
AGAIN = 3  # times that a page gets new data of a size
NAMES, SHAKESPEARE = names.local(), texts.local()


class Day:
    """Everything measured while a class is at it."""

    def __init__(self, server: Server, students: int, seed: int):
        self.server, self.students = server, students
        self.chance = random.Random(seed)
        self.tabs, self.watchers, self.starters = [], [], {}
        self.seeds = {lesson: 0 for lesson in RUNS}
        self.answers = {"knob": [], "section": []}
        self.opened, self.memory = [], []  # seconds; (minute, megabytes...)
        self.speeds = {"alone": [], "class": []}  # {lesson: steps a second}
        self.over = False

    async def tab(self, page: str, query: str = "") -> Session:
        tab = Session(self.server.port, page, query)
        self.tabs.append(tab)
        self.opened.append(await tab.open())
        return tab

    async def visit_all(self):
        """One visitor opens every lesson, as the caches are empty."""
        for page in ("", *COURSE):
            tab = await self.tab(page)
            rest = await tab.whole()
            say(
                f"first visit of {page or 'home'}: {self.opened[-1]:.1f} s, "
                f"all of it after {rest:.1f} more"
            )
            await tab.close()

    async def start(self):
        """The two runs, each started by a tab that stays."""
        for lesson, query in RUNS.items():
            self.starters[lesson] = await self.tab(lesson, query)
            await self.again(lesson)

    async def again(self, lesson):
        """Train with the next seed; whoever watches turns to it."""
        self.seeds[lesson] += 1
        tabs = [self.starters[lesson], *self.watching(lesson)]
        for tab in tabs:
            await tab.move(tab.find("seed"), float(self.seeds[lesson]))
            if tab is self.starters[lesson]:
                await tab.press("Train")
        trains = await until(lambda: self.server.training(lesson), 60)
        say(f"{lesson} trains, seed {self.seeds[lesson]}: {trains}")

    def watching(self, lesson) -> list[Session]:
        return [tab for tab in self.watchers if tab.page == lesson]

    async def keep_training(self):
        """For as long as the class lasts, two runs are in work."""
        while not self.over:
            await asyncio.sleep(1)
            for lesson in RUNS:
                if not self.server.training(lesson):
                    await self.again(lesson)

    async def arrive(self):
        """All come within some seconds, a few at a time."""
        places = range(self.students)
        gate = asyncio.Semaphore(4)

        async def one(at):
            async with gate:
                lesson = list(RUNS)[at // 2 % 2]
                query = f"{RUNS[lesson]}&seed={self.seeds[lesson]}"
                self.watchers.append(await self.tab(lesson, query))
                if at % 2:
                    page = COURSE[at // 2 % len(COURSE)]
                    return await self.tab(page), "knob"
                return self.watchers[-1], "section"

        return await asyncio.gather(*map(one, places))

    async def move(self, tab: Session, kind: str):
        """One student's hand: every one to two seconds, if answered."""
        while not self.over:
            await asyncio.sleep(self.chance.uniform(1, 2))
            choice = [w for w in tab.widgets.values() if movable(w, kind)]
            widget = self.chance.choice(choice)
            value = beside(widget, tab.states[widget.shown.id], self.chance)
            took = await tab.move(widget, value)
            self.answers[kind].append((took, tab.page, widget.key))

    async def look(self, when: str, seconds: float):
        """Speed every few seconds, and memory every minute."""
        began = last = time.monotonic()
        steps = self.steps()
        while last - began < seconds:
            await asyncio.sleep(LOOK)
            now, at = time.monotonic(), self.steps()
            for path, step in at.items():
                if path in steps:
                    rate = (step - steps[path]) / (now - last)
                    self.speeds[when].append((lesson_of(path), rate))
            if int((now - began) // 60) > int((last - began) // 60):
                self.weigh(round((now - began) / 60))
            last, steps = now, at

    def steps(self) -> dict:
        """The step that each run in work has reached."""
        paths = [self.server.training(lesson) for lesson in RUNS]
        return {path: store.progress(path)[0] for path in paths if path}

    def weigh(self, minute: int):
        self.memory.append((minute, *self.server.memory()))
        resident, share, workers = self.memory[-1][1:]
        say(
            f"minute {minute}: server {resident} MB resident, {share} MB its "
            f"share, workers {workers} MB; load {os.getloadavg()[0]:.1f}"
        )

    def troubles(self) -> list[str]:
        return [each for tab in self.tabs for each in tab.troubles]


def movable(widget, kind: str) -> bool:
    """A numeric knob of the sidebar, or a slider in a section's fragment."""
    if getattr(widget.shown, "disabled", True) or widget.kind == "button":
        return False
    if kind == "knob":
        numeric = widget.kind in ("slider", "number_input")
        return widget.aside and numeric and widget.key != "seed"
    inside = widget.fragment and not widget.aside
    return inside and widget.kind == "slider" and "scrub" not in widget.key


def beside(widget, state, chance):
    """A value near the present one: a hand on a slider."""
    shown = widget.shown
    if getattr(shown, "options", None):
        names = list(shown.options)
        at = names.index(state.string_array_value.data[0])
        reach = max(1, round(len(names) * REACH))
        at += chance.choice((-1, 1)) * chance.randint(1, reach)
        return names[min(max(at, 0), len(names) - 1)]
    slides = widget.kind == "slider"
    at = state.double_array_value.data[0] if slides else state.double_value
    step = shown.step or 1.0
    grains = max(1, int((shown.max - shown.min) * REACH / step))
    at += chance.choice((-1, 1)) * step * chance.randint(1, grains)
    return float(f"{min(max(at, shown.min), shown.max):.10g}")


async def until(true, seconds: float) -> bool:
    """Wait for it; whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        await asyncio.sleep(0.2)
    return False


async def class_day(server, students, minutes, seed) -> list:
    """The class at its knobs; returns the rows of the table."""
    day = Day(server, students, seed)
    await day.visit_all()
    await day.start()
    await asyncio.sleep(LOOK)
    await day.look("alone", ALONE)
    hands = await day.arrive()
    say(
        f"{len(day.tabs)} tabs were opened, at the median in "
        f"{ms(statistics.median(day.opened))}; {len(hands)} students move"
    )
    used = server.seconds(), time.process_time(), time.monotonic()
    tasks = [asyncio.create_task(day.move(*hand)) for hand in hands]
    tasks.append(asyncio.create_task(day.keep_training()))
    await day.look("class", minutes * 60)
    day.over = True
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    shares = shares_of(server, used)
    day.weigh(round(minutes))
    for tab in day.tabs[len(COURSE) + 1 + len(RUNS) :]:
        await tab.close()
    await asyncio.sleep(LOOK)
    await day.look("alone", ALONE)
    broken = day.troubles() + [str(e) or repr(e) for e in ended if e]
    await asyncio.gather(*(tab.close() for tab in day.starters.values()))
    return table(day, shares, broken)


def shares_of(server, used) -> tuple[float, float]:
    """Cores that the server and that the students' process took."""
    took = time.monotonic() - used[2]
    return (
        (server.seconds() - used[0]) / took,
        (time.process_time() - used[1]) / took,
    )


def kept(day: Day) -> float:
    """The share of its speed that the slower-kept of the two runs kept."""
    return min(mean(day, "class", x) / mean(day, "alone", x) for x in RUNS)


def mean(day, when, lesson) -> float:
    rates = [rate for name, rate in day.speeds[when] if name == lesson]
    return statistics.mean(rates)


def table(day: Day, shares, broken) -> list:
    """(what, figure, bound, whether it holds); a bound may be none."""
    every = [took for found in day.answers.values() for took, _, _ in found]
    few = day.students <= STUDENTS["thirty"]
    server, students = shares
    lent = students / len(os.sched_getaffinity(0))
    rows = [row("answers", len(every), "")]
    for kind, found in day.answers.items():
        took = [seconds for seconds, _, _ in found]
        rows += answers(f"a {kind}", took, False)
    rows += answers("all", every, few)
    speed = kept(day)
    rows.append(row("cores the server took", f"{server:.2f}", ""))
    rows.append(row("cores the students took", f"{students:.2f}", ""))
    rows.append(row("speed the runs kept", f"{speed:.0%}", ""))
    rows.append(
        row(
            "the same, without the students' share of the machine",
            f"{speed + lent:.0%}",
            "80 %" if few else "",
            speed + lent >= 0.8,
        )
    )
    top = max(resident for _, resident, _, _ in day.memory)
    rows.append(row("server, resident", f"{top} MB", "700 MB", top < 700))
    rows += level(day.memory)
    polls = sum(tab.polls for tab in day.tabs)
    rows.append(row("polls", polls, ""))
    for lesson, took in slowest(day):
        rows.append(row(f"slowest page, {lesson}", took, ""))
    rows.append(row("errors and dropped tabs", len(broken), 0, not broken))
    for said in sorted(set(broken))[:8]:
        say(f"broken: {said}")
    return rows


def answers(name, took, bounded) -> list:
    if len(took) < 20:
        return [row(f"{name}: too few answers", len(took), 20, False)]
    median, late = statistics.median(took), statistics.quantiles(took, n=20)[18]
    limits = ("150 ms", "1000 ms") if bounded else ("", "")
    return [
        row(f"{name}: median", ms(median), limits[0], median < 0.15),
        row(f"{name}: 95th percentile", ms(late), limits[1], late < 1),
    ]


def level(memory) -> list:
    """Caches fill in the first two minutes; from then on it stays."""
    later = [(minute, mega) for minute, mega, _, _ in memory if minute >= 2]
    if len(later) < 3:
        return [row("memory level: needs --minutes 4", "-", "")]
    slope = statistics.linear_regression(*zip(*later, strict=True)).slope
    grown = f"{slope:+.1f} MB a minute"
    return [row("memory from minute 2 on", grown, "+3 MB", slope < 3)]


def slowest(day) -> list:
    """The pages' medians and worst by kind of move, slowest first."""
    found = {}
    for kind, rows in day.answers.items():
        for took, page, _ in rows:
            found.setdefault(f"{page} {kind}", []).append(took)
    ordered = sorted(
        found.items(), key=lambda each: -statistics.median(each[1])
    )
    return [
        (name, f"{ms(statistics.median(took))}, worst {ms(max(took))}")
        for name, took in ordered
    ]


def ms(seconds) -> str:
    return f"{seconds * 1000:.0f} ms"


def row(what, figure, bound, holds=True) -> tuple:
    return what, str(figure), str(bound), holds or bound == ""


async def teacher(server, students, minutes, seed) -> list:
    """The teacher says: press Train."""
    return await together(server, seed) + await in_line(server, seed)


async def class_of(server, queries) -> list[Session]:
    tabs = [Session(server.port, "bigram", query) for query in queries]
    for tab in tabs:
        await tab.open()
    return tabs


async def press_all(tabs, chance):
    """All press Train, within two seconds."""

    async def one(tab):
        await asyncio.sleep(chance.uniform(0, 2))
        await tab.press("Train")

    await asyncio.gather(*map(one, tabs))


async def together(server, seed) -> list:
    """Thirty with the same knobs: one run, and all see it."""
    tabs = await class_of(server, ["steps=10000&seed=7"] * 30)
    await press_all(tabs, random.Random(seed))
    seen = await until(lambda: all(moved(tab) for tab in tabs), 60)
    runs = len(server.states())
    done = await until(lambda: all("Done" in tab.said for tab in tabs), 120)
    lines = [line_count(path) for path in store.runs_on_disk()]
    broken = [each for tab in tabs for each in tab.troubles]
    await asyncio.gather(*(tab.close() for tab in tabs))
    return [
        row("same knobs: runs", runs, 1, runs == 1),
        row("same knobs: all see it train", seen, True, seen),
        row("same knobs: all see it done", done, True, done),
        row("same knobs: records", lines, [400], lines == [400]),
        row("same knobs: errors", len(broken), 0, not broken),
    ]


def moved(tab) -> bool:
    return tab.said.startswith(("Step", "Done"))


def line_count(path) -> int:
    return len((path / "records.jsonl").read_text("utf-8").splitlines())


def places(tab) -> list[int]:
    """The places in line that a tab has been told, in order."""
    words = [said.split() for said in tab.told if said.startswith("In line")]
    return [int(said[4].rstrip(":")) for said in words]


def state(server, tab) -> str:
    """Of the run that this tab has asked for: its seed tells it."""
    wanted = f'"seed": {dict(parse_qsl(tab.query))["seed"]}}}'
    found = server.states().items()
    return next((s for text, s in found if wanted in text), "new")


async def in_line(server, seed) -> list:
    """Thirty with knobs of their own: a line, that moves, to be left."""
    slow = "forward=one-hot&steps=100"  # seconds each, so that a line forms
    queries = [f"{slow}&seed={1000 + each}" for each in range(30)]
    tabs = await class_of(server, queries)
    await press_all(tabs, random.Random(seed))
    seated = [moved(tab) or bool(places(tab)) for tab in tabs]
    placed = await until(lambda: all(moved(t) or places(t) for t in tabs), 30)
    waiting = sorted(
        (tab for tab in tabs if tab.said.startswith("In line")),
        key=lambda tab: places(tab)[-1],
    )
    say(f"in line: {len(waiting)}, at once {sum(seated)} had an answer")
    if len(waiting) < 4 * FEW:
        return [row("students in line", len(waiting), 4 * FEW, False)]
    last, stop = waiting[-1], waiting[-2 * FEW - 1 : -FEW - 1]
    before = places(last)[-1]
    for tab in stop:
        await tab.press("Stop")
    free = await until(lambda: not any(waits(server, t) for t in stop), BEAT)
    up = await until(lambda: places(last)[-1] <= before - FEW, BEAT)
    leave = waiting[-FEW - 1 : -1]
    await asyncio.gather(*(tab.close() for tab in leave))
    gone = await until(lambda: not any(waits(server, t) for t in leave), GONE)
    stay = [tab for tab in tabs if tab not in stop and tab not in leave]
    done = await until(lambda: all("Done" in tab.said for tab in stay), 400)
    fell = all(not places(t) or falls(places(t)) for t in stay)
    broken = [each for tab in tabs for each in tab.troubles]
    await asyncio.gather(*(tab.close() for tab in [*stay, *stop]))
    never = [tab for tab in leave if state(server, tab) == "done"]
    return [
        row("own knobs: all have a place or a run", placed, True, placed),
        row("own knobs: places never rise", fell, True, fell),
        row("Stop in line: the place is free", free, True, free),
        row("Stop in line: those behind move up", up, True, up),
        row("left: what only they asked for ends", gone, True, gone),
        row("left: it was not trained", len(never), 0, not never),
        row("own knobs: who stayed is done", done, True, done),
        row("own knobs: errors", len(broken), 0, not broken),
    ]


async def own(server, students, minutes, seed) -> list:
    """New words on every page: its answer, and when all of it is there."""
    found = {}
    await asyncio.sleep(LOOK)  # the server loads torch
    for page in COURSE[1:]:
        tab = Session(server.port, page, "text=own" if page == "gpt" else "")
        await tab.open()
        await tab.whole()
        box = next(w for w in tab.widgets.values() if w.kind == "text_area")
        for at in range(2 * AGAIN):
            size, text = brought(page, at >= AGAIN, random.Random(seed + at))
            took = await tab.move(box, text), await tab.whole()
            found.setdefault((page, size), []).append(took)
        await tab.close()
        found[page, "errors"] = tab.troubles
    return [each for key, took in found.items() for each in rows_of(*key, took)]


def brought(page: str, most: bool, chance) -> tuple[str, str]:
    """Words or a text that nobody had before, and how many."""
    if page == "gpt":
        count = 4_900_000 if most else len(SHAKESPEARE.text)
        at = chance.randrange(len(SHAKESPEARE.text))
        long = SHAKESPEARE.text[at:] + 5 * SHAKESPEARE.text
        return f"{count:,} characters", long[:count]
    letters = "".join(chance.choices(string.ascii_lowercase, k=9 * 99_000))
    if most:
        words = [letters[i : i + 9] for i in range(0, len(letters), 9)]
    else:
        words = [word[::-1] + letters[0] for word in NAMES.words]
    return f"{len(words):,} words", "\n".join(words)


def rows_of(page, size, took) -> list:
    if size == "errors":
        return [row(f"{page}: errors", len(took), 0, not took)]
    worst, whole = map(max, zip(*took, strict=True))
    return [
        row(f"{page}, {size}: answer", ms(worst), "1000 ms", worst < 1),
        row(f"{page}, {size}: and all of it", f"{whole:.1f} s more", ""),
    ]


def waits(server, tab) -> bool:
    return state(server, tab) in ("waiting", "running")


def falls(seen: list[int]) -> bool:
    return all(a >= b for a, b in zip(seen, seen[1:], strict=False))


def say(line: str):
    print(line, file=sys.stderr, flush=True)


def show(rows) -> bool:
    """The table; whether every bound holds."""
    print(f"{'what':54} {'figure':>24} {'bound':>8}")
    for what, figure, bound, holds in rows:
        verdict = "" if bound == "" else "  holds" if holds else "  FAILS"
        print(f"{what:54} {figure:>24} {bound:>8}{verdict}")
    return all(holds for *_, holds in rows)


def main():
    scenes = dict.fromkeys(STUDENTS, class_day)
    scenes |= {"teacher": teacher, "own": own}
    asked = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    asked.add_argument("scene", nargs="?", default="thirty", choices=scenes)
    asked.add_argument("--students", type=int, help="another number")
    asked.add_argument("--minutes", type=float, default=2)
    asked.add_argument("--port", type=int, default=8710)
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), told.port)
        students = told.students or STUDENTS.get(told.scene, 30)
        work = scenes[told.scene](server, students, told.minutes, told.seed)
        try:
            holds = show(asyncio.run(work))
        except Broken as trouble:
            holds = say(f"broken: {trouble}")
        finally:
            server.stop()
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
