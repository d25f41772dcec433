"""What lecture 2 claims of learning the table, put to the test."""

from core.bigram import Config
from core.experiments import Experiment, Verdict

SAME = 1e-3  # nats: a difference that no picture could show


def last(records) -> float:
    return records[-1].nll


def furthest(first, second) -> float:
    """The largest difference between two arms' tables at the end."""
    rows = zip(first[-1].table, second[-1].table, strict=True)
    return max(abs(a - b) for row in rows for a, b in zip(*row, strict=True))


def judge_start(arms) -> Verdict:
    one, other = arms.values()
    apart, before = furthest(one, other), abs(one[0].nll - other[0].nll)
    said = (
        f"They began {before:.4f} nats apart and ended "
        f"{abs(last(one) - last(other)):.4f} apart; no chance in the two "
        f"tables differs by more than {apart:.4f}."
    )
    return Verdict(0 if apart < 0.01 else 1, said)


def ends(arms) -> tuple[list[float], str]:
    """The last losses in the order of the arms, and a sentence of them."""
    losses = [last(records) for records in arms.values()]
    named = zip(arms, losses, strict=True)
    return losses, ", ".join(f"{arm}: {loss:.4f}" for arm, loss in named) + "."


def judge_decay(arms) -> Verdict:
    losses, said = ends(arms)
    none, some, much = losses
    if max(losses) - min(losses) < SAME:
        return Verdict(1, said)
    return Verdict(0 if none < some < much else 2, said)


def judge_rate(arms) -> Verdict:
    losses, said = ends(arms)
    return Verdict(losses.index(min(losses)), said)


def judge_forward(arms) -> Verdict:
    curves = [[r.nll for r in records] for records in arms.values()]
    columns = zip(*curves, strict=True)
    apart = max(max(column) - min(column) for column in columns)
    said = (
        f"Over all {len(curves[0])} records the three losses are never more "
        f"than {apart:.0e} nats apart."
    )
    return Verdict(0 if apart < SAME else 1, said)


EXPERIMENTS = (
    Experiment(
        "start",
        "Two runs start from different random numbers. Where do they end?",
        ("At the same table", "At different tables"),
        {
            "seed 1": Config(steps=2000, seed=1),
            "seed 2": Config(steps=2000, seed=2),
        },
        judge_start,
        "For one layer under softmax the loss is a bowl: whatever the start, "
        "downhill leads to the same bottom. Deeper networks have no such "
        "bowl, and for them the start will matter.",
    ),
    Experiment(
        "decay",
        "Weight decay pulls every number of W towards zero. What does a "
        "stronger pull do to the loss of the data?",
        ("It rises", "Nothing", "It falls"),
        {
            "decay 0": Config(steps=500, decay=0.0),
            "decay 0.01": Config(steps=500, decay=0.01),
            "decay 0.1": Config(steps=500, decay=0.1),
        },
        judge_decay,
        "With every number of W at zero all letters are equally likely: that "
        "is where the pull leads. It is smoothing by another name: adding "
        "more and more to every count leads there too.",
    ),
    Experiment(
        "rate",
        "Three learning rates, a hundred steps each. Which one ends lowest?",
        ("50, as in the lecture", "5", "0.5"),
        {
            "rate 50": Config(steps=100, rate=50.0),
            "rate 5": Config(steps=100, rate=5.0),
            "rate 0.5": Config(steps=100, rate=0.5),
        },
        judge_rate,
        "The loss is a mean over all pairs, so the slope at any one number "
        "of W is tiny. That is why a rate which would wreck other networks "
        "is just right here.",
    ),
    Experiment(
        "forward",
        "The lecture multiplies one-hot rows by W; one can also look the rows "
        "up and call cross_entropy, or weigh the 27 x 27 counts. Do the "
        "losses differ?",
        ("No, the same loss at every step", "Yes, they drift apart"),
        {
            "one-hot": Config(steps=30, forward="one-hot"),
            "cross_entropy": Config(steps=30, forward="cross_entropy"),
            "counts": Config(steps=30, forward="counts"),
        },
        judge_forward,
        "A one-hot row times W is a row of W, and equal pairs have equal "
        "losses: count them once and weigh. Only the time differs.",
    ),
)
