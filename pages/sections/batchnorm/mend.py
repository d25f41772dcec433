"""Break it, then mend it: the net's switches, one by one, and a tightrope."""

import pyarrow as pa
import streamlit as st

from core import doctor, landmarks, mlp
from core.batchnorm import Config
from core.data import names
from core.optimizers import OPTIMIZERS
from core.runs import store
from core.runs.store import Run
from pages.charts import arms, arrow
from pages.charts import mend as chart
from pages.parts import cached, experiment, live, loss_log, source
from pages.parts.cached import drawn_once

STEPS = 1000
LEAST, HIGH = 0.65, 1.25  # of the loss of guessing: what is drawn
LECTURE = "as in the lecture"
YOURS = "with your switches"
GAINS = {"0.5": 0.5, "1": 1.0, "5/3": 5 / 3, "3": 3.0}
ROPE = {"0.2": 0.2} | GAINS | {"10": 10.0}
RATES = {"sgd": 0.1, "momentum": 0.01, "rmsprop": 0.003, "adam": 0.003}
NAMES = {"sgd": "SGD", "momentum": "momentum", "rmsprop": "RMSprop"}
NAMES |= {"adam": "Adam"}
BENT = {"tanh": "tanh", "linear": "none"}
WITH, WITHOUT, SINGLE = "with BatchNorm", "without", "unigram"


def show(data):
    st.header("Break it, then mend it", anchor="mend")
    st.markdown(
        "A deep net is a chain, and every switch below is a link. Break one, "
        "run both nets, and read what the **doctor** says of yours: the four "
        "charts above, as rules. Then mend it with another switch than the "
        "one you broke it with. That is what normalisation, **residual** "
        "connections (a layer's input is added to its output, so that slopes "
        "have a way past it) and better **optimizers** were found for: "
        "momentum goes on in the direction of the steps before, RMSprop "
        "measures each slope by how large its like have been, Adam does both. "
        "Another net to try: gain 5/3 and no nonlinearity, first without "
        "BatchNorm."
    )
    board(data)
    source.show(*OPTIMIZERS.values())
    tightrope(data)


@st.fragment
def board(data):
    config = switches()
    runs = {LECTURE: Run("batchnorm", Config(steps=STEPS), data)}
    broken = changes(config)
    if broken:
        runs[YOURS] = Run("batchnorm", config, data)
    st.markdown(
        f"Your net differs in: **{', '.join(broken)}**."
        if broken
        else "All switches stand as in the lecture: break one."
    )
    guessing = landmarks.guessing(data.letters)
    key = f"mend {' '.join(run.id for run in runs.values())}"
    experiment.compare(
        key,
        runs,
        lambda found: both(
            loss_log.stand(found, runs), found, config, guessing
        ),
    )


def switches() -> Config:
    """The net of the board; it begins broken."""
    with st.container(horizontal=True):
        gain = choose("Gain of the first weights", GAINS, "0.5")
        bent = choose("Nonlinearity", BENT, "tanh")
        layers = choose("Hidden layers", {5: "5", 10: "10"}, 10)
        optimizer = choose("Optimizer", NAMES, "sgd")
    with st.container(horizontal=True):
        normal = st.toggle("BatchNorm", False, key="bn mend norm")
        residual = st.toggle("Residual", False, key="bn mend skip")
        forgotten = st.toggle("Forget fan_in", False, key="bn mend fan_in")
        fast = st.toggle("Rate x 10", False, key="bn mend rate")
    return Config(
        steps=STEPS,
        gain=GAINS[gain],
        nonlinearity=bent,
        layers=layers,
        optimizer=optimizer,
        batchnorm=normal,
        residual=residual,
        fan_in=not forgotten,
        rate=RATES[optimizer] * (10 if fast else 1),
    )


def choose(label: str, options: dict, default):
    """One of a few; options by what they are called, or called as they are."""
    called = options if isinstance(options[default], str) else {}
    return st.segmented_control(
        label,
        options,
        default=default,
        required=True,
        format_func=lambda each: called.get(each, str(each)),
        key=f"bn mend {label}",
    )


