"""The learning rate: by hand, a thousand at once, and train with the best."""

import math
from dataclasses import replace
from functools import partial

import streamlit as st

from core import knobs, landmarks, mlp, rates
from core.runs.store import Run
from pages.charts import arms
from pages.charts import rates as chart
from pages.parts import (
    asked,
    cached,
    experiment,
    later,
    loss_log,
    pressed,
    source,
)
from pages.parts.cached import drawn_once
from pages.parts.redraw import redraw

LOW, HIGH = -3.0, 0.0  # exponents to choose from
LECTURE = -1.0  # the exponent that lecture 3 takes
STEPS = 5000  # to compare three rates
EXPONENT, ASKED = "mlp exponent", "mlp exponent of"
PICTURE = "mlp range test"
PARTS = tuple(f"{__name__}.{part}" for part in ("every_rate", "train"))
[RATE] = [each for each in knobs.knobs_of(mlp.Config) if each.name == "rate"]
NET = "hidden", "context", "embedding", "batch", "only", "seed"
TESTED = asked.Choice(
    "Test", "mlp tested", mlp.Config(), asked.untrained(mlp.Config(), *NET)
)


def show(data, draw):
    st.header("The learning rate", anchor="rate")
    st.markdown(
        "How far along the slope should one step go? Too short, and the "
        "network barely moves; too far, and it is thrown about. You can find "
        "a good rate without knowing anything: in four steps."
    )
    st.subheader("1. A wide range, by hand")
    st.markdown(
        "Start with rates that are ten times apart, a few steps each, always "
        "from the same weights and with the same batches. Here it is the "
        "lecture's network, whatever the sidebar says."
    )
    first(data, rates.quick(mlp.Config(), len(data.letters)))
    source.show(rates.by_hand, rates.losses_with)
    st.subheader("2. A thousand rates between")
    spaced()
    source.show(rates.spacing)
    st.subheader("3. One step with each")
    st.markdown(
        "Now one run takes all of them in turn, a step each, from the smallest "
        "on. Where the rate begins to be useful the loss falls; where it is "
        "too high the loss climbs again. The valley between is the place to "
        "look."
    )
    draw(offer, of=TESTED.mine)
    draw(every_rate, of=TESTED.shown)
    draw(train, *NET, "rate", "switch", "second_rate")
    source.show(rates.range_test, rates.valley)


@later.resources(32)
def hand(_data, digest: str, net):
    return rates.by_hand(net, _data)


@st.fragment
def first(data, net):
    """The loss of the first steps with each rate; one of them in view."""
    rate = st.segmented_control(
        "Rate",
        rates.HAND,
        format_func=lambda each: f"{each:g}",
        default=0.1,
        required=True,
        key="mlp hand rate",
    )
    question = data, data.digest, net
    later.show(partial(of_hand, *question, rate), (hand, *question))


@drawn_once
def of_hand(_data, digest: str, net, rate: float):
    """All curves, the chosen one strong, and what it does in a sentence."""
    found = hand(_data, digest, net)
    moved = {each: run for each, run in found.items() if each}
    said = {each: end(run) for each, run in found.items()}
    steps = len(moved[rate])
    st.vega_lite_chart(
        chart.hand(moved, rate),
        chart.by_hand(*chart.extent(moved), steps),
        alt=f"The loss over {steps} steps with each rate. The last ten on "
        "average: "
        + ", ".join(f"{each:g}: {said[each]:.2f}" for each in moved),
    )
    best = min(moved, key=lambda each: number(said[each]))
    st.markdown(
        f"**{rate:g} {what(said[rate], said[0.0], rate == best)}**: its last "
        f"ten losses are {in_words(said[rate])} on average. A network that "
        f"stays as it is has {said[0.0]:.2f} on the same batches. Of these "
        f"rates {best:g} comes lowest, {in_words(said[best])}."
    )


def end(losses) -> float:
    """The mean of the last ten losses."""
    return sum(losses[-10:]) / len(losses[-10:])


