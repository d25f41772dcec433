"""One batch first: a few words by heart; rough steps against exact ones."""

import math
from functools import partial

import pyarrow as pa
import streamlit as st

from core import landmarks, mlp, one_batch, peeking
from core.tokens import entropy
from pages.charts import arrow
from pages.charts import rates as chart
from pages.parts import asked, cached, later, source
from pages.parts.cached import drawn_once

SMALL = mlp.Config(embedding=2, hidden=100)  # the lecture's first network
TAUGHT = asked.Choice(
    "Teach", "mlp by heart", SMALL, asked.untrained(SMALL, "context", "seed")
)
MOST = 20  # words to learn by heart
SECONDS = 1.5  # for each of the two that race
RACE = "mlp race"


def show(draw):
    st.header("One batch first", anchor="one-batch")
    st.markdown(
        "Before you train on everything, let the network learn a few examples "
        "by heart. If it cannot, something is broken. Look how near the loss "
        "comes to zero, and which examples it still misses."
    )
    draw(offer, of=TAUGHT.mine)
    draw(by_heart, of=TAUGHT.shown)
    source.show(one_batch.overfit, mlp.floor, mlp.codes, entropy)
    st.subheader("Rough steps or exact ones", anchor="minibatch")
    st.markdown(
        "With all the examples a step takes long. A **minibatch** is a few of "
        "them, drawn anew for every step: its slope is rough, but it costs "
        "next to nothing. Give both ways the same time and the same weights: "
        "who comes further?"
    )
    net = "hidden", "context", "embedding", "batch", "only", "seed"
    draw(against, *net, "rate")
    source.show(one_batch.whole_step, one_batch.race)


def offer(run):
    TAUGHT.offer(run)


def by_heart(run):
    """How few words, and what the network makes of them."""
    data = run.data
    most = min(MOST, len(data.words))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    words = 1
    if most > 1:
        words = left.slider(
            "Words to learn by heart",
            1,
            most,
            min(5, most),
            key="mlp overfit words",
        )
    logarithm = right.toggle(
        "Draw log10 of the loss",
        True,
        key="mlp overfit log",
        help="The first steps only shrink the random numbers of the start and "
        "bend the curve like a hockey stick. The logarithm shows the rest.",
    )
    question = data, data.digest, TAUGHT.shown(run).config, words
    later.show(partial(learned, *question, logarithm), (overfitted, *question))


@later.resources(32)
def overfitted(_data, digest: str, net, words: int):
    return one_batch.overfit(net, _data.words[:words], _data.letters)


@drawn_once
def learned(_data, digest: str, net, words: int, logarithm: bool):
    """The loss, what the network answers, and why it cannot reach zero."""
    found = overfitted(_data, digest, net, words)
    st.vega_lite_chart(
        chart.fall(found.losses, found.lowest),
        chart.overfit(logarithm),
        alt=f"The loss over {len(found.losses):,} steps, from "
        f"{found.losses[0]:.4f} to {found.losses[-1]:.4f}; the lowest possible "
        f"is {found.lowest:.4f}.",
    )
    st.markdown(
        f"The loss falls from {found.losses[0]:.4f} to "
        f"**{found.losses[-1]:.4f}** in {len(found.losses):,} steps on the "
        f"same {len(found.examples):,} examples. {missed(found.examples)} "
        f"{why(found)}"
    )
    st.table(
        answered(found.examples),
        hide_index=True,
        height=300,
        alt="Each example: the context, the letter that came, the likeliest "
        "by the network, the chance of the one that came, and a mark on a "
        "miss.",
    )
    st.caption(
        "The network of the lecture's beginning: "
        f"{net.embedding} numbers a letter, {net.hidden} hidden neurons, rate "
        f"0.1; with {net.context} letter{'s' if net.context > 1 else ''} of "
        f"context and the seed {net.seed:,}."
    )


def missed(examples) -> str:
    """How many examples it misses, and at which contexts."""
    misses = [each.context for each in examples if each.said != each.next]
    if not misses:
        return "It says the right letter to every one."
    contexts = list(dict.fromkeys(misses))
    shown = ", ".join(f"`{context}`" for context in contexts[:4])
    shown += f" and {len(contexts) - 4} more" if contexts[4:] else ""
    plural = "es" if len(misses) > 1 else ""
    return f"It has {len(misses):,} miss{plural}, at the context {shown}."


