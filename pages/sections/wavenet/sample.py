"""Sample names; a word under bigram, MLP and WaveNet, one under the other."""

import copy
import math
from functools import partial
from typing import NamedTuple

import streamlit as st

from core import bigram, letter_map, mlp, sampling, tour, wavenet
from core.data import names
from core.runs.store import Run
from pages.charts import three
from pages.parts import cached, later, live, source
from pages.parts import words as words_part
from pages.parts.cached import drawn_once

HOW_MANY = 20  # as in the lecture
DRAWS = "wavenet draws"
SLIGHT = 0.005  # nats: less is not worth a word


class Model(NamedTuple):
    """A net that is ready, and what to say of it."""

    net: object
    context: int
    key: str  # of what is cached by it
    where: str


def show(draw):
    st.header("Sample", anchor="sample")
    st.markdown(
        "Begin with a context of edges, draw a letter by its chance, move the "
        "window on by one, draw again. **Temperature** divides the logits "
        "before the softmax: below 1 the likely letters win more often, above "
        "1 the chances come closer to each other. Which temperature gives "
        "names that you would believe?"
    )
    draw(sampled, of=seeded)
    source.show(sampling.sample)
    st.subheader("Your name under three models", anchor="surprise")
    st.markdown(
        "Type your own name. Each bar is minus the logarithm of the chance "
        "that the letter had, its **surprise**; the dashed line is the mean. "
        "The bigram sees one letter before it, the MLP a few, the WaveNet "
        "more. A number over a bar compares it with the model above: with a "
        "minus, more letters to look back on made the letter less of a "
        "surprise. Does every letter gain?"
    )
    draw(spelled, of=live.done)
    source.show(sampling.surprises)


def in_hand(run) -> Model:
    """The visitor's run if it is finished; before it, a small tree."""
    found = live.result(run)
    if found is None:
        tree = small(run.data, run.data.digest)
        where = f"a small tree, trained just now ({split_of(tree)})"
        return Model(tree.net, wavenet.context(tour.SMALL), "small", where)
    net = trained(run.config, run.id, found)
    where = f"your run ({judged(found)})"
    return Model(net, wavenet.context(run.config), run.id, where)


def split_of(small) -> str:
    return f"{'dev' if small.held_back else 'train'} {small.loss:.4f} nats"


def judged(found) -> str:
    split = "train" if found["dev"] is None else "dev"
    return f"{split} {found[split]:.4f} nats"


@later.resources(4)
def small(_data, digest: str):
    return tour.small_tree(_data)


@cached.resources(16)
def trained(config, key: str, _found):
    return wavenet.learned_network(config, _found)


def class_mlp(data) -> Run:
    """The class's MLP with the default knobs."""
    return Run("mlp", mlp.Config(), data)


def mlp_in_hand(data) -> Model:
    """The class's MLP if it is finished; before it, a small one."""
    run = class_mlp(data)
    found = live.result(run)
    if found is None:
        quick = small_mlp(data, data.digest)
        net = partial(mlp.forward, quick.weights)
        where = f"a small one, trained just now ({split_of(quick)})"
        return Model(net, letter_map.QUICK.context, "small", where)
    weights = mlp.Weights(*(found[name] for name in mlp.Weights._fields))
    where = f"lesson 3's run ({judged(found)})"
    net = partial(mlp.forward, weights)
    return Model(net, run.config.context, run.id, where)


@later.resources(4)
def small_mlp(_data, digest: str):
    return letter_map.quick_map(_data)


def seeded(run) -> tuple[str, int]:
    return live.done(run), run.config.seed


def sampled(run):
    """Twenty names at a temperature, other ones at each press."""
    later.show(partial(twenty, run), *live.unless_done(run, small))


def twenty(run):
    model, data = in_hand(run), run.data
    temperature = st.slider(
        "Temperature", 0.1, 3.0, 1.0, 0.1, key="wavenet temperature"
    )
    seed = run.config.seed + st.session_state.setdefault(DRAWS, 0)
    found = drawn(model, data, model.key, data.digest, temperature, seed)
    with st.container(height=150, border=False):  # hot ones are long
        st.markdown(live.as_names(found, words_part.known(data, data.digest)))
    st.caption(
        f"Drawn from {model.where}; the random numbers start at the seed and "
        "ten. A star means that the word is in the data."
    )
    st.button(
        "Draw twenty others",
        icon=":material/casino:",
        key="wavenet draw",
        on_click=draw_more,
    )


def draw_more():
    st.session_state[DRAWS] += 1


def alone(net):
    """A copy: layers keep what they saw last, and many may ask at once."""
    return copy.deepcopy(net)


@cached.values(64)
def drawn(_model, _data, key: str, digest: str, temperature, seed: int):
    """Names from this model, which its key and the data's digest name."""
    return sampling.sample_words(
        alone(_model.net),
        _data.letters,
        _model.context,
        seed,
        HOW_MANY,
        temperature,
    )


