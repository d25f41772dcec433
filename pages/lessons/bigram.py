"""Lesson 2: the bigram model, counted and then trained."""

import pandas as pd
import streamlit as st

from core import bigram, landmarks, ngram, tensors
from core.data import names
from core.experiments.bigram import EXPERIMENTS
from core.runs.store import Run
from pages.charts import arms as arms_chart
from pages.charts import colour, loss, row, smoothing, table
from pages.parts import (
    course,
    experiment,
    knobs,
    live,
    source,
    take_home,
    words,
)

MOST_UPDATES = 200
DECAYS = [0.0, 0.001, 0.01, 0.1, 0.3, 1.0]
TRIED = [m * 10**k for k in range(-3, 3) for m in (1, 2, 5)]  # smoothing
AMOUNTS = [0, *(m * 10**k for k in range(5) for m in (1, 2, 5)), 100_000]
WHY = {
    "guessing": "Every letter equally likely: the logarithm of how many.",
    "unigram": "Each letter by how common it is, whatever came before.",
    "counted": "The table above, scored on the words it was counted on.",
}


@st.cache_resource(max_entries=16, show_spinner=False)
def counted(_data, digest: str):
    """Counts, chances and losses: what needs no training."""
    x, y = bigram.pairs(_data.words, _data.letters)
    N = bigram.count(x, y)
    P = bigram.probabilities(N)
    marks = {
        "guessing": landmarks.guessing(_data.letters),
        "unigram": landmarks.unigram(_data.words),
        "counted": bigram.loss(P, x, y),
    }
    return N, P, marks


@st.cache_resource(max_entries=16, show_spinner=False)
def pictures(_data, digest: str, steps: int):
    """The specs and the frame that do not change while a run goes on."""
    N, P, marks = counted(_data, digest)
    letters = _data.letters
    frame = table.frame(letters, count=N.tolist(), counted=bigram.table(P))
    same = letters, colour.ramp(0.5), ".2%"
    specs = {
        "count": table.lit(
            table.spec(
                letters,
                colour.counts(int(N.max())),
                ",d",
                "count",
                "How often the next letter follows this one",
            )
        ),
        "slope": table.spec(
            letters,
            colour.signed(0.2),
            "+.4f",
            "slope",
            "The slope of the loss at every number of W",
        ),
        "logit": row.bars(letters, "1. A row of W: logits", "logit", ".1f"),
        "exp": row.bars(letters, "2. e to each: counts", "count", ".1f"),
        "chance": row.bars(letters, "3. Divided by their sum: chances"),
        "row": row.bars(letters, "The chances of what comes next"),
        "learned": table.spec(*same, "learned", "Learned: what W says now"),
        "counted": table.spec(*same, "counted", "Counted: what W should say"),
        "smoothed": table.spec(*same, "smoothed", "Counted and smoothed"),
        "decayed": table.spec(*same, "decayed", "Learned with decay"),
        "difference": table.spec(
            letters,
            colour.signed(0.1),
            "+.2%",
            "difference",
            "Learned minus counted: watch it fade",
        ),
        "loss": loss.spec(steps, marks, "Does the loss reach the counted one?"),
    }
    return frame, specs


@st.cache_data(max_entries=64, show_spinner=False)
def ten_names(_data, digest: str, seed: int):
    _, P, _ = counted(_data, digest)
    return bigram.sample_names(P, _data.letters, seed)


