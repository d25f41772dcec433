"""A mean and a spread for a single name; gamma and beta; eval(); folding."""

from functools import partial

import streamlit as st

from core import batchnorm, mlp, running
from core.layers import BatchNorm1d
from pages.charts import arrow
from pages.charts import running as chart
from pages.parts import later, live, source
from pages.parts.cached import drawn_once
from pages.sections.batchnorm import deployed, scales
from pages.sections.batchnorm.instant import FULL, STEPS, extent, instant

KINDS = ("mean", "spread")
MUCH = 0.02  # nats: more than another seed changes


def show(data, draw):
    st.header("One name has no batch", anchor="running")
    st.markdown(
        "Trained with BatchNorm, a net answers with the mean and the spread "
        "of a batch. Asked for a single name it has none, so it must have "
        "kept a mean and a spread for each neuron. Two ways: **calibrated**, "
        "one full pass over all examples when training is done; or "
        "**running**, two numbers a neuron that follow each batch on the way: "
        "*new = (1 - m) × kept + m × batch*, with **momentum** m. Which m "
        "comes closest to the full pass?"
    )
    later.show(partial(followed, data), (instant, data, data.digest))
    source.show(running.calibrated, running.measured, BatchNorm1d.statistics)
    draw(own_run, of=scales.normalised)
    scales.show(data, draw)
    deployed.show(data)


@st.fragment
def followed(data):
    """One momentum, one neuron."""
    left, right = st.columns(2, vertical_alignment="bottom")
    momentum = left.segmented_control(
        "Momentum",
        running.MOMENTA,
        format_func=lambda each: f"{each:g}",
        default=running.MOMENTA[0],
        required=True,
        key="bn running momentum",
        help="How much of each batch goes into what is kept. It changes "
        "nothing in the training, so one training serves all four.",
    )
    neuron = right.slider(
        "Neuron", 1, running.CONFIG.hidden, key="bn running neuron"
    )
    for column, which in zip(st.columns(2), (0, 1), strict=True):
        with column:
            one_neuron(data, data.digest, momentum, neuron, which)
    worst(data, data.digest, momentum)
    for column, which in zip(st.columns(2), (0, 1), strict=True):
        with column:
            all_neurons(data, data.digest, momentum, neuron, which)
    compared(data, data.digest)


@drawn_once
def one_neuron(_data, digest: str, momentum: float, neuron: int, which: int):
    """The mean or the spread of one neuron, either way, over the steps."""
    found, kind = instant(_data, digest).found, KINDS[which]
    kept = [each[which].tolist() for each in found.running[momentum]]
    passed = [each[which].tolist() for each in found.passed]
    of = [each[neuron - 1] for each in kept]
    ours = [each[neuron - 1] for each in passed]
    st.vega_lite_chart(
        chart.followed(found.steps, of, found.looks, ours),
        chart.neuron(
            f"{kind.capitalize()} of its sums",
            kind,
            *extent(passed, kept[0]),
            STEPS,
        ),
        alt=f"The {kind} of the sums of neuron {neuron} over {STEPS:,} steps: "
        f"running {of[-1]:.3f}, by the full pass {ours[-1]:.3f} at the end.",
    )


def gaps_of(found, momentum: float) -> list[tuple[float, float]]:
    """The largest gaps at each step that has a full pass."""
    at = {step: i for i, step in enumerate(found.steps)}
    return [
        running.gaps(found.running[momentum][at[step]], passed)
        for step, passed in zip(found.looks, found.passed, strict=True)
    ]


@drawn_once
def worst(_data, digest: str, momentum: float):
    """The largest gap over all neurons, over the steps."""
    found = instant(_data, digest).found
    gaps = gaps_of(found, momentum)
    means, spreads = zip(*gaps, strict=True)
    ends = [gaps_of(found, each)[1:] for each in running.MOMENTA]
    high = max(x for each in ends for pair in each for x in pair)
    st.vega_lite_chart(
        chart.gap(found.looks, means, spreads),
        chart.gaps(round(1.05 * high, 2), STEPS),
        alt=f"The largest gap over all neurons at momentum {momentum:g}; at "
        f"the end {means[-1]:.3f} for means, {spreads[-1]:.3f} for spreads.",
    )
    st.markdown(said_of(momentum, means[-1], spreads[-1]))


def said_of(momentum: float, mean: float, spread: float) -> str:
    """What this momentum does, and why."""
    begun = f"At momentum **{momentum:g}** the worst neuron is off by "
    begun += f"**{mean:.3f}** in its mean and **{spread:.3f}** in its spread. "
    if momentum == 1:
        return begun + (
            "It keeps the last batch alone: as noisy as "
            f"{running.CONFIG.batch} examples are."
        )
    rest = (1 - momentum) ** STEPS
    about = f"It averages over about the last {1 / momentum:,.0f} batches"
    if rest > 0.01:
        return begun + (
            f"{about}: smooth, but slow. After {STEPS:,} steps {rest:.1%} of "
            "what it keeps is still where it started, mean 0 and spread 1."
        )
    return begun + (
        f"{about}: it has long forgotten where it started, and the fewer "
        "batches, the more noise."
    )


