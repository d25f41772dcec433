"""From here to nanoGPT and GPT-3: what is the same, what is more."""

import streamlit as st

from core import gpt, knobs, landmarks, sizes
from pages.charts import arrow
from pages.charts import sizes as chart
from pages.parts import source
from pages.parts.cached import drawn_once

PRESETS = {
    "Your knobs": None,
    "Tiny": "ladder: LayerNorm",
    "The lecture's small one": "lecture",
    "Published": "published",
}
COMMAND = "python -m core gpt --preset published --device cuda"


def show():
    st.header("From here to nanoGPT and GPT-3", anchor="nanogpt")
    st.markdown(
        "nanoGPT is the lecture's program made fit for real work, and GPT-3 "
        "is the same blocks, more and wider. Below is each step of that way, "
        "in numbers: which of them changes *what* is computed, and which only "
        "how fast?"
    )


def heads(config):
    st.subheader("Heads as one more dimension", anchor="batched-heads")
    st.markdown(
        "The lecture keeps a list of heads and asks one after the other. But "
        "no head waits for another, so all can be one multiplication, with "
        "the heads as one more dimension. Read the shapes from above: where "
        "does it appear, and where does it go?"
    )
    shapes(config)
    timed(config)
    source.show(gpt.MultiHead.split, gpt.MultiHead.plain, sizes.one_by_one)


HEADS = "n_embd", "n_head", "mask", "scale"  # the knobs of a MultiHead


@drawn_once
def shapes(config):
    rows = [
        f"| {what} | {' x '.join(map(str, shape))} |"
        for what, shape in sizes.trace(config)
    ]
    st.markdown("\n".join(["| line | shape |", "|:--|:--|", *rows]))
    B, T = sizes.SAMPLE
    H = config.n_embd // config.n_head
    st.markdown(
        f"(B, T, C) is ({B}, {T}, {config.n_embd}) here, and becomes (B, "
        f"heads, T, H) with {counted(config.n_head, 'head')} of head size "
        f"H = {config.n_embd} / {config.n_head} = {H}: more heads make "
        "smaller heads, and no more parameters. Split into heads of their "
        "own, the same weights give the same answer: the largest difference "
        f"is **{sizes.apart(config):.0e}**, the rounding of 32-bit numbers."
    )


def counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"


@st.fragment
def timed(config):
    """Both ways measured on demand: on this server, in one process."""
    asked = st.button(
        "Time both ways", key="gpt bigger time", icon=":material/timer:"
    )
    key = "gpt bigger timed"
    if asked:
        st.session_state[key] = config, sizes.times_faster(config)
    of, found = st.session_state.get(key, (None, None))
    if of != config:
        return st.caption("Not timed yet for these knobs.")
    looped, once = found
    said = (
        f"One after the other {looped:.2f} ms, at once {once:.2f} ms: "
        f"**{looped / once:.2f} times** as fast"
    )
    st.markdown(
        f"{said}. It is the forward pass of "
        f"{counted(config.n_head, 'head')}, one thread, each way in turn; the "
        "median counts, and the ratio says more than the times."
    )


def curves():
    st.subheader("gelu beside relu", anchor="gelu")
    both()


@drawn_once
def both():
    xs = [n / 20 for n in range(-80, 81)]
    found = sizes.curves(xs)
    low, at = min((y, x) for x, y, _ in found["gelu"])
    st.markdown(
        "GPT-2 and nanoGPT bend with **gelu** where the lecture has relu. "
        "What does it change below zero, and what happens at zero?"
    )
    frame = chart.curves(found)
    for column, which in zip(st.columns(2), chart.PANELS, strict=True):
        column.vega_lite_chart(
            frame,
            chart.curve(tuple(found), which),
            alt=f"The {which} of relu and gelu from -4 to 4.",
        )
    st.markdown(
        "relu is flat below zero, and a neuron there learns nothing; its "
        "slope jumps from 0 to 1. gelu is x times the chance that a normal "
        f"number is below x: smooth, {low:.2f} at its lowest (x = {at:g}), "
        "and with a slope almost everywhere. The knob `nonlinearity` takes "
        "either: train both, and see whether it matters at this size."
    )
    source.show(sizes.curves)


def ledger(data, config):
    st.subheader("Where the parameters are", anchor="ledger")
    picked(config, len(data.letters))


