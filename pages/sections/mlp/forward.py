"""Forward: from letters to chances, and from logits to the loss."""

import math

import pyarrow as pa
import streamlit as st

from core import logits, mlp
from pages.charts import arrow, layers
from pages.parts import cached, source
from pages.parts.cached import drawn_once
from pages.parts.words import plain

LETTERED = 36  # letters that a phone has room for below their cells
SHOWN = 6  # examples in the table
NET = "hidden", "context", "embedding", "only", "seed"


def show(draw):
    st.header("Forward", anchor="forward")
    st.markdown(
        "Each letter seen is looked up in C, the rows are joined, and a "
        "**hidden layer** of neurons reads them: each multiplies all of them "
        "by weights of its own, adds its **bias** and bends the sum with tanh "
        "into -1 to 1. A last layer makes a **logit** for every letter, any "
        "number at all, and the softmax turns those into chances. Follow the "
        "shapes: the first number is the batch. Turn a knob in the sidebar: "
        "which of them change?"
    )
    draw(one_example, *NET, "batch")
    source.show(mlp.forward)
    draw(one_bias, "batch", "hidden")
    draw(loss_of_logits, *NET)
    source.show(logits.by_hand, logits.by_torch)
    st.subheader("Why F.cross_entropy", anchor="cross-entropy")
    draw(fewer_tensors, *NET)
    largest()
    source.show(logits.four)


@cached.resources(16)
def untrained(_data, digest: str, config):
    """First weights and examples, every stage of them, and a batch's shapes."""
    weights, X, y = logits.first_examples(config, _data)
    shapes = logits.shapes(weights, X, config.batch)
    return X, y, logits.stages(weights, X), shapes


def one_example(data, config):
    """The net drawn with the numbers of one of the first examples."""
    X, _, _, _ = untrained(data, data.digest, config)
    at = st.slider(
        "Example",
        1,
        len(X),
        min(5, len(X)),
        key=f"mlp forward example {len(X)}",
        help="One of the first examples of the words for training.",
    )
    drawn(data, data.digest, config, at - 1)


@drawn_once
def drawn(_data, digest: str, config, at: int):
    X, y, stages, shapes = untrained(_data, digest, config)
    letters = _data.letters
    seen = "".join(letters[token] for token in X[at].tolist())
    right = letters[y[at].item()]
    numbers = {
        name: stage[at].flatten().tolist() for name, stage in stages.items()
    }
    chance = numbers["chances"][letters.index(right)]
    B = config.batch
    st.vega_lite_chart(
        layers.network(numbers, shapes, letters, seen, right),
        layers.net("From letters to chances", len(letters) <= LETTERED),
        alt="The network, layer by layer: "
        + "; ".join(
            f"{layers.NAMES[name]} {shape}" for name, shape in shapes.items()
        ),
    )
    st.caption(
        f"One example in a batch of {B:,}: **{plain(seen)}** is seen, "
        f"**{plain(right)}** came next, framed at the bottom with a chance of "
        f"{chance:.2%}. The weights are random still. Each strip is one stage "
        "and each cell a number: blue is negative, orange positive, "
        "the strongest colour the "
        "largest of its strip; of the chances, the fullest is 100%. Of the "
        f"lines of a full layer, {layers.FAN} at most are drawn at either "
        "end; all numbers are joined to all."
    )


def one_bias(config):
    one_row_for_all(config.batch, config.hidden)


@drawn_once
def one_row_for_all(B: int, H: int):
    """What torch does with + b1, and with a bias of another shape."""
    st.subheader("One bias for all examples", anchor="bias")
    sums, bias, wrong = (B, H), (H,), (B,)
    st.markdown(
        f"`joined @ W1` is {sums} and `b1` is {bias}. Torch lines shapes up "
        f"from the right, reads b1 as {(1, H)} and adds that one row to every "
        "row: each neuron has its own bias, the same for all examples. Check "
        "it whenever you add things of two shapes, for a wrong one may pass."
    )
    cases = [("b1, one number a neuron", sums, bias)]
    cases.append(("a mistake, one number an example", sums, wrong))
    cases.append(("the same mistake, with H equal to B", (B, B), wrong))
    st.table(
        arrow.table(
            [
                (what, f"{one} + {other}", result(one, other))
                for what, one, other in cases
            ],
            ["what is added", "shapes", "sum"],
        ),
        hide_index=True,
        alt="Three sums of two shapes, and what torch makes of each.",
    )
    st.markdown(wrong_in_words(B, H))
    source.show(logits.broadcast)


