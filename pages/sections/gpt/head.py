"""One head, taken apart on a sentence of the learner's."""

import math
import unicodedata
from functools import partial
from typing import NamedTuple

import streamlit as st

from core import attention, gpt
from core.data import text as texts
from pages.charts import attention as chart
from pages.charts import talk
from pages.charts.signs import visible
from pages.parts import cached, later, source, words
from pages.parts.cached import drawn_once

LONGEST = attention.SMALL.block
PASTED = 2_000  # characters; of more a box would take none, and say nothing
FIRST = 8  # characters of the data, to begin with
PAST, ALL, OTHER = "its past", "everyone", "another text"
HEARS = {PAST: "decoder", ALL: "encoder", OTHER: "cross-attention"}
REACH = 8.0  # of the affinities drawn
STAGES = ["raw", "scaled", "masked", "softmax"]
PARTS = {
    "query": "what a character looks for",
    "key": "what it offers",
    "value": "what it says to those who listen",
}


class Asked(NamedTuple):
    """All that the numbers depend on, beside the data."""

    words: str
    other: str  # where keys and values come from; empty if from words
    mask: bool
    trained: bool


def show(data):
    st.header("One head", anchor="one-head")
    st.markdown(
        "Averaging the past treats all of it alike. A **head** lets each "
        "character choose. It sends out three rows of numbers: a **query**, "
        "what it looks for; a **key**, what it offers; and a **value**, what "
        "it says to those who listen. Where a query and a key point the same "
        "way, their product is large, and much of the value is heard. Type a "
        "few characters: who listens to whom?"
    )
    later.show(partial(apart, data), (learned, data, data.digest))


@st.fragment
def apart(data):
    """Everything about one text."""
    asked = ask(data)
    st.caption(whose(asked.trained))
    st.subheader("Query, key, value", anchor="query-key-value")
    part = st.segmented_control(
        "Rows of numbers",
        list(PARTS),
        default="query",
        required=True,
        key="gpt head part",
    )
    rows(data, data.digest, asked, part)
    st.subheader("Affinities, stage by stage", anchor="affinities")
    st.markdown(
        "Each query times each key is an **affinity**. Go through the stages: "
        "which cells does each of them change? Hover a cell for the dot "
        "product behind it; the framed one is written out below."
    )
    left, right = st.columns(2)
    i = pick(left, "Who listens (row)", asked.words, "gpt head row")
    heard = asked.other or asked.words
    j = pick(right, "Who is heard (column)", heard, "gpt head column")
    stage = st.segmented_control(
        "Stage", STAGES, default="softmax", required=True, key="gpt head stage"
    )
    staged(data, data.digest, asked, stage, i, j)
    written(data, data.digest, asked, i, j)
    source.show(attention.stages, gpt.Head)
    st.subheader("As a directed graph", anchor="attention-graph")
    st.markdown(
        "Seen this way attention is **communication** between the nodes of a "
        "graph: an arrow for each weight, from the one who is heard to the one "
        "who listens. Nothing in it asks for text in a line: any graph would "
        "do. Choose above who is heard: which arrows can never be drawn?"
    )
    every = st.toggle("All arrows at once", key="gpt head all")
    dark = st.context.theme.type == "dark"
    graph(data, data.digest, asked, None if every else i, dark)
    st.subheader("What comes out", anchor="head-output")
    output(data, data.digest, asked, i)
    source.show(attention.weighted, attention.from_torch)


def ask(data) -> Asked:
    """The texts, who hears whom, and which weights."""
    first = opening(data)
    typed = box("Your text", "gpt head text", first, data)
    hears = st.segmented_control(
        "Each character hears",
        list(HEARS),
        default=PAST,
        required=True,
        key="gpt head hears",
        help="Its past: a decoder, as in GPT, for who writes must not see what "
        "comes. Everyone: an encoder, with the mask taken off; a net that "
        "writes would learn to read the answer off its input. Another text: "
        "cross-attention, as a translator hears the original.",
    )
    other = ""
    if hears == OTHER:
        other = box(
            "Keys and values from", "gpt head other", opening(data, 1), data
        )
    untrained = st.toggle(
        "Untrained weights",
        key="gpt head untrained",
        help="The same net before its first step.",
    )
    st.caption(
        {
            PAST: "**Decoder**: self-attention with a mask.",
            ALL: "**Encoder**: self-attention. One line of code less, the mask "
            "is gone, and the triangle fills.",
            OTHER: "**Cross-attention**: the queries are of your text, keys "
            "and values of the other one. The table need not be square.",
        }[hears]
    )
    return Asked(typed, other, hears == PAST, not untrained)


