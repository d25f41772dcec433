"""The server's own torch: a run of the script brings no threads of its own."""

import os
import subprocess
import sys

import pytest

CODE = """
import asyncio, os, threading
from pages.parts import server

def threads():
    return len(os.listdir("/proc/self/task"))

def a_run_of_the_script():
    import torch
    net, before = torch.randn(600, 600), threads()
    net @ net
    print(threads() - before, torch.get_num_threads())

async def served():
    async with server.lifespan(None):
        run = threading.Thread(target=a_run_of_the_script)
        run.start()
        run.join()

server.load_torch = lambda: None
asyncio.run(served())
"""


@pytest.mark.skipif(
    not os.path.isdir("/proc/self/task"), reason="threads are counted on Linux"
)
def test_a_matrix_product_of_a_page_brings_no_threads(tmp_path):
    own = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    ran = subprocess.run(
        [sys.executable, "-c", CODE],
        env=own | {"PLAYGROUND_RUNS": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ran.stdout.split() == ["0", "1"], ran.stderr
