"""Train on points of two classes: the pictures of a run at the playhead.

Streamlit takes 5 ms to hash the 337 weights of the demo, but no time for a
text: what is cached by weights is handed repr(weights) as well. Their hash
would not do: Python's is the same for -1.0 and -2.0.
"""

from dataclasses import replace

import pyarrow as pa
import streamlit as st

from core import decision, micrograd
from pages.charts import learning, loss, plane
from pages.parts import cached, live
from pages.parts.cached import drawn_once

FORK_HIGH = 1.2  # the loss at the top of the picture of a fork
FINE, COARSE = 25, 13  # cells across a decision map and a neuron's map
MARKS = {"a net that says 0": 1.0, "nothing left to want": 0.0}
MEASURES = {
    "accuracy": ("Points on their own side", "share", 0.0, 1.0),
    "margin": ("The point worst off", "score", -4.0, 2.0),
}


def large_map(data) -> dict:
    """The decision map."""
    return plane.decision(data.rows, "Blue side, orange side", FINE)


def small_map(data) -> dict:
    """The decision map for a place among others."""
    return plane.decision(data.rows, "", FINE, 260)


def axes(data, count: int):
    """The middles of the cells of a map over these points."""
    left, right, bottom, top = plane.bounds(data.rows)
    return plane.grid(left, right, count), plane.grid(bottom, top, count)


def scores(weights, nonlinearity: str, data) -> pa.Table:
    """What the last neuron says all over the plane."""
    asked = repr(weights), nonlinearity, data.digest
    return scores_once(weights, data, *asked)


@cached.resources(128)
def scores_once(_weights, _data, key: str, nonlinearity: str, digest: str):
    xs, ys = axes(_data, FINE)
    [said] = decision.decision_map(_weights, nonlinearity, xs, ys)
    return plane.cells(said, FINE)


def neurons(weights, nonlinearity: str, layer: int, data) -> pa.Table:
    """What each neuron of a layer says all over the plane."""
    asked = repr(weights), nonlinearity, layer, data.digest
    return neurons_once(weights, data, *asked)


@cached.resources(32)  # 0.1 MB each
def neurons_once(
    _weights, _data, key: str, nonlinearity: str, layer: int, digest: str
):
    xs, ys = axes(_data, COARSE)
    maps = decision.decision_map(_weights, nonlinearity, xs, ys, layer)
    return plane.neurons(maps, COARSE)


def untrained(config, data) -> dict:
    """The first record of a run: the weights as they were drawn. Nothing has
    moved by then, so neither the rate nor the number of steps matters."""
    start = first_record(still(config), data, data.digest)
    return start | {"rate": config.rate}


def still(config) -> micrograd.Config:
    """The config with what moves weights put aside."""
    rates = {"rate": 1.0, "rate_decay": 0.0, "switch": 1, "second_rate": 1.0}
    slopes = {"zero_grad": True, "accumulate": True}
    return replace(config, steps=1, **rates, **slopes)


@cached.resources(64)
def first_record(config, _data, digest: str) -> dict:
    return vars(decision.first_record(config, _data))


def as_weights(nested) -> micrograd.Weights:
    """Lists, as records on disk have them, back to tuples."""
    return tuple(tuple(map(tuple, layer)) for layer in nested)


def draw(view, run):
    """The pictures of a run at the visitor's playhead."""
    config, data = run.config, run.data
    if view.record is None:
        view = live.View([untrained(config, data)], 0)
        begun(data, data.digest, still(config), config.steps)
    else:
        pictures(view, config, data)
    if config.depth:
        layers(as_weights(view.latest("weights")), config, data)


@drawn_once
def begun(_data, digest: str, config, steps: int):
    """The pictures of a run that nobody has trained yet."""
    view = live.View([untrained(config, _data)], 0)
    pictures(view, replace(config, steps=steps), _data)


