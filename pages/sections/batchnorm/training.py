"""Train: the four charts of lecture 4 at the playhead, and the doctor."""

from dataclasses import replace

import pyarrow as pa
import streamlit as st

from core import batchnorm, doctor, first_loss, health, mlp
from pages.charts import arrow, learning, loss
from pages.charts import health as chart
from pages.parts import cached, live
from pages.parts.cached import drawn_once
from pages.sections.batchnorm.first_loss import examples

LECTURE = 2.1048  # dev with BatchNorm, as lecture 4's log has it
SIGNS = {True: ":material/emergency:", False: ":material/check_circle:"}
LATER = {"switch": 1, "second_rate": 0.01, "momentum": 0.1}  # not at step 1
PICTURES = {  # chart of the doctor: title and meaning of its colour
    "activations": ("Are the outputs spread, and off the ends?", "data"),
    "gradients": ("Are the slopes there as wide in every layer?", "gradient"),
    "weights": ("Does the last layer run ahead?", "gradient"),
}


@cached.values(32)
def marks(_data, digest: str, context: int) -> dict[str, float]:
    """Losses that need no training, and below them the lecture's or, for
    other words, what no net gets below on those for training."""
    found = mlp.baselines(_data)
    if _data.source == "lectures":
        return found | {"lecture, 1 layer": LECTURE}
    return found | {"floor": mlp.floor(*examples(_data, digest, context))}


def batches(_data, digest: str, steps: int, context: int) -> dict:
    title = "Do the batches get easier?"
    axis = "loss, nats per character"
    found = marks(_data, digest, context)
    return loss.spec(steps, found, title, axis, even=True)


@cached.values(64)
def untrained(config, _data, digest: str) -> dict | None:
    """The first record of a run; None if its numbers leave all bounds."""
    found = examples(_data, digest, config.context)
    try:
        return vars(first_loss.first_record(found, _data.letters, config))
    except ValueError:
        return None


def still(config) -> batchnorm.Config:
    """The config with what has no say in a first step put aside."""
    return replace(config, **LATER)


def draw(view, run):
    """The pictures of a run at the visitor's playhead."""
    if view.record is None:
        start(still(run.config), run.data, run.data.digest)
    else:
        made = str(run.path), len(view.records), view.at
        seen(made, view, run)


@drawn_once
def seen(made: tuple, _view, _run):
    """The pictures at one record: the same for all who stand there."""
    pictures(_view, _run.config, _run.data)


@drawn_once
def start(config, _data, digest: str):
    """The pictures of a run that is not there yet, of its first step."""
    first = untrained(replace(config, steps=1), _data, digest)
    if first is None:
        return st.info(
            "At this start the numbers leave all bounds at the first step: "
            "lower the gain."
        )
    pictures(live.View([first], 0), config, _data)


def pictures(view, config, data):
    """The loss, a row of verdicts, the four charts, gamma and beta."""
    record = view.records[view.at]
    st.vega_lite_chart(
        loss.frame(view.records, view.at, "smooth"),
        batches(data, data.digest, config.steps, config.context),
        alt="The mean loss of the batches between two records, over the "
        "steps, beside guessing, letter frequencies and counted pairs.",
    )
    st.caption(so_far(view))
    found = {each.chart: each for each in examined(record, config)}
    st.markdown(" &ensp; ".join(map(in_short, found.values())))
    outputs(view, record, config, found["activations"])
    slopes(view, record, found["gradients"])
    weight_slopes(view, record, found["weights"])
    changes(view, config, found["updates"])
    with st.expander("All figures of this step", icon=":material/table:"):
        st.table(
            figures(record),
            alt="Every layer's figures at this step, as the lecture prints "
            "them under its charts.",
        )
    if config.batchnorm:
        gamma_and_beta(view)
    st.markdown("**Names from the network at this step**")
    with st.container(height=150, border=False):  # untrained ones are long
        st.markdown(live.as_names(view.latest("samples")))


def examined(record, config):
    return doctor.examine(record, config.nonlinearity)


def so_far(view) -> str:
    train, dev = view.latest("train"), view.latest("dev")
    if train is None:
        return live.not_judged(view)
    if dev is None:
        return (
            f"Train {train:.4f} nats. With so few words none are held back, "
            "so there is no dev."
        )
    return (
        f"Train {train:.4f} nats, dev {dev:.4f}: whole splits, judged by the "
        "running statistics if there is BatchNorm."
    )


def in_short(finding) -> str:
    name = finding.name
    said = f"**{name}**" if finding.ill else name
    return f"{SIGNS[finding.ill]} {finding.chart.capitalize()}: {said}"


def verdict(finding):
    """The doctor's word, the figure it rests on, and the rule."""
    name = finding.name[0].upper() + finding.name[1:]
    st.markdown(f"{SIGNS[finding.ill]} **{name}**: {finding.figure}.")
    cure = f" {finding.cure}" if finding.ill else ""
    st.caption(f"Rule: {finding.rule}.{cure}")


