"""What the four charts of lecture 4 say, in words: rules on one record.

Each rule looks at one figure and has a bound; a finding names both.
"""

import statistics
from dataclasses import dataclass

SATURATED = 0.25  # of the outputs of tanh or sigmoid
ASLEEP = 0.9  # of those of relu and its like, half of which are flat anyway
SHRUNK, GROWN = 1 / 3, 3.0  # last hidden layer's spread by the first's
VANISHED, EXPLODED = 1 / 5, 5.0  # slopes at the first layer by the last's
AHEAD = 1.0  # decades of grad:data, last layer beside the others
TOO_LOW, TOO_HIGH = -4.0, -2.0  # log10 of update:data
BENT = ("tanh", "sigmoid")  # flat at both ends


@dataclass(frozen=True)
class Finding:
    chart: str  # activations, gradients, weights or updates
    ill: bool
    name: str  # of the illness, or "healthy"
    figure: str  # what was measured
    rule: str  # when that is an illness
    cure: str = ""


def examine(record: dict, nonlinearity: str) -> list[Finding]:
    """One finding for each chart, of a record of core.batchnorm."""
    return [
        activations(record["activations"], nonlinearity),
        gradients(record["gradients"]),
        weights(record["weights"]),
        updates(record["updates"]),
    ]


def activations(table, nonlinearity: str) -> Finding:
    """Saturated first; then whether they shrink or grow from layer to layer."""
    bound = SATURATED if nonlinearity in BENT else ASLEEP
    flat = [saturated for _, _, saturated in table]
    worst = flat.index(max(flat))
    spreads = [spread for _, spread, _ in table]
    ratio = compared(spreads[-1], spreads[0])
    figure = (
        f"hidden layer {worst + 1} is flat for {flat[worst]:.1%} of its "
        f"outputs; spread {spreads[0]:.2g} in the first hidden layer, "
        f"{spreads[-1]:.2g} in the last"
    )
    rule = (
        f"more than {bound:.0%} of a layer's outputs where the function is "
        f"flat is saturated; a last spread below {SHRUNK:.2g} times the first "
        f"is vanishing, above {GROWN:g} times exploding"
    )
    if flat[worst] > bound:
        cure = "Lower the gain, divide by the root of fan_in, or normalise."
        return Finding("activations", True, "saturated", figure, rule, cure)
    if ratio < SHRUNK:
        cure = "Raise the gain, or normalise."
        return Finding("activations", True, "vanishing", figure, rule, cure)
    if ratio > GROWN:
        cure = "Lower the gain, or normalise."
        return Finding("activations", True, "exploding", figure, rule, cure)
    return Finding("activations", False, "healthy", figure, rule)


def gradients(table) -> Finding:
    first, last = table[0][1], table[-1][1]
    ratio = compared(first, last)
    figure = (
        f"the slopes spread {first:.1e} at the first hidden layer, "
        f"{last:.1e} at the last: {ratio:.2g} times as wide"
    )
    if len(table) == 1:
        figure = f"the slopes spread {first:.1e}; there is no other layer"
    rule = (
        f"below {VANISHED:g} times they vanish on their way back, above "
        f"{EXPLODED:g} times they explode"
    )
    if ratio < VANISHED:
        cure = "Raise the gain, normalise, or add residual connections."
        return Finding("gradients", True, "vanishing", figure, rule, cure)
    if ratio > EXPLODED:
        cure = "Lower the gain, or normalise."
        return Finding("gradients", True, "exploding", figure, rule, cure)
    return Finding("gradients", False, "healthy", figure, rule)


def weights(table) -> Finding:
    """The last layer beside the hidden ones; the letters' table left out."""
    hidden = statistics.median(ratio for _, _, ratio in table[1:-1])
    last = table[-1][2]
    figure = (
        f"grad:data is {10**last:.2g} in the last layer, {10**hidden:.2g} in "
        "the middle one of the hidden ones"
    )
    rule = f"a last layer {10**AHEAD:g} times ahead learns too fast"
    if last > hidden + AHEAD:
        cure = (
            "It was made small so that the first guesses are unsure. It "
            "catches up within hundreds or thousands of steps, the later the "
            "smaller it began. A larger last layer starts even."
        )
        name = "last layer learns too fast"
        return Finding("weights", True, name, figure, rule, cure)
    return Finding("weights", False, "healthy", figure, rule)


def updates(ratios) -> Finding:
    middle = statistics.median(ratios)
    figure = (
        f"the step changed the middle one of the weights by one part in "
        f"{10**-middle:,.0f}, log10 {middle:.1f}"
    )
    rule = (
        f"a step should change a weight by about a thousandth, log10 -3; "
        f"below {TOO_LOW:g} the learning rate is too low, above {TOO_HIGH:g} "
        "too high"
    )
    if middle < TOO_LOW:
        cure = "Raise the learning rate."
        name = "learning rate too low"
        return Finding("updates", True, name, figure, rule, cure)
    if middle > TOO_HIGH:
        cure = "Lower the learning rate."
        name = "learning rate too high"
        return Finding("updates", True, name, figure, rule, cure)
    return Finding("updates", False, "healthy", figure, rule)


def compared(one: float, other: float) -> float:
    """One by the other; two that are both 0 are alike."""
    if other == 0:
        return 1.0 if one == 0 else float("inf")
    return one / other
