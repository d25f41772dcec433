"""The map of letters: the table C as places, and who is whose neighbour."""

from functools import partial

import streamlit as st

from core import embedding, letter_map
from pages.charts import arrow
from pages.charts import letters as chart
from pages.parts import cached, later, live, source
from pages.parts.cached import drawn_once

FIRST, WIDEST = "First two numbers", "Plane of largest variance"
AXES = {
    FIRST: ("first number", "second number"),
    WIDEST: ("along the plane", "across it"),
}
TALL = 550  # pixels of the first picture and its words, or more
NEAREST = 8  # neighbours in the table
RARE = 0.05  # share of random groups below which it is hardly chance


@later.resources(8)
def quick_map(_data, digest: str):
    return letter_map.quick_map(_data)


def opening(data):
    """The page's first picture: a map learned while the page opens."""
    question = data, data.digest
    later.show(partial(opened, *question), (quick_map, *question), tall=TALL)


@drawn_once
def opened(_data, digest: str):
    """The map, and what it says of vowels."""
    found, made = quick_map(_data, digest), letter_map.QUICK
    [whole] = letter_map.through_training([found.table], True)
    near = letter_map.closeness(found.table, _data.letters)
    st.vega_lite_chart(
        placed(_data.letters, whole.places),
        chart.filled("Who stands next to whom?", *AXES[WIDEST]),
        alt="Every letter of the data at the place a small network gave it. "
        + vowels_in_words(near),
    )
    on = "on words held back" if found.held_back else "on the words it saw"
    st.caption(
        f"Nobody told it what a vowel is. {marked(_data.letters)} "
        f"{vowels_in_words(near)} Made while "
        f"this page opened, from {_data.title}: two numbers a letter, "
        f"{made.context} letters of context, {made.hidden} hidden neurons, "
        f"{found.parameters:,} numbers in all, {made.steps:,} steps of "
        f"{made.batch} examples at a rate falling from {made.rate:g} to 0, "
        f"letters starting close together, the map turned to lie lengthwise. "
        f"Its loss {on}: {found.loss:.4f}. {picked(_data)}"
    )


def picked(data) -> str:
    """How the settings were found, on the names they were found with."""
    if data.source != "lectures":
        return ""
    return (
        "These settings were picked, among others tried, because they show "
        "the vowels soonest."
    )


def placed(letters: str, places):
    """The letters as points of the plane."""
    return chart.stretched(letters, places, letter_map.vowels_of(letters))


def marked(letters: str) -> str:
    """Which mark means what."""
    vowels = [letters[i] for i in letter_map.vowels_of(letters)]
    if not vowels:
        return (
            "None of a, e, i, o, u occurs in these words; the diamond is the "
            "edge of a word."
        )
    return (
        f"Squares are {', '.join(vowels)}; circles are the other letters, the "
        "diamond is the edge of a word."
    )


def picture(letters: str, view):
    """The map at the playhead, inside the panel that is polled."""
    plane = st.segmented_control(
        "The map shows",
        [WIDEST, FIRST],
        default=WIDEST,
        required=True,
        key="mlp plane",
    )
    pictured = [record for record in view.records if record["embedding"]]
    seen = view.records[: view.at + 1]
    at = sum(1 for record in seen if record["embedding"]) - 1
    tables = [record["embedding"] for record in pictured]
    steps = tuple(record["step"] for record in pictured)
    last = hash(tuple(map(tuple, tables[-1])))
    frame = maps(tables, steps, last, plane == WIDEST)[at]
    across, up = zip(*frame.places, strict=True)
    st.vega_lite_chart(
        placed(letters, frame.places),
        chart.filled("Watch who moves next to whom", *AXES[plane]),
        alt=f"The letters at step {steps[at]:,}: {plane.lower()} of C.",
    )
    st.caption(
        f"Before step {steps[at]:,}. {kept(plane, frame, tables[at])} "
        f"{marked(letters)} The picture always fits the letters: now it is "
        f"{extent(across)} wide and {extent(up)} high, in the units of C."
    )


def extent(numbers) -> str:
    return f"{max(numbers) - min(numbers):.2g}"


@cached.resources(32)
def maps(_tables, steps: tuple[int, ...], last: int, widest: bool):
    """The map at each record that has one."""
    return letter_map.through_training(_tables, widest)


def kept(plane: str, frame, table) -> str:
    """How much of the table the picture can show."""
    numbers = len(table[0])
    if numbers < 2:
        return "A letter has one number here: all lie on one line."
    if numbers == 2:
        return "A letter has two numbers here: the map is all of C."
    if plane == FIRST:
        return f"Two of the {numbers} numbers of each letter."
    return (
        f"The plane on which the letters lie furthest apart keeps "
        f"{frame.share:.0%} of the variance of {numbers} numbers a letter."
    )


