"""Embedding: rows of a table looked up, then joined where they lie."""

import pyarrow as pa
import streamlit as st

from core import embedding, mlp
from pages.charts import arrow, storage
from pages.parts import cached, source
from pages.parts.cached import drawn_once
from pages.parts.words import plain
from pages.sections.mlp import windows

FEW = 300  # examples that are joined without being asked
ASKED = "mlp embedding asked"
# claim 39 of the course's checklist: 182,625 examples, on another machine
PUBLISHED = {"torch.cat of slices": 25_783e-6, ".view": 3.7e-6}
PUBLISHED_ROWS = 182_625
PROPERTIES = [
    "`.shape`",
    "`.stride()`",
    "`.storage_offset()`",
    "`.data_ptr()`",
    "its storage",
]


def show(data, draw):
    st.header("Embedding", anchor="embedding")
    word, _ = windows.word_of(data)
    draw(row, "embedding", "seed", word=word)
    draw(rows, "context", "embedding", "seed", word=word)
    draw(join, "only", "context", "embedding")
    st.subheader("Why view is free", anchor="storage")
    st.markdown(
        "The numbers of a tensor lie in a single row in memory, its "
        "**storage**. The **shape** is only how to read it, and the "
        "**stride** says how many places to walk for the next index of each "
        "dimension. `.view` writes down another shape and other strides; what "
        "is stored is not even touched."
    )
    reading()
    source.show(embedding.places)
    in_vain()
    draw(with_word, "context", "embedding", "seed", word=word)


def row(data, word, config):
    """What the table C is, and one row of it."""
    st.markdown(
        "A token is only a name, and nothing can be learned from a name. So "
        f"each letter gets {config.embedding} numbers of its own, its "
        "**embedding**: a row of a table C. They begin by chance and are "
        "learned like every other weight. Pick a letter and find its row."
    )
    pick(data, word, config)


def rows(data, word, config):
    """All the rows that the word asks for."""
    many(data.letters, word, config.context, config.embedding, config.seed)
    source.show(embedding.many_letters)


def join(data, config):
    """The rows of an example side by side, in three ways."""
    st.subheader("Three ways to join them", anchor="join")
    st.markdown(
        "The hidden layer wants one row of numbers for each example, but "
        f"`C[X]` holds {pieces(config.context)} of {config.embedding}. Lay "
        "them side by side: cut and glue them, or only say that they are to "
        "be read as longer rows. Which is quicker, and why?"
    )
    source.show(*embedding.WAYS.values())
    joins(data, config)


def with_word(data, word, config):
    sizes = config.context, config.embedding
    side_by_side(data.letters, word, *sizes, config.seed)


def pieces(context: int) -> str:
    return "one piece" if context == 1 else f"{context} pieces"


@st.fragment
def pick(data, word, config):
    """One letter's row of C, looked up and multiplied out."""
    letter = st.selectbox(
        "A letter",
        list(data.letters),
        data.letters.index(word[0]),
        key="mlp embedding letter",
        help="The dot stands for the edge of a word. It has a row too.",
    )
    one(data.letters, letter, config.embedding, config.seed)
    source.show(embedding.one_letter)


@drawn_once
def one(letters: str, letter: str, E: int, seed: int):
    """The table C with a row framed, and what torch says when asked for it."""
    C = embedding.first_table(len(letters), E, seed)
    st.vega_lite_chart(
        storage.table(letters, C.tolist(), letter),
        storage.lookup(letters),
        alt=f"The table C, {len(letters)} letters by {E} numbers, with the "
        f"row of {letter} framed.",
    )
    token = letters.index(letter)
    st.caption(
        f"C before any step. Blue is below zero, orange above. {letter} is "
        f"token {token}, so its row is C[{token}]."
    )
    asked = embedding.one_letter(C, token)
    st.table(
        arrow.table(
            [(f"`{code}`", says(ask)) for code, ask in asked],
            ["you write", "torch says"],
        ),
        hide_index=True,
        alt=f"The row of {letter} by a one-hot row times C and by its index.",
    )
    *_, (_, product), (_, row) = asked
    st.markdown(
        f"The last two are **{'equal' if same(product, row) else 'unequal'}**: "
        "a row of zeros with a single 1, times C, picks one row of C. Looking "
        "it up does the same without the sums. `one_hot` gives whole numbers, "
        "and torch does not multiply those with floats: hence `.float()`."
    )


