"""Train, dev, test: what each is for, and what looking too often does."""

from functools import partial

import streamlit as st

from core import knobs, landmarks, mlp, peeking
from core.data import names
from pages.charts import arrow
from pages.charts import split as chart
from pages.parts import cached, later, live, source, words
from pages.parts.cached import drawn_once

FOR = {
    "train": "to learn the weights from",
    "dev": "to choose the knobs by",
    "test": "one honest look, at the end",
}
EQUAL, APART = 0.02, 0.1  # nats between train and dev
NETWORKS, TRIES = 30, 600
ROOM = 450  # pixels of the picture of the networks and its words
SIZES = (20, 50, 200, 1000)  # words of a test set


@cached.resources(16)
def parts(_data, digest: str):
    """The three splits, whole, and their sizes."""
    made = mlp.split(_data)
    return made, peeking.sizes(made)


def show(data, draw):
    st.header("Train, dev, test", anchor="split")
    st.markdown(
        "A network can learn its words by heart: then the loss on them says "
        "little about new ones. So shuffle the words and hold two tenths back."
    )
    your_word(data)
    source.show(mlp.split, names.split)
    draw(how_far_apart, of=learned_from)
    st.subheader("One honest look")
    st.markdown(
        "Knobs that were chosen because dev is low are chosen for what is "
        "peculiar to dev, too. That is what **test** is for: words that had no "
        "say in any choice. Every look that changes a choice turns test into "
        "another dev, so the looks are counted."
    )
    draw(honest_look, of=live.done)
    source.show(peeking.test_loss)
    st.subheader("What many looks do")
    st.markdown(
        f"Train {NETWORKS} small networks that differ in nothing but their "
        "seed, and keep the one that is best on a test set. Look at the gap: "
        "how much better does it seem than it is on words that had no say?"
    )
    many_looks(data)
    source.show(peeking.best_of)


@st.fragment
def your_word(data):
    """The bar of the three parts, and where a word of the visitor's fell."""
    text = words.box("Where did this word fall?", data, "mlp split word")
    split_shown(data, data.digest, text)


@drawn_once
def split_shown(_data, digest: str, text: str):
    """Bar, table, and what became of the word."""
    made, sizes = parts(_data, digest)
    try:
        word = names.one(text, _data.letters)
        places = peeking.places(made, word)
        said = fell(word, places)
    except ValueError as trouble:
        places, said = [], str(trouble)
    total = len(_data.words)
    st.vega_lite_chart(
        chart.frame(sizes, places),
        chart.spec(total),
        alt="The words after the shuffle, cut in three: "
        + ", ".join(f"{words:,} for {name}" for name, words, _ in sizes),
    )
    st.markdown(said)
    st.table(
        arrow.table(
            [
                (name, f"{w:,}", f"{w / total:.1%}", f"{x:,}", FOR[name])
                for name, w, x in sizes
            ],
            ["split", "words", "share", "examples", "what it is for"],
        ),
        hide_index=True,
        alt="Words and examples of each split, and what it is for.",
    )
    st.caption(held_back(made))


def fell(word: str, places) -> str:
    shown = f"**{words.plain(word)}**"
    if not places:
        return f"{shown} is not among these words: it is new to all three."
    counted = {name: 0 for name, _ in places}
    for name, _ in places:
        counted[name] += 1
    if len(places) == 1:
        [(name, at)] = places
        return f"{shown} fell into **{name}**, at place {at + 1:,}."
    said = " and ".join(
        f"{count:,} time{'s' if count > 1 else ''} into **{name}**"
        for name, count in counted.items()
    )
    return f"{shown} occurs more than once: it fell {said}."


def held_back(made) -> str:
    """Whether the words held back are new to who learned from train."""
    if not made.test:
        return (
            f"With fewer than {names.MIN_SPLIT} words nothing can be held "
            "back: all are for training, dev and test stay empty."
        )
    also = peeking.also_in_train(made.test, made)
    if not also:
        return "No word of test stands in train as well."
    return (
        f"The list holds some words twice: {also:,} of the {len(made.test):,} "
        f"test words ({also / len(made.test):.0%}) stand in train as well, so "
        "even test is a little kinder than new words would be."
    )


def learned_from(run) -> tuple[str, int]:
    return live.done(run), run.config.only


