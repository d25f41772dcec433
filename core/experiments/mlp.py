"""What lecture 3 claims of training a network, put to the test."""

from dataclasses import dataclass
from functools import partial

from core import mlp, ngram, rates
from core.experiments import Experiment, Verdict
from core.mlp import Config

SAME = 0.02  # nats: what batches drawn by another chance would change
APART = 0.1  # nats: further apart than the splits' own words make them
NEAR = 0.03  # nats: as good as the bigram's table
FACTOR = 3.0
FEW = 500  # words

# the last quarter of the steps with a tenth of the rate, so that the loss
# does not tremble where it is compared
settled = partial(Config, steps=20_000, switch=15_000)


@dataclass(frozen=True)
class Level:
    """A loss that needs no steps, as a record beside those that do."""

    step: int
    train: float  # nats per character, of every word for training
    dev: None = None


def end(records, split: str = "train") -> float | None:
    """The loss of a whole split: its mean over the last quarter of the run;
    None if that has no words."""
    late = 0.75 * records[-1].step
    losses = [getattr(r, split) for r in records if r.step > late]
    losses = [loss for loss in losses if loss is not None]
    return sum(losses) / len(losses) if losses else None


def ends(arms) -> tuple[list[float], str]:
    """The arms' train losses at the end, and a sentence with dev's too."""
    told = [f"{arm}: {in_words(records)}" for arm, records in arms.items()]
    said = "Over the last quarter of the steps, " + "; ".join(told) + "."
    return [end(records) for records in arms.values()], said


def in_words(records) -> str:
    losses = ((split, end(records, split)) for split in ("train", "dev"))
    known = [(split, loss) for split, loss in losses if loss is not None]
    return ", ".join(f"{split} {loss:.3f}" for split, loss in known)


def judge_change(arms) -> Verdict:
    """Two arms: does the second end lower, alike or higher?"""
    (one, other), said = ends(arms)
    if abs(one - other) < SAME:
        return Verdict(1, said)
    return Verdict(0 if other < one else 2, said)


def judge_batch(arms) -> Verdict:
    losses, said = ends(arms)
    if max(losses) - min(losses) < SAME:
        return Verdict(1, said)
    return Verdict(0 if losses[0] == min(losses) else 2, said)


def judge_bigram(arms) -> Verdict:
    counted, learned = map(end, arms.values())
    said = (
        f"Counted: {counted:.4f}. The network, over its last quarter: "
        f"{learned:.4f}. That is {learned - counted:+.4f} nats apart."
    )
    if abs(learned - counted) < NEAR:
        return Verdict(0, said)
    return Verdict(1 if learned < counted else 2, said)


def judge_hidden(arms) -> Verdict:
    _, said = ends(arms)
    small, large = arms.values()
    if end(small, "dev") is None:
        return Verdict(2, said)
    on_train = end(small) - end(large)
    on_dev = end(small, "dev") - end(large, "dev")
    alike = abs(end(small, "dev") - end(small)) < APART / 2
    if alike and min(on_train, on_dev) > SAME:
        return Verdict(0, said)
    return Verdict(1 if on_train < -SAME and on_dev > SAME else 2, said)


def judge_few(arms) -> Verdict:
    _, said = ends(arms)
    few = next(iter(arms.values()))
    known = [r for r in few if r.dev is not None]
    if not known:
        return Verdict(2, said)
    low = min(known, key=lambda r: r.dev)
    train, dev = end(few), end(few, "dev")
    said = (
        f"From {FEW} words, dev was lowest at step {low.step:,}, at "
        f"{low.dev:.3f}, with train at {low.train:.3f}. {said}"
    )
    if dev > low.dev + APART and train < low.train:
        return Verdict(0, said)
    return Verdict(1 if dev - train < APART else 2, said)


def range_test(data):
    return rates.range_test(Config(), data)


def promised(tried) -> float:
    """The rate in the valley of the range test."""
    return 10 ** rates.valley(tried)


def judge_range(arms) -> Verdict:
    runs = [each for arm, each in arms.items() if arm != "range test"]
    best, valley = min(runs, key=end), promised(arms["range test"])
    rate = best[-1].rate
    said = (
        f"The range test has its valley at a rate of {valley:.2g}. Of "
        f"{len(runs)} runs the one with {rate:g} ends lowest, at "
        f"{end(best):.3f}: {times(rate, valley)}."
    )
    if valley / FACTOR <= rate <= valley * FACTOR:
        return Verdict(0, said)
    return Verdict(1 if rate > valley else 2, said)


def times(rate: float, valley: float) -> str:
    """How far a rate is from the valley's, in words."""
    apart = max(rate / valley, valley / rate)
    return f"{apart:.1f} times {'as large' if rate > valley else 'smaller'}"


def bigram(data) -> list[Level]:
    """Counted on the words for training and scored on the same."""
    words, steps = mlp.split(data).train, settled().steps
    [loss] = ngram.losses(words, words, data.letters, 2, [0])
    return [Level(1, loss), Level(steps, loss)]


HELD_BACK = ("hidden 10", "few words")  # these compare train with dev

