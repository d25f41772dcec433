"""The lecture's exercise: a GPT that adds, its answers written both ways."""

import streamlit as st

from core import addition
from core.data import sums
from core.runs.store import Run
from pages.charts import sums as chart
from pages.parts import cached, experiment, live, loss_log, source
from pages.parts.cached import drawn_once

ARMS = {"ones first": True, "as we write": False}
ENOUGH = 0.95  # of the sums held back: a network that can add
EQUAL = 0.03  # shares that differ by less are called alike
PLACES = ["ones", "tens", "hundreds", "thousands"]


def show():
    st.header("The lecture's exercise: addition", anchor="addition")
    st.markdown(
        "Does a GPT learn to add? Write sums out as text, character by "
        "character, and train on them as on Shakespeare. Two things differ. "
        "Only the **answer** counts in the loss: which numbers the question "
        "asks for is anybody's guess, so its targets are put aside. And a "
        "tenth of all pairs is **held back**, so that you see whether it adds "
        "or remembers."
    )
    written()
    st.markdown(
        "The lecture's hint: write the answer with its **ones first**. A "
        "network writes from left to right. As we write, the first digit has "
        "to know every carry to its right before any of them is on paper; "
        "ones first, a carry moves only one place on, as when you add by "
        "hand. Which of the two will learn it sooner? And does the hint still "
        "matter with a second block, which can look at what the first found?"
    )
    source.show(addition.write, addition.examples, addition.loss_of)
    both()
    source.show(addition.right)


@drawn_once
def written():
    lines = {name: sums.line(47, 85, 2, back) for name, back in ARMS.items()}
    st.code("\n".join(f"{line}   {name}" for name, line in lines.items()), None)


@st.fragment
def both():
    left, right = st.columns(2)
    digits = left.segmented_control(
        "Digits of each number", [1, 2, 3], key="gpt add digits", default=2
    )
    layers = right.segmented_control(
        "Blocks", [1, 2], key="gpt add blocks", default=1
    )
    default = addition.Config()
    digits, layers = digits or default.digits, layers or default.layers
    runs = {name: run(digits, layers, back) for name, back in ARMS.items()}
    st.caption(about(digits, layers))
    experiment.compare("gpt addition", runs, lambda found: draw(runs, found))
    ask(runs, digits)


def run(digits: int, layers: int, back: bool) -> Run:
    config = addition.Config(digits=digits, layers=layers, reversed=back)
    return Run("addition", config, sums.load(config))


def about(digits: int, layers: int) -> str:
    config = addition.Config(digits=digits, layers=layers)
    small = addition.network(config)
    blocks = f"{layers} block{'s' * (layers > 1)}"
    return (
        f"{100**digits:,} pairs, {100**digits // 10:,} of them held back; "
        f"{blocks} with {small.n_embd} channels and {small.n_head} heads; "
        f"{config.steps:,} steps of {config.batch} sums each. Both runs begin "
        "with the same weights and see the same pairs. It is one seed: another "
        "moves the step at which a run gets it."
    )


def draw(runs: dict, found: dict):
    config = next(iter(runs.values())).config
    drawn(loss_log.stand(found, runs), config, found)


@drawn_once
def drawn(stand, config, _found: dict):
    """Shares over the steps, then what each arm can do by now."""
    judged = {arm: last(records) for arm, records in _found.items()}
    st.vega_lite_chart(
        chart.shares(_found),
        chart.learning(tuple(_found), config.steps),
        alt="The share of right answers on sums held back, over the steps: "
        + (", ".join(ends(judged)) or "not run yet")
        + ".",
    )
    held, numbers = marks(config.digits, config.seed)
    for column, arm in zip(st.columns(2), _found, strict=True):
        with column:
            grid(arm, judged[arm], numbers, held)
    st.caption(
        "Each mark is a sum, a + b. Where do the wrong ones lie? Full: "
        "answered right. Hollow: wrong. "
        "Round: held back, so never learned from. "
        f"The grid shows {len(numbers)} numbers each way."
    )
    st.markdown(verdict(config, _found))


def last(records: list[dict]) -> dict | None:
    """The last record that has a picture."""
    return next((r for r in reversed(records) if r["held"] is not None), None)


