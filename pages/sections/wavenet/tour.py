"""Pytorchify: our layers beside torch.nn's, and the two modes."""

import pyarrow as pa
import streamlit as st

from core import mlp, tour, wavenet
from pages.charts import arrow
from pages.parts import asked, cached, source
from pages.parts.cached import drawn_once
from pages.sections.wavenet.convolution import as_tree, at_start, untrained

B = 32  # examples in the batch that is compared
DIFFER = {
    "Embedding": "the same",
    "FlattenConsecutive": "torch has none: two, one after the other",
    "Linear": "its weight lies turned: (out, in)",
    "BatchNorm1d": "wants (N, C, L); ours has channels last, (N, L, C)",
    "BatchNorm1d, correction 1": "the lecture divides by n - 1, torch by n",
    'Nonlinearity("tanh")': "the same",
    "Sequential": "the same",
}


def show(data, draw):
    st.header("Pytorchify", anchor="pytorchify")
    st.markdown(
        "Our layers have the names and manners of `torch.nn`, the layers that "
        "most published nets are made of. So you can use torch's from now on, "
        "and know what is inside. The same input goes through both, with the "
        "same weights, and the same slopes come back: what is the largest "
        "difference of any number? One row is not like the others."
    )
    beside(len(data.letters))
    source.show(tour.beside, tour.as_torch)
    st.subheader("The whole net", anchor="twin")
    draw(offer, of=lambda run: (COMPARED.mine(run), unlike(run)))
    draw(twins, of=COMPARED.shown)


def as_tree_starts(run) -> asked.Net:
    """A net without the bug of over_time, of tanh, and untrained."""
    return asked.Net(at_start(as_tree(run.config)), run.data.digest)


COMPARED = asked.Choice(
    "Compare", "wavenet twin", at_start(wavenet.Config()), as_tree_starts
)


def unlike(run) -> bool:
    return as_tree(run.config) != run.config


def offer(run):
    COMPARED.offer(run)
    if unlike(run):
        st.caption("Here it is of tanh and without the bug, unlike your knobs.")


def twins(run):
    """What needs a net: its twin in torch, and the two modes."""
    data, first = run.data, COMPARED.shown(run).config
    whole(data, data.digest, first)
    source.show(tour.whole)
    st.subheader("Two modes", anchor="modes")
    modes(data, data.digest, first)
    source.show(tour.changed, tour.alone)


def tiny(difference: float) -> str:
    return f"{difference:.1e}" if difference else "0"


def torchs(names: str) -> str:
    return ", ".join(f"`nn.{name}`" for name in names.split(", "))


def pair(apart) -> str:
    return f"{tiny(apart.outputs)}, {tiny(apart.slopes)}"


@drawn_once
def beside(V: int):
    """The table of classes, and why one row stands out."""
    found = tour.stops(V)
    names = [f"`{each.ours}`" for each in found]
    st.table(
        pa.table(
            {
                "ours": names,
                "torch's": [torchs(each.theirs) for each in found],
                "mind that": [DIFFER[each.ours] for each in found],
            }
        ),
        hide_index=True,
        alt="Each of our layers, torch's, and what to mind.",
    )
    st.table(
        pa.table(
            {
                "ours": names,
                "training": [pair(each.training) for each in found],
                "evaluation": [pair(each.evaluation) for each in found],
            }
        ),
        hide_index=True,
        alt="Each of our layers with the largest differences of outputs and "
        "of slopes from torch's, in training and in evaluation.",
    )
    st.caption(
        "Under training and evaluation: the largest difference of the outputs, "
        "then of the slopes. Below 1e-5 it is rounding: single precision keeps "
        "seven digits."
    )
    [lecture] = [each for each in found if "correction" in each.ours]
    st.markdown(
        "BatchNorm is where to be careful. Torch's wants the channels "
        "**before** time, so that ours stands between two swaps; and given "
        "channels last it says:"
    )
    wrong_way()
    st.markdown(
        "That is luck: had there been as many places in time as channels, it "
        "would have said nothing and normalised the wrong way. And it divides "
        "the variance by n where it normalises, but by n - 1 where it keeps "
        "it for later; the lecture divides by n - 1 in both, which makes "
        f"outputs differ by up to {lecture.training.outputs:.3f} in training. "
        "Torch's documentation says so, far down: test a layer, as here, "
        "before you believe that you know it."
    )


