"""What lecture 4 claims of a net's health, put to the test."""

import statistics
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F

from core import batchnorm, landmarks, mlp
from core.batchnorm import PRESETS, Config
from core.experiments import Experiment, Verdict
from core.experiments.mlp import SAME, Level, end, ends

ALIKE = 0.02  # of a spread or share between 0 and 1: rounding moves it less
HARDLY = 0.05  # nats: less than a letter more to look back on brings
APART = 0.1  # nats: no chance in the batches explains it
NEAR = 0.01  # nats: as low as a table of single letters
SEVERAL, MOST = 0.25, 0.5  # shares of outputs that are saturated
JUDGED = 3_200  # examples that a net is judged on

plain = replace(Config(), batchnorm=False)
first = replace(PRESETS["batchnorm"], momentum=0.1)  # one hidden layer


@dataclass(frozen=True)
class Judged:
    """The loss of one net on the same examples, judged in one way."""

    step: int  # how many examples a batch holds; 0: statistics of training
    loss: float  # nats per character


def short(config: Config, steps: int) -> Config:
    """The last quarter of so many steps at a tenth of the rate."""
    return replace(config, steps=steps, switch=steps * 3 // 4)


def spreads(records) -> list[float]:
    """Of each hidden layer's outputs at the first step."""
    return [spread for _, spread, _ in records[0].activations]


def saturated(records) -> list[float]:
    """The share of each hidden layer's outputs, the same."""
    return [share for _, _, share in records[0].activations]


def furthest(rows) -> float:
    """How far apart the arms are in the layer where they differ most."""
    return max(max(layer) - min(layer) for layer in zip(*rows, strict=True))


def judge_gain(arms) -> Verdict:
    shares = [saturated(records) for records in arms.values()]
    spread = [spreads(records) for records in arms.values()]
    apart = max(furthest(spread), furthest(shares))
    changed = ", ".join(
        f"{arm}: {statistics.median(records[-1].updates):.1f}"
        for arm, records in arms.items()
    )
    said = (
        "At the first step no layer's spread or saturated share differs by "
        f"more than {max(apart, 1e-4):.4f} between the three. What does "
        "differ is by how much a step changes the weights: at the end, as a "
        f"power of ten of their size, {changed}."
    )
    if apart < ALIKE:
        return Verdict(0, said)
    return Verdict(2 if furthest(shares) > SEVERAL else 1, said)


def judge_batchnorm(arms) -> Verdict:
    (without, normal), said = ends(arms)
    if abs(without - normal) < HARDLY:
        return Verdict(1, said)
    return Verdict(0 if normal < without else 2, said)


def judge_saturate(arms) -> Verdict:
    told = "; ".join(
        f"{arm}: " + ", ".join(f"{share:.0%}" for share in saturated(records))
        for arm, records in arms.items()
    )
    *_, last = arms.values()
    share = statistics.mean(saturated(last))
    said = (
        "Saturated at the first step, layer by layer: "
        f"{told}. With the last, that is {share:.1%} of all."
    )
    return Verdict(0 if share < SEVERAL else 1 if share < MOST else 2, said)


def judge_two(arms) -> Verdict:
    """Does the first of two arms end lower, alike or higher?"""
    (one, other, *_), said = ends(arms)
    if abs(one - other) < SAME:
        return Verdict(1, said)
    return Verdict(0 if one < other else 2, said)


def judge_fan_in(arms) -> Verdict:
    """As any two; and by how much their steps change the weights."""
    verdict = judge_two(arms)
    middles = ", ".join(
        f"{arm}: {statistics.median(records[-1].updates):.1f}"
        for arm, records in arms.items()
    )
    return Verdict(
        verdict.choice,
        f"{verdict.said} At the end a step changes the weights, as a power of "
        f"ten of their size, by {middles}.",
    )


def learned(config: Config, data) -> batchnorm.Sequential:
    training = batchnorm.train(config, data)
    while True:
        try:
            next(training)
        except StopIteration as done:
            return batchnorm.learned_network(config, vars(done.value))


def ways_to_judge(data) -> list[Judged]:
    """One net, the same examples: batch by batch, then in evaluation."""
    config = replace(first, steps=600)
    words = mlp.split(data)
    net = learned(config, data)
    held_back = words.dev or words.train
    X, y = mlp.windows(held_back, data.letters, config.context)
    chance = torch.Generator().manual_seed(config.seed)
    at = torch.randint(0, len(X), (JUDGED,), generator=chance)
    X, y = X[at], y[at]
    found = [Judged(0, F.cross_entropy(net(X), y).item())]
    net.train()
    for batch in (32, 2):
        logits = torch.cat([net(rows) for rows in X.split(batch)])
        found.append(Judged(batch, F.cross_entropy(logits, y).item()))
    return found


def judge_eval(arms) -> Verdict:
    [ways] = arms.values()
    right, large, small = (each.loss for each in ways)
    said = (
        f"On the same {JUDGED:,} examples, with the statistics of training: "
        f"{right:.4f}. In batches of {ways[1].step} with their own: "
        f"{large:.4f}. In batches of {ways[2].step}: {small:.4f}."
    )
    if abs(small - right) < HARDLY and abs(large - right) < HARDLY:
        return Verdict(2, said)
    only_small = small > right + APART and abs(large - right) < HARDLY
    return Verdict(0 if only_small else 1, said)


def unigram(data) -> list[Level]:
    loss = landmarks.unigram(mlp.split(data).train)
    return [Level(1, loss), Level(ZEROS.steps, loss)]


def judge_zeros(arms) -> Verdict:
    (zeros, usual, known), said = ends(arms)
    if zeros < usual + HARDLY and zeros < known - NEAR:
        return Verdict(0, said)
    return Verdict(1 if abs(zeros - known) < NEAR else 2, said)


def judge_linear(arms) -> Verdict:
    (bent, straight, one), said = ends(arms)
    if abs(straight - one) < SAME:
        return Verdict(1, said)
    return Verdict(0 if abs(straight - bent) < SAME else 2, said)


def learns(records) -> bool:
    """Whether it ends clearly below where it began."""
    return end(records) < records[0].train - APART


def judge_rate(arms) -> Verdict:
    _, said = ends(arms)
    normal, without = map(learns, arms.values())
    began = " and ".join(f"{each[0].train:.3f}" for each in arms.values())
    said += f" They began at {began}."
    if normal == without:
        return Verdict(0 if normal else 2, said)
    return Verdict(1 if normal else 2, said)


def judge_residual(arms) -> Verdict:
    (without, *remedies), said = ends(arms)
    shrunk = "; ".join(
        f"{arm}: {records[0].gradients[0][1]:.0e}"
        for arm, records in arms.items()
    )
    said += (
        " At the first step the slopes that reach the first layer spread "
        f"{shrunk}."
    )
    better = sum(loss < without - APART for loss in remedies)
    return Verdict((2, 1, 0)[better], said)


ZEROS = replace(plain, steps=3000, rate=1.0, switch=2000, second_rate=0.02)
LARGE = replace(Config(), steps=1000, rate=1.0, gain=5 / 3)
SMALL = replace(plain, steps=1000, gain=0.2)
TEN = replace(plain, steps=1000, layers=10, gain=0.5)

EXPERIMENTS = (
    Experiment(
        "gain",
        "A deep net with BatchNorm starts with a gain of 0.5, 1 or 3: its "
        "weights are multiplied by that. What does the gain change in the "
        "layers' outputs at the first step?",
        ("Nothing", "Their spread, but few saturate", "With 3 many saturate"),
        {
            f"gain {gain:g}": Config(steps=1000, gain=gain)
            for gain in (0.5, 1.0, 3.0)
        },
        judge_gain,
        "BatchNorm divides each sum by its spread over the batch, and with it "
        "by the gain: what you multiplied is gone. It is not gone for the "
        "learning. The same step means less to larger weights, so a gain "
        "under BatchNorm acts like a learning rate the other way round.",
    ),
    Experiment(
        "saturate",
        "The same deep net without BatchNorm. With a gain of 3, how many of "
        "its hidden outputs are beyond 0.97, where tanh is flat, at the first "
        "step?",
        (
            "Fewer than a quarter",
            "Between a quarter and a half",
            "More than half",
        ),
        {
            f"gain {name}": replace(plain, steps=1000, gain=gain)
            for name, gain in (("1", 1.0), ("5/3", 5 / 3), ("3", 3.0))
        },
        judge_saturate,
        "A sum of many numbers with weights of spread 3 divided by the root "
        "of their count is itself about three times as wide as they are, and "
        "tanh presses what is wide against its ends. The next layer starts "
        "from there and widens again: no layer recovers. What is flat lets "
        "little of the slope through, but not nothing: such a net can learn.",
    ),
    Experiment(
        "batchnorm",
        "The lecture's first net, with one hidden layer and a good start, "
        "without BatchNorm and with it: the same seed and the same weights of "
        "the first layer. What does BatchNorm do to its loss?",
        (
            "It ends clearly lower",
            f"Hardly anything: less than {HARDLY:g} nats",
            "It ends clearly higher",
        ),
        {
            "without": short(PRESETS["kaiming"], 5000),
            "BatchNorm": short(first, 5000),
        },
        judge_batchnorm,
        "BatchNorm keeps the numbers in a net healthy. A net of one hidden "
        "layer with a good start is healthy anyway: there is little to mend. "
        "What holds the loss up is how few letters it sees. In deep nets, "
        "with starts that nobody tuned, there is more to win. (With BatchNorm "
        "the lecture draws no b1, so the second layer and the batches are "
        "other draws of the same generator.)",
    ),
    Experiment(
        "fan_in",
        "Somebody forgot to divide the first weights by the root of fan_in. "
        "With BatchNorm the net starts all the same. Which learning rate "
        "serves it better?",
        ("0.1, as before", "Both alike", "1, ten times as high"),
        {
            f"rate {rate:g}": Config(steps=1001, fan_in=False, rate=rate)
            for rate in (0.1, 1.0)
        },
        judge_fan_in,
        "BatchNorm makes the outputs the same. But weights ten times as large "
        "get slopes ten times as small, so next to their size a step is a "
        "hundredth of what it was. A higher rate gives some of that "
        "back. So BatchNorm forgives a bad scale, but you have to look at "
        "update:data again and set the rate anew.",
    ),
    Experiment(
        "rate",
        "A gain of 5/3 and a learning rate of 1, ten times the lecture's, "
        "for 1,000 steps. Which of the deep nets learns, and ends at least "
        f"{APART:g} nats below its first loss?",
        (
            "Both, with BatchNorm and without",
            "Only the one with BatchNorm",
            "Not the one with BatchNorm",
        ),
        {
            "BatchNorm": LARGE,
            "without": replace(LARGE, batchnorm=False),
        },
        judge_rate,
        "Steps that are too long make weights larger, larger weights make "
        "larger sums, and the next step is longer still. BatchNorm cuts this "
        "circle: sums stay as wide as they are, and larger weights get "
        "smaller slopes. It does not make every rate a good one.",
    ),
    Experiment(
        "batch",
        "The lecture's first net with BatchNorm learns from 32,000 examples: "
        "32 at each of 1,000 steps, or 2 at each of 16,000. Which ends lower?",
        ("Batches of 32", "Both alike", "Batches of 2"),
        {
            "batches of 32": replace(first, steps=1000),
            "batches of 2": replace(first, steps=16_000, batch=2),
            "of 2, no BatchNorm": replace(
                PRESETS["kaiming"], steps=16_000, batch=2
            ),
        },
        judge_two,
        "Over two examples every sum becomes plus or minus the same number, "
        "whatever it was before: which of the two is larger is all that is "
        "left, and almost no slope comes back through that. Only what lies "
        "behind BatchNorm still learns. Where a batch has to be small, nets "
        "normalise over an example's own numbers instead: LayerNorm. The "
        "third curve tells what so small a batch costs anyway.",
    ),
    Experiment(
        "eval",
        "A net with BatchNorm has learned, and is judged. Somebody forgot "
        "eval(): it takes mean and spread from each batch in hand instead of "
        "the running ones. What does that do to its loss?",
        (
            f"In batches of 2 it is {APART:g} nats worse, in 32 hardly",
            "Something else",
            "Hardly anything in either",
        ),
        {"the same net": ways_to_judge},
        judge_eval,
        "The mean of 32 examples is near to the mean of all; of 2 it is a "
        "matter of chance who the other one is. And a single example has no "
        "spread at all. This mistake raises no error. It only makes each "
        "answer depend on who else is asked: a good reason to write eval() "
        "first.",
    ),
    Experiment(
        "zeros",
        "All weights start at 0 instead of at random numbers; there is no "
        "BatchNorm. What becomes of the loss?",
        (
            "As low as from the usual start",
            "As low as single letters allow: the unigram's loss",
            "Neither",
        ),
        {
            "zeros": replace(ZEROS, gain=0.0, last=0.0),
            "usual start": ZEROS,
            "unigram": unigram,
        },
        judge_zeros,
        "A weight's slope is the number that comes in times the slope that "
        "comes back. With zeros all hidden outputs are 0, and what goes back "
        "through zero weights is 0 too. One thing learns: the bias of the "
        "last layer, which multiplies nothing. It finds how common each "
        "letter is, and that is all that a bias can know.",
    ),
    Experiment(
        "linear",
        "Five hidden layers without tanh, five with it, and one without. All "
        "have BatchNorm. How far do five layers without tanh come?",
        ("As far as five with it", "As far as one without it", "Neither"),
        {
            "5 layers, tanh": Config(steps=2000),
            "5 without tanh": Config(steps=2000, nonlinearity="linear"),
            "1 without tanh": Config(
                steps=2000, nonlinearity="linear", layers=1
            ),
        },
        judge_linear,
        "A matrix times a matrix is a matrix, and in evaluation BatchNorm "
        "too only multiplies and adds. So the five layers can say no more "
        "than one, though they have far more numbers. The histograms of such "
        "a net look perfectly healthy: health is not the same as being able.",
    ),
    Experiment(
        "residual",
        "Ten layers, and all weights start half as large as they should. "
        "Which remedies make it end "
        f"at least {APART:g} nats lower: residual connections, BatchNorm?",
        ("Both", "Only one of them", "Neither"),
        {
            "none": TEN,
            "residual": replace(TEN, residual=True),
            "BatchNorm": replace(TEN, batchnorm=True),
        },
        judge_residual,
        "Each layer halves what passes through, forward and backward: after "
        "ten hardly anything is left. A residual connection adds a way past "
        "each layer, and the slope takes it undiminished. BatchNorm widens "
        "the sums again after every layer. Either frees you from finding the "
        "one gain that neither shrinks nor grows.",
    ),
    Experiment(
        "adam",
        "Five layers start with a fifth of the right gain, without "
        "BatchNorm. One net learns by plain descent (SGD, rate 0.1), one by "
        "Adam (rate 0.003). Which ends lower?",
        ("Adam", "Both alike", "SGD"),
        {
            "Adam, 0.003": replace(SMALL, optimizer="adam", rate=0.003),
            "SGD, 0.1": SMALL,
        },
        judge_two,
        "Adam divides each slope by how large its like have been. A slope "
        "that has shrunk on its way back then moves its weight as far as any "
        "other, and the step has a size of its own, about the rate: that is "
        "why Adam wants a smaller one. It mends the size of the slopes, not "
        "their direction.",
    ),
)