def box(label: str, key: str, first: str, data) -> str:
    """A short text of the data's characters; it begins with the first, and
    again when other data come, unless something was typed."""
    state = st.session_state
    if state.get(key) == state.get(f"{key} first"):
        state[key] = first
    state[f"{key} first"] = first
    typed = st.text_input(
        label,
        key=key,
        max_chars=PASTED,
        help=f"2 to {LONGEST} characters that occur in the data. ⏎ stands for "
        "the end of a line.",
    )
    try:
        return taken_as(fitting(typed, LONGEST), data.letters)
    except ValueError as trouble:
        words.refused(trouble, first)
        return first


def fitting(typed: str, longest: int) -> str:
    """As much of it as there is room for; says so if that is not all."""
    typed = unicodedata.normalize("NFC", typed)
    if len(typed) > longest:
        st.caption(
            f"Only the first {longest} of these {len(typed):,} characters are "
            "used."
        )
    return typed[:longest]


def taken_as(typed: str, letters: str) -> str:
    typed = unicodedata.normalize("NFC", typed)
    if "⏎" not in letters:
        typed = typed.replace("⏎", "\n")
    if not 2 <= len(typed) <= LONGEST:
        raise ValueError(f"Type 2 to {LONGEST} characters.")
    texts.encode(typed, letters)
    return typed


def opening(data, nth: int = 0) -> str:
    """The first characters of the data's nth line that is long enough."""
    lines = (
        line[:FIRST].rstrip()
        for line in data.text[:20_000].split("\n")
        if len(line[:FIRST].rstrip()) > 1
    )
    found = [line for line, _ in zip(lines, range(nth + 1), strict=False)]
    plain = data.letters.replace("\n", "")
    return found[-1] if found else (plain * 2)[:2]


def pick(where, label: str, text: str, key: str) -> int:
    """A place in the text."""
    state, last = st.session_state, len(text) - 1
    state[key] = min(state.get(key, last), last)
    return where.select_slider(
        label,
        list(range(len(text))),
        format_func=lambda i: f"{i + 1}: {visible(text[i])}",
        key=key,
    )


@later.resources(8)
def learned(_data, digest: str) -> gpt.GPT:
    return attention.learned(_data)


@cached.resources(8)
def born(V: int) -> gpt.GPT:
    return attention.born(V)


@cached.resources(64)
def taken(_data, digest: str, asked: Asked) -> attention.Stages:
    """The head's numbers for the texts asked for."""
    model = (
        learned(_data, digest) if asked.trained else born(len(_data.letters))
    )
    x, other = (
        attention.heard(model, texts.encode(each, _data.letters))
        if each
        else None
        for each in (asked.words, asked.other)
    )
    return attention.stages(attention.first_head(model, asked.mask), x, other)


def whose(trained: bool) -> str:
    small = attention.SMALL
    H = small.n_embd // small.n_head
    net = (
        f"a net of one block, {small.n_embd} channels and {small.n_head} "
        f"heads of {H}"
    )
    if trained:
        return (
            f"This is the first head of {net}, after {small.steps} steps on "
            "the data: enough for its pattern to mean something, not enough "
            "to write well."
        )
    return f"This is the first head of {net} that has learned nothing yet."