def number(loss: float) -> float:
    return loss if math.isfinite(loss) else math.inf


def in_words(loss: float) -> str:
    return f"{loss:,.2f}" if math.isfinite(loss) else "no number any more"


def what(loss: float, still: float, best: bool) -> str:
    """What a rate does, next to a network that stays as it is."""
    if number(loss) > 2 * still:
        return "explodes"
    if loss > 1.05 * still:
        return "does harm"
    if loss > 0.95 * still:
        return "barely moves"
    return "learns best" if best else "learns"


@drawn_once
def spaced():
    """The thousand rates spaced in two ways."""
    spacing = rates.spacing()
    shares = {
        way: rates.share_below(each, 0.1) for way, each in spacing.items()
    }
    low, high = (f"{share:.1%}" for share in shares.values())
    st.markdown(
        f"Try a thousand rates from 0.001 to 1. Spaced evenly, only {low} of "
        "them lie below 0.1, and the small ones are hardly tried. Space the "
        f"**exponents** evenly instead, from -3 to 0: then {high} lie below "
        "0.1, and every power of ten gets its third."
    )
    st.vega_lite_chart(
        chart.ticks(spacing),
        chart.spaced(),
        alt="A thousand rates on a log axis. Below 0.1 lie: "
        + ", ".join(f"{share:.1%} of {way}" for way, share in shares.items()),
    )


@later.resources(32)
def tested(_data, digest: str, net):
    """The losses of a thousand rates as a frame, their picture, the valley
    and the smoothed loss there."""
    tried = rates.range_test(net, _data)
    rows = [(t.exponent, t.rate, t.loss, t.smooth) for t in tried]
    frame, valley = chart.tried(rows), round(rates.valley(tried), 2)
    picture = chart.valley(*chart.bounds(frame), LECTURE)
    return frame, picture, valley, of(frame, valley)


def offer(run):
    TESTED.offer(run)


def every_rate(run):
    """The range test of the network that is shown."""
    data, shown = run.data, TESTED.shown(run).config
    net = rates.quick(shown, len(data.letters))
    if net.batch < shown.batch:
        st.caption(
            f"It is large: these steps take batches of {net.batch:,} instead "
            f"of {shown.batch:,}, so that you need not wait."
        )
    needed = tested, data, data.digest, net
    later.show(partial(ranged, data, net), needed)


def ranged(data, net):
    """The losses with every rate, one of them in view."""
    question = data.digest, net
    frame, picture, valley, at_valley = tested(data, *question)
    if st.session_state.get(ASKED) != question or (
        EXPONENT not in st.session_state
    ):  # another network has another valley
        st.session_state[ASKED] = question
        st.session_state[EXPONENT] = valley
    exponent = st.session_state[EXPONENT]
    marked, chosen = picked(frame, *question, valley, exponent)
    st.vega_lite_chart(
        marked,
        picture,
        key=PICTURE,
        on_select=press,
        selection_mode="rate",
        alt="The loss over the exponent of the rate. The smoothed loss is "
        f"lowest, {at_valley:.4f}, at an exponent of {valley:g}. The slider "
        "below chooses a rate as a click does.",
    )
    exponent = st.slider(
        "Exponent", LOW, HIGH, step=0.01, key=EXPONENT, format="%.2f",
        on_change=redraw, args=PARTS,
    )  # fmt: skip
    rate = within(10**exponent)
    st.markdown(
        f"The valley is at **{valley:g}**, a rate of {10**valley:.3g}; the "
        f"lecture takes {LECTURE:g}, a rate of {10**LECTURE:g}. You chose "
        f"**{exponent:g}**, a rate of **{rate:g}**: there the smoothed loss "
        f"is {chosen:.4f}, in the valley {at_valley:.4f}."
    )
    st.caption(
        "Points: the loss of each batch. Line: the mean of the fifty around. "
        "The network learns on the way, so the line tells where a rate stops "
        "to help, not how good a long run with it would be."
    )