def changes(config: Config) -> list[str]:
    """What is not as in the lecture, in words."""
    usual = Config(steps=STEPS)
    said = {
        "gain": f"gain {config.gain:.3g}",
        "nonlinearity": "no nonlinearity",
        "layers": f"{config.layers} layers",
        "optimizer": NAMES[config.optimizer],
        "batchnorm": "no BatchNorm",
        "residual": "residual connections",
        "fan_in": "fan_in forgotten",
        "rate": f"rate {config.rate:g}",
    }
    return [
        words
        for name, words in said.items()
        if getattr(config, name) != getattr(usual, name)
    ]


@drawn_once
def both(stand, _found, config: Config, guessing: float):
    side_by_side(_found, config, guessing)


def side_by_side(found, config: Config, guessing: float):
    """Both losses, and what the doctor finds in the last record of each."""
    shown = {arm: measured(records) for arm, records in found.items()}
    high = HIGH * guessing
    st.vega_lite_chart(
        arms.frame(shown, "train"),
        curves(tuple(found), LEAST * guessing, high),
        alt=f"The train losses over {STEPS:,} steps. {ends(shown)}",
    )
    st.caption(
        f"Above {high:.2f} a line runs along the upper edge. {ends(shown)}"
    )
    kinds = {LECTURE: "tanh", YOURS: config.nonlinearity}
    visits = {
        arm: doctor.examine(records[-1], kinds[arm])
        for arm, records in found.items()
        if records
    }
    if visits:
        findings(visits, {arm: found[arm][-1]["step"] for arm in visits})


def measured(records) -> list[dict]:
    """Those that know the loss of every word for training."""
    return [each for each in records if each["train"] is not None]


def ends(shown) -> str:
    said = ", ".join(
        f"{arm}: {records[-1]['train']:.4f} at step {records[-1]['step']:,}"
        for arm, records in shown.items()
        if records
    )
    return f"Train loss {said}." if said else "Which will end lower?"


@cached.resources(32)
def curves(shown: tuple[str, ...], low: float, high: float):
    return arms.spec(
        list(shown), STEPS, "train loss, nats", high, low, even=True
    )


def findings(visits, steps):
    """A row a chart, a column an arm; below, what ails yours and its cure."""
    rows = {"chart": [finding.chart for finding in next(iter(visits.values()))]}
    rows |= {
        f"{arm}, step {steps[arm]:,}": [each.name for each in visit]
        for arm, visit in visits.items()
    }
    told = "; ".join(
        f"{arm}: " + ", ".join(f"{f.chart} {f.name}" for f in visit)
        for arm, visit in visits.items()
    )
    st.table(pa.table(rows), hide_index=True, alt=f"The doctor: {told}.")
    ill = [each for each in visits.get(YOURS, []) if each.ill]
    for each in ill:
        st.markdown(
            f"**{each.chart.capitalize()}: {each.name}.** Here "
            f"{each.figure}. *{each.cure}*"
        )
    if YOURS in visits and not ill:
        st.markdown(
            "The doctor finds nothing in yours. Look at the loss all the "
            "same: a healthy net need not be an able one."
        )


def tightrope(data):
    st.subheader("The tightrope, trained", anchor="gains")
    st.markdown(
        "Before all these remedies people had to be extremely careful with "
        "the start. Here are twelve deep nets: six gains, each with BatchNorm "
        f"and without, {STEPS:,} steps at the lecture's rate. Look for how "
        "wide the range of gains is that leads anywhere."
    )
    runs = {
        (way, gain): Run(
            "batchnorm",
            Config(steps=STEPS, gain=value, batchnorm=way == WITH),
            data,
        )
        for way in (WITH, WITHOUT)
        for gain, value in ROPE.items()
    }
    with st.container(border=True):
        walk(data, runs)


