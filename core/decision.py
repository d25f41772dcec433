"""What a net says of many points at once, when nobody asks for slopes.

The numbers of micrograd's forward pass by matrix products, for all points in
one call: a page asks for them at every turn of a knob.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.data import points
from core.micrograd import Config, Judged, Record, Weights, network, weights_of

SQUASH = {"relu": torch.relu, "tanh": torch.tanh, "linear": torch.positive}


def table_of(rows) -> Tensor:
    """With 64 bits a number, as Python has them."""
    return torch.tensor(rows, dtype=torch.float64)


def outputs(weights: Weights, x: Tensor, nonlinearity: str) -> list[Tensor]:
    """What every neuron says of the points x (B, 2): (B, H) for a layer."""
    said = []
    for i, layer in enumerate(map(table_of, weights), start=1):
        b, W = layer[:, 0], layer[:, 1:]  # (H), (H, inputs)
        x = b + x @ W.T  # (B, H)
        if i < len(weights):  # the last neuron is linear
            x = SQUASH[nonlinearity](x)
        said.append(x)
    return said


def decision_map(
    weights: Weights, nonlinearity: str, xs, ys, layer: int = -1
) -> list[list[float]]:
    """What each neuron of a layer says at every place of a grid, row by row,
    y by y."""
    grid = table_of([(x, y) for y in ys for x in xs])
    return outputs(weights, grid, nonlinearity)[layer].T.tolist()


def judge(
    weights: Weights,
    nonlinearity: str,
    rows: Sequence[points.Row],
    decay: float,
) -> Judged:
    """What micrograd's judge finds, as plain numbers."""
    table = table_of(rows)  # (B, 3)
    labels = table[:, 2]
    scores = outputs(weights, table[:, :2], nonlinearity)[-1][:, 0]  # (B)
    sides = scores * labels
    hinge = (1 - sides).relu().mean().item()
    pull = decay * sum((table_of(each) ** 2).sum().item() for each in weights)
    own = (scores > 0) == (labels > 0)
    right = own.sum().item() / len(rows)
    return Judged(hinge + pull, right, sides.min().item())


def first_record(config: Config, data: points.Points) -> Record:
    """What train yields first: no weight has moved, so no slope matters."""
    model, chance = network(config)
    rows = data.rows
    if 0 < config.batch < len(rows):
        rows = chance.sample(rows, config.batch)
    weights = weights_of(model)
    judged = judge(weights, config.nonlinearity, rows, config.decay)
    told = judged.accuracy, judged.margin, config.rate, weights
    return Record(1, judged.loss, judged.loss, *told)