@st.cache_data(max_entries=64, show_spinner=False)
def uniform_names(_data, digest: str, seed: int):
    return bigram.sample_names(
        bigram.uniform(_data.letters), _data.letters, seed
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def smoothed(_data, digest: str):
    N, _, marks = counted(_data, digest)
    return bigram.smoothed_losses(N, AMOUNTS), smoothing.spec(marks)


@st.cache_resource(max_entries=16, show_spinner=False)
def keepdim_bug(_data, digest: str):
    """Right and wrong division: sums, losses and names of both."""
    N, _, _ = counted(_data, digest)
    x, y = bigram.pairs(_data.words, _data.letters)
    found = {}
    for divide in (bigram.probabilities, bigram.divided_wrongly):
        P = divide(N, 1)
        found[divide] = (
            P.sum(1).tolist(),
            bigram.loss(P, x, y),
            bigram.sample_names(P, _data.letters, bigram.Config.seed),
        )
    return found


@st.cache_resource(max_entries=16, show_spinner=False)
def known_words(_data, digest: str):
    return frozenset(_data.words)


def known():
    return known_words(data, data.digest)


@st.cache_data(max_entries=16, show_spinner=False)
def common(_data, digest: str):
    N, _, _ = counted(_data, digest)
    return bigram.commonest(N, _data.letters)


@st.cache_data(max_entries=16, show_spinner=False)
def scored_tops(_data, digest: str):
    """One row a size: 1, 10, 100 words and so on, and all of them."""
    _, P, _ = counted(_data, digest)
    sizes = [n for n in (1, 10, 100, 1000, 10_000) if n < len(_data.words)]
    sizes.append(len(_data.words))
    rows = bigram.products_and_sums(_data.words, P, _data.letters, sizes)
    learned = ngram.learning(_data.words, _data.letters, sizes)
    return pd.DataFrame(
        [
            (f"{n:,}", f"{pairs:,}", f"{p:.3g}", f"{s:,.1f}", f"{m:.4f}", loss)
            for (n, pairs, p, s, m), loss in zip(
                rows, [f"{loss:.4f}" for loss in learned], strict=True
            )
        ],
        columns=[
            "words",
            "pairs",
            "product",
            "sum, nats",
            "mean, nats",
            "loss on all, if only these were counted",
        ],
    )


@st.cache_data(max_entries=16, show_spinner=False)
def trigram(_data, digest: str) -> float:
    [scored] = ngram.losses(_data.words, _data.words, _data.letters, 3, [1])
    return scored


@st.cache_data(max_entries=16, show_spinner=False)
def held_back(_data, digest: str):
    """Dev losses for every amount, and the test loss of the best one."""
    train, dev, test = names.split(_data.words)
    curves, tested = {}, {}
    for name, order in (("bigram", 2), ("trigram", 3)):
        tried = ngram.losses(train, dev, _data.letters, order, TRIED)
        loss, best = min(zip(tried, TRIED, strict=True))
        [seen] = ngram.losses(train, test, _data.letters, order, [best])
        curves[name], tested[name] = tried, (best, loss, seen)
    return smoothing.tuning(TRIED, curves), tested


def typed_word() -> str:
    """The word in the box, or the first of the data if it is refused."""
    text = st.text_input(
        "Your word",
        data.words[0],
        key="word",
        bind="query-params",
        max_chars=40,
        help="Its pairs are framed on the map and scored further down.",
    )
    try:
        return names.one(text, data.letters)
    except ValueError as trouble:
        st.warning(f"{trouble} Using {data.words[0]} instead.")
        return data.words[0]


def draw_more():
    st.session_state.draws += 1
    st.session_state.spin = 0


@st.fragment
def slot_machine(spins):
    """One word, letter by letter: the row, the random number, the landing."""
    at = min(st.session_state.setdefault("spin", 0), len(spins) - 1)
    spin = spins[at]
    begun = "".join(each.next for each in spins[:at]) or "nothing yet"
    st.vega_lite_chart(
        row.spun(
            data.letters,
            P[data.letters.index(spin.this)].tolist(),
            spin.point,
        ),
        row.strip(),
        alt=f"The shares of all letters after {spin.this}, laid end to end, "
        f"and a needle at {spin.point:.4f}.",
    )
    st.markdown(
        f"Written: **{begun}**. The row of **{spin.this}**, the random number "
        f"**{spin.point:.4f}**: it lands on **{spin.next}**"
        + (", the end of the word." if at == len(spins) - 1 else ".")
    )
    with st.container(horizontal=True):
        st.button(
            "Spin for the next letter",
            icon=":material/casino:",
            disabled=at == len(spins) - 1,
            on_click=turn_to,
            args=(at + 1,),
        )
        st.button("From the dot again", on_click=turn_to, args=(0,))


def torch_says(ask) -> str:
    """The dtype and shape of what torch answers, or its refusal."""
    try:
        found = ask()
    except (RuntimeError, IndexError) as refusal:
        return f"{type(refusal).__name__}: {refusal}".split("\n")[0]
    return f"{found.dtype}, shape {tuple(found.shape)}"


@st.fragment
def cost():
    """Time a step in each of the three ways, on this server, when asked."""
    if not st.button("Time one step here", icon=":material/timer:"):
        st.caption("Three ways to the loss, three tries each, the best counts.")
        return
    x, y = bigram.pairs(data.words, data.letters)
    took = tensors.step_seconds(bigram.FORWARD, x, y, len(data.letters))
    slowest = took["one-hot"]
    said = [
        f"{name}: **{1000 * seconds:.3g} ms**, {slowest / seconds:,.0f} times "
        "as fast as one-hot"
        for name, seconds in took.items()
        if name != "one-hot"
    ]
    st.markdown(f"one-hot: **{1000 * slowest:.3g} ms**; " + "; ".join(said))


@st.cache_data(max_entries=32, show_spinner=False)
def settled(_data, digest: str, decay: float):
    """Loss and table after 300 steps with this much decay."""
    config = bigram.Config(steps=300, decay=decay)
    last = list(bigram.train(config, _data))[-1]
    return last.nll, last.table


@st.fragment
def twins():
    """The counted table smoothed beside the learned table decayed."""
    left, right = st.columns(2)
    added = left.select_slider("Smoothing", AMOUNTS, 1, key="twin smoothing")
    decay = right.select_slider("Decay", DECAYS, 0.01, key="twin decay")
    even = bigram.probabilities(N, added)
    nll, learned = settled(data, data.digest, decay)
    [scored] = bigram.smoothed_losses(N, [added])
    left.metric("loss, nats", f"{scored:.4f}")
    right.metric("loss, nats", f"{nll:.4f}")
    cells = table.frame(
        data.letters, decayed=learned, smoothed=bigram.table(even)
    )
    show_map(left, cells, "smoothed", "The counted table, smoothed.")
    show_map(right, cells, "decayed", "The learned table, decayed.")


def turn_to(spin):
    st.session_state.spin = spin


@st.fragment
def by_hand():
    """Forward, backward, update on the visitor's word, a press a step."""
    made = st.session_state.setdefault("updates", 0)
    rate = st.select_slider(
        "Rate of a step", [0.1, 1.0, 10.0, 50.0], key="hand rate"
    )
    steps = bigram.steps_by_hand(
        word, data.letters, rate, config.seed, made + 1
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Update W once",
            icon=":material/south_east:",
            on_click=update_to,
            args=(made + 1,),
            disabled=made >= MOST_UPDATES,
        )
        st.button("From the start", on_click=update_to, args=(0,))
    st.markdown(
        f"Loss after {made} updates: **{steps[-1].loss:.4f}** nats. So far: "
        + " → ".join(f"{step.loss:.4f}" for step in steps[-6:])
    )
    slope = table.frame(data.letters, slope=steps[-1].slope.tolist())
    st.vega_lite_chart(
        slope,
        specs["slope"],
        alt="The slope of the loss at every number of W: only the rows of "
        "letters that occur in the word have any.",
    )
    st.caption(
        f"Only the rows of the letters in {word} have a slope. Blue is "
        "negative: raise this number and the loss falls. That is the letter "
        "that came next; all others in the row are pushed down."
    )


def update_to(count):
    st.session_state.updates = count


@st.cache_resource(max_entries=16, show_spinner=False)
def untrained(_data, digest: str, seed: int):
    """The first record of a run: W as it was drawn, not yet moved."""
    return vars(next(bigram.train(bigram.Config(seed=seed), _data)))


def show_map(where, cells, column, alt):
    where.vega_lite_chart(table.only(cells, column), specs[column], alt=alt)


def draw(view):
    """The pictures of the run at the visitor's playhead; before there is a
    run, those of the numbers it would start from."""
    if view.record is None:
        start = untrained(data, data.digest, config.seed)
        view = live.View([start], 0)
    st.vega_lite_chart(
        loss.frame(view.records, view.at, "nll"),
        specs["loss"],
        alt="The loss over the steps, beside the losses of guessing, of "
        "letter frequencies and of the counted table.",
    )
    now = table.compare(frame, view.latest("table"))
    left, right = st.columns(2)
    show_map(left, now, "learned", "The learned table at this step.")
    show_map(right, now, "counted", "The counted table, which W approaches.")
    left, right = st.columns(2)
    show_map(left, now, "difference", "Learned minus counted, fading.")
    right.markdown("**Ten names from the learned table at this step**")
    right.markdown(live.as_names(view.latest("samples")))
    right.caption(
        "In the upper maps the darkest cells are chances of one half or more. "
        "In the difference blue means too rarely, orange too often; the "
        "strongest colour is ten points of a hundred or more."
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def arms_spec(arms: tuple[str, ...], steps: int):
    return arms_chart.spec(list(arms), steps)


def draw_arms(experiment, records):
    steps = max(config.steps for config in experiment.arms.values())
    st.vega_lite_chart(
        arms_chart.frame(records, "nll"),
        arms_spec(tuple(experiment.arms), steps),
        alt="The losses of the arms over the steps: "
        + ", ".join(experiment.arms),
    )


def show_held_back():
    """The smoothing that does best on dev, and the one look at test."""
    if len(data.words) < names.MIN_SPLIT:
        st.info(
            f"With fewer than {names.MIN_SPLIT} words there are none to hold "
            "back: bring more."
        )
        return
    tuned, tested = held_back(data, data.digest)
    st.vega_lite_chart(
        tuned,
        smoothing.tuned(("bigram", "trigram")),
        alt="Dev loss over the amount added, for the bigram and the trigram.",
    )
    for name, (amount, dev, test) in tested.items():
        st.markdown(
            f"The {name} does best with **{amount:g}** added: dev {dev:.4f}. "
            f"On the test words that table has loss **{test:.4f}**."
        )
    st.caption(
        "The trigram has many more rows, each with fewer counts to go by: too "
        "little smoothing hurts it more than the bigram."
    )


course.heading("bigram")
data = words.sidebar()
config = knobs.sidebar(bigram)
run = Run("bigram", config, data)
N, P, marks = counted(data, data.digest)
frame, specs = pictures(data, data.digest, config.steps)

st.markdown(
    "A **language model** says how likely each next letter is. This one looks "
    "at a single letter. By the end you can build it twice, by counting and "
    "by learning, and say in one number how good it is."
)
word = typed_word()
spelled = bigram.surprises(word, P, data.letters)
lit = table.light(frame, {(pair.this, pair.next) for pair in spelled})
st.vega_lite_chart(
    lit[["this", "next", "count", "lit"]],
    specs["count"],
    alt="The map of all pairs of letters: a row for this letter, a column for "
    "the next, darker where the pair is more common; the pairs of your word "
    "are framed.",
)
st.caption(
    f"Every pair of neighbouring letters in {data.title}: {int(N.sum()):,} "
    "pairs. The dot stands before and after each word: its row shows how "
    "words begin, its column how they end. Hover a cell."
)

st.header("Count", anchor="count")
st.markdown(
    "Slide a window of two letters over every word and keep a tally: that is "
    "the whole model. Divide each row by its sum and the tally becomes "
    "chances: what follows this letter, and how likely."
)
st.markdown(
    "The commonest pairs: "
    + ", ".join(f"`{pair}` {n:,}" for pair, n in common(data, data.digest))
    + "."
)
letter = st.selectbox(
    "Pick a letter: its row becomes chances",
    list(data.letters),
    index=1,
    help="The dot stands for the beginning of a word.",
)
st.vega_lite_chart(
    row.frame(data.letters, P[data.letters.index(letter)].tolist()),
    specs["row"],
    alt=f"The chances of each letter after {letter}, as bars.",
)
kept = tensors.in_place(N)
st.caption(
    "Dividing in place saves a copy. Asked just now: "
    + "; ".join(
        f"after `{code}` the table is "
        + ("where it was" if same else "a new one, somewhere else")
        for code, same in kept.items()
    )
    + "."
)
source.show(bigram.pairs, bigram.count, bigram.probabilities)

st.header("Sample", anchor="sample")
st.markdown(
    "Begin at the dot. Draw the next letter by its chance, go to that "
    "letter's row, draw again, until the dot comes up. Ten words from the "
    "counted table:"
)
seed = st.session_state.setdefault("draws", bigram.Config.seed)
st.markdown(live.as_names(ten_names(data, data.digest, seed), known()))
st.caption("A star means that the word is in the data; the others are new.")
st.button("Draw ten others", icon=":material/casino:", on_click=draw_more)
st.markdown(
    "The same random numbers, with every letter equally likely: "
    + live.as_names(uniform_names(data, data.digest, seed)[:4])
)
st.markdown("Watch the first word come about, one spin of the wheel a letter:")
with st.container(border=True):
    slot_machine(bigram.spins(P, data.letters, seed))
source.show(bigram.draw, bigram.sample)

st.header("Score", anchor="score")
st.markdown(
    "How good is the table? Ask it for the chance of each letter that really "
    "came next. The **loss** is the mean of minus the natural logarithm of "
    "those chances; its unit is the *nat*. A model that is never surprised "
    "has loss 0; look how far counting gets below guessing."
)
for column, (name, mark) in zip(st.columns(3), marks.items(), strict=True):
    label = f"{name.capitalize()}, nats"
    column.metric(label, f"{mark:.4f}", border=True, help=WHY[name])
source.show(bigram.loss)

total = bigram.score(spelled)
st.markdown(
    f"For **{word}** the chances multiply to {total.likelihood:.3g}: the "
    "**likelihood**. A product of so many small numbers soon vanishes, so take "
    "logarithms: they turn it into a sum, and the largest product is still the "
    f"largest sum. With the sign turned, {total.nll:.4f} nats for the word; "
    f"divided by its {len(spelled)} pairs, {total.mean:.4f}: its loss."
)
labels = tuple(f"{i} {p.this}{p.next}" for i, p in enumerate(spelled))
st.vega_lite_chart(
    row.word(labels, spelled),
    row.surprise(labels),
    alt=f"The surprise of each pair of {word}, letter by letter.",
)
if total.unseen:
    st.info(
        f"{', '.join(total.unseen)} never occurs: its chance is 0, its "
        "surprise infinite, and so is the loss. Smoothing helps, below.",
        icon=":material/all_inclusive:",
    )
source.show(bigram.surprises)

st.subheader("Why the logarithm, and why the mean")
st.markdown(
    "Take more and more words from the top of the list. The product of their "
    "chances soon is too small for a float32 and becomes 0; the sum of the "
    "surprises, which is minus the logarithm of that product, goes on "
    "growing. Only the mean can be compared: it settles. The last column "
    "counts only these words, one added to every count, and scores all: more "
    "examples, lower loss."
)
st.table(
    scored_tops(data, data.digest),
    hide_index=True,
    alt="For more and more words: product of chances, sum and mean of "
    "surprises.",
)
source.show(bigram.products_and_sums)

st.subheader("Smoothing")
st.markdown(
    "Add the same to every count before dividing, and no pair is impossible "
    "any more. It is the *chances* that get smoother, not the loss: the more "
    "you add, the more alike they are, until every letter is equally likely."
)
amount = st.select_slider(
    "Added to every count", AMOUNTS, 1, key="smoothing", bind="query-params"
)
losses, walk = smoothed(data, data.digest)
st.vega_lite_chart(
    smoothing.frame(AMOUNTS, losses, amount),
    walk,
    alt="The loss over the amount added, rising from the counted loss to "
    "that of guessing.",
)
smooth = bigram.probabilities(N, amount)
mean = bigram.score(bigram.surprises(word, smooth, data.letters)).mean
st.markdown(
    f"With {amount:,} added, **{word}** has loss {mean:.4f}, and ten words are "
    + live.as_names(bigram.sample_names(smooth, data.letters, seed))
)
source.show(bigram.smoothed_losses)

st.header("A bug on purpose: keepdim forgotten", anchor="keepdim")
st.markdown(
    "`P.sum(1, keepdim=True)` is a column of sums, so each row is divided by "
    "its own. Without `keepdim` the sums lie down as a row, and each *column* "
    "is divided instead. Torch says nothing. Compare what comes out, with one "
    "added to every count:"
)
division = keepdim_bug(data, data.digest)
for column, (divide, (sums, scored, drawn)) in zip(
    st.columns(2), division.items(), strict=True
):
    with column.container(border=True, height="stretch"):
        right = divide is bigram.probabilities
        st.markdown("**With keepdim**" if right else "**Without keepdim**")
        st.metric("loss, nats", f"{scored:.4f}")
        st.markdown(
            "First rows sum to "
            + ", ".join(f"{total:.2f}" for total in sums[:4])
        )
        st.markdown(live.as_names(drawn[:5]))
st.markdown(
    "The names are junk and the rows no chances, yet the loss is the same. "
    "For every letter begins as many pairs as it ends: over all pairs the "
    "wrong divisors are the right ones in another order, and their logarithms "
    "add up to the same. A loss alone does not find every bug."
)
source.show(bigram.divided_wrongly)

st.header("One step by hand", anchor="by-hand")
st.markdown(
    "Now forget the counts. Start from a table **W** of random numbers. To "
    "read it as chances, take *e* to the power of each number and divide each "
    "row by its sum: that is the **softmax**. *Forward*: ask for the loss of "
    f"**{word}**. *Backward*: ask for its slope at every number of W. "
    "*Update*: move each number a little against its slope."
)
stages = row.stages(
    data.letters,
    bigram.stages(
        bigram.first_weights(data.letters, config.seed)[
            data.letters.index(letter)
        ]
    ),
)
for stage in ("logit", "exp", "chance"):
    st.vega_lite_chart(
        stages,
        specs[stage],
        alt=f"The softmax of the row of {letter}, stage by stage: {stage}.",
    )
st.caption(
    f"The row of {letter}, the letter you picked above, before any step."
)
by_hand()
source.show(bigram.softmax, bigram.one_step)

st.subheader("One-hot, and which dtype you get")
st.markdown(
    "The lecture writes a letter as a row of zeros with a single 1, its "
    "**one-hot** code: times W, it picks a row of W. Torch is strict about "
    "the kind of number, the **dtype**. This is what it answers here and now:"
)
st.table(
    pd.DataFrame(
        [(f"`{text}`", torch_says(ask)) for text, ask in tensors.QUESTIONS],
        columns=["you write", "torch says"],
    ),
    hide_index=True,
    alt="Expressions and the dtype or the error that torch answers.",
)
st.markdown(
    "`torch.tensor` keeps whole numbers whole; `torch.Tensor` makes them "
    "floats, which can neither be one-hot encoded nor used to look up a row. "
    "And `one_hot` gives whole numbers, so `.float()` comes before `@`."
)

st.header("Train", anchor="train")
st.markdown(
    "The same three steps on all pairs at once, again and again. Before you "
    "press Train: how close to the counted loss will it come?"
)
live.watch(run, draw)
st.caption(
    "Weight decay pulls every number of W towards zero. That evens the "
    "chances out and holds the loss above the counted one: try decay 0, "
    "then 1."
)
st.markdown(
    "The lecture sends every pair through the network at every step. Equal "
    "pairs have equal losses, so weighing the table of counts gives the same "
    "loss and the same slopes for less work:"
)
cost()
source.show(bigram.by_counts, bigram.by_one_hot, bigram.train)

st.subheader("Smoothing and weight decay: the same thing twice")
st.markdown(
    "Adding to every count makes the counted table more even. Pulling W "
    "towards zero makes the learned table more even. Move both:"
)
twins()

st.header("Further: two letters, and words held back", anchor="further")
st.markdown(
    "A **trigram** sees two letters before the next: a row of chances for "
    "each pair. Scored on the words it counted, with one added to every "
    f"count, its loss is **{trigram(data, data.digest):.4f}**, against "
    f"{losses[AMOUNTS.index(1)]:.4f} for the bigram. But a table can know its "
    "own words by heart. So hold some back: count 80 % of the words "
    "(**train**), choose the smoothing on another 10 % (**dev**), and keep the "
    "last 10 % (**test**) for one look at the very end."
)
show_held_back()
source.show(names.split, ngram.losses)

st.header("Predict, then run", anchor="experiments")
st.markdown(
    "Commit to an answer before you see one: what surprises you, you will "
    "remember. Each arm is a run like those above, on the data in use."
)
for each in EXPERIMENTS:
    experiment.show(each, "bigram", lambda _: data, draw_arms)

st.header("Take it home", anchor="take-home")
take_home.show(run)
