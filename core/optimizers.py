"""How a step follows the slopes: SGD and what came after it.

Each function takes a parameter whose `grad` is known, its own memory of the
steps before, and the rate; it moves the parameter in place, as torch.optim
does.
"""

from torch import Tensor, no_grad, zeros_like
from torch.optim.adamw import adamw


def sgd(parameter: Tensor, memory: dict, rate: float):
    """Downhill, as far as the slope is steep."""
    parameter.add_(-rate * parameter.grad)  # rounded as the lecture's is


def momentum(parameter: Tensor, memory: dict, rate: float):
    """The slopes of before push on: each step nine tenths of the last one."""
    push = remembered(memory, "push", parameter)
    push.mul_(0.9).add_(parameter.grad)
    parameter.sub_(push, alpha=rate)


def rmsprop(parameter: Tensor, memory: dict, rate: float):
    """Each slope next to how large its like have been."""
    square = remembered(memory, "square", parameter)
    square.lerp_(parameter.grad**2, 0.01)
    parameter.addcdiv_(parameter.grad, square.sqrt() + 1e-8, value=-rate)


def adam(parameter: Tensor, memory: dict, rate: float):
    """Both: the mean slope next to how large slopes have been. A memory
    begins at 0, and is scaled up for it."""
    mean = remembered(memory, "mean", parameter)
    square = remembered(memory, "square", parameter)
    n = memory["n"] = memory.get("n", 0) + 1
    mean.lerp_(parameter.grad, 0.1)
    square.lerp_(parameter.grad**2, 0.001)
    size = (square / (1 - 0.999**n)).sqrt() + 1e-8
    parameter.addcdiv_(mean / (1 - 0.9**n), size, value=-rate)


def remembered(memory: dict, name: str, like: Tensor) -> Tensor:
    if name not in memory:
        memory[name] = zeros_like(like)
    return memory[name]


class AdamW:
    """torch.optim.AdamW by torch's own function: the class itself imports
    torch's compiler, which takes two seconds and 70 MB and is not used."""

    def __init__(self, parameters: list[Tensor], decays: list[float]):
        self.parameters, self.decays = parameters, decays
        self.means = [zeros_like(each) for each in parameters]
        self.squares = [zeros_like(each) for each in parameters]
        self.counts = [each.new_zeros(()) for each in parameters]

    @no_grad()
    def step(self, rate: float):
        """Move each parameter, whose `grad` is known, and its decay of it."""
        for i, each in enumerate(self.parameters):
            adamw(
                [each],
                [each.grad],
                [self.means[i]],
                [self.squares[i]],
                [],
                [self.counts[i]],
                fused=True,
                lr=rate,
                weight_decay=self.decays[i],
                beta1=0.9,
                beta2=0.999,
                eps=1e-8,
                amsgrad=False,
                maximize=False,
            )

    def memory(self) -> list[Tensor]:
        """All that it knows of the steps before; copy_ into it to go on."""
        return [*self.means, *self.squares, *self.counts]


OPTIMIZERS = {
    "sgd": sgd,
    "momentum": momentum,
    "rmsprop": rmsprop,
    "adam": adam,
}