def says(ask) -> str:
    """The numbers that torch answers, or its refusal."""
    try:
        found = ask()
    except RuntimeError as refusal:
        return f"RuntimeError: {refusal}".split("\n")[0]
    numbers = found.tolist()
    if found.is_floating_point():
        numbers = [f"{number:.4f}" for number in numbers]
    return f"{found.dtype}: " + " ".join(map(str, numbers))


def same(one, other) -> bool:
    return one().equal(other())


@drawn_once
def many(letters: str, word: str, context: int, E: int, seed: int):
    """The shapes of what indexing gives, down to C[X] of the word."""
    X, _ = mlp.windows([word], letters, context)
    C = embedding.first_table(len(letters), E, seed)
    asked = embedding.many_letters(C, X)
    st.markdown(
        "An index may be a list or a tensor of any shape: each token is "
        f"replaced by its {E} number{'s' if E > 1 else ''}. X of "
        f"**{plain(word)}** has shape {tuple(X.shape)}; what shape will "
        "`C[X]` have?"
    )
    st.table(
        arrow.table(
            [(f"`{code}`", f"{tuple(ask().shape)}") for code, ask in asked],
            ["you write", "shape of what you get"],
        ),
        hide_index=True,
        alt="Ways to index C, and the shape of each result.",
    )
    *_, (_, index), (_, theirs), (_, product) = asked
    alike = same(index, theirs) and same(index, product)
    st.caption(
        "The shape of the index, and one dimension more. The last three are "
        f"{'equal, number for number' if alike else 'not equal'}; torch calls "
        "it an embedding, too."
    )


@cached.resources(4)
def contexts(_data, digest: str, only: int, context: int, few: bool):
    """What a network may learn from, or the first few words: X (N, T)."""
    words = mlp.split(_data, only).train[: FEW if few else None]
    return mlp.windows(words, _data.letters, context)[0]


@cached.values(64)
def measured(_data, digest: str, only: int, context: int, E: int, few: bool):
    """The ways to join, timed once for everyone; on how many examples, of
    how many."""
    every = contexts(_data, digest, only, context, few)
    C = embedding.first_table(len(_data.letters), E, mlp.Config.seed)
    X = every[:FEW] if few else embedding.measurable(C, every)
    return embedding.join(C, X), len(X), len(every)


@st.fragment
def joins(data, config):
    """A few examples joined at once, all of them when asked."""
    sizes = data.digest, config.only, config.context, config.embedding
    few = measured(data, *sizes, True)
    st.button(
        "Join all examples",
        icon=":material/timer:",
        key="mlp embedding join",
        on_click=ask,
        args=(sizes,),
        help="On this server; less than a second.",
    )
    asked = st.session_state.get(ASKED) == sizes
    every = measured(data, *sizes, False) if asked else None
    st.table(
        timed(few, every),
        hide_index=True,
        alt="Three ways to join the pieces: time and new memory of each.",
    )
    st.markdown(verdict(few, every))
    st.caption(
        "Time and new memory, the best of several tries on this server. "
        f"Published for {PUBLISHED_ROWS:,} examples, on another machine: "
        + ", ".join(
            f"{1e6 * seconds:,.5g} µs for {way}"
            for way, seconds in PUBLISHED.items()
        )
        + "."
    )


def ask(sizes):
    st.session_state[ASKED] = sizes


def timed(few, every) -> pa.Table:
    """Time and new memory of each way, a column for each size."""
    ways, rows, total = few
    table = {
        "way": [f"`{each.way}`" for each in ways],
        f"{rows:,} examples": [cost(each) for each in ways],
    }
    if every is None:
        table["all examples"] = ["…"] * len(ways)
        return pa.table(table)
    ways, rows, total = every
    name = f"all {rows:,}" if rows == total else f"{rows:,} of {total:,}"
    table[f"{name} examples"] = [cost(each) for each in ways]
    return pa.table(table)


