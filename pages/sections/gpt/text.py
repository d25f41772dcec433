"""A text as tokens, windows and batches, and the bigram as a baseline."""

import streamlit as st

from core import averaging, gpt, landmarks
from core.data import text
from core.tokens import places
from pages.charts import windows as chart
from pages.charts.signs import visible
from pages.parts import cached, source, words
from pages.parts.cached import drawn_once
from pages.sections.gpt.head import PASTED, fitting

PHRASE = "gpt text phrase"
LECTURE = "hii there"
LONGEST = 40  # characters of the phrase
LINE = 12  # characters of the text, where the lecture's phrase will not do
B, T = 4, 8  # of the lecture's batch
PUBLISHED = 4.8786  # the lecture's first loss of its bigram
WRITTEN = 300  # characters of a sample


def show(data):
    st.header("Bigram on text", anchor="text")
    letters = data.letters
    st.markdown(
        "So far your data were words, each by itself. Now they are one long "
        f"text, {data.title}: **{len(data.text):,} characters**, and you "
        "want the next one, wherever you stop. A **token** is what the "
        "network gets: here the number of a character among all that "
        f"occur, the **vocabulary**. It has {len(letters)} of them, from 0 "
        f"to {len(letters) - 1}:"
    )
    vocabulary(letters)
    st.markdown(
        "Type something. What becomes of it, and does it come back unharmed?"
    )
    phrase(data, data.digest)
    source.show(text.encode, text.decode)
    st.markdown(
        "Other tokenizers give a number to pieces of words, so a text becomes "
        "shorter, and the vocabulary larger: GPT-2 has 50,257 of them. Ours "
        "can be read at a glance."
    )
    split(data, data.digest)
    source.show(places, gpt.tokens_of)
    st.subheader("A window is many examples", anchor="text-windows")
    st.markdown(
        "Nobody trains on a million characters at once. A **window** of T + 1 "
        "of them is cut out, and it holds T examples: one for each of its "
        "characters but the first, with all before it as the input. So the "
        "network learns from 1 character of past, from 2, and so on up to T."
    )
    window(data, data.digest)
    st.markdown(
        "A **batch** is B such windows, drawn by chance, one below the other. "
        "Y is X, one place later. Move the example along: which characters "
        "does it see, and which is it to say?"
    )
    batches(data, data.digest)
    source.show(averaging.batch, gpt.windows)
    st.subheader("Rows never talk", anchor="text-rows")
    st.markdown(
        "The rows of a batch are there for speed only. Change one character: "
        "how far do the outputs move, in its own row and in the others? To "
        "the left a small GPT, to the right the same with BatchNorm in place "
        "of LayerNorm; neither has learned anything."
    )
    rows(data, data.digest)
    source.show(averaging.moved)
    st.subheader("The baseline", anchor="text-baseline")
    st.markdown(
        "The bigram of lecture 2 again, as a module: a row of logits for each "
        "character, and the past of a window is not looked at. Whatever looks "
        "further back must do better than its best."
    )
    source.show(gpt.Bigram)
    baseline(data, data.digest)
    samples(data, data.digest)
    source.show(averaging.counted, averaging.write)


@drawn_once
def vocabulary(letters: str):
    st.code(
        " ".join(tuple(map(visible, letters))), language=None, wrap_lines=True
    )
    hidden = [
        f"{visible(sign)} is {what}"
        for sign, what in HIDDEN.items()
        if sign in letters
    ]
    if hidden:
        st.caption(f"Made visible: {', '.join(hidden)}.")


HIDDEN = {"\n": "the end of a line", " ": "a space", "\t": "a tab"}


@st.fragment
def phrase(data, digest: str):
    first = example(data, digest)
    typed = st.text_input(
        "A phrase",
        first,
        key=f"{PHRASE} {digest[:8]}",  # another text, another phrase
        max_chars=PASTED,
        help="Only characters of the vocabulary have a number.",
    )
    typed = fitting(typed, LONGEST)
    try:
        text.encode(typed, data.letters)
    except ValueError as trouble:
        words.refused(trouble, first)
        typed = first
    encoded(typed, data.letters)


@cached.values(4)
def example(_data, digest: str) -> str:
    """The lecture's phrase, or the beginning of a line of the text."""
    if set(LECTURE) <= set(_data.letters):
        return LECTURE
    lines = [line.strip() for line in _data.text[:5000].split("\n")]
    return next((line[:LINE] for line in lines if line), "")


@drawn_once
def encoded(typed: str, letters: str):
    """The phrase, its tokens under it, and the phrase again."""
    tokens = text.encode(typed, letters)
    labels = [visible(sign) for sign in typed]
    pairs = list(zip(labels, map(str, tokens), strict=True))
    wide = [max(map(len, pair)) for pair in pairs]
    line = [
        "  ".join(pair[i].rjust(w) for pair, w in zip(pairs, wide, strict=True))
        for i in (0, 1)
    ]
    back = text.decode(tokens, letters)
    st.code(
        f"characters  {line[0]}\nencode      {line[1]}\ndecode      {back}",
        language=None,
    )