def how_far_apart(run):
    """Underfitting or overfitting, read off train and dev."""
    said = (
        "Compare the two losses. If train and dev are about **equal**, the "
        "network does not even know its own words well: it **underfits**, and "
        "a bigger one, or longer training, lowers both. If train is far below "
        "dev, it has begun to learn by heart: it **overfits**. "
    )
    guessing = landmarks.guessing(run.data.letters)
    st.markdown(said + gap_in_words(live.result(run), guessing))
    if 0 < run.config.only < len(parts(run.data, run.data.digest)[0].train):
        st.caption(
            f"These knobs learn from the first {run.config.only:,} words of "
            "train alone; dev and test stay as they are."
        )


def gap_in_words(found, guessing: float) -> str:
    if found is None:
        return "Train the network below, and its two losses are compared here."
    train, dev = found["train"], found["dev"]
    if dev is None:
        return (
            f"This run, after its last step: train {train:.4f}; there is no "
            "dev to compare with."
        )
    gap = dev - train
    verdict = "it starts to know its own words better than others."
    if gap < EQUAL:
        verdict = "about equal, or better on dev: it underfits."
    if gap > APART:
        verdict = "it overfits: much of what it knows holds for train alone."
    if train > guessing:
        verdict = (
            f"neither. It does worse than guessing ({guessing:.4f}): it has "
            "hardly begun, or its rate is too high."
        )
    return (
        f"This run, after its last step: train {train:.4f}, dev {dev:.4f}, "
        f"{gap:+.4f} from train to dev: {verdict}"
    )


def honest_look(run):
    """The test loss behind a button that counts."""
    looks = st.session_state.setdefault("mlp test looks", [])
    cannot = why_not(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Open the test loss",
            icon=":material/visibility:",
            key="mlp open test",
            disabled=bool(cannot),
            on_click=look,
            args=(run,),
        )
        st.markdown(cannot or counted_in_words(looks, run))
    if looks:
        st.table(
            arrow.table(
                [
                    (f"{n}", each["title"], each["knobs"], each["loss"])
                    for n, each in enumerate(looks, start=1)
                ],
                ["look", "words", "knobs that differ", "test loss"],
            ),
            hide_index=True,
            alt="Every look at the test loss: knobs, and what it was.",
        )
    st.caption(why_it_counts(looks))


def why_not(run) -> str:
    """Why the test loss cannot be opened now; empty if it can."""
    if not parts(run.data, run.data.digest)[0].test:
        return (
            f"There is no test: with fewer than {names.MIN_SPLIT} words none "
            "is held back."
        )
    if live.result(run) is None:
        return "Closed until a run with these knobs is done: press Train."
    return ""


def look(run):
    """Open the test loss once more, and keep count."""
    found = live.result(run)
    if found is None:
        return
    st.session_state["mlp test looks"].append(
        {
            "title": run.data.title,
            "knobs": differing(run.config),
            "loss": f"{test_loss(found, run.data, run.id):.4f}",
        }
    )


@cached.values(64)
def test_loss(_found, _data, id: str):
    return peeking.test_loss(_found, _data)


def differing(config) -> str:
    """The knobs that are not as they were at first."""
    default = knobs.values(mlp.Config())
    return (
        ", ".join(
            f"{name} {knobs.show(value)}"
            for name, value in knobs.values(config).items()
            if value != default[name]
        )
        or "none"
    )


def counted_in_words(looks, run) -> str:
    if not looks:
        return "Not opened yet. Are the knobs as you want to leave them?"
    times = "once" if len(looks) == 1 else f"{len(looks)} times"
    return f"Opened {times} in this session, over all runs."


def why_it_counts(looks) -> str:
    """What the count says about the figures in the table."""
    if len(looks) < 2:
        return (
            "The first look is honest: nothing was chosen by it. Turn a knob "
            "after it because of what you saw, and the next look is not."
        )
    settings = len({(each["title"], each["knobs"]) for each in looks})
    if settings == 1:
        return (
            "The same knobs each time: no choice was made by these looks, and "
            "the figure is as honest as the first."
        )
    return (
        f"{settings} different settings have been tried on test. If you keep "
        "the one that looks best, its test loss is too good: test has become "
        "another dev. The simulation below shows by how much."
    )


