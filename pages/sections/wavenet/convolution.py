"""Convolutions: all windows of a name by a loop, and in one pass."""

import math
from dataclasses import replace
from itertools import accumulate
from operator import mul
from typing import NamedTuple

import pyarrow as pa
import streamlit as st

from core import convolution, wavenet
from core.data import names
from core.runs.store import Run
from pages.charts import arrow
from pages.charts import convolution as chart
from pages.parts import asked, cached, live, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once

WORD, WINDOW = "wavenet convolved", "wavenet window"


class Measured(NamedTuple):
    """The same windows in several ways; differences are the largest."""

    logits: list[tuple[float, float]]  # of the letter that came; loop, once
    size: tuple[int, int]  # of the table of logits
    modes: dict[str, convolution.Beside]
    conv1d: float
    faster: convolution.Beside


def show(draw):
    st.header("Convolutions", anchor="convolutions")
    st.markdown(
        "A name has a **window** for each letter, and one for the edge that "
        "ends it. So far a loop calls the tree once for each window. But "
        "windows next to each other are made of the same letters, and so, in "
        "part, of the same nodes. A **convolution** is that loop inside the "
        "layer: it slides over the whole name and computes each node once. It "
        "is **causal**, since a node looks back only, and **dilated**: the "
        "higher the layer, the further apart lie the two that it joins. Move "
        "the window on: which of its nodes did another window need as well?"
    )
    draw(offer, of=CONVOLVED.mine)
    draw(windows, of=slid)


def slid(run) -> tuple:
    """The net that windows shows, and whether yours has no such nodes."""
    return CONVOLVED.shown(run), run.config.unit, run.config.over_time


def mine(run) -> asked.Net:
    """What a run has learned that a convolution can slide; else the net that
    such a one starts as."""
    config = as_tree(run.config)
    if config == run.config and live.result(run):
        return asked.Net(config, run.data.digest, True)
    return asked.Net(at_start(config), run.data.digest)


def offer(run):
    CONVOLVED.offer(run)


def windows(run):
    """All that depends on the word."""
    data = run.data
    text = words_part.box("A name", data, WORD, "All its windows are taken.")
    try:
        word = names.one(text, data.letters)
    except ValueError as trouble:
        words_part.refused(trouble, data.words[0])
        word = data.words[0]
    count = len(word) + 1
    state = st.session_state
    state[WINDOW] = min(state.get(WINDOW, min(6, count)), count)
    window = st.slider("Window", 1, count, key=WINDOW)
    net = CONVOLVED.shown(run)
    shown = Run("wavenet", net.config, data)
    found = live.result(shown) if net.trained else None
    first = at_start(net.config)
    shared(first, word, window)
    key = shown.id if found else ""
    numbers = measured(data, data.digest, first, key, word, found)
    same(numbers, word, window, whose(run, found))
    source.show(
        convolution.by_loop, convolution.at_once, convolution.neighbours
    )
    with_torch(first, len(data.letters), numbers.conv1d)
    source.show(convolution.with_conv1d, convolution.kernel)
    trap(numbers, word)
    source.show(convolution.by_mode)


def as_tree(config):
    """With nodes that a convolution can slide: the same at every place."""
    return replace(config, unit="tanh", over_time=True)


def at_start(config):
    """A net's sizes and its first weights ask for no other knobs than these:
    so its pictures stay when one of the others is moved."""
    return wavenet.Config(
        fan=config.fan,
        hidden=config.hidden,
        embedding=config.embedding,
        unit=config.unit,
        over_time=config.over_time,
        batch=config.batch,
        seed=config.seed,
    )


CONVOLVED = asked.Choice(
    "Convolve",
    "wavenet shared",
    at_start(wavenet.Config()),
    mine,
    at_once=True,
    like=at_start,
)


@cached.values(16)
def untrained(config, _data, digest: str):
    """For all sections that show it; a copy for each, as they work with it."""
    return convolution.untrained(config, _data)