@drawn_once
def rows(_data, digest: str, asked: Asked, part: str):
    """Queries, keys or values: a row for each character."""
    found = taken(_data, digest, asked)
    T, H = getattr(found, part).shape
    whose_text = asked.words if part == "query" else asked.other or asked.words
    values = getattr(found, part).tolist()
    names = chart.keys(whose_text)
    reach = round(max(abs(v) for line in values for v in line) + 0.05, 1)
    st.vega_lite_chart(
        chart.table(names, values),
        chart.numbers(
            tuple(names), H, f"{part.capitalize()}: {PARTS[part]}", reach
        ),
        alt=f"The {part} of each of {T} characters: {H} numbers a row.",
    )
    st.caption(
        f"{T} rows, one a character; {H} numbers each, the **head size**. Each "
        "row is a Linear layer on what the character knows: itself and its "
        "place."
    )


@drawn_once
def staged(_data, digest: str, asked: Asked, stage: str, i: int, j: int):
    """One stage of the affinities as a map."""
    found = taken(_data, digest, asked)
    queries = chart.keys(asked.words)
    sources = chart.keys(asked.other or asked.words)
    values = [
        [value if math.isfinite(value) else None for value in line]
        for line in getattr(found, stage).tolist()
    ]
    hidden = [
        [each == -math.inf for each in line] for line in found.masked.tolist()
    ]
    st.vega_lite_chart(
        chart.affinity(queries, sources, values, hidden, tips(found), (i, j)),
        chart.affinities(
            tuple(queries),
            tuple(sources),
            "Who listens to whom?",
            REACH,
            stage == "softmax",
        ),
        alt=f"The {stage} affinities, {len(queries)} queries by "
        f"{len(sources)} keys. {meaning(found, asked, stage)}",
    )
    st.markdown(meaning(found, asked, stage))
    if stage != "softmax":
        st.caption(
            f"All stages before softmax have the same colours; {REACH:g} and "
            "more is drawn alike."
        )


def tips(found) -> list[list[tuple]]:
    """What a cell says when it is hovered."""
    queries, keys = found.query.tolist(), found.key.tolist()
    stages = (found.raw, found.scaled, found.softmax)
    raw, scaled, weight = (each.tolist() for each in stages)
    return [
        [
            (
                f"{raw[i][j]:+.3f}",
                f"{scaled[i][j]:+.3f}",
                f"{weight[i][j]:.1%}",
                largest(query, key),
            )
            for j, key in enumerate(keys)
        ]
        for i, query in enumerate(queries)
    ]


def largest(query, key) -> str:
    """The terms of a dot product that weigh most."""
    terms = [a * b for a, b in zip(query, key, strict=True)]
    most = sorted(range(len(terms)), key=lambda h: -abs(terms[h]))[:3]
    return ", ".join(f"({query[h]:.2f})({key[h]:.2f}) in {h + 1}" for h in most)


def meaning(found, asked: Asked, stage: str) -> str:
    """What the stage has done to the one before."""
    T, S = found.raw.shape
    H = found.query.shape[1]
    match stage:
        case "raw":
            return f"**{T} x {S}** dot products, each a sum of {H} terms."
        case "scaled":
            return (
                f"All divided by the square root of the head size, "
                f"{math.sqrt(H):.4g}: the same pattern, paler. Why, you see in "
                "the next section."
            )
        case "masked" if asked.mask:
            return (
                f"**{T * (T - 1) // 2}** of {T * S} affinities point at what "
                "comes later. They become minus infinity: softmax will make "
                "them exactly 0."
            )
        case "masked":
            return "There is no mask here: nothing has changed."
    heard = "its past and itself" if asked.mask else f"all {S}"
    return (
        f"Softmax makes each row weights that sum to 1, over {heard}. They "
        "depend on the text: type another one, and they are others."
    )


@drawn_once
def written(_data, digest: str, asked: Asked, i: int, j: int):
    """One cell, term by term, from numbers to its weight."""
    found = taken(_data, digest, asked)
    query, key = found.query[i].tolist(), found.key[j].tolist()
    terms = [a * b for a, b in zip(query, key, strict=True)]
    names = ("1 query", "2 key", "3 product")
    reach = round(max(map(abs, query + key + terms)) + 0.05, 1)
    heard = asked.other or asked.words
    listens, speaks = visible(asked.words[i]), visible(heard[j])
    st.vega_lite_chart(
        chart.table(list(names), [query, key, terms]),
        chart.numbers(
            names,
            len(query),
            f"{listens}, place {i + 1}, listens to {speaks}, place {j + 1}",
            reach,
        ),
        alt=f"The query of place {i + 1}, the key of place {j + 1} and their "
        "product, channel by channel.",
    )
    sums = " + ".join(
        f"({a:.2f})({b:.2f})" for a, b in zip(query, key, strict=True)
    )
    scaled = found.scaled[i, j].item()
    lines = [
        f"raw     = {sums}\n        = {found.raw[i, j].item():.3f}",
        f"scaled  = raw / sqrt({len(query)}) = {scaled:.3f}",
    ]
    st.code("\n".join([*lines, weight_of(found, i, j)]), None, wrap_lines=True)