@cached.resources(2)
def tokens(_data, digest: str):
    """Those to learn from, and those held back."""
    return gpt.tokens_of(_data)


@drawn_once
def split(_data, digest: str):
    train, dev = (len(part) for part in tokens(_data, digest))
    st.markdown(
        f"The first nine tenths are to learn from, **{train:,} characters**; "
        f"the last tenth, **{dev:,}**, is held back as **dev**. It is cut in "
        "one place, not drawn: characters next to each other would give away "
        "what is held back."
    )


@st.fragment
def window(data, digest: str):
    size = st.slider(
        "T, characters of a window",
        1,
        16,
        T,
        key="gpt text window",
        help="Also the longest past that attention can look back on, the "
        "block size.",
    )
    listed(data, digest, size)


@drawn_once
def listed(_data, digest: str, size: int):
    """Every example of the first window of the text."""
    first = tokens(_data, digest)[0][: size + 1].tolist()
    labels = [visible(_data.letters[i]) for i in first]
    wide = len("".join(labels[:-1]))
    st.code(
        f"{''.join(labels)}  {first}\n\n"
        + "\n".join(
            f"when the input is {''.join(labels[:t]).ljust(wide)}  the target "
            f"is {labels[t]}   {first[:t]} → {first[t]}"
            for t in range(1, size + 1)
        ),
        language=None,
    )
    st.caption(
        f"The first {size + 1} characters of the text, and the {size} "
        f"example{'s' * (size != 1)} in them, as tokens behind."
    )


@st.fragment
def batches(data, digest: str):
    left, right = st.columns(2)
    size = left.slider("B, windows", 1, 8, B, key="gpt text rows")
    long = right.slider("T, characters of each", 2, 12, T, key="gpt text long")
    state, key, count = st.session_state, "gpt text example", size * long
    state[key] = min(state.get(key, 2 * T - 3), count)
    at = st.slider(
        "Example",
        1,
        count,
        key=key,
        help="Row by row, from left to right.",
    )
    batch(data, digest, size, long, at)


@drawn_once
def batch(_data, digest: str, size: int, long: int, at: int):
    """The tables X and Y, with an example in view."""
    train, _ = tokens(_data, digest)
    X, Y = (part.tolist() for part in averaging.batch(train, size, long))
    labels = tuple(map(visible, _data.letters))
    row, place = divmod(at - 1, long)
    seen = "".join(labels[token] for token in X[row][: place + 1])
    wanted = labels[Y[row][place]]
    st.vega_lite_chart(
        chart.cells(X, Y, labels, row, place),
        chart.pair(size, long),
        alt=f"A batch of {size} windows of {long} characters. Example {at}, in "
        f"row {row + 1}, sees {seen} and is to say {wanted}.",
    )
    st.code(
        f"row {row + 1}, place {place + 1}: when the input is {seen} the "
        f"target is {wanted}",
        language=None,
        wrap_lines=True,
    )
    st.markdown(
        f"{size} x {long} windows and places: **{size * long} examples** in "
        "one step, all computed at the same time. No example looks past the "
        "edge of its row."
    )


@st.fragment
def rows(data, digest: str):
    left, middle, right = st.columns(3)
    row = left.slider("Row", 1, B, 2, key="gpt text row")
    place = middle.slider("Place", 1, T, 4, key="gpt text place")
    labels = tuple(map(visible, data.letters))
    token = right.selectbox(
        "Becomes",
        range(len(labels)),
        len(labels) - 1,
        format_func=labels.__getitem__,
        key=f"gpt text other {digest[:8]}",  # other letters, other choices
    )
    apart(data, digest, row, place, token)


@cached.resources(4)
def models(V: int):
    """The small GPT, and its twin with BatchNorm."""
    return averaging.small(V, T), averaging.small(V, T, over_batch=True)


@drawn_once
def apart(_data, digest: str, row: int, place: int, token: int):
    """How far every place of the batch moves, in both networks."""
    letters = _data.letters
    X, _ = averaging.batch(tokens(_data, digest)[0], B, T)
    by = [
        averaging.moved(model, X, row - 1, place - 1, token).tolist()
        for model in models(len(letters))
    ]
    before, labels = X.tolist(), tuple(map(visible, letters))
    titles = ["GPT, with LayerNorm", "With BatchNorm instead"]
    for column, title, moved in zip(st.columns(2), titles, by, strict=True):
        column.vega_lite_chart(
            chart.moves(before, labels, moved, row - 1, place - 1),
            chart.moving(B, T, title),
            alt=f"{title}: the outputs of the other rows move by "
            f"{others(moved, row):.1e} at most.",
        )
    st.caption(
        "In each place its character before the change, and by how much its "
        "logits move at most. Framed: the one that changes."
    )
    if before[row - 1][place - 1] == token:
        st.markdown("That character stands there already: nothing moves.")
        return
    gpts, norms = (others(moved, row) for moved in by)
    exact = "**exactly 0**" if not gpts else f"{gpts:.1e}"
    st.markdown(
        f"In the GPT the other {B - 1} rows move by {exact}: {B} groups of {T} "
        f"places that never talk. {before_it(by, row, place)}With BatchNorm "
        f"the other rows move by up to **{norms:.3f}**: mean and variance are "
        "taken over the whole batch, so everyone hears of everyone."
    )


