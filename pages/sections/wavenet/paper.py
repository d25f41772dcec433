"""The paper's unit: a filter and a gate, beside the node that we built."""

import math
from dataclasses import replace

import streamlit as st

from core import gated, landmarks, tour, wavenet
from core.runs.store import Run
from pages.charts import arms, unit
from pages.parts import cached, experiment, loss_log, source
from pages.parts.cached import drawn_once

STEPS = 3000  # to compare two nodes
EQUAL = 0.03  # nats: with another seed, dev moves by as much
ACROSS = [n / 10 for n in range(-40, 41)]  # of the curve


def show(draw):
    st.header("The paper's unit", anchor="paper")
    st.markdown(
        "What we have built is only the **tree** of the WaveNet (van den Oord "
        "and others, 2016). The paper was made for sound, and its nodes are "
        "made of more. Compare the two, from below: where does the paper's "
        "have a second way that ours has not?"
    )
    draw(units, "fan", "hidden", "embedding")
    source.show(gated.Gated)
    st.subheader("Open and shut the gate", anchor="gate")
    gate_by_hand()
    source.show(tour.gate)
    st.subheader("Train with it", anchor="gated")
    draw(train, "unit")


def units(config):
    """Both nodes, and the paper's in words."""
    nodes(config)
    st.markdown(
        "In words: one Linear proposes **what** to say, and tanh keeps it "
        "between -1 and 1. A second one, the **gate**, says **how much** of "
        "it, from 0 to 1. The two are multiplied. The product goes two ways: "
        "added to the newest of the neighbours, as a small change, it is the "
        "node of the next layer (**residual**), and what it has to say at the "
        "end goes there at once, where all layers' findings are summed "
        "(**skip**). With a short way to every layer, slopes do not fade in a "
        "deep net; the paper's example has thirty layers, this tree "
        f"has {counted(len(wavenet.fans(config)), 'layer')}."
    )


