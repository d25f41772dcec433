"""Text from a model, a token at a time: any module from tokens (B, T) to
logits (B, T, V) that has a block, its longest window, and a mask.
"""

from collections.abc import Iterator

import torch
from torch import Tensor


class Past:
    """The keys and values of all characters so far, a pair for each block:
    what is behind the mask never changes, so it need not be computed again."""

    def __init__(self, layers: int):
        self.layers = [Layer() for _ in range(layers)]

    def __len__(self) -> int:
        """How many characters are kept."""
        keys = self.layers[0].keys
        return 0 if keys is None else keys.shape[2]

    def layer(self, i: int):
        return self.layers[i]


class Layer:
    keys = values = None

    def join(self, k, v):  # (B, heads, T, H) each, of the new characters
        if self.keys is not None:
            k = torch.cat([self.keys, k], 2)
            v = torch.cat([self.values, v], 2)
        self.keys, self.values = k, v
        return k, v


def generate(
    model,
    prompt: list[int],
    count: int,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
) -> list[int]:
    """The tokens that follow the prompt, drawn one after the other."""
    drawn = stream(model, prompt, generator, temperature, top_k, top_p)
    return [next(drawn) for _ in range(count)]


def stream(
    model,
    prompt: list[int],
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
) -> Iterator[int]:
    """One token after the other, without end.

    Past the block each place in the window moves, so every key changes and
    nothing that was kept holds; until then only the new one is computed."""
    tokens, past = list(prompt), None
    device = next(model.parameters()).device
    while True:
        with torch.no_grad():
            logits, past = last_logits(model, tokens, past, device)
            P = chances(logits, temperature, top_k, top_p)
            token = torch.multinomial(P.cpu(), 1, generator=generator).item()
        tokens = [*tokens[-model.block :], token]
        yield token


def last_logits(model, tokens: list[int], past, device):
    """Logits (V,) of the next token, and the past to go on from, if any."""
    attends = any(block.attend for block in model.blocks)
    if not model.mask or not attends:  # nothing can be kept
        window = torch.tensor([tokens[-model.block :]], device=device)
        return model(window)[0, -1], None
    new = tokens[-1:]
    if past is None or len(past) == model.block:
        past, new = Past(len(model.blocks)), tokens[-model.block :]
    window = torch.tensor([new], device=device)
    return model(window, past, True)[0, -1], past


def chances(
    logits: Tensor, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0
) -> Tensor:
    """Of every next token (V,). top_k keeps the k likeliest, 0 all of them;
    top_p the fewest whose chances reach p."""
    logits = logits / temperature
    if top_k:
        least = logits.topk(min(top_k, len(logits))).values[-1]
        logits = logits.masked_fill(logits < least, -torch.inf)
    P = logits.softmax(-1)
    if top_p < 1:
        ordered, order = P.sort(descending=True, stable=True)
        before = ordered.cumsum(-1) - ordered  # of those that are likelier
        P = P.index_fill(0, order[before >= top_p], 0.0)
        P = P / P.sum()
    return P


def at_needle(P: Tensor, u: float) -> int:
    """The token whose share of [0, 1) the needle u points at."""
    edges = P.double().cumsum(-1)
    place = torch.searchsorted(
        edges, torch.tensor(u).double() * edges[-1], right=True
    )
    return min(int(place), int(P.nonzero()[-1]))