def wrong_way(N=32, L=4, C=20):
    """Channels last, given to torch."""
    try:
        tour.channels_last(N, L, C)
    except RuntimeError as refusal:
        st.code(f"RuntimeError: {refusal}", language=None, wrap_lines=True)


@cached.values(16)
def batch(_data, digest: str, context: int):
    """The first contexts of the words."""
    X, _ = mlp.windows(_data.words[:B], _data.letters, context)
    return X[:B]


@drawn_once
def whole(_data, digest: str, config):
    """The logits of the net and its twin in both modes."""
    net = untrained(config, _data, digest)
    X = batch(_data, digest, wavenet.context(config))
    apart = {
        (mode, correction): tour.apart(
            *tour.whole(net, X, mode == "training", correction)
        )
        for mode in ("training", "evaluation")
        for correction in (0, 1)
    }
    st.markdown(
        f"This net, untrained, and an `nn.Sequential` with the same "
        f"{wavenet.parameters(config, len(_data.letters)):,} numbers, on the "
        f"same {len(X)} contexts. The largest difference of their logits:"
    )
    st.table(
        pa.table(
            {"BatchNorm divides by": ["n, as torch", "n - 1, as the lecture"]}
            | {
                f"in {mode}": [tiny(apart[mode, k]) for k in (0, 1)]
                for mode in ("training", "evaluation")
            }
        ),
        hide_index=True,
        alt="The largest difference of the logits, by mode and by what the "
        "variance is divided by.",
    )
    st.caption(
        "In evaluation neither divides: both take the running variance, which "
        "both keep by n - 1."
    )


@drawn_once
def modes(_data, digest: str, config):
    """What training and evaluation change, layer by layer."""
    st.markdown(
        "`net.train()` and `net.eval()` turn the same switch in both. It "
        "changes nothing but layers that look at the batch, or draw by "
        "chance as dropout does; here, that is one class. Asked of every "
        "layer just now:"
    )
    net = untrained(config, _data, digest)
    X = batch(_data, digest, wavenet.context(config))
    seen = {}
    for name, other, kept in tour.changes(net, X):
        seen.setdefault(name, []).append((other, kept))
    rows = [
        (
            f"`{name}`",
            "another" if any(other for other, _ in each) else "the same",
            "running mean and variance"
            if any(kept for _, kept in each)
            else "nothing",
        )
        for name, each in seen.items()
    ]
    columns = ["layer", "its output in the other mode", "keeps of a batch"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt="Whether each layer's output depends on the mode, and what it "
        "keeps of a batch in training.",
    )
    one_alone(net, X)


def one_alone(net, X):
    """A single example in both modes, and torch's word on it."""
    seen = tour.alone(net, X, training=True)
    rows = [str(n) for n, _ in seen]
    first = next((i for i, (_, good) in enumerate(seen) if not good), None)
    fine = all(good for _, good in tour.alone(net, X, training=False))
    st.markdown(
        "**One example in training mode** is the classic mistake. What a "
        "BatchNorm then normalises over are the places in time that are left, "
        f"from the letters up {', '.join(rows)}. With one there is no spread, "
        "and 0 divided by 0"
        + ("" if first is None else f" makes all `nan` {where(first, seen)}")
        + (". In evaluation all are numbers." if fine else ".")
        + " Torch refuses to begin:"
    )
    try:
        tour.alone_by_torch(net, X)
    except ValueError as refusal:
        st.code(f"ValueError: {refusal}", language=None, wrap_lines=True)


def where(first: int, seen) -> str:
    if len(seen) == 1:
        return "at once"
    return f"from layer {first + 1} of {len(seen)} on"
