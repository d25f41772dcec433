"""What lecture 2 claims of learning the table, put to the test."""

from core import ngram
from core.bigram import Config
from core.data import names
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


def bigram_on_all(data):
    return ngram.curve(data.words, data.words, data.letters, 2)


def trigram_on_all(data):
    return ngram.curve(data.words, data.words, data.letters, 3)


def trigram_on_train(data):
    train, _, _ = names.split(data.words)
    return ngram.curve(train, train, data.letters, 3)


def trigram_on_dev(data):
    train, dev, _ = names.split(data.words)
    return ngram.curve(train, dev, data.letters, 3)


def trigram_on_test(data):
    train, _, test = names.split(data.words)
    return ngram.curve(train, test, data.letters, 3)


def lowest(tried):
    return min(tried, key=lambda each: each.loss)


def judge_trigram(arms) -> Verdict:
    two, three = (
        next(each.loss for each in tried if each.added == 1)
        for tried in arms.values()
    )
    said = (
        f"With one added, the bigram's loss is {two:.4f} and the trigram's "
        f"{three:.4f}: {two - three:+.4f} nats between them."
    )
    if abs(two - three) < 0.1:
        return Verdict(1, said)
    return Verdict(0 if three < two else 2, said)


def judge_tuning(arms) -> Verdict:
    seen, unseen = map(lowest, arms.values())
    said = (
        f"The words it counted like {seen.added:g} best (loss "
        f"{seen.loss:.4f}), the words held back {unseen.added:g} (loss "
        f"{unseen.loss:.4f})."
    )
    if seen.added == unseen.added:
        return Verdict(1, said)
    return Verdict(0 if seen.added < unseen.added else 2, said)


def judge_test(arms) -> Verdict:
    dev, test = arms.values()
    chosen, best = lowest(dev).added, lowest(test)
    met = next(each.loss for each in test if each.added == chosen)
    said = (
        f"Dev chooses {chosen:g}. On test that gives {met:.4f}; the best "
        f"amount there is {best.added:g}, with {best.loss:.4f}."
    )
    return Verdict(0 if met - best.loss < 0.01 else 1, said)


HELD_BACK = ("tuning", "test")  # these need words enough for a split

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
        "The lecture multiplies one-hot rows by W and takes the logarithm of "
        "the softmax itself. Two of its exercises: index a row of W instead, "
        "and call cross_entropy. And one may weigh the table of counts. Do "
        "the losses differ?",
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
    Experiment(
        "trigram",
        "A trigram sees two letters before the next one. Count all words, add "
        "one to every count, score the same words: what happens to the loss?",
        ("It falls clearly", "Hardly anything", "It rises"),
        {"bigram": bigram_on_all, "trigram": trigram_on_all},
        judge_trigram,
        "Two letters say more about a third than one does. But the table has "
        "a row for every pair of letters where there was one for each letter, "
        "so each row is thinner, and here it is only asked about words that "
        "it has seen.",
    ),
    Experiment(
        "tuning",
        "How much should be added to the trigram's counts? Ask the words it "
        "counted, and words held back (dev). Do both say the same?",
        (
            "No, the counted words want less",
            "Yes, the same amount",
            "No, the counted words want more",
        ),
        {"train": trigram_on_train, "dev": trigram_on_dev},
        judge_tuning,
        "To the words it has counted, a table is best left as it is: nothing "
        "in them is new. Only words it has not seen can tell how much to "
        "allow for what it has not seen. That is what dev is for.",
    ),
    Experiment(
        "test",
        "Dev has chosen the amount. Is that choice a good one for words that "
        "neither counting nor choosing has touched (test)?",
        ("Yes, within a hundredth of a nat of the best", "No, further off"),
        {"dev": trigram_on_dev, "test": trigram_on_test},
        judge_test,
        "One number was chosen among a few with thousands of words: there "
        "is little room to fool oneself. Choose among more, with fewer words, "
        "and the loss on dev becomes a boast: hence one look at test, at the "
        "very end.",
    ),
)
