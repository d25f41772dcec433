"""Against PyTorch: the same net, losses and slopes; another kind of time."""

import pyarrow as pa
import streamlit as st

from core import by_hand, twin
from pages.charts import arrow
from pages.charts import twin as chart
from pages.parts import cached, source
from pages.parts.cached import drawn_once

STEPS = 10
PATIENCE = 0.7  # seconds for the steps
TRAINED = "micrograd twin trained"
EVERY = [n / 100 for n in range(-500, 501)]  # numbers to squash
DIFFERS = ["what is asked", "ours", "torch"]


def show(draw):
    told()
    draw(side_by_side, of=of_run)
    source.show(twin.network, twin.loss_of, twin.torch_step, twin.our_step)


@drawn_once
def told():
    """What is the same for every net and all points."""
    st.header("Against PyTorch", anchor="torch")
    st.markdown(
        "**PyTorch** is the library behind most published nets. Its numbers "
        "come as **tensors**, tables of numbers that remember how they were "
        "made. Give it the same weights, points and steps: if our engine is "
        "right, every loss and every slope must be the same."
    )
    st.markdown("The same parts under both names, and how many numbers learn:")
    names()
    st.markdown("And where the two part ways, asked of both just now:")
    manners()
    st.caption(
        "Torch keeps no sum of slopes before the first backward, forgets a "
        "graph once it has been walked, and draws first weights smaller the "
        "more inputs a neuron has. Its nonlinearities are layers of their own; "
        "ours sit in the neuron."
    )
    rounded()
    behind_tanh()


def parts() -> pa.Table:
    return arrow.table(
        [
            (f"`{ours}`", f"`{theirs}`", f"{n:,}", f"{m:,}")
            for ours, n, theirs, m in twin.counted()
        ],
        ["ours", "torch", "numbers, ours", "numbers, torch"],
    )


def names():
    st.table(
        parts(),
        hide_index=True,
        alt="Our parts and torch's, with as many numbers to learn in each.",
    )
    st.caption(
        "`stack` puts one `nn.Linear` after the other, a ReLU between two, "
        "in an `nn.Sequential`."
    )


def answers() -> pa.Table:
    return arrow.table(twin.manners(), DIFFERS)


def manners():
    st.table(
        answers(),
        hide_index=True,
        alt="Questions to which the two engines answer differently.",
    )


def rounded():
    """The lecture's neuron, its numbers in 64 bits or through 32."""
    st.markdown(
        "The lecture prints one more difference. `torch.Tensor([...])` keeps "
        "numbers in 32 bits; `.double()` makes 64 of them, but what was "
        "rounded away stays away. The lecture's neuron, both ways:"
    )
    numbers = by_hand.NEURON
    whole, through = (
        twin.neuron_through(numbers, dtype) for dtype in ("float64", "float32")
    )
    names_of = ["output", *(f"slope of {name}" for name in by_hand.LEAVES)]
    st.table(
        arrow.table(
            [
                (name, f"{a:.10f}", f"{b:.10f}", f"{abs(a - b):.0e}")
                for name, a, b in zip(names_of, whole, through, strict=True)
            ],
            ["", "64 bits", "32 bits, then 64", "apart"],
        ),
        hide_index=True,
        alt="Output and slopes of the lecture's neuron, in 64 bits and "
        "through 32.",
    )
    source.show(twin.neuron_through)


def behind_tanh():
    """Torch's own tanh, an operation by hand, and ours."""
    st.subheader("What torch does behind tanh", anchor="tanh")
    st.markdown(
        "An operation of torch is what it is in our engine: its number, and "
        "its own slope for the way back. To add one, write both in an "
        "`autograd.Function`. For tanh the way back needs its output alone: "
        "the slope is 1 less its square."
    )
    source.show(twin.Tanh)
    st.table(
        squashed(),
        hide_index=True,
        alt="The slope of tanh four ways, and how often they differ.",
    )
    st.markdown(to_the_bit())
    source.show(twin.tanh_slopes)


@cached.values(1)
def over_all():
    """Each way of the slope, over all the numbers, against torch's own."""
    found = twin.tanh_slopes(EVERY)
    theirs = found["torch.tanh"]
    return {way: twin.agreement(these, theirs) for way, these in found.items()}


def squashed() -> pa.Table:
    """The slope at the sum of the lecture's neuron, and the agreement."""
    _, out = by_hand.neuron(by_hand.apart, by_hand.NEURON)
    at = out.parents[0].data
    here, every = twin.tanh_slopes([at]), over_all()
    return arrow.table(
        [
            (
                f"`{way}`",
                f"{slope}",
                f"{every[way].unlike:,}",
                f"{every[way].most:.0e}" if every[way].unlike else "0",
            )
            for way, (slope,) in here.items()
        ],
        [
            "way",
            f"slope at {at:.4f}",
            f"differ, of {len(EVERY):,}",
            "by at most",
        ],
    )


