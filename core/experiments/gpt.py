"""What lecture 7 claims of a Transformer's parts, put to the test."""

import statistics
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial

import torch
import torch.nn.functional as F

from core import blocks, gpt
from core.experiments import Experiment, Verdict
from core.gpt import Config

ALIKE = 0.03  # nats: three seeds moved such a run by up to 0.017
FAINTLY_ALIKE = 0.05  # the same from small weights: two seeds, 0.034 apart
CLEARLY = 0.1  # nats: what the lecture's best parts bring
LOOKS = 200  # losses of single batches, to see how far chance moves them
TOGETHER = 4096  # characters that go through the net at once
LIMIT = 250_000_000  # operations of such a look, roughly

SMALL = Config(
    steps=1_500, n_embd=32, n_head=4, n_layer=2, block=16, init="torch"
)  # as torch draws weights, which is how the lecture begins
DEEP = replace(SMALL, n_layer=6)
FIRST = replace(  # the lecture's net of heads alone
    SMALL, n_layer=1, block=8, batch=32, feedforward=False, residual=False,
    norm="none",
)  # fmt: skip
FAINT = replace(SMALL, init="0.02")


@dataclass(frozen=True)
class Landmark:
    """A loss that no run is needed for, as the record of an arm."""

    step: int
    dev: float


@dataclass(frozen=True)
class Kept:
    """What one forward pass keeps for a backward pass, in bytes."""

    step: int  # windows in the batch
    graph: int
    no_grad: int
    weights: int  # the network's own, to compare with


def unigram(data) -> list[Landmark]:
    """The text's held-back tenth, each character as likely as it is common
    in the rest; one that is new there counts as seen once."""
    on_train, on_dev = gpt.tokens_of(data)
    seen = Counter(dict.fromkeys(range(len(data.letters)), 1))
    seen.update(on_train.tolist())
    share = torch.tensor([seen[i] for i in range(len(data.letters))]).double()
    loss = -(share / share.sum()).log()[on_dev].mean().item()
    return [Landmark(1, loss), Landmark(SMALL.steps, loss)]


def memory(data) -> list[Kept]:
    """The same network and batches, with and without no_grad."""
    on_train, _ = gpt.tokens_of(data)
    generator = torch.Generator().manual_seed(SMALL.seed)
    model = gpt.GPT(SMALL, len(data.letters), generator)
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    found = []
    for B in (1, 4, 16, 64):
        config = replace(SMALL, batch=B)
        starts = gpt.random_starts(on_train, config, generator)
        X, Y = gpt.windows(on_train, starts, config.block)
        forward = partial(gpt.loss_of, model, X, Y)
        graph = blocks.kept_bytes(model, forward)
        with torch.no_grad():
            none = blocks.kept_bytes(model, forward)
        found.append(Kept(B, graph, none, weights))
    return found