@st.fragment
def picked(config, V: int):
    st.markdown(
        "Each part of the network, in the order of the forward pass, over "
        "all blocks. Go from tiny to published: which parts shrink to "
        "nothing, and which fill the bar?"
    )
    name = st.segmented_control(
        "Size", list(PRESETS), key="gpt bigger size", default="Your knobs"
    )
    preset = PRESETS[name or "Your knobs"]
    counted_parts(gpt.PRESETS[preset] if preset else config, V)
    source.show(sizes.rule, sizes.parts)
    large()


@drawn_once
def counted_parts(config, V: int):
    parts = sizes.parts(config, V)
    total = sum(parts.values())
    st.vega_lite_chart(
        chart.ledger(parts),
        chart.shares(tuple(parts), "Which part is the network?"),
        alt="Parameters: "
        + ", ".join(f"{part} {count:,}" for part, count in parts.items())
        + f"; {total:,} in all.",
    )
    C, heads = config.n_embd, config.n_head
    rule = sizes.rule(config.n_layer, C)
    st.markdown(
        f"**{total:,} parameters**: {counted(config.n_layer, 'block')} of {C} "
        f"channels, {counted(heads, 'head')} of head size {C // heads}, a "
        f"window of {config.block}, {V} characters."
    )
    off = not (config.attention and config.feedforward)
    if off or not config.n_layer:
        return
    st.markdown(
        f"A rule of thumb says 12 x n_layer x n_embd² = 12 x "
        f"{config.n_layer} x {C}² = {rule:,}, {rule / total:.1%} of the true "
        "number. It counts the blocks' matrices, 4 of C x C in attention and "
        "8 in feed-forward, and leaves out the tables of characters and "
        "places, the logits, every bias and LayerNorm."
    )


@drawn_once
def large():
    """The rule for the networks that are too large to build here."""
    lines = []
    for name, known in sizes.KNOWN.items():
        layers, channels, heads, block, tokens = known
        rule, whole = sizes.rule(*known[:2]), sizes.with_embeddings(*known)
        lines.append(
            f"- **{name}**: 12 x {layers} x {channels:,}² = {in_short(rule)}; "
            f"with its tables of {tokens:,} tokens and {block:,} places "
            f"{in_short(whole)}. {heads} heads of size {channels // heads}."
        )
    st.markdown(
        "The same rule for networks that no page can train, by the sizes in "
        "their papers. GPT-2 is known as *124M*, GPT-3 as *175B*; the rest is "
        "biases and LayerNorm:\n" + "\n".join(lines)
    )


def in_short(n: int) -> str:
    return f"{n / 1e9:.1f} billion" if n >= 1e9 else f"{n / 1e6:.1f} million"


def cost(data, config):
    beside(config, len(data.letters))


@drawn_once
def beside(config, V: int):
    """Work and memory of your knobs, and beside them the published size."""
    sides = {"Your knobs": config, "Published": gpt.PRESETS["published"]}
    st.markdown(
        "**What it costs.** A weight is multiplied and added once for every "
        "character; each pair of characters that attend costs on top. To "
        "train, count about 6 operations for each parameter and character, 2 "
        "on the way forward and 4 on the way back. AdamW keeps two more "
        "numbers for each parameter."
    )
    lines = [
        f"| {what} | {' | '.join(map(tidy, numbers))} |"
        for what, numbers in counts(list(sides.values()), V).items()
    ]
    held = [
        f"{sum(sizes.memory(each, V).values()) / 1e6:,.1f} MB"
        for each in sides.values()
    ]
    lines.append(f"| weights, gradients, AdamW's means | {' | '.join(held)} |")
    head = ["| | " + " | ".join(sides) + " |", "|:--|--:|--:|"]
    st.markdown("\n".join([*head, *lines]))
    yours, theirs = (sizes.training(each, V) for each in sides.values())
    st.markdown(
        times(theirs / yours) + " What the forward pass keeps for the "
        "way back is not in the memory: it grows with batch and block."
    )


def counts(configs: list, V: int) -> dict[str, list[int]]:
    """The rows of the table: a number for each side."""
    work = [sizes.work(each, V) for each in configs]
    rows = {
        f"multiply-adds a character, {part}": [each[part] for each in work]
        for part in work[0]
    }
    rows["characters seen in training"] = [
        each.steps * each.batch * each.block for each in configs
    ]
    rows["operations to train, 6 N x characters"] = [
        sizes.training(each, V) for each in configs
    ]
    return rows


def tidy(n: int) -> str:
    return f"{n:,}" if n < 1e9 else f"{n:.1e}"