@later.resources(8)
def simulated(_data, digest: str) -> dict:
    """For each size of a test set: the best of 1, 2, ... networks."""
    made, _ = parts(_data, digest)
    words = made.test + made.dev
    networks = peeking.small_networks(_data, NETWORKS)
    nats, lengths = peeking.word_losses(networks, words, _data.letters)
    return {
        size: peeking.best_of(nats, lengths, size, TRIES, mlp.Config.seed)
        for size in fitting(len(words))
    }


def fitting(count: int) -> list[int]:
    """The sizes of a test set that leave as many words fresh."""
    return [size for size in SIZES if 2 * size <= count]


@st.fragment
def many_looks(data):
    """The best of many, on the words that chose it and on fresh ones."""
    made, _ = parts(data, data.digest)
    held = len(made.dev) + len(made.test)
    sizes = fitting(held)
    if not sizes:
        st.info(
            f"These words leave {held} for dev and test; the simulation needs "
            f"{2 * SIZES[0]}. Choose a longer list.",
            icon=":material/info:",
        )
        return
    done = st.session_state.setdefault("mlp peeked", set())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            f"Train {NETWORKS} small networks",
            icon=":material/play_circle:",
            key="mlp peek",
            disabled=data.digest in done,
            on_click=done.add,
            args=(data.digest,),
            help="Takes about a second.",
        )
        size = size_of_test(sizes)
    if data.digest in done:
        question = data, data.digest
        drawn = partial(peeks_drawn, *question, size)
        later.show(drawn, (simulated, *question), tall=ROOM)
    else:
        not_yet()


def size_of_test(sizes) -> int:
    """How many words choose the best; a lone size needs no slider."""
    if len(sizes) == 1:
        st.markdown(f"{sizes[0]} words in the test set")
        return sizes[0]
    return st.select_slider(
        "Words in the test set", sizes, key=f"mlp peek words {len(sizes)}"
    )


@drawn_once
def not_yet():
    """The same room while nothing is trained."""
    st.vega_lite_chart(
        chart.peeks([]),
        chart.peeking(NETWORKS, 2.0, 3.0),
        alt="Empty axes: the networks are not trained yet.",
    )
    st.caption(
        f"Press the button: {NETWORKS} networks of {peeking.SMALL.hidden} "
        f"hidden neurons, {peeking.SMALL.steps} steps each."
    )


@drawn_once
def peeks_drawn(_data, digest: str, size: int):
    """Both losses of the best, and the gap in words."""
    found = simulated(_data, digest)
    losses = [x for rows in found.values() for r in rows for x in r[1:3]]
    room = 0.1 * (max(losses) - min(losses)) + 0.001
    low, high = min(losses) - room, max(losses) + room
    first, last = found[size][0], found[size][-1]
    st.vega_lite_chart(
        chart.peeks(found[size]),
        chart.peeking(NETWORKS, round(low, 3), round(high, 3)),
        alt=f"The best of {NETWORKS} by {size:,} words: {last.selected:.4f} "
        f"on them, {last.fresh:.4f} on fresh words.",
    )
    st.markdown(
        f"The best of {NETWORKS} by {size:,} words loses {last.selected:.4f} "
        f"on them and {last.fresh:.4f} on fresh words: {gap_said(last)} With "
        "one network nothing is chosen: what gap there is "
        f"({signed(first.gap)} ± {first.error:.4f}) is from the words drawn."
    )
    st.caption(
        f"The gap at {NETWORKS} networks: "
        + ", ".join(
            f"{signed(rows[-1].gap)} (± {rows[-1].error:.4f}) with {n:,} words"
            for n, rows in found.items()
        )
        + f". Each is a mean over {TRIES} random choices of the test words "
        "and of which networks come first; ± is its standard error. Fresh "
        "are all words of dev and test that did not choose."
    )


def small(peek) -> bool:
    """Whether a gap is within two standard errors of none."""
    return peek.gap < 2 * peek.error


def signed(gap: float) -> str:
    """With its sign; what rounds to nothing is no minus nothing."""
    return f"{round(gap, 4) + 0.0:+.4f}"


def gap_said(peek) -> str:
    if small(peek):
        return "on these words there is no gap to speak of at this size."
    return f"it looks {peek.gap:.4f} nats better than it is."