@torch.no_grad()
def batch_losses(config: Config, data, result=None) -> list[float]:
    """Single batches of the held-back tenth, judged by what a run has
    learned or, with no result, by the network that it begins with."""
    B, T = fitting(config, len(data.letters))
    config = replace(config, device="cpu")
    generator = torch.Generator().manual_seed(config.seed)
    model = gpt.GPT(config, len(data.letters), generator)
    if result:
        model = gpt.learned_model(config, result)
    on_dev = gpt.tokens_of(data)[1]
    small = replace(config, batch=B, block=T)
    seeds = (torch.Generator().manual_seed(i) for i in range(LOOKS))
    starts = [gpt.random_starts(on_dev, small, seed) for seed in seeds]
    found = [
        surprise(model.eval(), *gpt.windows(on_dev, some, T))
        for some in torch.cat(starts).split(max(1, TOGETHER // T))
    ]
    return torch.cat(found).view(LOOKS, B).mean(1).tolist()


def surprise(model, X, Y):  # (B, T) each -> (B,)
    """The mean loss of each window by itself."""
    logits = model(X).flatten(0, 1)  # (B x T, V)
    losses = F.cross_entropy(logits, Y.flatten(), reduction="none")
    return losses.view(Y.shape).mean(1)


def fitting(config: Config, V: int) -> tuple[int, int]:
    """Windows and characters of a look that takes a large net no longer."""
    B, T = config.batch, config.block
    while B * T > 1 and B * work(config, V, T) > LIMIT:
        B, T = (B // 2, T) if B > 1 else (1, T // 2)
    return B, T


def work(config: Config, V: int, T: int) -> int:
    """Operations for a window of T: each weight once for each character, and
    each pair of characters in each head."""
    C, heads = config.n_embd, config.n_head
    pairs = config.n_layer * T * T * (4 * C + 30 * heads)  # 30: a softmax
    return 2 * T * gpt.parameters(config, V) + pairs


def means(losses: list[float], count: int, seed: int) -> list[float]:
    """As many means as there are losses, each of some drawn out of them."""
    generator = torch.Generator().manual_seed(seed)
    size = (len(losses), count)
    drawn = torch.randint(len(losses), size, generator=generator)
    return torch.tensor(losses).double()[drawn].mean(1).tolist()


def spread(losses: list[float]) -> float:
    return statistics.stdev(losses)


def cost(more: float, alike: float = ALIKE) -> str:
    """What a change did to a loss, in words."""
    if abs(more) < alike:
        return "no difference that can be told from noise"
    if more < 0:
        return f"{-more:.3f} nats lower"
    much = "" if more < CLEARLY else "clearly, "
    return f"{much}{more:.3f} nats worse"


def ends(arms) -> tuple[list[float], str]:
    """The arms' losses on dev at the last step, and a sentence with all."""
    losses = [records[-1].dev for records in arms.values()]
    pairs = zip(arms, losses, strict=True)
    told = "; ".join(f"{arm}: {loss:.3f}" for arm, loss in pairs)
    return losses, f"Dev at the last step: {told}."


def judge_cost(arms) -> Verdict:
    """Is the second arm alike, a little worse, much worse, or better?"""
    (before, after), said = ends(arms)
    more = after - before
    said += f" That is {cost(more)}."
    if abs(more) < ALIKE:
        return Verdict(0, said)
    if more < 0:
        return Verdict(3, said)
    return Verdict(1 if more < CLEARLY else 2, said)


def judge_mask(arms) -> Verdict:
    """Far below the honest loss, a little below, or not below?"""
    (honest, leaking), said = ends(arms)
    block = SMALL.block
    said += (
        f" The honest loss, shared out over all {block} places as if only "
        f"the last had to guess: {honest / block:.3f}."
    )
    if leaking < honest / 2:
        return Verdict(0, said)
    return Verdict(1 if leaking < honest - ALIKE else 2, said)


def judge_deep(arms) -> Verdict:
    """Does the second arm learn as the first, less, or nothing at all?"""
    (whole, cut, letters), said = ends(arms)
    if cut > letters - ALIKE:
        return Verdict(2, said)
    return Verdict(1 if cut > whole + ALIKE else 0, said)


def judge_alike(arms) -> Verdict:
    """Are all arms alike, or which one ends lowest?"""
    losses, said = ends(arms)
    apart = max(losses) - min(losses)
    said += f" They are {apart:.3f} nats apart."
    if apart < ALIKE:
        return Verdict(0, said)
    return Verdict(1 + losses.index(min(losses)), said)


def judge_places(arms) -> Verdict:
    """Can a net that sees the answer use it without places?"""
    (with_places, without), said = ends(arms)
    if without < with_places + ALIKE:
        return Verdict(0, said)
    return Verdict(1 if without < 2 * with_places else 2, said)


def gap(records) -> float:
    """By how much a net's loss while it learns is above that of the same
    text and the same net in evaluation, over the second half of a run."""
    late = [r for r in records if r.step > records[-1].step / 2]
    learning = statistics.fmean(r.smooth for r in late)
    judged = statistics.fmean(r.train for r in late if r.train is not None)
    return learning - judged


def judge_eval(arms) -> Verdict:
    none, some = (gap(records) for records in arms.values())
    more = some - none
    said = (
        f"With dropout at work the loss on the text for training is "
        f"{some:.3f} nats above that of the same net in evaluation. Without "
        f"any dropout that is {none:+.3f}, which is chance in the windows; so "
        f"dropout alone makes {more:.3f}. {ends(arms)[1]}"
    )
    if abs(more) < ALIKE:
        return Verdict(1, said)
    return Verdict(0 if more > 0 else 2, said)


def judge_memory(arms) -> Verdict:
    [found] = arms.values()
    usual = next(each for each in found if each.step == SMALL.batch)
    times = usual.graph / usual.weights
    said = (
        f"For a batch of {usual.step} windows a forward pass keeps "
        f"{usual.graph / 1e6:.1f} MB, {times:.0f} times the "
        f"{usual.weights / 1e6:.2f} MB of the weights; under no_grad "
        f"{usual.no_grad:,} bytes."
    )
    if times < 1:
        return Verdict(0, said)
    return Verdict(1 if times < 10 else 2, said)


NOTHING = f"Nothing that can be told from noise: less than {ALIKE:g} nats"
COSTS = (
    NOTHING,
    f"It ends a little worse: by less than {CLEARLY:g}",
    "It ends worse by more than that",
    "It ends better",
)

EXPERIMENTS = (
    Experiment(
        "mask",
        "The one line that hides what comes after is deleted. What does the "
        "loss do?",
        (
            "It falls to less than half of the honest one",
            "It falls a little: more to look at, a better guess",
            "It does not fall",
        ),
        {"mask": SMALL, "no mask": replace(SMALL, mask=False)},
        judge_mask,
        "The next character is what each place has to guess, and without a "
        "mask it stands right there, one place on. The net learns to copy it. "
        "Only the last place has nothing to copy from and must still guess: "
        "that is the loss that is left. It shows in the text, too: garbage "
        f"at first, where nothing stands one place on; after {SMALL.block} "
        "characters each is written at the last place, and looks almost as "
        "if nothing were wrong. So a loss far below what you know to "
        "be possible is a bug until you have shown otherwise. The lecture's "
        "encoder is the same net without the mask: nothing is wrong with it, "
        "as long as it is not asked to guess what it sees.",
    ),
    Experiment(
        "deep",
        "Six blocks on top of each other, once with the residual path and "
        "once without. How well does the second learn?",
        ("As well as the first", "Less well", "No more than to count letters"),
        {
            "residual path": DEEP,
            "none": replace(DEEP, residual=False),
            "letters counted": unigram,
        },
        judge_deep,
        "Without the path every block replaces what came to it, six times "
        "over. At birth little of the input is left at the top, and little of "
        "the gradient at the bottom; what remains to be learned is how common "
        "each character is, and that needs no input. LayerNorm is there in "
        "both nets, so it is not enough. With the path each block only adds, "
        "and the gradient has a way down that nothing multiplies.",
    ),
    Experiment(
        "shallow",
        "The same with two blocks: what does the missing residual path cost?",
        COSTS,
        {"residual path": SMALL, "none": replace(SMALL, residual=False)},
        judge_cost,
        "Two blocks can be crossed: this net learns, and far more than the "
        "letters' frequencies. That the path hardly matters at this depth is "
        "often said; in a run of this length we saw a cost on tiny "
        "Shakespeare and on names. What is true is that the trouble grows "
        "with depth.",
    ),
    Experiment(
        "positions",
        "The embedding of places is left out: attention itself has no notion "
        "of where a character stands. What does that cost, under the mask?",
        COSTS,
        {"places": SMALL, "none": replace(SMALL, positions=False)},
        judge_cost,
        "Far from everything is lost. The character at hand is known anyway, "
        "by the residual path, and the mask itself tells a place how many "
        "came before: the first sees one, the second two. For some nets and "
        "texts no harm at all has been measured; here we see some, mostly "
        "under a tenth of a nat. Without a mask it is another matter: that is "
        "the next question.",
    ),
    Experiment(
        "places",
        "Now without the mask: a net that may look at the answer. Can it "
        "still find it if no place is marked?",
        ("Yes, as well", "Less well", "No: its loss is more than twice"),
        {
            "no mask": replace(SMALL, mask=False),
            "nor places": replace(SMALL, mask=False, positions=False),
        },
        judge_places,
        "Without a mask and without places a head sees a bag of characters: "
        "shuffle the others, and its output stays the same. The answer is in "
        "the bag, but nothing says which one it is. That is what is meant by "
        "attention without a notion of space.",
    ),
    Experiment(
        "scale",
        "Affinities are not divided by the square root of the head size, "
        f"here {SMALL.n_embd // SMALL.n_head}. What does that cost?",
        COSTS,
        {"scaled": SMALL, "not scaled": replace(SMALL, scale=False)},
        judge_cost,
        "Small heads have small sums: unscaled affinities are a few times as "
        "large, and the net can learn smaller queries and keys within its "
        "first steps. The division is made for large heads, where the softmax "
        "would begin so sharp that hardly a gradient comes through. That you "
        "can see at birth, in the section on scale; not in a loss of this "
        "size.",
    ),
    Experiment(
        "heads",
        "One head as wide as four together, or four: in the lecture's first "
        "net of attention alone, without a residual path. Which ends lower?",
        (NOTHING, "The one", "The four"),
        {"one head": replace(FIRST, n_head=1), "four heads": FIRST},
        judge_alike,
        "The parameters are the same, only cut differently. A head makes one "
        "mixture of what came before, with one set of weights; four make "
        "four, and can look for a vowel and for the start of the line at the "
        "same time. With a single layer that counts: the lecture's ladder "
        "has the step as well.",
    ),
    Experiment(
        "heads in blocks",
        "The same question for two whole blocks, with feed-forward nets, a "
        "residual path and LayerNorm. Which ends lower?",
        (NOTHING, "The one", "The four"),
        {"one head": replace(SMALL, n_head=1), "four heads": SMALL},
        judge_alike,
        "Where there are other ways to carry what is known, the residual path "
        "above all, and a second layer to look again, so few channels "
        "gain little from being cut in four. What a part brings depends on "
        "what else is there: a ladder shows each rung in one place only.",
    ),
    Experiment(
        "norm",
        "LayerNorm before each branch, after it, or nowhere, in two blocks "
        "with a residual path. Which ends lowest?",
        (NOTHING, "Before", "After", "Nowhere"),
        {
            "before": SMALL,
            "after": replace(SMALL, norm="after"),
            "nowhere": replace(SMALL, norm="none"),
        },
        judge_alike,
        "In so shallow a net, whose first weights are of a good size, there "
        "is little to put right. The paper of 2017 has LayerNorm after each "
        "branch, today it mostly stands before, since that leaves the "
        "residual path free from end to end; the gain shows in deep nets. The "
        "lecture's ladder finds 0.02 nats for three blocks. And it depends on "
        "the start: see the next question.",
    ),
    Experiment(
        "faint",
        "Far smaller first weights: normal, 0.02 wide, as in the "
        "lecture's last version. What does it cost to leave LayerNorm out?",
        COSTS,
        {"LayerNorm": FAINT, "none": replace(FAINT, norm="none")},
        judge_cost,
        "The embeddings begin fifty times as small as in torch's own draw. "
        "LayerNorm brings any stream to the same size before a branch looks "
        "at it; without it the branches see next to nothing and say even "
        "less, and it takes them long to come to life. So whether a part "
        "matters can hang on a number that nobody looks at.",
    ),
    Experiment(
        "eval",
        "A net learns with a fifth dropped, and you read its loss without "
        "calling eval(). How does that compare with the same net in "
        "evaluation, on the text for training?",
        (
            "The loss is too high",
            f"The same, within {ALIKE:g} nats",
            "The loss is too low",
        ),
        {"no dropout": SMALL, "dropout 0.2": replace(SMALL, dropout=0.2)},
        judge_eval,
        "In training a part of each layer is missing, so the net is worse "
        "than it could be: that is what dropout is for. Forget eval(), and "
        "you judge that worse net, and not even twice the same. It also "
        "explains a train loss above dev while a net learns. Look at the two "
        "dev losses too: a net this small, in a run this short, does not "
        "overfit, and dropout then only costs.",
    ),
    Experiment(
        "memory",
        "A forward pass keeps what a backward pass will need, unless it runs "
        f"under no_grad. For a batch of {SMALL.batch} windows: how much, "
        "beside the network's own weights?",
        ("Less than the weights", "Up to ten times", "Ten times and more"),
        {"kept": memory},
        judge_memory,
        "Every layer's input is kept for every character of the batch, since "
        "the slope of a product needs its factors. It grows with the batch, "
        "the weights do not. An estimate needs no slopes: no_grad says so, "
        "and nothing is kept. It is for memory and time, not for correctness: "
        "the loss is the same.",
    ),
)