def counted(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def nodes(config):
    """Both nodes, side by side."""
    dark = st.context.theme.type == "dark"
    n, H = wavenet.fans(config)[0], config.hidden
    left, right = st.columns([1, 2])
    with left.container():
        st.markdown("**What we built**")
        st.graphviz_chart(
            unit.ours(n, config.embedding, H, dark),
            width="content",
            alt="Our node, from below: neighbours side by side, Linear, "
            "BatchNorm1d, tanh, next layer.",
        )
    with right.container():
        st.markdown("**The paper's gated unit**")
        st.graphviz_chart(
            unit.papers(n, H, dark),
            width="content",
            alt="The paper's unit, from below: the neighbours go into two "
            "Linears, tanh behind one and sigmoid behind the other; both are "
            "multiplied. Through one Linear more and added to the newest "
            "neighbour, that goes to the next layer; through another, to the "
            "sum over all layers, which becomes the logits.",
        )
    st.caption(
        "Solid: from layer to layer. Dashed: the ways that pass layers by. "
        "Ours is the first layer of your knobs' net; in the paper's, letters "
        "are brought to as many channels before it. It has no BatchNorm."
    )


@st.fragment
def gate_by_hand():
    left, right = st.columns(2)
    what = left.slider(
        "a, what the filter says", -4.0, 4.0, 1.5, 0.1, key="wavenet what"
    )
    much = right.slider(
        "b, what the gate says", -4.0, 4.0, 0.0, 0.1, key="wavenet much"
    )
    curve = [(a, math.tanh(a), tour.gate(a, much)) for a in ACROSS]
    out = tour.gate(what, much)
    share = (
        out / math.tanh(what) if what else tour.gate(4.0, much) / math.tanh(4.0)
    )
    st.vega_lite_chart(
        unit.passed(curve, what, out),
        unit.gate(),
        alt=f"tanh over a, and what passes at b = {much:g}: {share:.0%} of "
        f"it. At a = {what:g} that is {out:+.3f}.",
    )
    st.markdown(
        f"tanh({what:g}) is {math.tanh(what):+.3f}; at b = {much:g} the "
        f"gate lets **{share:.0%}** of it pass: **{out:+.3f}**. " + doing(share)
    )


def doing(share: float) -> str:
    if share < 0.1:
        return (
            "It is all but shut: whatever the filter says, the node says "
            "next to nothing, and hands its newest neighbour on as it is."
        )
    if share > 0.9:
        return "It is open: the node is nearly our tanh."
    return "Move b to -4 to shut it: the curve goes flat."


def train(data, config):
    """The knob, and both nodes at about equal size."""
    small = arms_of(len(data.letters))
    V = len(data.letters)
    sizes = {c.unit: wavenet.parameters(c, V) for c in small.values()}
    [H] = [c.hidden for c in small.values() if c.unit == "gated"]
    st.markdown(
        "The gated unit is a model of its own: turn the knob `unit` to gated, "
        "and your run trains it. It needs four Linears where ours needs one, "
        "so a fair comparison gives it fewer channels: with "
        f"{H} of them it has {sizes['gated']:,} parameters, and tanh with "
        f"{wavenet.Config().hidden} has {sizes['tanh']:,}. Both learn for "
        f"{STEPS:,} steps. Which will be lower?"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Train the gated unit in your run",
            key="wavenet use gated",
            icon=":material/tune:",
            disabled=config.unit == "gated",
            on_click=use,
            help="Sets the knob unit; the other knobs stay.",
        )
        st.markdown(f"Your run has the unit {config.unit}.")
    runs = {name: Run("wavenet", c, data) for name, c in small.items()}
    guessing = landmarks.guessing(data.letters)
    experiment.compare(
        "gated unit",
        runs,
        lambda found: both(loss_log.stand(found, runs), found, guessing),
    )


def use():
    st.session_state.unit = "gated"
    st.rerun()  # the whole page: the knob is outside this section


@cached.values(16)
def arms_of(V: int) -> dict:
    """The default net for a few steps, and a gated one of about its size."""
    plain = replace(wavenet.Config(), steps=STEPS)
    ours = tour.as_many(plain, V)
    return {
        f"{each.unit}, {each.hidden} channels": each for each in (plain, ours)
    }


@drawn_once
def both(stand, _found, guessing: float):
    side_by_side(_found, guessing)


def side_by_side(found, guessing: float):
    """The curves so far, and train and dev at their ends."""
    smooth = {
        arm: wavenet.means(records, len(records) - 1, STEPS // 20)
        for arm, records in found.items()
    }
    st.vega_lite_chart(
        arms.frame(smooth, "loss"),
        curves(tuple(found), guessing, lowest(smooth) < guessing / 2),
        alt=f"The mean losses over {STEPS:,} steps. {ends(found)}",
    )
    st.caption(ends(found))


def lowest(arms) -> float:
    losses = [each["loss"] for curve in arms.values() for each in curve]
    return min(losses, default=math.inf)


@cached.resources(16)
def curves(names: tuple[str, ...], guessing: float, deep: bool) -> dict:
    """From half of guessing to above it; deep: from 0."""
    axis, low = "mean loss, nats", 0.0 if deep else guessing / 2
    return arms.spec(list(names), STEPS, axis, 1.2 * guessing, low, even=True)


def ends(found) -> str:
    """Where each has come to, and by whole splits if they are measured."""
    said = [told(arm, records) for arm, records in found.items() if records]
    if not said:
        return "Before you press: which of them will be lower at the end?"
    done = [each[-1] for each in found.values() if each]
    split = "train" if done[-1]["dev"] is None else "dev"
    if len(done) < 2 or any(each["step"] < STEPS for each in done):
        return " ".join(said)
    one, other = (each[split] for each in done)
    return f"{' '.join(said)} {better(one - other, split)}"


def better(gain: float, split: str) -> str:
    """What the gate brought, at this size and after so few steps."""
    if abs(gain) < EQUAL:
        return (
            f"On {split} they are {abs(gain):.4f} nats apart, no more than "
            "another seed can make of one of them: at this size the gate "
            "brings nothing that shows."
        )
    which = "gated unit" if gain > 0 else "tanh"
    return (
        f"On {split} the {which} is {abs(gain):.4f} nats lower, after so few "
        "steps and with rates chosen for tanh."
    )


def told(arm, records) -> str:
    last = records[-1]
    said = f"{arm}: step {last['step']:,}"
    for split in ("train", "dev"):
        if last[split] is not None:
            said += f", {split} {last[split]:.4f}"
    return f"{said}."
