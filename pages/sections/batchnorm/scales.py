"""Gamma and beta, trained away from 1 and 0; what freezing them costs."""

from functools import partial

import streamlit as st

from core import batchnorm, running
from pages.charts import arrow
from pages.charts import running as chart
from pages.parts import later, live, source
from pages.parts.cached import drawn_once
from pages.sections.batchnorm.instant import STEPS, instant

SEEDS = tuple(running.CONFIG.seed + i for i in (0, -1, -2))
REACH = 4.0  # of the histogram of sums after BatchNorm


def show(data, draw):
    st.subheader("Gamma and beta leave 1 and 0", anchor="gamma-beta")
    st.markdown(
        "Normalised sums have mean 0 and spread 1, and then each neuron "
        "multiplies its own by **gamma** and adds **beta**. They start at 1 "
        "and 0, and are then learned like weights: so mean 0 and spread 1 hold "
        "at the start only, on purpose. The shape is another matter: BatchNorm "
        "moves and stretches the sums, it does not make them a bell. Look how "
        "far gamma and beta have gone."
    )
    draw(trained_away, of=normalised)
    freeze(data)
    source.show(running.follow, running.learned_loss)


def normalised(run) -> tuple[bool, str]:
    """What decides whether a run can be shown here."""
    return run.config.batchnorm, live.done(run)


def trained_away(run):
    """Histograms of gamma and beta, and of the sums they make."""
    later.show(partial(away, run), (instant, run.data, run.data.digest))


def away(run):
    config = run.config
    done = config.batchnorm and live.result(run) is not None
    spread_out(run, run.data.digest, run.id if done else "")
    which = st.segmented_control(
        "Sums after BatchNorm",
        ("of one neuron", "of all neurons"),
        default="of one neuron",
        required=True,
        key="bn running sums",
        help="The neuron whose gamma and beta have gone farthest, or all of "
        "them together.",
    )
    sums(run.data, run.data.digest, which == "of one neuron")


@drawn_once
def spread_out(_run, digest: str, done: str):
    """Gamma and beta after some steps, and of the finished run if any."""
    shapes = instant(_run.data, digest).found.shapes
    seen = {f"step {n:,}": each[:2] for n, each in shapes.items() if n}
    if done:
        net = batchnorm.learned_network(_run.config, live.result(_run))
        seen["your run"] = running.learned_scales(net, _run.config.layers)
    for column, i, name in zip(
        st.columns(2), (0, 1), ("gamma", "beta"), strict=True
    ):
        start = 1.0 - i
        reach = round(
            running.reach([each[i] for each in seen.values()], start), 3
        )
        bins = {
            when: running.shape(each[i], start, reach)
            for when, each in seen.items()
        }
        high = max(max(each) for each in bins.values())
        column.vega_lite_chart(
            chart.shapes(bins, start, reach),
            chart.histograms(
                f"{name}, which starts at {start:g}",
                name,
                tuple(bins),
                start,
                start,
                reach,
                round(1.2 * high, 3),
            ),
            alt=f"Histograms of {name}: "
            + "; ".join(ends(when, each[i]) for when, each in seen.items()),
        )
    st.markdown(
        "; ".join(
            f"{when}: gamma {between(gamma)}, beta {between(beta)}"
            for when, (gamma, beta) in seen.items()
        ).capitalize()
        + "."
    )


def between(numbers) -> str:
    """From the smallest to the largest."""
    ends = (round(end(numbers.tolist()), 3) + 0.0 for end in (min, max))
    return " to ".join(f"{each:.3f}" for each in ends)


def ends(when: str, numbers) -> str:
    return f"{when}, {between(numbers)}"


@drawn_once
def sums(_data, digest: str, one: bool):
    """What comes out of BatchNorm before training and after it."""
    shapes = instant(_data, digest).found.shapes
    gamma, beta, _ = shapes[STEPS]
    neuron = running.farthest(gamma, beta)
    bins, said = {}, []
    for n in (0, STEPS):
        out = shapes[n][2][:, neuron] if one else shapes[n][2]
        bins[f"step {n:,}"] = running.shape(out, 0.0, REACH)
        mean, spread = running.described(out)
        said.append(f"mean {mean:+.3f}, spread {spread:.3f} at step {n:,}")
    bins["normal"] = running.bell(REACH)
    high = max(max(each) for each in bins.values())
    name = f"neuron {neuron + 1}" if one else "all neurons"
    st.vega_lite_chart(
        chart.shapes(bins, 0.0, REACH),
        chart.histograms(
            f"Does {name} leave the normal curve?",
            "sum after BatchNorm",
            tuple(bins),
            None,
            0.0,
            REACH,
            round(1.1 * high, 3),
        ),
        alt=f"Histograms of the sums of {name}: " + "; ".join(said),
    )
    st.markdown(
        f"**{name.capitalize()}**: {', then '.join(said)}. "
        + (
            f"Its gamma is now {gamma[neuron].item():.3f} and its beta "
            f"{beta[neuron].item():+.3f}: that is where the sums have gone, "
            "on purpose. A spike is a context that comes often: above all the "
            "dots before a word."
            if one
            else "Some neurons went up and some down, so all together they "
            "hardly show it: look at one neuron."
        )
    )


@st.fragment
def freeze(data):
    """The same training with gamma and beta kept as they are."""
    if st.toggle(
        "Keep gamma at 1 and beta at 0",
        key="bn running freeze",
        help=f"Trains {len(SEEDS)} nets with and without: a few seconds, once.",
    ):
        question = data, data.digest
        seeds = [(frozen_or_not, *question, seed) for seed in SEEDS]
        instants = instant, *question
        later.show(partial(frozen, *question), instants, *seeds)
    else:
        st.markdown(
            "Does the net need them? Before you throw the switch: by how much "
            "will the loss rise?"
        )


@later.resources(16)
def frozen_or_not(_data, digest: str, seed: int) -> tuple[float, float]:
    """The losses with gamma and beta kept and learned."""
    examples, V = running.examples(_data), len(_data.letters)
    return running.frozen_or_not(examples, V, seed)


@drawn_once
def frozen(_data, digest: str):
    """The losses with and without, by seed, and an honest verdict."""
    pairs = [frozen_or_not(_data, digest, seed) for seed in SEEDS]
    judge = instant(_data, digest).judge
    rows = [
        (f"{seed}", f"{learned:.4f}", f"{kept:.4f}", f"{kept - learned:+.4f}")
        for seed, (kept, learned) in zip(SEEDS, pairs, strict=True)
    ]
    columns = ["seed", "both learned", "kept at 1 and 0", "difference"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt=f"The {judge} loss with gamma and beta learned or kept, by seed.",
    )
    learned = [each for _, each in pairs]
    st.markdown(
        verdict(
            [kept - each for kept, each in pairs], max(learned) - min(learned)
        )
        + f" The {judge} loss, {STEPS:,} steps, statistics by a full pass."
    )


def verdict(rises: list[float], seeds: float) -> str:
    """What keeping them costs, next to what another seed changes."""
    mean = sum(rises) / len(rises)
    rose = sum(rise > 0 for rise in rises)
    said = (
        f"Kept, the loss changes by {mean:+.4f} on average; it rises with "
        f"{rose} of {len(rises)} seeds. Another seed changes it by up to "
        f"{seeds:.4f}."
    )
    if abs(mean) < max(seeds, 0.0005):
        return (
            f"{said} At this size gamma and beta hardly matter. They are "
            "there so that the net *can* undo what BatchNorm does, where that "
            "helps."
        )
    return said
