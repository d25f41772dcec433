"""Lesson 4 in a real browser: the doctor at the bed of a sick net."""

import re


def test_the_doctor_follows_a_run_of_a_sick_net(server, visitor):
    sick = "steps=400&hidden=40&batchnorm=false&gain=3"
    guest = visitor().visit(f"{server.url}/batchnorm?{sick}")
    guest.press("Train")
    guest.waits_for_status("Done: 400 steps")
    guest.press("Newest")
    guest.settle()
    guest.sees(re.compile(r"Activations: saturated"))
    guest.sees(re.compile(r"hidden layer \d is flat for \d+\.\d%"))
    for said in (
        "Are the outputs spread",
        "Are the slopes there as wide",
        "Does the last layer run ahead",
        "The logarithm of update:data",
    ):
        chart = guest.page.locator(f"[aria-label^='{said}']").first
        chart.wait_for()
        assert chart.locator("canvas, svg").count()
    guest.is_well()


def test_a_preset_turns_the_knobs_of_its_run(server, visitor):
    guest = visitor().visit(f"{server.url}/batchnorm")
    guest.press("tanh-fixed")
    guest.page.wait_for_url(re.compile("gain=0.2"))
    guest.settle()
    guest.sees(re.compile(r"This network learns 11,897 numbers"))
    guest.is_well()