def to_the_bit() -> str:
    """Whose slopes are torch's own, bit for bit."""
    every = over_all()
    by, kernel = every["Tanh.apply"], every["torch.ops.aten.tanh_backward"]
    said = (
        f"The slope of the lecture's neuron at its sum, then {len(EVERY):,} "
        f"numbers from {EVERY[0]:g} to {EVERY[-1]:g} against `torch.tanh`. "
    )
    if by.unlike:
        said += "By hand it is the same slope, rounded at another place. "
    if kernel.unlike:
        return said
    return said + (
        "`tanh_backward` agrees to the bit: it is the compiled code that "
        "`torch.tanh` itself calls on the way back."
    )


def of_run(run) -> str:
    """The run whose nets were trained, for a knob takes that away; until
    then there is nothing of any."""
    return run.id if st.session_state.get(TRAINED) else ""


def side_by_side(now):
    """Both nets, a few steps, when asked; nothing is kept."""
    run = now()
    asked = st.button(
        f"Train both, {STEPS} steps",
        icon=":material/balance:",
        help="The net and the points of the sidebar; at most about a second.",
    )
    st.session_state[TRAINED] = asked
    if not asked:
        st.caption(
            "Before you press: to how many digits will they agree, and which "
            "of the two is faster?"
        )
        return
    try:
        pairs = twin.within(PATIENCE, twin.compare(run.config, run.data, STEPS))
        timed = list(twin.timings(run.config, run.data, pairs))
    except ValueError as trouble:  # the loss left all bounds
        st.warning(str(trouble), icon=":material/warning:")
        return
    equal(pairs, run.config)
    fast(timed)


def equal(pairs, config):
    """Losses and slopes of both, and the largest difference."""
    if len(pairs) < STEPS:
        st.caption(
            f"The first {len(pairs)} of {STEPS} steps: time was up. The net is "
            "large, or the server busy."
        )
    st.vega_lite_chart(
        chart.losses(
            [pair.ours.loss for pair in pairs],
            [pair.torch.loss for pair in pairs],
        ),
        chart.agreement(),
        alt=f"The losses of both over {len(pairs)} steps.",
    )
    st.table(compared(pairs), hide_index=True, alt="Both, step by step.")
    st.caption(
        "Slope: the largest of the step. Apart: the largest difference "
        "between any two slopes, or the two losses."
    )
    count = len(pairs[0].ours.slopes)
    most = max(pair.difference for pair in pairs)
    st.markdown(
        f"The largest difference in {len(pairs)} losses and "
        f"{len(pairs) * count:,} slopes is **{most:.1g}**."
        + (
            " Both count with 64 bits, some 16 digits, but add in another "
            "order, so they round differently."
            if most
            else " Not a single bit differs."
        )
    )
    if not config.accumulate:
        st.info(
            "The knob accumulate is off, but here both add up their slopes: "
            "torch cannot be told to overwrite them.",
            icon=":material/info:",
        )


def compared(pairs) -> pa.Table:
    return arrow.table(
        [
            (
                f"{step}",
                f"{pair.ours.loss:.6f}",
                f"{pair.torch.loss:.6f}",
                f"{pair.ours.largest:.4g}",
                f"{pair.torch.largest:.4g}",
                f"{pair.difference:.1g}",
            )
            for step, pair in enumerate(pairs, start=1)
        ],
        [
            "step",
            "loss, ours",
            "loss, torch",
            "slope, ours",
            "slope, torch",
            "apart",
        ],
    )


def fast(timed):
    """Who is faster, from a whole step down to one neuron and one point."""
    cases = [(named(each), each.ours, each.torch) for each in timed]
    st.vega_lite_chart(
        chart.times(cases),
        chart.race(tuple(name for name, *_ in cases)),
        alt="Milliseconds a step of both: "
        + "; ".join(
            f"{name}: ours {1000 * ours:.2g}, torch {1000 * torch:.2g}"
            for name, ours, torch in cases
        ),
    )
    st.markdown(" ".join(map(verdict, (timed[0], timed[-1]))))
    st.markdown(
        "Why? Ours goes through one Python object a weight and point: the "
        "time grows with both. Torch makes a few calls into compiled code, "
        "each for all points and weights at once: a call costs about the same "
        "for one number as for a hundred, and that is what you pay when there "
        "is little to do."
    )
    st.caption(
        "On this server, the quickest step of several: forward, zero_grad, "
        "backward and update."
    )


def named(timed) -> str:
    points = f"{timed.points} point{'s' if timed.points > 1 else ''}"
    return f"{timed.parameters:,} numbers, {points}"


def verdict(timed) -> str:
    """Who won this case, and by how much."""
    slow, quick = max(timed.ours, timed.torch), min(timed.ours, timed.torch)
    who = "torch" if timed.torch < timed.ours else "ours"
    return (
        f"With {named(timed)} a step takes {1000 * timed.ours:.3g} ms in ours "
        f"and {1000 * timed.torch:.3g} ms in torch: {who} is "
        f"**{slow / quick:.3g} times** as fast."
    )