def ends(judged: dict) -> list[str]:
    return [f"{a} {r['held']:.1%}" for a, r in judged.items() if r]


@cached.values(8)
def marks(digits: int, seed: int):
    """Which cells of the grid are held back, and the numbers along it."""
    config = addition.Config(digits=digits, seed=seed)
    return addition.held_back(config), tuple(addition.axis(digits))


def grid(arm: str, record, numbers, held):
    blank = tuple("0" * len(numbers) for _ in numbers)
    right = record["grid"] if record else blank
    cells = chart.cells(list(numbers), right, held)
    said = f"step {record['step']:,}" if record else "not run yet"
    st.vega_lite_chart(
        cells if record else cells[:0],
        chart.grid(numbers, arm),
        alt=f"Sums answered right and wrong, {arm}: {said}, "
        + (f"{record['held']:.1%} of those held back right." if record else ""),
    )
    places = record["places"] if record else ()
    st.caption(
        f"{said}; digits right: "
        + (
            ", ".join(
                f"{name} {share:.0%}"
                for name, share in zip(PLACES, places, strict=False)
            )
            or "none yet"
        )
    )


def verdict(config, found: dict) -> str:
    """In words, who can add; said of both arms once both are done."""
    if any(not r or r[-1]["step"] < config.steps for r in found.values()):
        return "Run both, and this line says which of them adds."
    share = {arm: last(records)["held"] for arm, records in found.items()}
    said = "; ".join(
        f"**{arm}** {share[arm]:.1%} of the sums held back are right, "
        f"{when(records)}"
        for arm, records in found.items()
    )
    return f"At the end: {said}. {compared(config, found, share)}"


def reached(records: list[dict]) -> int | None:
    """The first step at which enough answers are right."""
    steps = (
        r["step"]
        for r in records
        if r["held"] is not None and r["held"] >= ENOUGH
    )
    return next(steps, None)


def when(records) -> str:
    step = reached(records)
    if step is None:
        return f"and at no time {ENOUGH:.0%}"
    return f"and {ENOUGH:.0%} by step {step:,}"


def compared(config, found: dict, share: dict) -> str:
    """What the hint was worth in these two runs."""
    ones, plain = ARMS
    ahead = share[ones] - share[plain]
    first = {arm: reached(records) for arm, records in found.items()}
    never = config.steps + 1
    sooner = (first[plain] or never) - (first[ones] or never)
    if ahead > EQUAL or (abs(ahead) <= EQUAL and sooner > 0.1 * config.steps):
        return (
            "The hint holds here: with the ones first, each digit needs only "
            "the digits above it and the carry that the last answer gives "
            "away. "
        )
    if ahead < -EQUAL or sooner < -0.1 * config.steps:
        return (
            "The hint does **not** hold here: as we write is ahead. The "
            "numbers all stand at their full width, so that attention finds "
            "every digit at a fixed place, and a sum this short has few "
            "carries to see ahead. Where the curve is flat, a run waits until "
            "it finds the carry; how long is chance."
        )
    return (
        "The two are about **alike** here: the numbers all stand at their "
        "full width, and a carry this short can be seen ahead."
    )


def ask(runs: dict, digits: int):
    """A sum of the learner's own, put to both."""
    done = {arm: live.result(run) for arm, run in runs.items()}
    if not all(done.values()):
        return
    most = 10**digits - 1
    left, right = st.columns(2)
    a = left.number_input(
        "a", 0, most, min(47, most), key=f"gpt add a {digits}"
    )
    b = right.number_input(
        "b", 0, most, min(85, most), key=f"gpt add b {digits}"
    )
    for arm, each in runs.items():
        st.markdown(
            told(arm, answered(each.id, each.config, done[arm], a, b), a + b)
        )


@cached.values(256)
def answered(id: str, _config, _result, a: int, b: int) -> str:
    model = addition.learned_model(_config, _result)
    return addition.answer(model, a, b, _config)


def told(arm: str, written: str, truth: int) -> str:
    as_number = written[::-1] if ARMS[arm] else written
    right = as_number.isdigit() and int(as_number) == truth
    return (
        f"**{arm}** writes `{written}`, which reads {as_number}: "
        f"{'right' if right else f'wrong, it is {truth}'}."
    )
