"""The instant training that the sections on BatchNorm's numbers show."""

from dataclasses import dataclass

from core import folding, mlp, running, sampling
from pages.parts import later

STEPS = running.CONFIG.steps
FULL = "full pass"
NAMES = 20  # sampled, as in the lecture


@dataclass(frozen=True)
class Instant:
    """All that this section shows of the instant training."""

    found: running.Followed
    losses: dict  # by momentum, and of the full pass
    judge: str
    left: dict[bool, tuple[dict, float]]  # shuffled: sizes, evaluation
    samples: tuple[str, ...]  # in evaluation
    lost: int  # logits of one context alone, in training mode
    apart: float  # logits, folded or not
    contexts: int
    counts: tuple[int, int]  # numbers that it stores, and folded


@later.resources(4)
def instant(_data, digest: str) -> Instant:
    examples = running.examples(_data)
    found = running.follow(examples, len(_data.letters))
    losses = {
        way: mlp.loss_of(net, examples.held) for way, net in found.nets.items()
    }
    whole, left = found.nets[FULL], {}
    for shuffled in (True, False):
        few = running.judged(examples, shuffled)
        left[shuffled] = (
            running.forgotten(whole, *few),
            running.loss(whole, *few),
        )
    folded, contexts = folding.folded(whole), examples.held.contexts
    context, seed = running.CONFIG.context, running.CONFIG.seed
    apart = folding.apart(whole, folded, contexts)
    for net in found.nets.values():
        net(examples.X[:1])  # layers keep what they saw last: 30 MB, else
    return Instant(
        found,
        losses,
        "dev" if mlp.split(_data).dev else "train",
        left,
        sampling.sample_words(whole, _data.letters, context, seed, NAMES),
        running.lost(whole, examples.X),
        apart,
        len(contexts),
        (folding.stored(whole), folding.stored(folded)),
    )


def extent(*lists) -> tuple[float, float]:
    """From the lowest to the highest number, with room around."""
    every = [x for rows in lists for x in flat(rows)]
    room = 0.08 * (max(every) - min(every)) + 0.05
    return round(min(every) - room, 2), round(max(every) + room, 2)


def flat(rows):
    for each in rows:
        yield from each if isinstance(each, list) else [each]