def before_it(by, row: int, place: int) -> str:
    """How far the row moves before the place that changes, if there is any
    before it."""
    if place == 1:
        return ""
    gpts, norms = (max(moved[row - 1][: place - 1]) for moved in by)
    exact = "exactly 0" if not gpts else f"{gpts:.1e}"
    return (
        f"Within the row, the places before the change move by {exact} as "
        f"well, for nobody sees what comes after; with BatchNorm by up to "
        f"{norms:.3f}. "
    )


def others(moved, row: int) -> float:
    """The largest move outside the row."""
    return max(max(line) for b, line in enumerate(moved) if b != row - 1)


@cached.resources(4)
def pairs(_data, digest: str):
    """How often each character follows another, in train and in dev."""
    V = len(_data.letters)
    return [averaging.count(part, V) for part in tokens(_data, digest)]


@cached.resources(4)
def tables(_data, digest: str):
    """The bigram as torch draws it, and as the pairs of train say."""
    train, _ = pairs(_data, digest)
    return averaging.untrained(len(train)), averaging.counted(train)


@cached.values(16)
def losses(_data, digest: str) -> dict[str, float]:
    V = len(_data.letters)
    train, dev = pairs(_data, digest)
    drawn, counted = tables(_data, digest)
    X, Y = averaging.batch(tokens(_data, digest)[0], B, T)
    return {
        "first": gpt.loss_of(drawn, X, Y).item(),
        "untrained": averaging.loss(drawn, dev),
        "guessing": landmarks.guessing(_data.letters),
        "unigram": averaging.unigram(tokens(_data, digest), V),
        "counted": averaging.loss(counted, dev),
        "train": averaging.loss(counted, train),
    }


@drawn_once
def baseline(_data, digest: str):
    """The losses of the table before training, of guessing, of counting."""
    found = losses(_data, digest)
    bars = {
        "untrained table": found["untrained"],
        "guessing": found["guessing"],
        "counted pairs": found["counted"],
    }
    st.vega_lite_chart(
        chart.beside(bars),
        chart.bars(tuple(bars), 1.25 * max(bars.values())),
        alt="Losses on dev: "
        + ", ".join(f"{name} {loss:.4f}" for name, loss in bars.items()),
    )
    V, lecture = len(_data.letters), _data.source == "lectures"
    more = found["first"] - found["guessing"]
    st.markdown(
        f"**Untrained**: on the batch above the first loss is "
        f"**{found['first']:.4f}**"
        + (f" (the lecture prints {PUBLISHED})" if lecture else "")
        + f"; knowing nothing would cost log {V} = {found['guessing']:.4f}. "
        + (
            f"The {more:.2f} on top are the price of random logits of spread "
            "1: the table is sure of things that are not so.\n\n"
            if more > 0
            else "By luck this batch comes cheaper; the whole of dev tells "
            "more.\n\n"
        )
        + "**Counted**: the pairs of train, 1 added to each so that none is "
        f"impossible: **{found['counted']:.4f}** on dev, "
        f"{found['train']:.4f} on train. No bigram can fit train better than "
        "its own counts (but for that 1), so training one with AdamW only "
        "walks down to them. This is the figure to beat."
    )


@st.fragment
def samples(data, digest: str):
    st.markdown("What do they write?")
    seed = st.slider(
        "Seed of the text",
        0,
        20,
        key="gpt text seed",
        help="Where the random numbers start.",
    )
    written(data, digest, seed)


@drawn_once
def written(_data, digest: str, seed: int):
    """A text from each table, beside one another."""
    titles = ["Untrained", "Counted"]
    models = tables(_data, digest)
    for column, title, model in zip(st.columns(2), titles, models, strict=True):
        drawn = averaging.write(model, WRITTEN, seed)
        column.markdown(f"**{title}**")
        column.code(
            text.decode(drawn, _data.letters), language=None, wrap_lines=True
        )
    st.caption(
        f"{WRITTEN} characters each, after token 0. The counted table gets "
        "pairs of neighbours right, and nothing beyond them: it has forgotten "
        "how a word began."
    )