def whose(run, found) -> str:
    """Which net these numbers are of."""
    if found:
        return "These are the weights of a finished run."
    said = (
        "This net has learned nothing yet; train yours, and these will be its "
        "weights. "
    )
    if run.config.unit != "tanh":
        said += "Its nodes are tanh here, not gated."
    elif not run.config.over_time:
        said += (
            "Here its BatchNorm is over batch and time. With the bug each "
            "place has statistics of its own: a node would depend on where it "
            "stands in its window, and could not be shared."
        )
    return said


@cached.values(64)
def measured(_data, digest, config, key, word, _found) -> Measured:
    """Everything about one word that needs the net."""
    T, letters = wavenet.context(config), _data.letters
    if _found:
        net = wavenet.learned_network(config, _found)
    else:
        net = untrained(config, _data, digest)
    tokens = convolution.text(word, letters, T)
    loop = convolution.by_loop(net, tokens, T)
    once = convolution.at_once(net, tokens)
    comes = [letters.index(letter) for letter in word + names.EDGE]
    return Measured(
        [
            (loop[i, token].item(), once[i, token].item())
            for i, token in enumerate(comes)
        ],
        tuple(loop.shape),
        convolution.by_mode(net, tokens, T),
        convolution.apart(convolution.with_conv1d(net, tokens), loop),
        convolution.times_faster(net, tokens, T),
    )


@drawn_once
def shared(config, word: str, window: int):
    """The nodes, the window's own framed; and the work layer by layer."""
    context, count = wavenet.context(config), len(word) + 1
    text = names.EDGE * context + word
    widths = tuple(accumulate(wavenet.fans(config), mul))
    uses = convolution.uses(config, count)
    lit = convolution.asked(config, window - 1)
    high = max(map(max, uses))
    st.vega_lite_chart(
        chart.nodes(text, widths, uses, lit),
        chart.grid(text, widths, high),
        alt=f"The nodes over {word}, layer by layer: the loop computes one "
        f"node up to {high} times. Framed: the "
        f"{sum(map(len, lit))} nodes of window {window}.",
    )
    st.caption(
        f"Window {window} is `{text[window - 1 : window - 1 + context]}`, "
        f"after which comes `{(word + names.EDGE)[window - 1]}`; its nodes "
        "are framed. A number says how many windows need the node."
        + " No window needs a node with 0."
        * any(0 in each for each in uses)
    )
    work = convolution.work(config, count)
    loop, once = [each.loop for each in work], [each.once for each in work]
    most = max(*loop, *once)
    st.vega_lite_chart(
        chart.work(widths, loop, once),
        chart.bars(widths, most),
        alt=f"Nodes computed: {sum(loop)} by the loop, {sum(once)} in one "
        "pass.",
    )
    st.markdown(reckoning(word, count, sum(loop), sum(once), len(widths)))


def reckoning(word, count, loop, once, layers) -> str:
    """Whether one pass is less work, and where not."""
    name = words_part.plain(word)
    said = (
        f"**{name}** has {count} windows. The loop computes **{loop}** nodes, "
        f"one pass **{once}**"
    )
    if layers == 1:
        return (
            f"{said}: the same. A flat net has a single layer, and no two "
            "windows are alike as a whole: there is nothing to share. Set "
            "`fan` to 2-2-2 to see it."
        )
    if once >= loop:
        return (
            f"{said}. For so short a name one pass saves no node: it also "
            "joins letters that no window joins. Type a longer one."
        )
    return (
        f"{said}: {1 - once / loop:.0%} fewer. The last layer saves nothing, "
        "as its nodes are the windows themselves. The longer a name, the more "
        "is shared: try another."
    )