def spelled(run):
    """A word's surprise, letter by letter, under three models."""
    data = run.data
    text = words_part.box("A word", data, "wavenet surprise")
    try:
        word = names.one(text, data.letters)
    except ValueError as trouble:
        words_part.refused(trouble, data.words[0])
        word = data.words[0]
    tree = live.unless_done(run, small)
    before = live.unless_done(class_mlp(data), small_mlp)
    later.show(partial(under_three, run, word), *tree, *before)


def under_three(run, word: str):
    """Its surprise under each model, and who gained by the longer context."""
    data = run.data
    tree, before = in_hand(run), mlp_in_hand(data)
    said = surprised(
        tree, before, data, data.digest, (tree.key, before.key), word
    )
    sees = {"bigram": 1, "MLP": before.context, "WaveNet": tree.context}
    compared(word, said, sees)
    st.caption(
        f"The MLP is {before.where}; the WaveNet is {tree.where}. The bigram "
        "is counted on all words, also on any held back from the nets."
        + " Small nets differ in more than how far they look back: train "
        "this one, and lesson 3's, for a fairer picture."
        * ("small" in (tree.key, before.key))
    )


@cached.values(64)
def surprised(_tree, _mlp, _data, digest: str, keys, word: str) -> dict:
    """Under each model, letter by letter."""
    letters = _data.letters
    P = bigram.probabilities(bigram.count(*bigram.pairs(_data.words, letters)))
    found = {"bigram": bigram.surprises(word, P, letters)}
    for name, model in (("MLP", _mlp), ("WaveNet", _tree)):
        net = alone(model.net)
        said = sampling.surprises(word, net, letters, model.context)
        found[name] = said
    return {n: [each.nll for each in said] for n, said in found.items()}


@drawn_once
def compared(word: str, said: dict, sees: dict):
    """The bars of each model, and who gained by the longer context."""
    above, cut = None, False
    for model, nll in said.items():
        last = model == list(said)[-1]
        title = (
            f"{model}, looks back {counted(sees[model])}: mean {mean(nll):.2f}"
        )
        st.vega_lite_chart(
            three.frame(word + names.EDGE, nll, above),
            three.spec(word + names.EDGE, title, last),
            alt=f"The surprise at each letter of {word} under the {model}: "
            f"{mean(nll):.2f} nats on average.",
        )
        above, cut = nll, cut or max(nll) > three.HIGHEST
    if cut:
        st.caption(f"Bars are cut at {three.HIGHEST:g} nats.")
    st.markdown(means(word, said))
    st.markdown(verdict(word, said, sees))


def counted(letters: int) -> str:
    return f"{letters} letter{'s' * (letters != 1)}"


def mean(nll) -> float:
    return sum(nll) / len(nll)


def means(word: str, said: dict) -> str:
    each = [f"the {model} **{mean(nll):.4f}**" for model, nll in said.items()]
    return (
        f"**{words_part.plain(word)}** costs {', '.join(each[:-1])} and "
        f"{each[-1]} nats a letter."
    )


def verdict(word: str, said: dict, sees: dict) -> str:
    """Which letter gained most and which lost most, from model to model."""
    models = list(said)
    pairs = zip(models, models[1:], strict=False)
    return "\n".join(
        f"- From the {one} to the {other}: "
        + moved(word, said[one], said[other], sees[one], sees[other])
        for one, other in pairs
    )


def moved(word: str, one, other, seen: int, sees: int) -> str:
    """The letters that a change of model helped and harmed most."""
    text = word + names.EDGE
    more = [b - a for a, b in zip(one, other, strict=True)]
    if not all(map(math.isfinite, more)):
        return "a letter has no chance at all under one of them."
    best, worst = more.index(min(more)), more.index(max(more))
    gain = lost = None
    if more[best] < -SLIGHT:
        gain = f"`{text[best]}` {place(text, best)} gained most"
        gain += f" ({more[best]:+.2f} nats)"
    if more[worst] > SLIGHT:
        lost = f"`{text[worst]}` {place(text, worst)} lost most"
        lost += f" ({more[worst]:+.2f})"
    told = "; ".join(each for each in (gain, lost) if each)
    if not told:
        return "no letter gained or lost."
    if not lost:
        told += "; no letter lost"
    if not gain:
        told += "; no letter gained"
    return f"{told}. In all, {overall(more, seen, sees)}"


def place(text: str, at: int) -> str:
    """Where a letter stands, by what stands before it."""
    return f"after `{text[:at]}`" if at else "at the beginning"


def overall(more, seen: int, sees: int) -> str:
    total = sum(more)
    if sees <= seen:
        far = "though it looks back no further"
    else:
        far = f"with {counted(sees)} to look back on instead of {seen}"
    if abs(total) < SLIGHT:
        return f"nothing changed, {far}."
    what = "less" if total < 0 else "more"
    return f"the word costs {abs(total):.2f} nats {what}, {far}."
