"""What lecture 1 claims of gradients and nets, put to the test."""

from core.experiments import Experiment, Verdict
from core.micrograd import Config

SAME = 1e-2  # of the loss: less than that no decision map would show


def ends(arms) -> tuple[list[float], str]:
    """The last losses in the order of the arms, and a sentence of them."""
    losses = [records[-1].loss for records in arms.values()]
    said = [
        f"{arm}: loss {records[-1].loss:.4g}, {records[-1].accuracy:.0%} right"
        for arm, records in arms.items()
    ]
    return losses, f"At the end, {'; '.join(said)}."


def judge_bug(arms) -> Verdict:
    """The first arm is the correct one: is the other worse, as good, better?"""
    (right, wrong), said = ends(arms)
    if abs(wrong - right) < SAME:
        return Verdict(1, said)
    return Verdict(0 if wrong > right else 2, said)


def judge_lowest(arms) -> Verdict:
    losses, said = ends(arms)
    return Verdict(losses.index(min(losses)), said)


def judge_linear(arms) -> Verdict:
    losses, said = ends(arms)
    straight, *bent = losses
    return Verdict(0 if straight > max(bent) + SAME else 1, said)


def judge_zeros(arms) -> Verdict:
    records = arms["all zeros"]
    moved = max(abs(r.loss - records[0].loss) for r in records)
    _, said = ends(arms)
    said = f"From zeros the loss moved by {moved:.2g} in all. {said}"
    if moved < SAME:
        return Verdict(0, said)
    one, other = (records[-1].loss for records in arms.values())
    return Verdict(2 if abs(one - other) < SAME else 1, said)


EXPERIMENTS = (
    Experiment(
        "zero_grad",
        "Each call of backward adds to the slopes that are there. What if "
        "nobody sets them to zero before it?",
        ("It ends worse", "It makes no difference", "It ends better"),
        {"zero_grad": Config(), "forgotten": Config(zero_grad=False)},
        judge_bug,
        "Each step is pushed by the slopes of all steps before it too. That "
        "is like a ball without friction: on an easy road it may even be "
        "faster, and so hides the bug; here it runs past the valley and does "
        "not come back.",
    ),
    Experiment(
        "overwriting",
        "Every weight is used once for each point. What if backward writes "
        "grad = slope instead of grad += slope?",
        ("It ends worse", "It makes no difference", "It ends better"),
        {"added up": Config(), "overwritten": Config(accumulate=False)},
        judge_bug,
        "What is used twice has two ways to move the loss, and its slope is "
        "the sum of both. Overwriting keeps one use only, so each step "
        "follows a single point and forgets all others.",
    ),
    Experiment(
        "linear",
        "Two hidden layers, but neurons that only add and multiply, with "
        "nothing to bend their sums. Can they part two moons as well?",
        ("No, they stay behind", "Yes, layers are enough"),
        {
            "linear": Config(nonlinearity="linear", rate=0.1),
            "relu": Config(nonlinearity="relu", rate=0.1),
            "tanh": Config(nonlinearity="tanh", rate=0.1),
        },
        judge_linear,
        "A sum of sums is a sum: all those layers together say what a single "
        "neuron could say, and its border is a straight line. No straight "
        "line parts the moons.",
    ),
    Experiment(
        "deeper",
        "About as many numbers to learn, on the spiral: one wide layer of 32 "
        "neurons, or three layers of 7?",
        ("One wide layer", "Three narrow layers"),
        {
            "1 x 32": Config(data="spiral", width=32, depth=1, steps=300),
            "3 x 7": Config(data="spiral", width=7, depth=3, steps=300),
        },
        judge_lowest,
        "A layer can only add up straight folds of the plane. A second and "
        "third layer fold what is folded already, and a spiral needs many "
        "folds. With other seeds the gap changes, so try some.",
    ),
    Experiment(
        "rate",
        "The demo's learning rate is 1. What does ten times as much do?",
        ("It ends worse", "It makes no difference", "It ends better"),
        {"rate 1": Config(), "rate 10": Config(rate=10.0)},
        judge_bug,
        "A slope holds for a very small step. A large one leaves the part of "
        "the road for which it was true and lands where the loss is higher "
        "and the slope steeper, so the next step goes further still.",
    ),
    Experiment(
        "zeros",
        "Weights usually start as random numbers. Does the net learn if all "
        "of them start at zero?",
        ("Not at all", "More slowly", "Just as well"),
        {"random": Config(), "all zeros": Config(start="zeros")},
        judge_zeros,
        "Every hidden neuron says 0 and passes its slope on through weights "
        "of 0, so no slope arrives. And neurons that begin alike would stay "
        "alike: the random start is what tells them apart.",
    ),
)
