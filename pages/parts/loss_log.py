"""A lecture's log of losses: nets a change at a time, beside the published."""

import pyarrow as pa
import streamlit as st

from pages.parts import live

SPLITS = ("train", "dev")


def ended(found, runs) -> dict[str, dict]:
    """The losses of the runs that are done, by arm."""
    results = {
        arm: live.result(runs[arm])
        for arm, records in found.items()
        if records and records[-1]["step"] == runs[arm].config.steps
    }
    return {
        arm: {split: result[split] for split in SPLITS}
        for arm, result in results.items()
        if result
    }


def stand(found, runs) -> tuple:
    """Which runs these are and how far: what a picture of them is kept by."""
    return tuple(
        (arm, str(runs[arm].path), len(records))
        for arm, records in found.items()
    )


def yours(ends) -> list[tuple]:
    """Arm, split, loss and whose it is: a point of the picture each."""
    return [
        (arm, split, end[split], "your run")
        for arm, end in ends.items()
        for split in SPLITS
        if end[split] is not None
    ]


def theirs(published) -> list[tuple]:
    """The same of what the lecture publishes."""
    return [
        (arm, split, loss, "the lecture")
        for arm, losses in published.items()
        for split, loss in zip(SPLITS, losses, strict=True)
        if loss is not None
    ]


def around(ends) -> tuple[float, float]:
    """The tenths of a nat around all losses that are known."""
    losses = [loss for _, _, loss, _ in yours(ends)] or [2.0]
    return min(losses) // 0.1 * 0.1, (max(losses) // 0.1 + 1) * 0.1


def told(ends) -> str:
    said = "; ".join(f"{arm}: {pair(end)}" for arm, end in ends.items())
    return f"{said}." if said else "None yet."


def pair(end) -> str:
    return " / ".join(
        f"{end[split]:.4f}" for split in SPLITS if end[split] is not None
    )


def table(changes, ends, found, published, more=None, written="{:g}".format):
    """A row a net: what it changes, what came of it, what was published;
    `more` are further columns, `written` says how the lecture writes one."""
    columns = {"net": list(changes), "its change": list(changes.values())}
    columns |= more or {}
    columns["train / dev"] = [
        pair(ends[arm]) if arm in ends else so_far(found[arm])
        for arm in changes
    ]
    if published:
        columns["the lecture's"] = [
            " / ".join("?" if each is None else written(each) for each in row)
            for row in (published[arm] for arm in changes)
        ]
    st.table(
        pa.table(columns),
        hide_index=True,
        alt=f"Train and dev losses, net by net. {told(ends)}",
    )


def so_far(records) -> str:
    return f"step {records[-1]['step']:,}" if records else "..."


def gains(ends, changes) -> dict[str, float]:
    """By how much each change lowers the loss: on dev, where there is any."""
    split = judged(ends)
    losses = [ends[arm][split] for arm in changes]
    pairs = zip(losses, losses[1:], strict=False)
    falls = [before - after for before, after in pairs]
    return dict(zip(list(changes)[1:], falls, strict=True))


def judged(ends) -> str:
    known = all(end["dev"] is not None for end in ends.values())
    return "dev" if known else "train"


def lesson(ends, changes, chance: float) -> str:
    """Which change brought the most, and which no more than chance."""
    found = gains(ends, changes)
    most = max(found, key=found.get)
    small = [arm for arm, gain in found.items() if abs(gain) < chance]
    said = (
        f"On {judged(ends)}, **{most}** brings the most: the loss "
        f"{moved(found[most])}. "
    )
    if not small:
        return said + f"Every change moves the loss by {chance:g} or more."
    each = "; ".join(
        f"**{arm}**, where it {moved(found[arm])}" for arm in small
    )
    return f"{said}Less than {chance:g}, as another seed could: {each}."


def furthest(ends, published) -> str:
    """Which of the published figures is furthest from ours, and how far."""
    pairs = theirs(published)
    if not pairs:
        return ""
    far = {
        (arm, split): ends[arm][split] - loss for arm, split, loss, _ in pairs
    }
    worst = max(far, key=lambda each: abs(far[each]))
    return (
        f" Of the lecture's {len(pairs)} figures, that of **{worst[0]}**, "
        f"{worst[1]}, is furthest from yours: you are {abs(far[worst]):.3f} "
        f"nats {'above' if far[worst] > 0 else 'below'} it."
    )


def moved(down: float) -> str:
    return f"{'falls' if down > 0 else 'rises'} by {abs(down):.4f} nats"
