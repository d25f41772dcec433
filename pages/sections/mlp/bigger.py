"""Bigger: what a larger network costs, what it can do, and what is noise."""

from functools import partial

import streamlit as st

from core import knobs, mlp, noise
from pages.charts import layers
from pages.parts import asked, later, source
from pages.parts.cached import drawn_once

SIZES = "hidden", "context", "embedding"
NET = *SIZES, "only", "seed"
MEASURED = asked.Choice(
    "Measure", "mlp at rest", mlp.Config(), asked.untrained(mlp.Config(), *NET)
)
LECTURE = {
    "The lecture's first network": (100, 3, 2),
    "The lecture's last network": (200, 3, 10),
}
HELP = "{} hidden neurons, {} letters, {} numbers a letter"
LABELS = {
    "hidden": "Hidden neurons",
    "context": "Letters of context",
    "embedding": "Numbers that place a letter",
}


def show(draw):
    st.header("Bigger", anchor="bigger")
    st.markdown(
        "A network of more numbers can say more. Three knobs make this one "
        "bigger: **hidden neurons**, **context** and the size of the "
        "**embedding**, the place of a letter. Move them: which part grows, "
        "and how fast?"
    )
    draw(sized, *SIZES)
    source.show(mlp.parts)
    st.markdown(
        "Too few numbers and the network **underfits**: it cannot even say "
        "what the words for training say, so their loss and that of the dev "
        "words are both high and alike. That is the sign to make it bigger. "
        "Too many for the words there are, and it **overfits**: it learns "
        "the words for training by heart, their loss goes on falling, and dev "
        "is left behind. Further down, the experiments train a small and a "
        "large network so that you see both."
    )
    st.subheader("The noise is the batch's", anchor="noise")
    st.markdown(
        "Whatever the size of the network, the loss of its batches jumps "
        "about. To see where the noise comes from, train and then *stop*: "
        "no number of the network changes any more. Ask for the loss of "
        f"{noise.BATCHES} batches drawn by chance. Their **spread** is how far "
        "they lie from their mean: the standard deviation."
    )
    draw(offer, of=MEASURED.mine)
    draw(noisy, of=MEASURED.shown)
    source.show(noise.briefly, noise.each_loss, noise.batch_losses)


def key(size: str) -> str:
    return f"mlp bigger {size}"


def set_sizes(sizes: tuple[int, ...]):
    for size, value in zip(SIZES, sizes, strict=True):
        st.session_state[key(size)] = value


def follow(config):
    """The sliders start where the sidebar stands, and again when it moves."""
    sizes = tuple(getattr(config, size) for size in SIZES)
    if st.session_state.get("mlp bigger follows") != sizes:
        st.session_state["mlp bigger follows"] = sizes
        set_sizes(sizes)


def sized(data, config):
    """Three sliders, and the numbers of each part of the network."""
    follow(config)
    with st.container(horizontal=True):
        for label, sizes in LECTURE.items():
            st.button(
                label,
                key=f"mlp bigger {sizes}",
                on_click=set_sizes,
                args=(sizes,),
                help=HELP.format(*sizes),
            )
    known = {each.name: each for each in knobs.knobs_of(mlp.Config)}
    for column, size in zip(st.columns(3), SIZES, strict=True):
        low, high = known[size].low, known[size].high
        column.slider(LABELS[size], low, high, key=key(size))
    sizes = [st.session_state[key(size)] for size in SIZES]
    most = [known[size].high for size in SIZES]
    counted(*sizes, len(data.letters), tuple(most))


@drawn_once
def counted(hidden, context, embedding, V: int, most: tuple):
    """The bars, their total, and what doubling each size makes of it."""
    parts = mlp.parts(hidden, context, embedding, V)
    total = sum(parts.values())
    ends = max(mlp.parts(*most, V).values())
    st.vega_lite_chart(
        layers.sized(parts),
        layers.bars(tuple(parts), ends),
        alt="Numbers learned: "
        + ", ".join(f"{part} {count:,}" for part, count in parts.items())
        + f"; {total:,} in all.",
    )
    largest = max(parts, key=parts.get)
    st.markdown(
        f"**{total:,} parameters** in all, {parts[largest] / total:.0%} of "
        f"them in {largest}. Double one size, and they become:\n"
        + "\n".join(doubled((hidden, context, embedding), V, total))
    )


GROWS = {
    "hidden": "W1, b1 and W2 double, and only C and b2 stay",
    "context": "Only W1 grows: a letter more is a row of C more for each "
    "neuron to read",
    "embedding": "C and W1 double, and what follows the hidden layer stays",
}


def doubled(sizes, V: int, total: int) -> list[str]:
    """A sentence for each size, doubled while the others stay."""
    lines = []
    for i, size in enumerate(SIZES):
        twice = [2 * n if i == j else n for j, n in enumerate(sizes)]
        then = sum(mlp.parts(*twice, V).values())
        lines.append(
            f"- {LABELS[size].lower()} {sizes[i]} → {twice[i]}: **{then:,}**, "
            f"{then / total:.2f} times as many. {GROWS[size]}."
        )
    return lines


@later.resources(64)
def losses(_data, digest: str, config):
    """The losses of many batches of one network at rest, by their size."""
    weights, X, y = noise.briefly(config, _data)
    return noise.batch_losses(noise.each_loss(weights, X, y), config.seed)


def offer(run):
    MEASURED.offer(run)


def noisy(run):
    question = run.data, run.data.digest, MEASURED.shown(run).config
    later.show(partial(at_rest, *question), (losses, *question))


@drawn_once
def at_rest(_data, digest: str, config):
    """The spread over the size of the batch, and what to make of it."""
    found = losses(_data, digest, config)
    spreads = {B: noise.spread(values) for B, values in found.items()}
    if not min(spreads.values()) > 0:
        return st.info(
            "Here every batch has the same loss: there is no noise to show. "
            "Take more words."
        )
    sizes = list(spreads)
    st.vega_lite_chart(
        layers.noise(spreads),
        layers.falling(tuple(sizes)),
        alt="The spread of the loss over batches of "
        + ", ".join(f"{B}: {s:.3f}" for B, s in spreads.items()),
    )
    few, many = sizes[1], sizes[-1]
    of_few = found[few]
    st.markdown(
        f"One and the same network says anything from {min(of_few):.2f} to "
        f"{max(of_few):.2f} on batches of {few}: that is the width of the "
        f"curve's band. The loss of a batch is the mean of its examples, and a "
        f"mean of B draws spreads like one over the root of B (the grey line, "
        f"through the first point). With {many // few} times as many examples, "
        f"{many}, the spread is {spreads[few] / spreads[many]:.1f} times "
        f"smaller; the rule says {(many / few) ** 0.5:.1f}."
    )
    st.caption(
        f"A network of {config.hidden} hidden neurons, {config.context} "
        f"letters and {config.embedding} numbers a letter, after "
        f"{noise.STEPS} steps at rate {noise.RATE:g} on up to "
        f"{noise.WORDS:,} words."
    )