EXPERIMENTS = (
    Experiment(
        "range",
        "The range test takes a thousand steps, each with a larger rate than "
        "the last, and its loss has a valley. Then five networks train with "
        "one rate each, 5,000 steps long. Is the best of these rates within "
        "a factor of 3 of the valley's?",
        ("Yes", "No, the best rate is larger", "No, it is smaller"),
        {"range test": range_test}
        | {
            f"rate {rate:g}": Config(steps=5000, rate=rate)
            for rate in (0.01, 0.03, 0.1, 0.3, 1.0)
        },
        judge_range,
        "A rate that is far too small leaves the loss where it is, one that "
        "is far too large throws it up, and both show within a few steps. So "
        "a run of seconds finds the order of magnitude. It finds no more: a "
        "valley is wide, and a longer training likes another spot in it.",
    ),
    Experiment(
        "batch",
        "Three networks see as many examples: 32 at each of 8,000 steps, 128 "
        "at 2,000, or 512 at 500. Larger batches point more exactly downhill. "
        "Which one ends lowest, all with the rate 0.1?",
        ("The one with batches of 32", "All alike", "One with larger batches"),
        {
            f"batch {batch}": Config(batch=batch, steps=256_000 // batch)
            for batch in (32, 128, 512)
        },
        judge_batch,
        "For one step with 512 examples you can take sixteen with 32. The "
        "slope of 512 is more exact, but only four times, the root of "
        "sixteen; and sixteen rough steps lead further than an exact one. A "
        "larger batch pays where a machine computes it in about the same "
        "time.",
    ),
    Experiment(
        "context 1",
        "A network that looks back one letter (50 hidden neurons will do) "
        "knows what the bigram's table knows. The table is counted, the "
        "network learns. How near does it come to the table's loss on the "
        "words for training?",
        (
            f"Within {NEAR:g} nats of it",
            "Clearly lower",
            "Clearly higher",
        ),
        {"bigram": bigram, "context 1": settled(context=1, hidden=50)},
        judge_bigram,
        "With one letter to go by, no model can say more of the words it was "
        "made from than how often each letter followed: the counted table is "
        "the lowest there is. The network may come near from above. To fall "
        "below it has to look further back.",
    ),
    Experiment(
        "hidden 10",
        "10 hidden neurons instead of 200. What becomes of the losses of "
        "train, the words it learns from, and of dev, the words held back?",
        ("Both higher, and alike", "Train lower, dev higher", "Neither"),
        {"10 hidden": settled(hidden=10), "200 hidden": settled()},
        judge_hidden,
        "Train and dev alike, and both higher than they could be: that is "
        "how to know **underfitting**. Ten neurons cannot even say what is in "
        "the words for training, let alone learn them by heart. More neurons "
        "help, more words would not.",
    ),
    Experiment(
        "few words",
        f"500 hidden neurons learn from {FEW} words, with two numbers for the "
        "place of a letter. The loss on these words falls. What does the "
        "loss on dev do, the words held back?",
        (
            "It falls, then it rises again",
            "It falls as far",
            "It falls less far, and stays there",
        ),
        {
            arm: Config(steps=20_000, hidden=500, embedding=2, only=only)
            for arm, only in ((f"{FEW} words", FEW), ("all words", 0))
        },
        judge_few,
        "The network has more numbers to learn than there are letters to "
        "learn from. What the words have in common comes first; then it "
        "learns each of them by heart and grows surer and surer, also where "
        "it is wrong about other words. That is **overfitting**. With all "
        "words there is too much to learn by heart, and dev goes where train "
        "goes. (With ten numbers a letter the gap is wider still, but dev "
        "never comes low enough to rise again.)",
    ),
    Experiment(
        "decay",
        "The rate is 0.1. From three quarters of the steps on, one network "
        "goes on with 0.01. What does that do to its loss at the end?",
        ("It ends lower", "Nothing", "It ends higher"),
        {"0.1 to the end": Config(steps=20_000), "0.01 at last": settled()},
        judge_change,
        "Long steps get ahead, but near the bottom of a narrow valley they "
        "jump from one side to the other, and each batch pulls elsewhere. "
        "Short steps settle. Lowered from the start, the rate would not have "
        "come this far: first far, then exactly.",
    ),
    Experiment(
        "2-D",
        "Two numbers for the place of a letter instead of ten; all else is "
        "equal. You can draw the two on paper. What do they do to the loss?",
        ("It ends lower", "Hardly anything", "It ends higher"),
        {"10 numbers": settled(), "2 numbers": settled(embedding=2)},
        judge_change,
        "In a plane a letter has few neighbours, and each is near to it in "
        "all respects at once. More numbers let q be like x in being rare and "
        "unlike it in what follows. The hidden layer gets more to go by, "
        "too: thirty numbers instead of six.",
    ),
    Experiment(
        "context 8",
        "Eight letters to look back on instead of three, at as many steps. "
        "What does that do to the loss?",
        ("It ends lower", "Hardly anything", "It ends higher"),
        {"3 letters": settled(), "8 letters": settled(context=8)},
        judge_change,
        "Eight letters do say more. But each hidden neuron adds up 80 random "
        "numbers instead of 30, so its sum is large from the start, and tanh "
        "is flat there: little of the slope comes through. It is the start "
        "that is in the way, not the letters. On the lectures' names and with "
        "W1 smaller at the start, eight letters end lower than three: lesson "
        "4 shows how.",
    ),
)