def times(ratio: float) -> str:
    if 2 / 3 <= ratio <= 1.5:
        return "Your knobs ask for about as much work as the published size."
    if ratio < 2 / 3:
        return (
            f"Your knobs ask for **{1 / ratio:,.1f} times** the work of the "
            "published size."
        )
    return (
        f"The published size is **{ratio:,.0f} times** the work of your "
        "knobs: by this count, if yours takes a minute, the same machine "
        f"needs {ratio / 60 / 24:,.1f} days for it. That is what a GPU is for."
    )


def decay(data, config):
    st.subheader("What weight decay pulls at", anchor="decay")
    pulled(config, len(data.letters))


@drawn_once
def pulled(config, V: int):
    found = sizes.groups(config, V)
    theirs = sizes.groups_in_nanogpt(config, V)
    st.markdown(
        "**Weight decay** makes each weight a little smaller at every step, "
        "unless the loss needs it. The lecture leaves AdamW's default on all "
        "tensors. nanoGPT, and `core/gpt.py`, spare what is not multiplied "
        "with the stream but added to it or scales it: biases and LayerNorm. "
        "The rule is one line: a tensor with two dimensions is decayed."
    )
    head = "| | tensors | parameters | as nanoGPT would have it |"
    lines = [
        f"| {name} | {tensors} | {numbers:,} | {theirs[name][0]} tensors, "
        f"{theirs[name][1]:,} |"
        for name, (tensors, numbers) in found.items()
    ]
    st.markdown("\n".join([head, "|:--|--:|--:|--:|", *lines]))
    tensors, numbers = found["not decayed"]
    share = numbers / max(1, numbers + found["decayed"][1])
    st.markdown(
        f"{tensors} tensors are spared, but they hold only {share:.1%} of the "
        "parameters. nanoGPT has fewer: no bias, and one table both for "
        "characters and for logits (*weight tying*). It counts all blocks "
        "whole, whatever your switches say."
    )


def training(config):
    st.subheader("The rate, the leash and the first weights", anchor="rate")
    scheduled(config)


SCHEDULE = (  # the knobs that the rate of a step depends on, and the clip
    "steps",
    "rate",
    "warmup",
    "cosine",
    "clip",
    "switch",
    "second_rate",
)


@drawn_once
def scheduled(config):
    """The rate of the knobs, and what the clip does."""
    points = sizes.schedule(config)
    high = max(rate for _, rate in points)
    st.markdown(
        "The lecture's rate stays where it is. nanoGPT's rises from zero "
        "while AdamW's means are still poor (**warm-up**), and then falls "
        "along a **cosine** to a tenth, so that the end settles. Drawn for "
        "your knobs `rate`, `warmup`, `cosine` and `steps`:"
    )
    st.vega_lite_chart(
        chart.rates(points),
        chart.schedule(config.steps, high),
        alt=f"The rate over {config.steps:,} steps: {points[0][1]:.2g} at the "
        f"first, {high:.2g} at its highest, {points[-1][1]:.2g} at the last.",
    )
    source.show(gpt.rate_at)
    st.markdown(leash(config.clip))


def leash(clip: float) -> str:
    said = (
        "**Clipping** keeps a step from being torn away by one bad batch: "
        "take all gradients as one long arrow, and if it is longer than the "
        "limit, shorten it to the limit. The direction stays. "
    )
    if not clip:
        return said + "Your knob `clip` is 0: nothing is cut."
    return (
        f"{said}With your `clip` {clip:g}, an arrow of length {4 * clip:g} "
        "becomes a quarter as long; shorter ones stay as they are. AdamW "
        "divides by the gradient's usual size anyway, so only the odd one out "
        "matters."
    )


def born(data, config):
    first_weights(data, data.digest, min(config.n_layer, 2), config.seed)


@drawn_once
def first_weights(_data, digest: str, layers: int, seed: int):
    """The loss before training under both ways to draw the weights."""
    config = gpt.Config(n_layer=layers, seed=seed)
    known = next(k for k in knobs.knobs_of(gpt.Config) if k.name == "init")
    losses = {
        init: sizes.first_loss(config, _data, init) for init in known.choices
    }
    even = landmarks.guessing(_data.letters)
    st.markdown(
        "**First weights** in nanoGPT are normal of width 0.02, biases zero: "
        "nothing is preferred yet. Guessing evenly costs "
        f"{even:.3f} nats; before the first step, a small net here costs "
        + " and ".join(
            f"**{loss:.3f}** with `init` {init}"
            for init, loss in losses.items()
        )
        + ". nanoGPT also makes the projections at each branch's end narrower, "
        "by the root of twice the number of blocks, so that many branches do "
        "not swell the stream; `core/gpt.py` does not."
    )


