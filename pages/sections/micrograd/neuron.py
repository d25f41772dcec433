"""A neuron, a layer, an MLP: taken apart, then trained a press a line."""

import pyarrow as pa
import streamlit as st

from core import by_hand, engine, micrograd
from pages.charts import arrow, graph
from pages.charts import net as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once

REACH = 10.0  # of the sliders of the neuron
FORMS = {
    "one weighted sum": by_hand.as_one,
    "products and sums": by_hand.apart,
    "down to exp": by_hand.written_out,
}
COLUMNS = ("inputs", "layer 1", "layer 2", "output")
FLAT = 0.99  # beyond it tanh has next to no slope
STUCK, SLOW = 3.5, 0.3  # losses after 20 steps: 4 is one answer wrong
SHOWN = 6  # losses in the line of those so far


def show():
    st.header("A neuron, a layer, an MLP", anchor="neuron")
    st.markdown(
        "A **neuron** multiplies each input by a **weight** of its own, adds "
        "them up together with its **bias**, and squashes the sum, here by "
        "tanh, into the range from -1 to 1. To learn is to move weights and "
        "biases; inputs are given."
    )
    one_neuron()
    source.show(micrograd.Neuron)
    st.markdown(
        "Neurons that look at the same inputs form a **layer**. Layers that "
        "feed each other form an **MLP**, a multi-layer perceptron. "
        + counted()
    )
    source.show(micrograd.Layer, micrograd.MLP)
    st.subheader("Four lines of code, a button each", anchor="by-hand")
    st.markdown(
        "The lecture's first data set has four examples of three features "
        "each, and a **target** for each of them: 1 or -1. The **loss** is "
        "the squared distance between prediction and target, added up over "
        "the four. *Forward* computes predictions and loss, *zero_grad* sets "
        "every slope to 0, *backward* adds the slope of the loss to each, "
        "*update* moves every number against its slope. Press them in any "
        "order; the wrong ones teach the most."
    )
    bench()
    source.show(by_hand.descend)


@st.fragment
def one_neuron():
    """Five sliders, the graph in one of three forms, the slopes of all."""
    values = numbers_of_it()
    form = st.segmented_control(
        "How finely is it taken apart?",
        list(FORMS),
        default="products and sums",
        required=True,
        key="neuron form",
    )
    graph_of(form, tuple(values), st.context.theme.type == "dark")
    compared(tuple(values))
    source.show(*FORMS.values())


@drawn_once
def graph_of(form: str, values: tuple, dark: bool):
    """The neuron as a graph of Values, its slopes already backward."""
    leaves, out = by_hand.neuron(FORMS[form], values)
    names = {leaf: name for name, leaf in leaves.items()} | {out: "output"}
    nodes, edges = engine.picture(out, names)
    st.graphviz_chart(
        graph.dot(nodes, edges, dark, "TB", fold=True),
        width="content",
        alt=f"The neuron as {form}, {len(nodes)} values: its output is "
        f"{out.data:.4f}; its slopes are in the table below.",
    )
    st.caption(
        f"{len(nodes)} values. **data** is what a number is, **grad** the "
        "slope of the output towards it; on an arrow stands the slope of that "
        "operation alone."
    )


def numbers_of_it() -> list[float]:
    """A slider for each leaf, at first as in the lecture."""
    st.button("The lecture's numbers", on_click=as_lectured)
    values = []
    for column, name, number in zip(
        st.columns(5), by_hand.LEAVES, by_hand.NEURON, strict=True
    ):
        key = f"neuron {name}"
        st.session_state.setdefault(key, number)
        slider = column.slider(name, -REACH, REACH, step=0.1, key=key)
        values.append(slider)
    return values


def as_lectured():
    for name, number in zip(by_hand.LEAVES, by_hand.NEURON, strict=True):
        st.session_state[f"neuron {name}"] = number


@drawn_once
def compared(values: tuple):
    """The slopes in a table and in words."""
    st.table(
        slopes(values),
        hide_index=True,
        alt="The slope of the output at every leaf, in all three forms.",
    )
    tell_slopes(values)