def figures(record) -> pa.Table:
    """What the lecture prints beneath its first three charts."""
    outputs = [
        (
            f"{mean:+.2f}",
            f"{spread:.2f}",
            f"{flat:.1%}",
            f"{m:+.1e}",
            f"{s:.1e}",
        )
        for (mean, spread, flat), (m, s) in zip(
            record["activations"], record["gradients"], strict=True
        )
    ]
    weights = [
        (small(mean), small(spread), f"{10**ratio:.2g}", f"{change:.2f}")
        for (mean, spread, ratio), change in zip(
            record["weights"], record["updates"], strict=True
        )
    ]
    columns = ["", "weight slope's mean", "its std", "grad:data"]
    columns += ["log10 update", "mean", "std", "saturated"]
    columns += ["slope's mean", "slope's std"]
    none = ("",) * 5  # the table and the last layer have no such outputs
    names = ["table C", *hidden(len(outputs)), "last"]
    rows = zip(names, weights, [none, *outputs, none], strict=True)
    return arrow.table([(name, *w, *out) for name, w, out in rows], columns)


def small(number: float) -> str:
    return f"{number:.1e}"


def ridge(which, names, histograms, figures, low, high, said):
    title, means = PICTURES[which]
    st.vega_lite_chart(
        chart.shapes(names, histograms, figures, low, high),
        chart.ridge(tuple(names), title, means),
        alt=f"{title} A histogram a row: {said}.",
    )


def hidden(count: int) -> list[str]:
    return [f"hidden {i + 1}" for i in range(count)]


def outputs(view, record, config, finding):
    table = record["activations"]
    figures = [
        f"spread {spread:.2f}, flat {flat:.1%}" for _, spread, flat in table
    ]
    low, high = batchnorm.SPANS[config.nonlinearity]
    shapes = view.latest("outputs")
    names = hidden(len(table))
    ridge("activations", names, shapes, figures, low, high, finding.figure)
    verdict(finding)


def slopes(view, record, finding):
    table = record["gradients"]
    figures = [f"spread {spread:.1e}" for _, spread in table]
    reach = view.latest("slope_reach")
    names, shapes = hidden(len(table)), view.latest("slopes")
    ridge("gradients", names, shapes, figures, -reach, reach, finding.figure)
    verdict(finding)


def weight_slopes(view, record, finding):
    table = record["weights"]
    figures = [f"grad:data {10**ratio:.2g}" for _, _, ratio in table]
    reach = view.latest("weight_reach")
    names = ["table C", *hidden(len(table) - 2), "last"]
    shapes = view.latest("weight_slopes")
    ridge("weights", names, shapes, figures, -reach, reach, finding.figure)
    verdict(finding)


def changes(view, config, finding):
    st.vega_lite_chart(
        chart.changes(view.records, view.at),
        chart.ratio(
            config.steps, "Are most weights changed by about a thousandth?"
        ),
        alt="The logarithm of update:data of each weight over the steps, "
        f"beside a line at -3: {finding.figure}.",
    )
    verdict(finding)


def gamma_and_beta(view):
    frame = chart.learned(view.latest("gammas"), view.latest("betas"))
    columns = st.columns(2)
    for column, (which, start, low, high) in zip(
        columns, (("gamma", 1, 0, 3), ("beta", 0, -2, 2)), strict=True
    ):
        column.vega_lite_chart(
            frame,
            chart.trained_away(which, start, low, high),
            alt=f"A histogram of {which} of all hidden neurons; all began at "
            f"{start}.",
        )


def after(config, data):
    """Below the run: how to read it."""
    total = batchnorm.parameters(config, len(data.letters))
    st.caption(
        f"This network learns {total:,} numbers. All four charts are of the "
        "very step at the playhead, of its batch; the histograms are the last "
        "that were recorded up to it. **Flat** counts outputs where the slope "
        f"of the function is less than {1 - health.BEYOND**2:.1%} of its "
        f"steepest: for tanh those beyond {health.BEYOND:g}. "
        f"{published(data)}"
    )


def published(data) -> str:
    """The lecture's own figures for its deep net, where they apply."""
    if data.source != "lectures":
        return (
            "**Floor** is what a table with a row for every context would "
            "reach on the words for training."
        )
    without = replace(batchnorm.Config(), batchnorm=False)
    total = batchnorm.parameters(without, len(data.letters))
    return (
        f"**Lecture, 1 layer** is the dev loss, {LECTURE}, of its net with one "
        "hidden layer and BatchNorm after 200,000 steps. "
        "The lecture stops its deep net after 1,001 steps, at train 2.4003 and "
        "dev 2.3982: set `steps` to that and compare. Without BatchNorm, with "
        f"biases instead, it has {total:,} numbers."
    )


def forked(run):
    """The picture of a run that was left and of the one that left it, and the
    highest loss in it."""
    config = run.config
    found = marks(run.data, run.data.digest, config.context)
    low, high = min(found.values()) - 0.1, found["guessing"]
    axis = "mean loss, nats"
    picture = learning.leaving("smooth", config.steps, low, high, axis)
    return picture, high