@drawn_once
def same(numbers, word, window, whose: str):
    """That the numbers are equal, and what was saved."""
    loop, once = numbers.logits[window - 1]
    letter = (word + names.EDGE)[window - 1]
    rows, columns = numbers.size
    apart = numbers.modes["evaluation"].loop
    faster = numbers.faster
    st.markdown(
        f"The numbers are the same. In window {window} the logit of "
        f"`{letter}` is {loop:.6f} from the loop and {once:.6f} from the one "
        f"pass. Of all {rows} x {columns} logits the furthest apart differ by "
        f"**{apart:.1e}**, which is how single precision rounds sums that are "
        "added in another order. So a convolution is **only efficiency**: it "
        "finds nothing that the tree does not find."
    )
    left, right = st.columns(2)
    left.metric(
        "The loop, next to one pass",
        f"{faster.loop:.1f} times",
        f"{1000 * faster.seconds * faster.loop:.2f} ms against "
        f"{1000 * faster.seconds:.2f} ms",
        "off",
        border=True,
        help="Timed in turn just now, on this server. The next word gives "
        "other numbers.",
    )
    right.metric(
        "One batch, next to one pass",
        f"{faster.batch:.1f} times",
        f"{1000 * faster.seconds * faster.batch:.2f} ms",
        "off",
        border=True,
        help="All windows side by side in a single call of the tree: every "
        "node as often as in the loop.",
    )
    st.caption(f"{spent(faster)} {whose}")


def spent(faster) -> str:
    """Where the loop's time goes; one batch computes all its nodes."""
    said = "One batch makes a single call and computes every node of the loop."
    if faster.loop < 2 * faster.batch:
        return said
    return (
        f"{said} So most of the loop's time is not spent on nodes: it is one "
        "call from Python after the other."
    )


@drawn_once
def with_torch(config, V: int, difference: float):
    st.subheader("In torch's conv1d", anchor="conv1d")
    st.markdown(
        "Torch has this layer ready-made. Its **kernel** holds the weight of "
        "a Linear in another order: channels out, channels in, and then the "
        "neighbours. **Dilation** says how far apart these are. Our weights, "
        f"moved into it, give the loop's logits up to **{difference:.1e}**."
    )
    rows = [
        (
            f"{i}",
            " x ".join(map(str, each.weight)),
            " x ".join(map(str, each.kernel)),
            f"{each.dilation}",
        )
        for i, each in enumerate(convolution.kernels(config, V), start=1)
    ]
    columns = ["Linear", "its weight", "kernel", "dilation"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt="Each Linear's weight, and the kernel and dilation of the conv1d "
        "that does the same.",
    )


@drawn_once
def trap(numbers, word: str):
    """What evaluation has to do with it."""
    st.subheader("The trap: only in evaluation", anchor="only-in-evaluation")
    st.markdown(
        "Sharing a node takes for granted that it is the same in every "
        "window. In training it is not: BatchNorm looks at what comes "
        "together, and that is another crowd in each of these ways. The same "
        f"net on {words_part.plain(word)}, in both modes:"
    )
    st.table(
        pa.table(
            {
                "one pass differs from": [
                    "the loop, window by window",
                    "all windows as one batch",
                ]
            }
            | {
                f"in {mode}, by": [told(each.loop), told(each.batch)]
                for mode, each in numbers.modes.items()
            }
        ),
        hide_index=True,
        alt="The largest difference of the logits, in both modes.",
    )
    st.markdown(
        "Window by window, the last BatchNorm has a single row in training: "
        "no spread, so 0 divided by 0, and all logits are `nan`. "
        f"{as_batch(numbers.modes['training'].batch)} In evaluation the "
        "running statistics stand still, and each node is a function of its "
        "letters alone."
    )


def as_batch(difference: float) -> str:
    """What becomes of all windows as one batch, in training."""
    if difference == 0:
        return (
            "As one batch they are the same numbers: where no node is shared, "
            "one batch is one pass."
        )
    return (
        "As one batch they are numbers, but others: there a node counts once "
        "for every window that needs it, in one pass once."
    )


def told(difference: float) -> str:
    if math.isnan(difference):
        return "nan, not a number"
    return f"{difference:.1e}" if difference else "exactly 0"