def show(draw):
    st.header("The map of letters", anchor="letters")
    st.markdown(
        "A row of C is a place in space. Nobody chooses the places: letters "
        "that call for the same next letters get the same pushes, so they end "
        "up as neighbours. A plane shows only part of that; a distance can be "
        "taken in all dimensions at once. Pick a letter and see who is near."
    )
    draw(neighbourhood, of=table_of)
    source.show(letter_map.neighbours, letter_map.inside_and_across)
    st.markdown(
        "The map under the training curves is a plane cut through that space: "
        "the one on which the letters lie furthest apart. It is found anew at "
        "every record, then turned to lie as the one before, so that only "
        "learning moves the letters."
    )
    source.show(letter_map.widest_plane, letter_map.turned)


def table_of(run):
    """What the tables are of: before there are records, of all runs that
    begin with the same one."""
    config, (_, records) = run.config, live.look(run)
    return run.id if records else (config.embedding, config.seed)


def neighbourhood(now):
    """Who is near a letter, at the visitor's playhead."""
    run = now()
    letters = run.data.letters
    table, step = in_view(run)
    first = letters.index("a") if "a" in letters else 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        letter = st.selectbox(
            "Neighbours of", list(letters), first, key="mlp neighbour of"
        )
        st.button(
            "Take the table in view",
            icon=":material/refresh:",
            key="mlp take table",
            help="The table C under your playhead, above, not the newest.",
            on_click=take,
            args=(now,),
        )
    table = tuple(map(tuple, table))
    neighbours_once(table, hash(table), letters, letter, step)


@drawn_once
def neighbours_once(_table, key: int, letters: str, letter: str, step: int):
    """The nearest of a letter; how close vowels are, and q and the edge."""
    E = len(_table[0])
    near = letter_map.neighbours(_table, letters, letter)[:NEAREST]
    st.table(
        arrow.table(
            [(f"{i}", name, f"{d:.3f}") for i, (name, d) in enumerate(near, 1)],
            ["", "letter", "distance"],
        ),
        hide_index=True,
        alt=f"The nearest neighbours of {letter}: "
        + ", ".join(f"{name} at {d:.3f}" for name, d in near),
    )
    st.caption(
        f"The distance from {letter} in "
        + (f"all {E} numbers of a letter, " if E > 1 else "its one number, ")
        + (
            f"as C is before step {step:,}."
            if step
            else "in the C that chance drew: nothing is trained yet, so who "
            "is near means nothing."
        )
    )
    vowels = letter_map.closeness(_table, letters)
    st.markdown(f"*Vowels.* {vowels_in_words(vowels)}")
    lonely = letter_map.loneliest(_table, letters)
    st.markdown(f"*Apart.* {apart_in_words(lonely)}")


def vowels_in_words(near) -> str:
    """Whether vowels are closer to each other than to the rest."""
    if near is None:
        return (
            f"Fewer than two of {', '.join(letter_map.VOWELS)}, or of the "
            "other letters, occur in these words: there is nothing to compare."
        )
    said = (
        f"Two vowels lie {near.vowels:.2f} apart on average, a vowel and "
        f"another letter {near.across:.2f}: "
    )
    groups = (
        f"{near.by_chance:,} of {near.tries:,} groups of as many random letters"
    )
    if near.vowels >= near.across:
        return said + "the vowels are no closer to each other than to the rest."
    if near.by_chance > RARE * near.tries:
        return (
            said + f"a little closer, but {groups} keep to themselves as much, "
            "so it may be chance."
        )
    return (
        said + "the vowels keep to themselves. Chance hardly does that: "
        f"{groups} are as secluded."
    )


def apart_in_words(lonely) -> str:
    """Whether q and the edge lie apart, as the lecture sees."""
    names = [name for name, _ in lonely]
    furthest, far = lonely[0]
    said = (
        f"By its mean distance from all others, **{furthest}** lies furthest "
        f"out ({far:.2f}). "
    )
    ranks = {
        name: names.index(name) + 1 for name in ("q", ".") if name in names
    }
    said += " and ".join(
        f"**{name}** is number {n}" for name, n in ranks.items()
    )
    said += f" of {len(names)}"
    if "q" not in ranks:
        return said + "; q does not occur in these words."
    outer = [name for name, n in ranks.items() if n <= len(names) / 5]
    if len(outer) == 2:
        return said + ": both apart, as the lecture sees on its map."
    if outer:
        return said + f": only {outer[0]} is apart; the lecture sees both so."
    return said + ": neither is apart, though the lecture's map shows both so."


def take(now):
    """Keep to the record under the visitor's playhead."""
    run = now()
    st.session_state[f"mlp table {run.id}"] = int(live.playhead(run).at)


def in_view(run):
    """The newest C and its step, or that which the visitor took; step 0 if
    it is untrained."""
    _, records = live.look(run)
    at = st.session_state.get(f"mlp table {run.id}", len(records))
    shown = [r for r in records[: at + 1] if r["embedding"]]
    if not shown:
        E, seed = run.config.embedding, run.config.seed
        first = embedding.first_table(len(run.data.letters), E, seed)
        return first.tolist(), 0
    return shown[-1]["embedding"], shown[-1]["step"]