def slopes(values) -> pa.Table:
    """One row a leaf: its number, its slope in every form, how far apart."""
    found = [by_hand.neuron(form, values) for form in FORMS.values()]
    apart = by_hand.disagreement(values)
    rows = [
        (
            name,
            f"{number:.4f}",
            *(f"{leaves[name].grad:z.6f}" for leaves, _ in found),
            f"{apart[name]:.0e}",
        )
        for name, number in zip(by_hand.LEAVES, values, strict=True)
    ]
    outs = [f"{out.data:z.6f}" for _, out in found]
    rows.append(("output", "", *outs, f"{apart['output']:.0e}"))
    return arrow.table(rows, ["leaf", "data", *FORMS, "apart"])


def tell_slopes(values):
    """What the slopes say: all forms agree; an input of 0 says nothing."""
    leaves, out = by_hand.neuron(by_hand.apart, values)
    x2, through = leaves["x2"].data, leaves["b"].grad
    most = max(by_hand.disagreement(values).values())
    product = f"{x2:g} × {through:.4g} = **{leaves['w2'].grad:z.4g}**"
    st.markdown(
        "How finely you take a neuron apart is up to you: an operation may be "
        "anything whose own slope you know. Be it tanh as one operation and "
        "tanh written out with exp: output and slopes differ by at most "
        f"**{most:.1g}** between the three forms, by rounding. The slope of "
        f"w2 is x2 times the slope of the sum (that of b): {product}. "
        + (
            "With x2 at 0, this example cannot tell whether w2 should grow or "
            "shrink."
            if x2 == 0
            else "Move x2 to 0 and it vanishes."
        )
    )
    if abs(out.data) > FLAT:
        st.caption(
            f"The output is {out.data:.6f}: so far out tanh is flat, and every "
            "slope is close to 0. The neuron is **saturated**."
        )


@cached.values(1)
def counted() -> str:
    """How many numbers the lecture's net learns, layer by layer."""
    layers = by_hand.network(0).layers
    counts = [len(layer.parameters()) for layer in layers]
    names = [
        f"{len(layer.neurons)} x ({len(layer.neurons[0].w)} + 1)"
        for layer in layers
    ]
    return (
        "With three inputs, two layers of four and one neuron at the end, "
        f"{' + '.join(names)} = **{sum(counts)}** numbers learn: each "
        "neuron's weights and its bias."
    )


@st.fragment
def bench():
    """The net, the four buttons, and what each press has left behind."""
    rate, seed = knobs()
    st.session_state.setdefault("bench", (seed, by_hand.start(seed), ""))
    if st.session_state.bench[0] != seed:
        again(seed)
    buttons(rate, seed)
    _, now, line = st.session_state.bench
    seen = by_hand.look(now)
    st.info(sentence(now, seen, line, rate), icon=":material/chat:")
    numbers(now, seen)
    drawing(seen)
    curve(now.losses, rate, seed)


def knobs():
    left, right = st.columns([2, 1])
    rate = left.slider(
        "Learning rate",
        0.01,
        2.0,
        0.1,
        0.01,
        key="bench rate",
        help="How far update moves a number: rate times slope.",
    )
    seed = right.number_input(
        "Seed",
        0,
        2**32 - 1,
        1337,
        1,
        key="bench seed",
        help="Where the random first weights start. Another one begins again.",
    )
    return rate, seed


def buttons(rate, seed):
    """A button a line of code, in the order of the lecture's loop."""
    with st.container(horizontal=True):
        for line in by_hand.LINES:
            st.button(line, key=f"bench {line}", on_click=run, args=(line,))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "One whole step",
            key="bench step",
            icon=":material/fast_forward:",
            on_click=run,
            args=("step",),
        )
        st.button(
            "From the start",
            icon=":material/restart_alt:",
            on_click=again,
            args=(seed,),
            key="bench again",
        )
        st.toggle(
            "with zero_grad",
            True,
            key="bench zero",
            help="Off, a whole step forgets to set the slopes to 0.",
        )


