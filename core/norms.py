"""Four norms, one formula: which numbers share a mean and a spread?

And how our layers differ from torch.nn's, asked of torch itself.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.data import names
from core.layers import BatchNorm1d, Linear

AXES = {  # of (B, T, G, C / G): along these the numbers share a mean
    "BatchNorm": (0, 1),  # a channel, over examples and places
    "LayerNorm": (2, 3),  # one place of one example, over channels
    "InstanceNorm": (1,),  # a channel of one example, over places
    "GroupNorm": (1, 3),  # some channels of one example, over places
}
CHANNELS = 6


def normalise(x: Tensor, shared: tuple[int, ...], eps: float = 1e-5) -> Tensor:
    """To mean 0 and spread 1 over the axes that share them."""
    mean = x.mean(shared, keepdim=True)
    var = x.var(shared, correction=0, keepdim=True)
    return (x - mean) / (var + eps).sqrt()


def normalised(x: Tensor, norm: str, groups: int = 2) -> Tensor:
    """By one of the four, x (B, T, C); groups of channels for GroupNorm."""
    cut = x.unflatten(2, (groups, -1))  # (B, T, G, C / G)
    return normalise(cut, AXES[norm]).flatten(2)


def mates(shape, norm: str, cell: tuple, groups: int = 2) -> Tensor:
    """Which cells (B, T, C) share the mean of this one, itself among them."""
    B, T, C = shape
    b, t, c = cell
    at = b, t, c // (C // groups), c % (C // groups)
    cut = torch.ones(B, T, groups, C // groups, dtype=torch.bool)
    for axis, place in enumerate(at):
        if axis not in AXES[norm]:  # they have this place in common
            along = [1, 1, 1, 1]
            along[axis] = -1
            cut &= (torch.arange(cut.shape[axis]) == place).view(along)
    return cut.flatten(2)


def moved(
    x: Tensor, norm: str, cell: tuple, groups: int = 2, by: float = 1.0
) -> Tensor:
    """How far each output moves when one input is raised."""
    raised = x.clone()
    raised[cell] += by
    return normalised(raised, norm, groups) - normalised(x, norm, groups)


def embedded(
    data: names.Words, words: int = 4, places: int = 4
) -> tuple[list[str], Tensor]:
    """The first letters of the first words, dots where a word has ended, and
    a row of random numbers for each letter: x (B, T, C)."""
    seen = [
        word[:places].ljust(places, names.EDGE) for word in data.words[:words]
    ]
    generator = torch.Generator().manual_seed(2147483647)
    C = torch.randn(len(data.letters), CHANNELS, generator=generator)
    tokens = [[data.letters.index(sign) for sign in word] for word in seen]
    return seen, C[torch.tensor(tokens)]


def around(x: Tensor, norm: str, cell: tuple, groups: int = 2) -> list[tuple]:
    """Mean and spread of the outputs along each axis through a cell: its
    column over examples and places, its row over channels."""
    out, (b, t, c) = normalised(x, norm, groups), cell
    lines = out[:, :, c], out[b, t]
    return [(e.mean().item(), e.std(correction=0).item()) for e in lines]


@dataclass(frozen=True)
class Tour:
    """What torch.nn's layers say of themselves, and ours beside them."""

    weights: tuple[tuple, tuple]  # shapes of a Linear: ours, torch's
    reach: float  # the largest of torch's first weights and biases
    root: float  # 1 / sqrt(fan_in)
    arguments: dict[str, object]  # torch's BatchNorm1d, and its defaults
    ours: dict[str, object]
    parameters: tuple[str, ...]  # what an optimizer moves
    buffers: tuple[str, ...]  # what only comes along
    variances: tuple[float, float]  # of outputs, divided by B: ours, torch's
    layouts: float  # largest difference, once the channels are moved


def tour(fan_in: int = 200, fan_out: int = 27, B: int = 32) -> Tour:
    with torch.random.fork_rng(devices=[]):  # torch's layers draw globally
        torch.manual_seed(2147483647)
        linear = nn.Linear(fan_in, fan_out)
    drawn = torch.cat([each.detach().flatten() for each in linear.parameters()])
    theirs, mine = nn.BatchNorm1d(fan_in), BatchNorm1d(fan_in)
    lecture = BatchNorm1d(fan_in, correction=1)
    generator = torch.Generator().manual_seed(2147483647)
    x = torch.randn(B, fan_in, generator=generator)
    deep = torch.randn(B, 8, fan_in, generator=generator)  # (B, T, C)
    known = "eps", "momentum"
    return Tour(
        (
            tuple(Linear(linear.weight.T).weight.shape),
            tuple(linear.weight.shape),
        ),
        drawn.abs().max().item(),
        fan_in**-0.5,
        {
            n: getattr(theirs, n)
            for n in (*known, "affine", "track_running_stats")
        },
        {n: getattr(mine, n) for n in known},
        tuple(n for n, _ in theirs.named_parameters()),
        tuple(n for n, _ in theirs.named_buffers()),
        tuple(
            norm(x).var(0, correction=0).mean().item()
            for norm in (lecture, theirs)
        ),
        (mine(deep) - theirs(deep.mT).mT).abs().max().item(),
    )