def result(one, other) -> str:
    made = logits.broadcast(one, other)
    return "refused: an error" if made is None else str(made)


def wrong_in_words(B: int, H: int) -> str:
    made = logits.broadcast((B, H), (B,))
    if made is None:
        fate = "The mistake is refused here, for the sizes differ. "
    elif made == (B, H):
        fate = "With your knobs the mistake passes without a word! "
    else:
        fate = f"With your knobs the mistake makes a sum of {made}! "
    return fate + (
        "Were there as many neurons as examples, it would pass: number 5 "
        "would go to neuron 5 of every example, not to example 5. Nothing "
        "raises an error; it is another network."
    )


def loss_of_logits(data, config):
    two_ways(data, data.digest, config)


@drawn_once
def two_ways(_data, digest: str, config):
    """From the right letter's logit to the loss, beside torch's number."""
    X, y, stages, _ = untrained(_data, digest, config)
    st.subheader("From logits to the loss", anchor="loss")
    st.markdown(
        "*e* to each logit is positive, as a **count** is. Divided by the sum "
        "of its row it is a chance, and minus the logarithm of the right "
        "letter's chance is the surprise. Their mean is the loss. "
        "`F.cross_entropy` takes the logits and does all of it: does it "
        "arrive at the same number?"
    )
    costs = costs_of(_data, digest, config)
    ways = list(costs)
    apart = abs(costs[ways[0]].loss - costs[ways[1]].loss)
    labels = [f"{way}, nats" for way in ways] + ["apart"]
    said = [f"{each.loss:.6f}" for each in costs.values()] + [f"{apart:.1e}"]
    for column, label, text in zip(st.columns(3), labels, said, strict=True):
        column.metric(label, text, border=True)
    st.table(
        right_letters(_data.letters, X, y, stages["logits"]),
        hide_index=True,
        alt=f"The first examples, from the logit of the right letter to its "
        f"surprise; the loss of all {len(y)} is {said[0]} by hand and "
        f"{said[1]} by F.cross_entropy.",
    )
    st.markdown(told(len(y), apart))


def right_letters(letters, X, y, of) -> pa.Table:
    """The first examples, a row each: the right letter and its numbers."""
    rows = [
        (
            "".join(letters[token] for token in seen),
            letters[token],
            f"{each.logit:z.2f}",
            f"{each.count:.3g}",
            f"{each.total:.3g}",
            f"{each.chance:.2%}",
            f"{each.nll:z.4f}",
        )
        for seen, token, each in zip(
            X.tolist()[:SHOWN],
            y.tolist(),
            logits.surprises(of, y)[:SHOWN],
            strict=False,
        )
    ]
    columns = ["seen", "next", "logit", "count", "row sum"]
    return arrow.table(rows, [*columns, "chance", "nats"])


def told(count: int, apart: float) -> str:
    """Whether both ways agree, on so many examples."""
    examples = f"the first {count} examples, before any step"
    if not math.isfinite(apart):
        return (
            f"On {examples}, they do not agree: by hand something went over "
            "all bounds. Further down you see what."
        )
    if not apart:
        return f"On {examples}, both say the same to the last digit."
    return (
        f"On {examples}, they are {apart:.1e} apart: a float32 has about "
        "seven digits, and the two round at different places. It is the same "
        "number."
    )


@cached.resources(16)
def costs_of(_data, digest: str, config):
    """What either way makes of the first examples' logits."""
    _, y, stages, _ = untrained(_data, digest, config)
    return {
        name: logits.cost(way, stages["logits"], y)
        for name, way in logits.WAYS.items()
    }


def fewer_tensors(data, config):
    fewer(data, data.digest, config)