def cost(joined) -> str:
    """Time and memory in units that suit them."""
    new = joined.new_bytes
    kilo, mega = f"{new / 1e3:,.1f} kB", f"{new / 1e6:,.1f} MB"
    said = mega if new >= 1e6 else kilo if new >= 1e3 else f"{new} bytes"
    return f"{1e6 * joined.seconds:,.1f} µs, {said}"


def verdict(few, every) -> str:
    """Whether the ways agree, and what view saves."""
    ways, rows, _ = every or few
    equal = all(each.equal for each in ways)
    by = {each.way: each.seconds for each in ways}
    saved = by["torch.cat of slices"] / by[".view"]
    return (
        f"All three give {'the same numbers' if equal else 'other numbers'}. "
        f"For {rows:,} examples, `.view` is **{saved:,.0f} times** as fast as "
        "cutting and gluing, and needs no memory: it only writes down a new "
        "shape, however many examples there are."
    )


@st.fragment
def reading():
    """Twelve numbers in memory, read in a way of the visitor's choice."""
    codes = list(embedding.strip_views())
    code = st.selectbox("Read them as", codes, 2, key="mlp embedding strip")
    read_as(code)


@drawn_once
def read_as(code: str):
    """The strip with its rows marked, what torch prints, where it lies."""
    views = embedding.strip_views()
    (first, strip), tensor = next(iter(views.items())), views[code]
    rows = embedding.places(tensor)
    st.vega_lite_chart(
        storage.strip(rows, len(strip)),
        storage.storage(len(strip)),
        alt=f"{len(strip)} numbers in a row, and which of them each row of "
        f"{code} reads: "
        + "; ".join(f"{storage.named(row)} {at}" for row, at in rows.items()),
    )
    st.code(f"{tensor}", language=None, height=216)
    st.table(
        pa.table(
            {
                "asked of": PROPERTIES,
                f"`{first}`": [*layout(strip, strip)[:3], "here", "here"],
                "as you read it": layout(tensor, strip),
            }
        ),
        hide_index=True,
        alt=f"Shape, stride, offset and memory of {first} and of {code}.",
    )


def layout(tensor, strip) -> list[str]:
    """How a tensor is read, and where its numbers lie."""
    ahead = embedding.ahead(tensor, strip)
    return [
        f"{tuple(tensor.shape)}",
        f"{tensor.stride()}",
        f"{tensor.storage_offset()}",
        f"{ahead} bytes further" if ahead else "the same",
        "the same" if embedding.shared(tensor, strip) else "its own",
    ]


@drawn_once
def side_by_side(letters: str, word: str, context: int, E: int, seed: int):
    """Shape and strides of C[X] and of its view, as the network joins it."""
    X, _ = mlp.windows([word], letters, context)
    embedded = embedding.first_table(len(letters), E, seed)[X]
    joined = embedding.view(embedded)
    st.markdown(
        f"So with your word: `C[X]` has shape {tuple(embedded.shape)} and "
        f"strides {embedded.stride()}, so the pieces of one example lie side "
        f"by side already. As {tuple(joined.shape)}, with strides "
        f"{joined.stride()}, they are one row"
        + (
            ", in the same storage."
            if embedding.shared(joined, embedded)
            else ", in a storage of its own."
        )
    )


@drawn_once
def in_vain():
    """A transposed tensor, which view refuses and reshape copies."""
    strip, *_, turned = embedding.strip_views().values()
    st.markdown(
        "Not everything can be read where it lies. Turned over, `turned = "
        "strip.view(3, 4).T` still needs no memory. But as one row it would "
        "have to jump ahead and back, and one stride cannot say that:"
    )
    st.table(
        arrow.table(
            [
                (f"`{code}`", settled(ask, strip))
                for code, ask in embedding.flat_again(turned)
            ],
            ["you write", "torch says"],
        ),
        hide_index=True,
        alt="A transposed tensor read as one row: refused by view, copied by "
        "reshape.",
    )
    st.caption(
        "`.reshape` is `.view` where that can be done, and copies the numbers "
        "in the new order where it cannot. `.contiguous` is that copy alone."
    )


def settled(ask, strip) -> str:
    """What torch answers, and whether the numbers had to be copied."""
    said = says(ask)
    if said.startswith("RuntimeError"):
        return said
    copied = not embedding.shared(ask(), strip)
    return f"{said}, {'a copy' if copied else 'in the same storage'}"
