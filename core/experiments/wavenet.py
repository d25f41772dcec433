"""What lecture 6 claims of trees of characters, put to the test."""

from dataclasses import dataclass, replace

from core import convolution, wavenet
from core.experiments import Experiment, Verdict
from core.wavenet import FLAT, PRESETS, TREE, Config

ALIKE = 0.01  # nats: another seed moves dev by less
CLEARLY = 0.05  # nats: several times what chance does
EQUAL = 1e-5  # of logits near 1: what rounding leaves
SOME = 12  # names that the convolution is tried on

HELD_BACK = ("channels",)  # it asks for words that nobody learned from


@dataclass(frozen=True)
class Beside:
    """One name under one net: the largest differences of two logits."""

    step: int  # 1 for the first name, and so on
    name: str
    evaluation: float  # one pass beside the loop
    training: float  # beside all windows as one batch: one alone has no spread


def settled(config: Config) -> Config:
    """6,000 steps, the last quarter of them at a tenth of the rate."""
    return replace(config, steps=6000, switch=4500)


def split(arms) -> str:
    """The words that the arms are judged on: held back, if there are any."""
    known = all(records[-1].dev is not None for records in arms.values())
    return "dev" if known else "train"


def ends(arms) -> tuple[list[float], str]:
    """The arms' losses after the last step, and a sentence with both."""
    told = [f"{arm}: {in_words(records[-1])}" for arm, records in arms.items()]
    judged = split(arms)
    losses = [getattr(records[-1], judged) for records in arms.values()]
    gap = f"{abs(losses[0] - losses[-1]):.3f}"
    if len(losses) > 2:
        gap = f"{max(losses) - min(losses):.3f}"
    said = "After the last step, " + "; ".join(told)
    return losses, f"{said}. On {judged} they are {gap} nats apart."


def in_words(record) -> str:
    losses = {"train": record.train, "dev": record.dev}
    known = {name: x for name, x in losses.items() if x is not None}
    return ", ".join(f"{name} {loss:.3f}" for name, loss in known.items())


def judge_two(arms) -> Verdict:
    """Does the first of two arms end lower, alike or higher?"""
    (one, other), said = ends(arms)
    if abs(one - other) < ALIKE:
        return Verdict(1, said)
    return Verdict(0 if one < other else 2, said)


def judge_bug(arms) -> Verdict:
    """Is the second arm's cost none to see, small, or large?"""
    (right, bug), said = ends(arms)
    cost = bug - right
    if cost < ALIKE:
        return Verdict(0, said)
    return Verdict(1 if cost < CLEARLY else 2, said)


def judge_channels(arms) -> Verdict:
    (usual, twice), said = ends(arms)
    if split(arms) == "dev":
        before, after = (r[-1].dev - r[-1].train for r in arms.values())
        said += f" Dev less train is {before:.3f} before, {after:.3f} after."
    if abs(usual - twice) < ALIKE:
        return Verdict(1, said)
    return Verdict(0 if twice < usual else 2, said)


def judge_fan(arms) -> Verdict:
    """Do the losses rise or fall along the arms, by more than chance?"""
    losses, said = ends(arms)
    said += f" Two that are within {ALIKE:g} could change places by chance."
    if max(losses) - min(losses) < ALIKE:
        return Verdict(3, said)
    if losses == sorted(losses):
        return Verdict(0, said)
    return Verdict(1 if losses == sorted(losses, reverse=True) else 2, said)


def judge_convolution(arms) -> Verdict:
    [found] = arms.values()
    evaluation = max(each.evaluation for each in found)
    training = max(each.training for each in found)
    said = (
        f"In evaluation no two of the numbers are more than {evaluation:.1e} "
        f"apart, for {counted(len(found))}. In training they are up to "
        f"{training:.1e} apart, even where all windows are one batch; window "
        "by window the loop would give no numbers at all, for one has no "
        "spread."
    )
    if evaluation >= EQUAL:
        return Verdict(2, said)
    return Verdict(0 if training >= EQUAL else 1, said)


def counted(count: int) -> str:
    return f"{count} names" if count > 1 else "one name"


