"""The loss of one batch, and the mean of several: how far chance moves it."""

from functools import partial

import streamlit as st

from core import gpt
from core.experiments.gpt import LOOKS, batch_losses, fitting, means, spread
from core.runs.store import Run
from pages.charts import estimate as chart
from pages.parts import asked, cached, later, live, source
from pages.parts.cached import drawn_once

AVERAGED = (1, 2, 5, 10, 20, 50, 100, 200)


def show(draw):
    st.subheader("How sure is a loss?", anchor="estimate")
    st.markdown(
        "A batch is a handful of windows drawn by chance, so its loss is a "
        "draw as well. `estimate_loss` takes the mean of several, without "
        "gradients and with dropout off. Below, one and the same net is "
        "judged again and again: above by single batches, below by means of "
        "as many as you say. Move the slider: how many does it take until a "
        "difference of a hundredth can be told from chance?"
    )
    source.show(gpt.estimate_loss)
    draw(offer, of=JUDGED.mine)
    draw(averaged, of=JUDGED.shown)


def mine(run) -> asked.Net:
    """What the run has learned; until it has, the net it starts as."""
    if live.result(run):
        return asked.Net(run.config, run.data.digest, True)
    return asked.Net(gpt.at_birth(run.config), run.data.digest)


JUDGED = asked.Choice(
    "Judge", "gpt judged", gpt.Config(), mine, like=gpt.at_birth
)


def offer(run):
    JUDGED.offer(run)


def averaged(run):
    """A slider, and the losses of the net that is shown."""
    count = st.select_slider(
        "Batches in one estimate",
        AVERAGED,
        value=gpt.JUDGED,
        key="gpt estimate batches",
        help=f"A run here takes {gpt.JUDGED} while it goes on and "
        f"{gpt.FINALLY} after its last step; the lecture takes 200.",
    )
    shown = JUDGED.shown(run)
    run = Run("gpt", shown.config, run.data)
    found = live.result(run) if shown.trained else None
    state = "learned" if found else "untrained"
    key = run.id if found else f"{run.data.digest} {run.config}"
    what = run.config, run.data, found
    later.show(partial(drawn, key, state, count, *what), (judged, key, *what))


@drawn_once
def drawn(key: str, state: str, count: int, _config, _data, _found):
    """Both histograms; which losses these are says the key."""
    losses, size = judged(key, _config, _data, _found)
    several = averages(losses, count, _config.seed)
    low, high = ends(losses)
    one, many = spread(losses), spread(several)
    name = "one batch each" if count == 1 else f"the mean of {count} each"
    st.vega_lite_chart(
        chart.frame({chart.SINGLE: losses, name: several}, low, high),
        chart.histograms(low, high),
        alt=f"{LOOKS} losses of single batches spread by {one:.4f} nats, as "
        f"many means of {count} by {many:.4f}.",
    )
    st.markdown(said(_config, size, state, count, one, many))


@later.resources(32)
def judged(key: str, _config, _data, _found):
    """The losses, and how many windows and characters each is over; found
    again by the run, or by what an untrained net depends on."""
    size = fitting(_config, len(_data.letters))
    return batch_losses(_config, _data, _found), size


@cached.values(128)
def averages(losses: list[float], count: int, seed: int) -> list[float]:
    return means(losses, count, seed)


def ends(losses) -> tuple[float, float]:
    """Of an axis that stands still while the slider moves."""
    middle, width = sum(losses) / len(losses), max(spread(losses), 1e-4)
    digits = 3 if width < 0.02 else 2
    return round(middle - 4 * width, digits), round(middle + 4 * width, digits)


def said(config, size, state: str, count: int, one: float, many: float) -> str:
    B, T = size
    few = ""
    if size != (config.batch, config.block):
        few = " For so large a net these are smaller than the knobs say."
    narrower = f"{one / many:.1f}" if many else "beyond measure"
    told = (
        f"This net, **{state}**, on {LOOKS} batches of {B} x {T} characters "
        f"of the tenth held back.{few} One batch's loss has a spread (one "
        f"standard deviation) of **{one:.4f}** nats, "
    )
    if count == 1:
        return told + "and so have the same losses drawn again, one by one."
    return told + (
        f"a mean of {count} one of **{many:.4f}**: {narrower} times "
        f"narrower, where the square root of {count} is {count**0.5:.1f}. To "
        "halve the noise you need four times the batches. (Each mean is of "
        f"{count} drawn anew out of the {LOOKS} losses above.)"
    )