def code():
    st.subheader("The lecture's names, nanoGPT's ways", anchor="code-map")
    names()
    code_map()
    device()
    outlook()


NAMES = {  # the lecture's name: our knob or None, and what it is
    "batch_size": ("batch", "windows that one step learns from"),
    "block_size": ("block", "characters that attention can look back on"),
    "max_iters": ("steps", "steps of training"),
    "eval_interval": (None, "steps between two estimates of the loss"),
    "learning_rate": ("rate", "how far a step goes"),
    "device": ("device", "cpu, or cuda for a GPU"),
    "eval_iters": (None, "batches that one estimate averages"),
    "n_embd": ("n_embd", "channels: numbers for each character"),
    "n_head": ("n_head", "heads in a block; each gets n_embd / n_head"),
    "n_layer": ("n_layer", "blocks on top of each other"),
    "dropout": ("dropout", "share of numbers put to zero in training"),
}
OURS = {
    "eval_interval": f"{gpt.JUDGE} at least",
    "eval_iters": f"{gpt.JUDGED}, and {gpt.FINALLY} at the end",
}


@drawn_once
def names():
    """The hyperparameters of gpt.py, each with the knob it is here."""
    small, big = gpt.PRESETS["lecture"], gpt.PRESETS["published"]
    rows = [
        (f"`{name}`", meaning, f"`{knob}`" if knob else OURS[name],
         value(small, knob), value(big, knob))
        for name, (knob, meaning) in NAMES.items()
    ]  # fmt: skip
    head = ["in gpt.py", "what it is", "knob here", "small", "published"]
    st.table(
        arrow.table(rows, head),
        hide_index=True,
        alt="The lecture's hyperparameters, what they are, and our knobs",
    )


def value(config, knob) -> str:
    if knob is None:
        return "as here"
    return "either" if knob == "device" else knobs.show(getattr(config, knob))


MAP = [  # lecture, nanoGPT, and whether it runs here
    ("heads", "a list, one by one", "one Linear, one more dimension",
     "yes: `MultiHead`; the list as `Head`"),
    ("attention", "written out", "torch's own, in one call (SDPA)",
     "yes; written out where it is shown"),
    ("curve", "relu", "gelu", "yes: knob `nonlinearity`"),
    ("weight decay", "all tensors", "matrices only", "yes: knob `decay`"),
    ("rate", "constant", "warm-up and cosine",
     "yes: knobs `warmup`, `cosine`"),
    ("gradient", "as it is", "clipped at 1", "yes: knob `clip`"),
    ("checkpoint", "none", "model, optimizer, step",
     "yes: a run that was cut off goes on, to the same records"),
    ("sampling", "as the chances say", "temperature, top-k",
     "yes, and top-p and kept keys and values"),
    ("first weights", "width 0.02", "and narrower projections",
     "the first, not the second"),
    ("bias", "in most Linears", "by choice none", "no: as the lecture"),
    ("weight tying", "no", "characters' table = logits", "no"),
    ("tokens", "characters", "pieces of words (BPE)", "no: characters"),
    ("16-bit numbers, compile, many GPUs", "no", "yes", "no"),
]  # fmt: skip


@drawn_once
def code_map():
    st.markdown(
        "**Lecture and nanoGPT, line by line.** The model is almost "
        "identical; most of what nanoGPT adds is around it, in `train.py`. "
        "The last column says honestly what runs here."
    )
    head = ["part", "the lecture", "nanoGPT", "on this page"]
    st.table(
        arrow.table(MAP, head),
        hide_index=True,
        alt="What the lecture has, what nanoGPT has, and what runs here",
    )


def device():
    """Where the published size can be trained."""
    if sizes.gpu():
        said = "This machine has a GPU: set the knob `device` to cuda, or run"
    else:
        said = (
            "This machine has no GPU that torch can use, so everything here "
            "runs on the CPU. With one, the published size is a command away, "
            "the code unchanged:"
        )
    st.markdown(f"**Device.** {said}")
    st.code(COMMAND, "bash")


def outlook():
    st.markdown(
        "**And ChatGPT?** All of this is its first stage, *pretraining*, which "
        "makes a network that continues text. Then it is *fine-tuned* on "
        "examples of questions with good answers, a second network (the "
        "*reward model*) learns from people which of several answers they "
        "like best, and the first is tuned with PPO, a reinforcement "
        "learning method, to write what the second scores highly."
    )