@st.fragment
def walk(data, runs):
    states = {store.status(run.path) for run in runs.values()}
    st.button(
        "Run all",
        key="bn rope",
        icon=":material/play_circle:",
        disabled=experiment.moving(states) or states <= {"done", "failed"},
        on_click=experiment.start,
        args=(runs,),
    )
    if experiment.moving(states):
        return st.fragment(poll, run_every=live.pause())(data, runs)
    with st.container():  # as a fragment has one: so nothing shifts
        rope(data, runs)


def poll(data, runs):
    if not experiment.moving(rope(data, runs)):
        st.rerun()  # ends the polling


def rope(data, runs) -> set[str]:
    """How far the runs are, and the losses of those that are done; returns
    the runs' states."""
    states = {key: store.status(run.path) for key, run in runs.items()}
    found = {
        key: end(run.id, run)
        for key, run in runs.items()
        if states[key] == "done"
    }
    known = {key: loss for key, loss in found.items() if loss is not None}
    losses = {
        way: {g: loss for (w, g), loss in known.items() if w == way}
        for way in (WITH, WITHOUT)
    }
    drawn(losses, data, data.digest)
    troubles = {
        f"Gain {gain} {way}: {store.error(runs[way, gain].path)}"
        for (way, gain), state in states.items()
        if state == "failed"
    }
    said = [
        "Unigram: what knows no more than how common each letter is.",
        f"{len(found)} of {len(runs)} runs are finished.",
        *sorted(troubles),
    ]
    st.caption(st.session_state.pop("trouble", "") or " ".join(said))
    return set(states.values())


@cached.values(256)
def end(run: str, _run) -> float | None:
    """The loss of a finished run: on dev, if there is any."""
    found = live.result(_run) or {"train": None, "dev": None}
    return found["train"] if found["dev"] is None else found["dev"]


@drawn_once
def drawn(losses, _data, digest: str):
    """The loss at the end over the gains, in a picture and in numbers."""
    known = mlp.baselines(_data)
    single, guessing = known["unigram"], known["guessing"]
    split = "dev" if len(_data.words) >= names.MIN_SPLIT else "train"
    found = [loss for each in losses.values() for loss in each.values()]
    low = max(0.0, min([LEAST * guessing, *found]) // 0.25 * 0.25)
    widths = " ".join(map(width, losses.items()))
    shown = losses | {SINGLE: dict.fromkeys(ROPE, single)}
    st.vega_lite_chart(
        chart.over_gains(shown),
        chart.tightrope(tuple(shown), tuple(ROPE), low, guessing),
        alt=f"The {split} loss after {STEPS:,} steps over the gain. {widths} "
        f"The unigram: {single:.4f}.",
    )
    st.table(
        arrow.table(
            [
                (gain, *(in_words(each.get(gain)) for each in losses.values()))
                for gain in ROPE
            ],
            ["gain", *(f"{split}, {way}" for way in losses)],
        ),
        hide_index=True,
        alt=widths,
    )
    if all(len(each) == len(ROPE) for each in losses.values()):
        st.markdown(f"{widths} {lesson(losses)}")


def in_words(loss: float | None) -> str:
    return "..." if loss is None else f"{loss:.3f}"


def width(found) -> str:
    """From where to where the losses of one way lie."""
    way, losses = found
    way = way[0].upper() + way[1:]
    if not losses:
        return f"{way}: none yet."
    low, high = min(losses.values()), max(losses.values())
    return f"{way}: from {low:.3f} to {high:.3f}, {high - low:.3f} apart."


def lesson(losses) -> str:
    """What the two widths say, whichever is the smaller."""
    wide = {w: max(e.values()) - min(e.values()) for w, e in losses.items()}
    best = {way: min(each.values()) for way, each in losses.items()}
    steady = (
        "BatchNorm makes the gain matter less"
        if wide[WITH] < wide[WITHOUT]
        else "Here BatchNorm does not make the gain matter less"
    )
    lower = (
        "but the lowest loss of all is one without it"
        if best[WITHOUT] < best[WITH]
        else "and the lowest loss of all is one with it"
    )
    return (
        f"**{steady}, {lower}.** What is left of the gain under BatchNorm: "
        "large weights learn slowly, and want a higher rate."
    )