def pictures(view, config, data):
    """Loss, decision map, accuracy and margin."""
    title = "Does every point get beyond the margin?"
    weights = as_weights(view.latest("weights"))
    st.vega_lite_chart(
        loss.frame(view.records, view.at),
        loss.spec(config.steps, MARKS, title, "loss: hinge and decay"),
        alt="The loss over the steps, beside that of a net which says 0.",
    )
    left, right = st.columns([3, 2])
    left.vega_lite_chart(
        scores(weights, config.nonlinearity, data),
        large_map(data),
        alt="The plane in the colours of the class the net sees there, and "
        f"the points; {view.record['accuracy']:.0%} are on their own side.",
    )
    for field, measured in MEASURES.items():
        right.vega_lite_chart(
            loss.frame(view.records, view.at, field),
            loss.for_steps(plane.measure(field, *measured), config.steps),
            alt=f"The {field} over the steps: {view.record[field]:.3g} now.",
        )
    st.caption(
        "Triangles are class 1, circles class -1. Orange places get a score "
        "above 0, blue ones below; paper lies on the border. The **margin** "
        "is the score of the point that is worst off, counted towards its own "
        "side: above 1 the loss wants nothing more of any point."
    )


def layers(weights, config, data):
    """The maps of all neurons in one hidden layer."""
    chosen = st.segmented_control(
        "Neurons of hidden layer",
        range(1, config.depth + 1),
        default=1,
        required=True,
        key=f"layer of {config.depth}",
    )
    st.vega_lite_chart(
        neurons(weights, config.nonlinearity, chosen - 1, data),
        plane.small_maps(config.width, COARSE),
        alt=f"What each of the {config.width} neurons of hidden layer "
        f"{chosen} says over the same plane.",
    )
    st.caption(
        "Each small map is one neuron over the same plane, scaled by its own "
        "largest output. In the first layer a border is a straight line; "
        "later layers bend and combine them."
    )


def judged(weights, config, data):
    """Loss and accuracy on all points with exactly these weights."""
    asked = config.nonlinearity, data.rows, config.decay
    said = decision.judge(weights, *asked)
    return said.loss, said.accuracy


def forked(run):
    """The picture of a run that was left and of the one that left it, and the
    highest loss in it."""
    axis = "loss: hinge and decay"
    steps = run.config.steps
    picture = learning.leaving("loss", steps, 0.0, FORK_HIGH, axis)
    return picture, FORK_HIGH


def net_of(run) -> str:
    """The key of the net whose weights are moved by hand: until there are
    records, the same for all runs that start with it."""
    _, records = live.look(run)
    return run.id if records else f"{run.data.digest} {still(run.config)}"


def by_hand(run):
    """One weight of the net in view, moved by the visitor."""
    config, data = run.config, run.data
    weights, step = in_view(run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = choose("Layer", len(weights), config)
        neuron = choose("Neuron", len(weights[layer]), config, layer)
        names = ["b", *(f"w{i}" for i in range(len(weights[layer][0]) - 1))]
        place = names.index(st.selectbox("Number", names, 1))
        st.button("Take the weights in view", icon=":material/refresh:")
    was = weights[layer][neuron][place]
    moved = st.slider(
        f"Set {names[place]} of neuron {neuron + 1} in layer {layer + 1}",
        -5.0,
        5.0,
        max(-5.0, min(5.0, round(was, 2))),
        0.01,
        key=f"hand {net_of(run)} {step} {layer} {neuron} {place}",
    )
    changed = micrograd.changed(weights, layer, neuron, place, moved)
    asked = data.digest, still(config), step
    for column, name, now in zip(
        st.columns(2), ("trained", "yours"), (weights, changed), strict=True
    ):
        with column:
            hand_map(now, data, repr(now), name, *asked)
    st.caption(f"It was {was:.4f}.")


@drawn_once
def hand_map(_weights, _data, key: str, name: str, digest, config, step: int):
    """Loss, accuracy and decision map of the net with these weights."""
    found, accuracy = judged(_weights, config, _data)
    st.markdown(
        f"**{'As trained' if name == 'trained' else 'With your weight'}** "
        f"(step {step:,}): loss {found:.4f}, {accuracy:.0%} right"
    )
    st.vega_lite_chart(
        scores(_weights, config.nonlinearity, _data),
        large_map(_data),
        alt=f"The decision map, {name}: loss {found:.4f}.",
        key=f"map by hand {name}",
    )


def choose(label, count, config, *more) -> int:
    """A number from 1 to count, as an index."""
    key = f"hand {label} {config.depth} {config.width} {more}"
    return st.selectbox(label, range(1, count + 1), key=key) - 1


def in_view(run):
    """The weights under the visitor's playhead, and their step."""
    _, records = live.look(run)
    if not records:
        first = untrained(run.config, run.data)
        return first["weights"], first["step"]
    at = min(int(live.playhead(run).at), len(records) - 1)
    shown = [r for r in records[: at + 1] if r["weights"]][-1]
    return as_weights(shown["weights"]), shown["step"]