def why(found) -> str:
    """What keeps this loss from zero."""
    if not found.lowest:
        return (
            "Each context has one successor only, so nothing keeps the loss "
            "from zero but the number of steps."
        )
    follow = {}
    for each in found.examples:
        follow.setdefault(each.context, []).append(each.next)
    context, nexts = max(follow.items(), key=lambda item: len(set(item[1])))
    return (
        f"It cannot reach zero: after `{context}` come "
        f"{len(set(nexts))} different letters, and the context is all that it "
        "sees. The best it can do is to give each the share in which it comes. "
        f"That leaves {found.lowest:.4f} nats, the mean **entropy** of what "
        "follows a context: the dashed line."
    )


def answered(examples) -> pa.Table:
    """One row an example."""
    return arrow.table(
        [
            (
                f"`{each.context}`",
                each.next,
                each.said,
                f"{each.chance:.1%}",
                "" if each.said == each.next else ":material/close: miss",
            )
            for each in examples
        ],
        [
            "context",
            "should be",
            "it says",
            "chance of the right one",
            "",
        ],
    )


def against(data, config):
    """Race the two on this server, when asked; kept for this visitor, as no
    other race would come out the same."""
    knobs = config.hidden, config.context, config.embedding, config.batch
    question = data.digest, *knobs, config.rate, config.only, config.seed
    count = examples(data, data.digest, config.only)
    names = f"batches of {config.batch:,}", f"all {count:,} at once"
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Race them here",
            key="mlp race them",
            icon=":material/sports_score:",
            help=f"{SECONDS} seconds for each on this server, and a little "
            "more to measure the loss of the whole training split.",
        )
        if pressed:
            with st.spinner("Both run, one after the other."):
                laps = one_batch.race(config, data, SECONDS)
            st.session_state[RACE] = question, laps
    kept, laps = st.session_state.get(RACE, (None, None))
    if kept != question:
        invite(names, round(landmarks.guessing(data.letters), 1))
    else:
        finish(names, laps)
    st.caption(
        f"Rate {config.rate:g} for both. The clock counts the steps only, and "
        "a step that has begun is finished. How many fit depends on this "
        "machine and on who else uses it: the picture is another one each time."
    )


@cached.values(64)
def examples(_data, digest: str, only: int) -> int:
    """How many a network may learn from."""
    return peeking.sizes(mlp.split(_data, only))[0][2]


@drawn_once
def invite(names: tuple[str, str], high: float):
    """The empty picture, and what to guess before it is drawn."""
    st.vega_lite_chart(
        chart.raced({}),
        chart.race(names, high, round(SECONDS, 2) + 0.02),
        alt=f"No race yet between {' and '.join(names)}.",
    )
    st.markdown(
        "Before you press: how many steps will each of them make in "
        f"{SECONDS} seconds? Both begin with the same weights."
    )


def finish(names, laps):
    """The losses over the seconds, steps made, and where both ended."""
    drawn = {
        name: [(lap.seconds, lap.steps, lap.loss) for lap in run]
        for name, run in zip(names, laps, strict=True)
    }
    reach = max(SECONDS, *(run[-1].seconds for run in laps))
    st.vega_lite_chart(
        chart.raced(drawn),
        chart.race(names, round(laps[0][0].loss, 1), round(reach, 2) + 0.02),
        alt="The loss of the whole training split over the seconds: "
        + "; ".join(
            f"{name}, {run[-1].loss:.4f} after {run[-1].steps:,} steps"
            for name, run in zip(names, laps, strict=True)
        ),
    )
    st.markdown(" ".join(map(ended, names, laps)) + verdict(names, laps))


def ended(name, run) -> str:
    """How far one of the two came."""
    last = run[-1]
    if not math.isfinite(last.loss):
        return (
            f"*{name.capitalize()}*: {last.steps:,} steps, and the loss left "
            "all bounds: the rate is too high."
        )
    return (
        f"*{name.capitalize()}*: **{last.steps:,}** step"
        f"{'s' if last.steps > 1 else ''}, then {last.loss:.4f}."
    )


def verdict(names, laps) -> str:
    """Who is lower, if both losses are numbers."""
    ends = [run[-1].loss for run in laps]
    if not all(map(math.isfinite, ends)):
        return ""
    ahead = names[ends.index(min(ends))]
    return (
        f" Lower by {abs(ends[0] - ends[1]):.4f}: **{ahead}**. A rough slope "
        "points about the right way, and many rough steps go further than a "
        "few exact ones: the more examples there are, the more so."
        if ahead == names[0]
        else f" Lower by {abs(ends[0] - ends[1]):.4f}: **{ahead}**. With so "
        "few examples an exact step costs hardly more than a rough one."
    )
