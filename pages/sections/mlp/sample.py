"""Sample names, and the surprise of a word beside the bigram's."""

import math
from functools import partial

import streamlit as st

from core import bigram, mlp, sampling
from core.data import names
from pages.charts import arrow, surprise
from pages.parts import cached, later, live, source, words
from pages.parts.cached import drawn_once
from pages.sections.mlp import letter_map, training

HOW_MANY = 20  # as in the lecture
FIRST, SECOND = "bigram", "MLP"


def in_hand(run):
    """The weights to draw with, a key for what is cached by them, and where
    they come from: the run, or the first picture's network before it."""
    found = live.result(run)
    if found is None:
        weights = letter_map.quick_map(run.data, run.data.digest).weights
        return weights, "small", "the small network of the first picture"
    weights = mlp.Weights(*(found[name] for name in mlp.Weights._fields))
    split = "train" if found["dev"] is None else "dev"
    return weights, run.id, f"your run ({split} {found[split]:.4f} nats)"


def show(draw):
    st.header("Sample", anchor="sample")
    st.markdown(
        "Begin with a context of edges, draw a letter by its chance, move the "
        "window on by one, draw again. **Temperature** divides the logits "
        "before the softmax: below 1 the likely letters win more often, above "
        "1 the chances come closer to each other."
    )
    draw(sampled, of=seeded)
    source.show(sampling.sample)
    st.subheader("How surprising is a word?", anchor="surprise")
    st.markdown(
        "Type your own name. Each bar is minus the logarithm of the chance "
        "that the letter had: a longer context should leave the network "
        "less surprised than the bigram, which sees one letter. Where does it "
        "not?"
    )
    draw(spelled, of=live.done)
    source.show(sampling.surprises)


def seeded(run) -> tuple[str, int]:
    return live.done(run), run.config.seed


def sampled(run):
    """Twenty names at a temperature, other ones at each press."""
    net = live.unless_done(run, letter_map.quick_map)
    later.show(partial(twenty, run), *net)


def twenty(run):
    weights, key, where = in_hand(run)
    temperature = st.slider(
        "Temperature", 0.1, 3.0, 1.0, 0.1, key="mlp temperature"
    )
    draws = st.session_state.setdefault("mlp draws", 0)
    seed = run.config.seed + draws
    found = drawn(weights, run.data, key, run.data.digest, temperature, seed)
    st.markdown(live.as_names(found, words.known(run.data, run.data.digest)))
    st.caption(
        f"Drawn from {where}; the random numbers start at the seed and ten, "
        "as the lecture's. A star means that the word is in the data."
    )
    st.button(
        "Draw twenty others",
        icon=":material/casino:",
        key="mlp draw",
        on_click=draw_more,
    )


def draw_more():
    st.session_state["mlp draws"] += 1


@cached.values(64)
def drawn(_weights, _data, key: str, digest: str, temperature, seed: int):
    """Names from these weights, whose key and data's digest name them."""
    model, context = partial(mlp.forward, _weights), mlp.look_back(_weights)
    return sampling.sample_words(
        model, _data.letters, context, seed, HOW_MANY, temperature
    )


def spelled(run):
    """A word's surprise, letter by letter, under both models."""
    data = run.data
    text = words.box("A word", data, "mlp surprise")
    try:
        word = names.one(text, data.letters)
    except ValueError as trouble:
        words.refused(trouble, data.words[0])
        word = data.words[0]
    net = live.unless_done(run, letter_map.quick_map)
    later.show(partial(against_bigram, run, word), *net)


def against_bigram(run, word: str):
    weights, key, where = in_hand(run)
    weighed(weights, run.data, key, run.data.digest, word, where)


@drawn_once
def weighed(_weights, _data, key: str, digest: str, word: str, where: str):
    """What a word costs these weights, whose key names them, and the bigram."""
    model, context = partial(mlp.forward, _weights), mlp.look_back(_weights)
    ours = sampling.surprises(word, model, _data.letters, context)
    P = training.bigram_table(_data, digest)
    theirs = bigram.surprises(word, P, _data.letters)
    compared(word, theirs, ours)
    verdict(word, theirs, ours, where)


def compared(word, theirs, ours):
    """The bars and the numbers behind them."""
    models = {FIRST: theirs, SECOND: ours}
    nll = {name: [each.nll for each in said] for name, said in models.items()}
    st.vega_lite_chart(
        surprise.frame(word + names.EDGE, nll),
        surprise.spec(word + names.EDGE, FIRST, SECOND),
        alt=f"The surprise at each letter of {word}, bigram beside MLP.",
    )
    if max(map(max, nll.values())) > surprise.HIGHEST:
        st.caption(f"Bars are cut at {surprise.HIGHEST:g} nats.")
    rows = [
        (
            f"`{a.context}`",
            f"`{a.next}`",
            f"{b.chance:.4f}",
            f"{a.chance:.4f}",
            f"{b.nll - a.nll:+.3f}",
        )
        for a, b in zip(ours, theirs, strict=True)
    ]
    columns = ["it sees", "comes", "bigram's chance", "MLP's chance", "gained"]
    st.table(
        arrow.table(rows, columns),
        hide_index=True,
        alt=f"The chances of each letter of {word} under both models.",
    )


def verdict(word, theirs, ours, where):
    """Both means in a sentence, and the letter where more context hurt."""
    means = [
        sum(each.nll for each in said) / len(said) for said in (theirs, ours)
    ]
    worst = min(zip(ours, theirs, strict=True), key=gained)
    said = (
        f"**{words.plain(word)}** costs the bigram **{means[0]:.4f}** "
        f"nats a letter and the MLP, {where}, **{means[1]:.4f}**."
    )
    if math.isinf(means[1]):
        said += " It gives a letter no chance at all: its surprise is infinite."
    elif gained(worst) < -0.005:
        said += (
            f" After `{worst[0].context}` the longer context misled it: "
            f"`{worst[0].next}` surprised the bigram less."
        )
    st.markdown(said)


def gained(pair) -> float:
    """Nats that the MLP saves over the bigram at one letter."""
    ours, theirs = pair
    return theirs.nll - ours.nll
