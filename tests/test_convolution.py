"""One pass of dilated convolutions beside the loop over windows."""

import pytest
import torch

from core import convolution, wavenet

LETTERS = ".abcdefghijklmnopqrstuvwxyz"


def net_in_evaluation(config, seed=1):
    """Random weights, and running statistics of some random batches."""
    generator = torch.Generator().manual_seed(seed)
    net = wavenet.network(config, 27, generator)
    T = wavenet.context(config)
    for _ in range(20):
        net(torch.randint(0, 27, (32, T), generator=generator))
    net.eval()
    return net


@pytest.mark.parametrize("fan", wavenet.FANS)
@pytest.mark.parametrize("word", ["a", "christopher", "zyxwvutsrqponmlkji"])
def test_the_convolution_equals_the_tree(fan, word):
    config = wavenet.Config(fan=fan)
    net, T = net_in_evaluation(config), wavenet.context(config)
    tokens = convolution.text(word, LETTERS, T)
    loop = convolution.by_loop(net, tokens, T)
    assert loop.shape == (len(word) + 1, 27)
    for other in (convolution.at_once, convolution.with_conv1d):
        # the issue asks for 1e-5; sums of 256 terms in single precision
        torch.testing.assert_close(other(net, tokens), loop, rtol=0, atol=1e-5)


def test_the_work_of_an_eleven_letter_name_is_as_published():
    # lectures.md on claim 90: 84 node evaluations against 46
    work = convolution.work(wavenet.Config(), 12)
    assert sum(each.loop for each in work) == 84
    assert sum(each.once for each in work) == 46


@pytest.mark.parametrize("fan", wavenet.FANS)
def test_work_counts_the_nodes_that_are_computed(fan):
    config = wavenet.Config(fan=fan, hidden=8, embedding=4)
    net, T = net_in_evaluation(config), wavenet.context(config)
    tokens = convolution.text("christopher", LETTERS, T)
    convolution.at_once(net, tokens)
    tanhs = net.every(wavenet.Nonlinearity)
    once = [len(layer.out) for layer in tanhs]
    assert [each.once for each in convolution.work(config, 12)] == once
    net(tokens[:T][None])
    a_window = [layer.out[0].numel() // 8 for layer in tanhs]
    loop = [12 * each for each in a_window]
    assert [each.loop for each in convolution.work(config, 12)] == loop


def test_shapes_name_every_layer():
    config = wavenet.PRESETS["lecture"]
    net = wavenet.network(config, 27, torch.Generator())
    found = convolution.shapes(net, torch.zeros(4, 8, dtype=torch.long))
    assert found[0] == ("input", (4, 8))
    assert found[1] == ("Embedding", (4, 8, 24))
    assert found[2] == ("FlattenConsecutive", (4, 4, 48))
    assert found[-1] == ("Linear", (4, 27))