@drawn_once
def fewer(_data, digest: str, config):
    """Operations and tensors kept, of both ways."""
    _, y, stages, _ = untrained(_data, digest, config)
    costs = costs_of(_data, digest, config)
    hand, torch = costs.values()
    paper = logits.slope_on_paper(stages["logits"], y)
    off = logits.furthest(paper, torch.slope)
    st.markdown(
        "Two reasons, and below a third. **It makes fewer tensors**: by hand "
        f"{len(hand.nodes)} operations each make one, here it is "
        f"{len(torch.nodes)}; {len(hand.kept)} of them and their inputs are "
        f"kept until backward, against {len(torch.kept)}. "
        "**Backward is simpler**, for on paper the slope comes down to the "
        "chances, less 1 for the right letter, divided by the size of the "
        f"batch: at most {off:.1e} from what torch finds."
    )
    st.table(
        arrow.table(
            [
                (
                    f"`{name}`",
                    in_row(each.nodes),
                    f"{len(each.kept)} of {sum(each.kept):,} bytes in all",
                )
                for name, each in costs.items()
            ],
            [
                "way",
                "operations, from the loss back to the logits",
                "tensors kept for backward",
            ],
        ),
        hide_index=True,
        alt="Operations and tensors kept, by hand and by torch.",
    )
    st.caption("Noted while torch ran both on the first examples.")
    source.show(logits.slope_on_paper, logits.cost)


def in_row(nodes) -> str:
    """The names of nodes without what torch hangs on to each."""
    return ", ".join(node.split("Backward")[0] for node in nodes)


@st.fragment
def largest():
    """Four logits, one of them on a slider, and a constant to subtract."""
    st.markdown(
        "**It does not overflow.** Here are four logits of the lecture's; "
        "move the last one. By hand, which numbers break first, and what "
        "must you subtract from all four to mend it?"
    )
    reach = logits.REACH
    last = st.slider("The last logit", -reach, reach, reach, key="mlp largest")
    constant = st.slider(
        "Subtract from every logit, by hand",
        -reach,
        reach,
        0,
        key="mlp subtract",
    )
    right = st.segmented_control(
        "The letter that came",
        ["first", "second", "third", "last"],
        default="last",
        required=True,
        key="mlp right",
    )
    four_logits(last, constant, right)


@drawn_once
def four_logits(last: int, constant: int, right: str):
    places = ["first", "second", "third", "last"]
    which = places.index(right)
    four = logits.four(last, constant, which)
    st.table(
        arrow.table(
            [
                (place, *(f"{x:z.4g}" for x in numbers))
                for place, *numbers in zip(
                    places,
                    four.logits,
                    four.less,
                    four.counts,
                    four.chances,
                    strict=True,
                )
            ],
            ["", "logit", "after subtracting", "count", "chance"],
        ),
        hide_index=True,
        alt="Four logits, less a constant, their counts and their chances.",
    )
    st.markdown(
        f"Loss by hand **{four.by_hand:z.4f}**, by `F.cross_entropy` "
        f"**{four.by_torch:z.4f}**. " + in_words(four, last, constant)
    )
    ways = tuple(logits.WAYS)
    st.vega_lite_chart(
        layers.swept(logits.sweep(constant, which), ways, last),
        layers.breaking(*ways),
        alt=f"The loss over the last logit. At {last}, by hand "
        f"{four.by_hand:z.4f}, by F.cross_entropy {four.by_torch:z.4f}.",
    )
    st.caption(
        "Thin: by hand. Broad: F.cross_entropy. The line by hand ends where "
        "its loss is no number or infinite."
    )


def in_words(four, last: int, constant: int) -> str:
    """What happens to the four counts, and why."""
    limit = logits.largest_exponent()
    least = max(four.logits)
    if max(four.less) > limit:
        what = (
            f"A float32 ends at *e* to the {limit:.2f}: *e* to the "
            f"{max(four.less):g} is inf, inf / inf is nan, and any number "
            "divided by inf is 0, whose logarithm is infinite."
        )
    elif not any(four.counts):
        what = (
            "Every count is too small for a float32 and becomes 0, and 0 / 0 "
            "is nan: you subtracted too much."
        )
    elif not math.isfinite(four.by_hand):
        what = (
            "The count of the letter that came is too small for a float32 "
            "and becomes 0: its surprise is infinite."
        )
    elif abs(four.by_hand - four.by_torch) > 1e-3:
        what = (
            "They differ: a count so near to 0 has few digits left in a "
            "float32, and its logarithm shows it."
        )
    elif min(four.less) < -limit:
        what = (
            "Nothing breaks where a logit is so low: its count is all but 0, "
            "and so is what it adds to the sum, which the highest keeps "
            "above 0."
        )
    else:
        what = "They agree."
    return (
        f"{what} Subtract what you like, the right loss stays: *e* to the "
        "-c then stands above and below the line of the division and cancels. "
        f"F.cross_entropy takes away the largest logit, {least:g} here: the "
        "largest count is then 1, and never inf."
    )