def by_name(data) -> list[Beside]:
    """The tree as a run begins with it, over some names of the list."""
    T = wavenet.context(TREE)
    net = convolution.untrained(TREE, data)
    some = dict.fromkeys(data.words[:: max(1, len(data.words) // SOME)])
    found = []
    for n, name in enumerate(list(some)[:SOME], 1):
        tokens = convolution.text(name, data.letters, T)
        modes = convolution.by_mode(net, tokens, T)
        pair = modes["evaluation"].loop, modes["training"].batch
        found.append(Beside(n, name, *pair))
    return found


EIGHT, FUSED = settled(FLAT), settled(TREE)

EXPERIMENTS = (
    Experiment(
        "context",
        "A flat net, whose one layer takes all letters at once, looks back "
        "on 8 letters instead of 3. What does that do to its loss?",
        (
            "It ends lower",
            f"Hardly anything: less than {ALIKE:g} nats",
            "It ends higher",
        ),
        {
            "8 letters": EIGHT,
            "3 letters": settled(PRESETS["flat, context 3"]),
        },
        judge_two,
        "What comes next depends on more than three letters: on how long the "
        "name is already, and on how it began. A flat net can use that "
        "without any new idea; it pays with more weights, and each of them "
        "needs examples. With few words or few steps that can eat up the "
        "gain. In the lecture's log this is the largest step of all.",
    ),
    Experiment(
        "tree",
        "A tree that fuses eight letters two by two, and a flat net that "
        "takes the eight at once; of 27 characters, with about as many "
        "parameters. Which ends lower after 6,000 steps?",
        ("The tree", f"Both within {ALIKE:g} nats", "The flat net"),
        {"tree": FUSED, "flat": EIGHT},
        judge_two,
        "Take this as what it is: a short run. It tells which net learns "
        "faster, not which one ends lower. The lecture let the same two "
        "nets run for 200,000 steps on its names, and there they ended as "
        "good as equal: so an early lead, if you see one, is not yet a better "
        "net. That a tree is the better shape is a hope with good reasons, "
        "not something that these two nets prove.",
    ),
    Experiment(
        "fan",
        "Eight letters in one, two or three stages: 8 at once, 4 and then 2, "
        "or 2, 2 and 2. The hidden layers are sized so that of 27 characters "
        "all three have about as many parameters. How do they end?",
        (
            "The more stages, the lower",
            "The fewer stages, the lower",
            "Without such an order",
            f"All within {ALIKE:g} nats",
        ),
        {
            "2-2-2": FUSED,
            "4-2": settled(replace(TREE, fan="4-2", hidden=89)),
            "8": EIGHT,
        },
        judge_fan,
        "More stages mean more layers of tanh on top of one another, and "
        "the same weights used at every place of a layer: fewer numbers have "
        "to be found for each pair of letters. They also mean thinner layers, "
        "since the parameters are shared out. Which of the two weighs more is "
        "a matter of the data and of how long you train: 6,000 steps are "
        "short.",
    ),
    Experiment(
        "bug",
        "The lecture's bug: BatchNorm takes mean and spread over the batch "
        "alone, so that each place in a name has its own, from fewer numbers. "
        "What does it cost the tree?",
        (
            f"Nothing to be seen: less than {ALIKE:g} nats",
            f"A little: less than {CLEARLY:g} nats",
            "A lot",
        ),
        {
            "over batch and time": FUSED,
            "the bug": settled(PRESETS["tree with the bug"]),
        },
        judge_bug,
        "Means of fewer numbers are rougher, and what is rough is noise on "
        "every activation. A net learns in spite of it. That makes this kind "
        "of bug the worst to find: no error, a curve that falls, a loss that "
        "looks right. Only the shape of the running mean gives it away.",
    ),
    Experiment(
        "channels",
        "The tree gets twice the channels, 136 instead of 68, and with them "
        "more than three times the parameters. What does that do to the loss "
        "of the words held back?",
        (
            "It ends lower",
            f"Hardly anything: less than {ALIKE:g} nats",
            "It ends higher",
        ),
        {
            "68 channels": FUSED,
            "136 channels": settled(replace(TREE, hidden=136)),
        },
        judge_channels,
        "More channels are more that a node can say of the letters under it. "
        "What they learn that holds for these words only, the words held "
        "back do not reward: then dev stays behind while train falls. With "
        "few words this comes early, with many late. In a short run you see "
        "only its beginning. Each step is slower, too.",
    ),
    Experiment(
        "convolution",
        "The tree slides over a whole name in one pass of dilated "
        "convolutions, or its windows are taken one by one: the same weights. "
        "Where do both give the same numbers, but for rounding? (In training "
        "the windows come as one batch, since BatchNorm needs several.)",
        (
            "In evaluation, not in training",
            "In both",
            "Not even in evaluation",
        ),
        {"one pass beside the windows": by_name},
        judge_convolution,
        "A node depends on the letters under it alone, whoever asks for it: "
        "so it can be computed once. In training that is not true. There "
        "BatchNorm takes its mean over all that comes together, one window or "
        "a whole name, and a node then depends on its neighbours. What one "
        "pass saves is work; it makes no better net.",
    ),
)