def run(line):
    """Run a line, or all four, on the bench of this visitor."""
    seed, now, _ = st.session_state.bench
    rate = st.session_state["bench rate"]
    if line == "step":
        kept = st.session_state["bench zero"]
        now = by_hand.whole_step(now, rate, kept)
    else:
        now = by_hand.press(now, line, rate)
    st.session_state.bench = (seed, now, line)


def again(seed):
    st.session_state.bench = (seed, by_hand.start(seed), "")


def sentence(now, seen, line, rate) -> str:
    """What the press just did, and what is out of date because of it."""
    match line:
        case "forward":
            return after_forward(now)
        case "zero_grad":
            return after_zero_grad(now)
        case "backward":
            return after_backward(now, seen)
        case "update":
            return after_update(now, rate)
        case "step":
            return after_step(now)
    return "Random first weights, and nothing computed yet. Press forward."


def after_forward(now) -> str:
    said = (
        f"Forward pass {len(now.losses)}: the loss is {now.losses[-1]:.4f}, "
        "predictions are up to date."
    )
    if now.passes:
        return f"{said} The slopes are still those of an earlier backward pass."
    return f"{said} Every slope is 0: backward will fill them in."


def after_zero_grad(now) -> str:
    if not now.losses:
        return "Every slope is 0, as it was before: nothing to forget yet."
    return "Every slope is 0 now; the weights stay where they are."


def after_backward(now, seen) -> str:
    if not now.losses:
        return (
            "There is no loss yet: Python would stop here with a NameError. "
            "Nothing has happened; press forward first."
        )
    said = f"Every number has its slope: the steepest is {seen.steepest:.3g}."
    if now.passes > 1:
        said = (
            f"The slopes were added to those before: {now.passes} backward "
            "passes in one sum, because zero_grad was not called. The "
            f"steepest is {seen.steepest:.3g}."
        )
    if now.walks > 1:
        said += (
            " This graph was walked before: the values inside it still hold "
            "their slopes, which count again. Torch refuses to do this."
        )
    if now.moved:
        said += (
            " And the graph is that of the last forward: these are slopes at "
            "the weights before the update."
        )
    return said


def after_update(now, rate) -> str:
    if not now.passes:
        return "Every slope is 0, so nothing has moved."
    said = f"Every number has moved by {rate:g} times its slope, downhill."
    if now.used > 1:
        said = (
            f"Moved once more along the same slopes, now {now.used} times. "
            "The code does not mind, but they are the slopes of a place you "
            "have left."
        )
    if now.losses and now.moved:
        said += " Predictions and loss are those before it: press forward."
    return said


def after_step(now) -> str:
    said = (
        f"All four lines have run. The loss, {now.losses[-1]:.4f}, is that "
        "before the update, as the lecture prints it."
    )
    if now.passes > 1:
        said += (
            f" The slopes are a sum of {now.passes} backward passes: "
            "zero_grad was forgotten."
        )
    return said


def numbers(now, seen):
    """Predictions beside targets, and one number with its slope."""
    left, right = st.columns([3, 2])
    with left:
        predicted(tuple(seen.predictions), bool(now.losses and now.moved))
    with right:
        layer, neuron, place = st.selectbox(
            "A number to watch",
            places(),
            1,
            format_func=written,
            key="bench place",
        )
        data, slope = st.columns(2)
        data.metric("data", f"{seen.weights[layer][neuron][place]:.4f}")
        slope.metric("grad", f"{seen.grads[layer][neuron][place]:.4f}")


@drawn_once
def predicted(said: tuple, stale: bool):
    st.table(
        predictions(said or (None,) * len(by_hand.TARGETS), stale),
        hide_index=True,
        alt="The four predictions of the last forward beside their targets.",
    )