@cached.resources(64)
def picked(_frame, digest: str, net, valley: float, exponent: float):
    """The picture's frame with this exponent in view, and the loss there."""
    return chart.picked(_frame, valley, exponent), of(_frame, exponent)


def of(frame, exponent: float) -> float:
    """The smoothed loss nearest to this exponent."""
    return frame["smooth"][(frame["exponent"] - exponent).abs().idxmin()]


def press():
    """Take the rate that was clicked."""
    place = pressed.point(PICTURE, "rate", "exponent")
    if place and LOW <= place[0] <= HIGH:
        st.session_state[EXPONENT] = round(place[0], 2)
        redraw(*PARTS)


def within(rate: float) -> float:
    """Three digits, and no further than the knob goes."""
    return min(max(float(f"{rate:.3g}"), RATE.low), RATE.high)


def train(data, config):
    """The chosen rate, a tenth and ten times it; then the run below."""
    if EXPONENT not in st.session_state:
        return  # the test is not there yet
    rate = within(10 ** st.session_state[EXPONENT])
    st.subheader("4. Train with it")
    trio = sorted({within(rate / 10), rate, within(rate * 10)})
    st.markdown(
        f"A few steps are not a training. Take {STEPS:,} with your rate, with "
        "a tenth of it and with ten times as much, from the same weights."
        + f" A rate below {RATE.low:g} is off the knob." * (len(trio) < 3)
        + early(config)
    )
    runs = {
        f"rate {each:g}": Run(
            "mlp", replace(config, steps=STEPS, rate=each), data
        )
        for each in trio
    }
    high = 2 * landmarks.guessing(data.letters)
    experiment.compare(
        f"rate {rate:g}",
        runs,
        lambda found: side_by_side(reached(found, runs), found, high),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        taken = math.isclose(config.rate, rate)
        if st.button(
            "Use this rate in the run below",
            key="mlp use rate",
            icon=":material/south:",
            on_click=use,
            args=(rate,),
            disabled=taken,
        ):
            st.rerun()  # the whole page: the knob is outside this fragment
        st.markdown(
            f"The run below uses {config.rate:g}"
            + (": your rate." if taken else ".")
        )
    st.markdown(
        "**Decay**: late in a training, steps of a good rate are too long to "
        "settle, and the loss only trembles. So lower the rate at the end, as "
        "the lecture does, tenfold: try it at the fork below the training, "
        "and guess what it brings in the experiments."
    )


def early(config) -> str:
    """What the second rate does to this comparison, if anything."""
    if config.switch >= STEPS:
        return ""
    return (
        f" After step {config.switch:,} all three go on with "
        f"{config.second_rate:g}, as your knobs say."
    )


def reached(found, runs) -> tuple:
    """Without records, the picture is the same for all runs of these rates."""
    if not any(found.values()):
        return tuple(found)
    return loss_log.stand(found, runs)


@cached.resources(64)
def curves(names: tuple[str, ...], high: float) -> dict:
    return arms.spec(list(names), STEPS, "mean loss, nats", high, even=True)


@drawn_once
def side_by_side(stand: tuple, _found, high: float):
    """The curves so far, and where each rate ended."""
    names, empty = list(_found), not any(_found.values())
    st.vega_lite_chart(
        arms.frame(_found, "smooth"),
        curves(tuple(names), high),
        alt=f"The losses over {STEPS:,} steps with {', '.join(names)}.",
    )
    ends = {n: records[-1] for n, records in _found.items() if records}
    said = ", ".join(
        f"{name}: {last['smooth']:.4f} at step {last['step']:,}"
        for name, last in ends.items()
    )
    st.caption(
        "Before you press: which of them will be lowest at the end?"
        if empty
        else f"{said}. Above {high:.1f} a line runs along the upper edge."
    )


def use(rate):
    st.session_state.rate = rate