def weight_of(found, i: int, j: int) -> str:
    masked = found.masked[i].tolist()
    weight = found.softmax[i, j].item()
    if masked[j] == -math.inf:
        return f"masked  = -inf, it comes later\nweight  = {weight:.1%}"
    highest = max(masked)
    total = sum(math.exp(each - highest) for each in masked)
    mine = math.exp(masked[j] - highest)
    return (
        f"weight  = exp({masked[j]:.3f} - {highest:.3f}) / the sum over the "
        f"row\n        = {mine:.4f} / {total:.4f} = {weight:.1%}"
    )


@drawn_once
def graph(_data, digest: str, asked: Asked, row: int | None, dark: bool):
    found = taken(_data, digest, asked)
    weights = found.softmax.tolist()
    drawing = talk.drawn(asked.words, asked.other or None, weights, row, dark)
    count = len(list(talk.arrows(weights, row)))
    if row is None:
        said = f"All {count} arrows of {talk.LEAST:.0%} and more; "
    else:
        sign = visible(asked.words[row])
        said = (
            f"What {words.plain(sign)} at place {row + 1} hears, in "
            f"{count} arrow{'s' * (count != 1)}; "
        )
    said += "the thicker, the larger the weight."
    st.graphviz_chart(drawing, width="content", alt=said)
    st.caption(said + around(asked))


def around(asked: Asked) -> str:
    if asked.other:
        return (
            " Left stands the other text, right yours: an arrow never stays "
            "within one."
        )
    said = " The text runs clockwise from the top"
    if asked.mask:
        return f"{said}; no arrow leads from a later character to an earlier."
    return f"{said}; every character may hear every other."


@drawn_once
def output(_data, digest: str, asked: Asked, i: int):
    """The values that one listener hears, weighted and summed."""
    found = taken(_data, digest, asked)
    weights, values = found.softmax[i].tolist(), found.value.tolist()
    heard = [
        [weight * each for each in line]
        for weight, line in zip(weights, values, strict=True)
    ]
    total = attention.weighted(weights, values)
    signs = map(visible, asked.other or asked.words)
    names = [
        f"{k} {sign}·{weight:.0%}"
        for k, (sign, weight) in enumerate(
            zip(signs, weights, strict=True), start=1
        )
    ]
    names.append(f"{len(names) + 1} sum")
    reach = round(max(abs(v) for line in [*heard, total] for v in line), 1)
    sign = visible(asked.words[i])
    st.markdown(
        f"The output is each value times its weight, summed: **one row** for "
        f"{words.plain(sign)} at place {i + 1}, whatever number of characters "
        "it heard."
    )
    st.vega_lite_chart(
        chart.table(names, [*heard, total]),
        chart.numbers(
            tuple(names),
            len(total),
            "Values times weights, and their sum",
            max(reach, 0.1),
        ),
        alt=f"The weighted values that place {i + 1} hears, and their sum.",
    )
    apart = max(
        abs(a - b) for a, b in zip(total, found.out[i].tolist(), strict=True)
    )
    scale = found.query.shape[1] ** -0.5
    torchs = attention.from_torch(found, asked.mask, scale)
    st.caption(
        f"Checked: summed by hand it differs from the head's output by at "
        f"most {tiny(apart)}, and all rows of the head from torch's own "
        f"`scaled_dot_product_attention` by at most {tiny(torchs)}: float "
        "rounding."
    )


def tiny(value: float) -> str:
    return f"{value:.0e}" if value else "0"