def predictions(said, stale: bool) -> pa.Table:
    rows = [
        (
            ", ".join(f"{feature:g}" for feature in example),
            f"{target:g}",
            "?" if guess is None else f"{guess:.4f}",
        )
        for example, target, guess in zip(
            by_hand.EXAMPLES, by_hand.TARGETS, said, strict=True
        )
    ]
    columns = ["features", "target", "prediction"]
    if stale:
        columns[-1] += ", before the update"
    return arrow.table(rows, columns)


@cached.values(1)
def places() -> list[tuple[int, int, int]]:
    """Layer, neuron and place of every number that learns."""
    return [
        (i, j, k)
        for i, layer in enumerate(by_hand.start(0).weights)
        for j, neuron in enumerate(layer)
        for k in range(len(neuron))
    ]


def written(place) -> str:
    """As the code calls it: its bias is b, its weights are w[0], w[1]..."""
    layer, neuron, k = place
    name = f"w[{k - 1}]" if k else "b"
    return f"layers[{layer}].neurons[{neuron}].{name}"


def drawing(seen):
    """The net as it is now, and what it said to one example."""
    count = len(by_hand.EXAMPLES)
    example = st.segmented_control(
        "What the neurons said to example",
        range(1, count + 1),
        default=1,
        required=True,
        key="bench example",
    )
    said = []
    if seen.outputs:
        said = [by_hand.EXAMPLES[example - 1], *seen.outputs[example - 1]]
    place = st.session_state["bench place"]
    net(seen.weights, said, repr((seen.weights, said)), place)


@drawn_once
def net(_weights, _said, key: str, place: tuple[int, int, int]):
    """A line for every weight, as strong as it is."""
    st.vega_lite_chart(
        chart.frame(_weights, _said, place),
        chart.spec(COLUMNS, max(map(len, _weights))),
        alt="The net: three inputs, two layers of four neurons and one at the "
        "end, a line for every weight.",
    )
    st.caption(
        "Orange, solid: a positive weight. Blue, dashed: a negative one. "
        "Thick: far from 0. In the circles stands what a neuron said at the "
        "last forward; the number you watch is in grey. Hover a line."
    )


@cached.values(256)
def twenty(seed: int, rate: float, zero_grad: bool) -> list[float]:
    return by_hand.descend(seed, rate, 20, zero_grad)


@drawn_once
def curve(yours: tuple, rate: float, seed: int):
    """Your losses beside whole steps, with zero_grad and without."""
    kept, forgotten = twenty(seed, rate, True), twenty(seed, rate, False)
    st.vega_lite_chart(
        chart.losses(yours, kept, forgotten),
        chart.descent(),
        alt=f"Your losses beside 20 whole steps at rate {rate:g}: with "
        f"zero_grad they end at {kept[-1]:.4f}, without at "
        f"{forgotten[-1]:.4f}.",
    )
    losses = [f"{loss:.4f}" for loss in yours[-SHOWN:]]
    st.markdown(f"Your losses: {' → '.join(losses) or 'none yet'}.")
    st.markdown(f"{in_twenty(kept, rate)} {if_forgotten(kept, forgotten)}")


def in_twenty(kept, rate) -> str:
    """What 20 whole steps come to: too slow, too far, or there."""
    said = (
        f"At rate {rate:g}, {len(kept)} whole steps end at **{kept[-1]:.4f}**."
    )
    if kept[-1] > STUCK:
        return (
            f"{said} The steps went too far: the sums are so large that tanh "
            "is flat there. The net is **saturated**, hardly a slope is left "
            "to lead it back. Lower the rate."
        )
    if kept[-1] > SLOW:
        return f"{said} On the way, but slowly: try a larger rate."
    return said


def if_forgotten(kept, forgotten) -> str:
    """What forgetting zero_grad does to the same 20 steps."""
    step, rise = by_hand.jump(forgotten)
    said = f"If zero_grad is forgotten, they end at **{forgotten[-1]:.4f}**"
    if forgotten[-1] < kept[-1]:
        said += ": lower! Old slopes add up to larger steps, and the bug hides"
    if rise > 1:
        said += f"; at step {step} the loss jumps up by {rise:.2f}"
    return f"{said}."