@drawn_once
def all_neurons(_data, digest: str, momentum: float, neuron: int, which: int):
    """Every neuron at the end, either way."""
    found, kind = instant(_data, digest).found, KINDS[which]
    passed = found.passed[-1][which].tolist()
    kept = found.running[momentum][-1][which].tolist()
    others = [found.running[each][-1][which].tolist() for each in (0.01, 0.1)]
    st.vega_lite_chart(
        chart.cloud(passed, kept, neuron),
        chart.scatter(f"All {kind}s at the end", *extent(passed, *others)),
        alt=f"The {kind} of all {len(passed)} neurons after {STEPS:,} steps, "
        "running over full pass; on the diagonal both agree.",
    )


@drawn_once
def compared(_data, digest: str):
    """Gaps and losses of all four, and the full pass."""
    all_ = instant(_data, digest)
    rows = []
    for momentum in running.MOMENTA:
        mean, spread = gaps_of(all_.found, momentum)[-1]
        loss = f"{all_.losses[momentum]:.4f}"
        name = f"running, momentum {momentum:g}"
        rows.append((name, f"{mean:.3f}", f"{spread:.3f}", loss))
    rows.append(("calibrated, one full pass", "", "", losses_of(all_, FULL)))
    columns = ["statistics", "gap, mean", "gap, spread", f"{all_.judge} loss"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt="The largest gaps over all neurons and the loss, by momentum.",
    )
    apart = [abs(all_.losses[m] - all_.losses[FULL]) for m in running.MOMENTA]
    mind = (
        "this net does not mind rough statistics much"
        if max(apart) < MUCH
        else "rough statistics cost this net something"
    )
    st.markdown(
        f"The losses lie within {max(apart):.4f} nats of the full pass: "
        f"{mind}. A loss below the full pass's is luck, not merit. What "
        "speaks for running statistics is that they cost no second pass."
    )
    st.caption(
        f"The lecture's net with one hidden layer and BatchNorm, {STEPS:,} "
        f"steps at rate {running.CONFIG.rate:g}, whatever the sidebar says. "
        + (
            "The loss is of the whole dev split."
            if all_.judge == "dev"
            else "With so few words nothing is held back: the loss is of the "
            "words it learns from."
        )
    )
    if _data.source == "lectures":
        st.caption(
            "Lecture 4, after 200,000 steps at momentum 0.001 and with the "
            "bias that it then removes: largest gaps 0.032 in the mean and "
            "0.057 in the spread; train loss 2.06659 by running statistics, "
            "2.06683 by the full pass. There the spread itself follows the "
            "batches; in torch and on this page, the variance. A mean of "
            "roots is smaller than the root of the mean, so the lecture's "
            "running spread comes out a little low."
        )


def losses_of(all_, way) -> str:
    return f"{all_.losses[way]:.4f}"


def own_run(run):
    """The same question to the visitor's own run, once it is done."""
    st.markdown("**Your own run**")
    if not run.config.batchnorm:
        st.markdown("It has no BatchNorm: switch it on in the sidebar.")
        return
    if live.result(run) is None:
        st.markdown(
            "It is not trained yet. [Press Train](#train), come back, and pass "
            "examples through it."
        )
        return
    asked = st.session_state.setdefault("bn passed", set())
    if st.button(
        "Pass all examples through it",
        key="bn running pass",
        icon=":material/input:",
        help="One full pass over everything it learned from, then the loss "
        "of the words held back by both.",
    ):
        asked.add(run.id)
    if run.id in asked:
        passed(run, run.id)


@drawn_once
def passed(_run, run_id: str):
    """Gaps, losses and clouds of a finished run."""
    config, data = _run.config, _run.data
    examples = running.examples(data, config.context)
    net = batchnorm.learned_network(config, live.result(_run))
    full = running.calibrated(net, examples.train, len(examples.y))
    kept, true = running.kept(net), running.kept(full)
    mean, spread = running.gaps(kept, true)
    before, after = (mlp.loss_of(e, examples.held) for e in (net, full))
    judge = "dev" if mlp.split(data).dev else "train"
    st.markdown(
        f"{len(examples.y):,} examples passed. Over the "
        f"{len(true.mean):,} neurons with BatchNorm the largest gap is "
        f"**{mean:.3f}** in the mean and **{spread:.3f}** in the spread. The "
        f"{judge} loss is **{before:.5f}** by running statistics, "
        f"**{after:.5f}** by the full pass."
    )
    for column, which in zip(st.columns(2), (0, 1), strict=True):
        x, y = true[which].tolist(), kept[which].tolist()
        column.vega_lite_chart(
            chart.cloud(x, y),
            chart.scatter(f"Your {KINDS[which]}s", *extent(x, y)),
            alt=f"The {KINDS[which]} of each neuron, running over full pass.",
        )
