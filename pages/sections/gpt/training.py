"""Train: both losses, a text under the playhead; another rate in mid-run."""

from dataclasses import replace

import streamlit as st

from core import gpt
from pages.charts import arms, learning, loss
from pages.parts import cached, live
from pages.parts.cached import drawn_once
from pages.sections.gpt import text

PUBLISHED = 1.48  # dev of the published size after 5,000 steps, on a GPU


@cached.values(8)
def marks(_data, digest: str) -> dict[str, float]:
    """Losses that need no training; the lecture's, where it used this."""
    known = text.losses(_data, digest)
    found = {
        "guessing": known["guessing"],
        "unigram": known["unigram"],
        "bigram": known["counted"],
    }
    if _data.source == "lectures":
        found["lecture 7, published size"] = PUBLISHED
    elif _data.source == "names":
        found["lecture 6"] = 1.9937
    else:
        found["half a bigram"] = found["bigram"] / 2
    return found


@cached.values(64)
def untrained(config, _data, digest: str) -> dict:
    """The first record of a run, in short."""
    return vars(gpt.first_record(config, _data))


def at_birth(config, data) -> dict:
    """The record before any step, of this net or of one that is no larger
    than the page can wait for; knobs of the way there do not matter yet."""
    most = {"n_layer": 4, "block": 32, "batch": 16, "dropout": 0.0}
    size = {name: min(getattr(config, name), at) for name, at in most.items()}
    if config.n_embd > WIDE:
        size |= {"n_embd": 64, "n_head": 4}
    small = replace(gpt.at_birth(config), **size, steps=1)
    record = untrained(small, data, data.digest)
    return record | {"rate": gpt.rate_at(1, config)}


WIDE = 128  # channels of a net that is tried while the page opens


def still(config) -> tuple[gpt.Config, float]:
    """What the first step depends on: the net and its rate there."""
    return gpt.at_birth(config), gpt.rate_at(1, config)


def draw(view, run):
    """The pictures of a run at the visitor's playhead."""
    if view.record is None:
        start(run.config, run.data, run.data.digest)
    else:
        made = str(run.path), len(view.records), view.at
        seen(made, view, run)


@drawn_once
def start(config, _data, digest: str):
    """The pictures of a run that is not there yet, of its first step."""
    pictures(live.View([at_birth(config, _data)], 0), config, _data)


@drawn_once
def seen(made: tuple, _view, _run):
    """The pictures at one record: the same for all who stand there."""
    pictures(_view, _run.config, _run.data)


def pictures(view, config, data):
    """The mean loss of the batches, both estimates, a text."""
    said = so_far(view)
    of = config.steps, marks(data, data.digest)
    st.vega_lite_chart(
        loss.frame(view.records, view.at, "smooth"),
        loss.spec(*of, "The mean loss of the batches, falling", even=True),
        alt="The mean loss of the batches over the steps, beside guessing, "
        "how common each character is, and counted pairs.",
    )
    st.vega_lite_chart(
        learning.frame(view.records, view.at),
        learning.spec(*of, "Does dev keep up with train?"),
        alt=f"Estimates of both losses over the steps: {said}",
    )
    st.caption(said)
    grown(view, config)
    st.markdown("**What the network writes at this step**")
    [sample] = view.latest("samples") or [""]
    with st.container(height=190, border=False):
        st.code(sample.strip("\n") or " ", language=None, wrap_lines=True)


def grown(view, config):
    """How much the branches of the first and the last block add."""
    names = branches(config)
    if not names:
        return
    shown = {name: [] for name in names}
    for record in view.records[: view.at + 1]:
        for name, at in names.items():
            if at < len(record["branches"]):
                size = record["branches"][at]
                shown[name].append({"step": record["step"], "loss": size})
    ends = [
        f"{name} {line[-1]['loss']:.2f}" for name, line in shown.items() if line
    ]
    st.vega_lite_chart(
        arms.frame(shown, "loss"),
        streams(tuple(names), config.steps),
        alt="The size of what each branch adds, beside the size of its stream: "
        + "; ".join(ends),
    )
    st.caption(
        "What a branch adds, as a share of the stream it is added to: "
        f"{'; '.join(ends)}. 1 is as large as the stream; what is above 3 runs "
        "along the edge. The lecture hopes that branches add little at first "
        "and come in later: at 0.02 the stream itself is small at first, so "
        "they do not. nanoGPT scales their last weights down for that."
    )


def branches(config) -> dict[str, int]:
    """Where a record keeps them, by name; none without a residual path."""
    kinds = ["attention"] * config.attention
    kinds += ["feed-forward"] * config.feedforward
    if not config.residual or not config.n_layer:
        return {}
    last = (config.n_layer - 1) * len(kinds)
    found = {f"block 1, {kinds[0]}": 0} if last and kinds else {}
    return found | {  # three at most: what the chart can tell apart
        f"block {config.n_layer}, {kind}": last + i
        for i, kind in enumerate(kinds)
    }


def streams(names: tuple[str, ...], steps: int) -> dict:
    axis = "branch beside stream"
    spec = arms.spec(
        list(names), steps, axis, 3.0, 0.0, even=True, numbered=False
    )
    return spec | {"title": "Do the branches come to matter?"}


def so_far(view) -> str:
    """Both estimates at the playhead, the rate and the gradient, in words."""
    record = view.record
    return (
        f"{estimates(view)} At step {record['step']:,} the rate is "
        f"{record['rate']:.2g} and the gradient {record['norm']:.2f} long."
    )


def estimates(view) -> str:
    train, dev = view.latest("train"), view.latest("dev")
    if train is None:
        return (
            "Train and dev are estimated once this is trained; this batch has "
            f"a loss of {view.record['loss']:.4f} nats."
        )
    return (
        f"Train {train:.4f} nats, dev {dev:.4f}, each the mean of "
        f"{gpt.JUDGED} batches: {dev - train:+.4f} apart."
    )


def after(config, data):
    """Below the run: how to read it."""
    total = gpt.parameters(config, len(data.letters))
    clip = (
        f"a gradient longer than {config.clip:g} is cut to that length"
        if config.clip
        else "no gradient is cut"
    )
    st.caption(
        f"This network learns {total:,} numbers. Before a first run the "
        "pictures show an untrained net, of a smaller size if yours is large: "
        f"the loss of its first batch, and {gpt.BRIEF} characters that it "
        "writes. "
        f"Estimates come every {gpt.JUDGE} steps or more, always of the same "
        f"batches, by `estimate_loss`; the finished run is judged by "
        f"{gpt.FINALLY}. The rate climbs for {config.warmup:,} steps and "
        + ("then falls along a cosine" if config.cosine else "then stays")
        + f"; {clip}. AdamW pulls matrices towards zero, never biases or "
        "gains: the lecture pulls all of them, nanoGPT does as here. A run "
        "keeps a checkpoint: if the server is closed in the middle, press "
        "Train again and it goes on, with the records of a run that nothing "
        "has cut off."
    )


def forked(run):
    """The picture of a run that was left and of the one that left it, and the
    highest loss in it."""
    found = marks(run.data, run.data.digest)
    low, high = min(found.values()) - 0.1, found["guessing"]
    axis = "mean loss, nats"
    picture = learning.leaving("smooth", run.config.steps, low, high, axis)
    return picture, high
