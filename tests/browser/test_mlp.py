"""Lesson 3 in a real browser: a run, its map, its fork."""

import re


def test_a_run_shows_both_splits_names_and_the_test_loss(server, visitor):
    guest = visitor().visit(f"{server.url}/mlp?steps=2000&hidden=50")
    guest.sees(re.compile("the small network of the first picture"))
    guest.press("Train")
    guest.waits_for_status("Done: 2,000 steps")
    guest.press("Newest")
    guest.settle()
    guest.sees(re.compile(r"Train \d\.\d{4} nats, dev \d\.\d{4}"))
    guest.sees(re.compile(r"your run \(dev \d\.\d{4} nats\)"))
    opened = guest.page.get_by_role("button", name="Open the test loss")
    opened.click()
    guest.settle()
    guest.is_well()


def test_a_fork_shares_its_first_steps_with_the_run_it_leaves(server, visitor):
    guest = visitor().visit(f"{server.url}/mlp?steps=900&hidden=20")
    guest.press("Train")
    guest.waits_for_status("Done")
    guest.press("Newest")
    guest.settle()
    guest.page.get_by_role("spinbutton", name="After step").fill("400")
    guest.page.keyboard.press("Enter")
    guest.settle()
    guest.press("Fork here")
    guest.page.wait_for_url(re.compile("switch=400"))
    guest.press("Run both")
    picture = guest.page.locator("[aria-label^='The losses of both runs']")
    picture.first.wait_for(timeout=60_000)
    guest.page.wait_for_function(
        """() => document.querySelector(
            "[aria-label^='The losses of both runs']"
        )?.querySelectorAll('svg path').length > 3""",
        timeout=60_000,
    )
    guest.waits_for_status("Done")
    guest.is_well()


def test_a_picture_is_made_for_a_network_that_asks_for_it(server, visitor):
    guest = visitor().visit(f"{server.url}/mlp")
    main = guest.page.get_by_test_id("stMain")
    valley = main.get_by_text("The valley is at")
    before = valley.inner_text()
    knobs = guest.page.get_by_test_id("stSidebar")
    knobs.get_by_role("slider", name="hidden").press("ArrowRight")
    guest.sees(re.compile("yours has hidden 201 instead of 200"))
    assert valley.inner_text() == before
    guest.press("Test my network")
    guest.page.wait_for_function(
        """before => [...document.querySelectorAll("p")].some(
            each => each.innerText.startsWith("The valley is at")
            && each.innerText != before)""",
        arg=before,
        timeout=60_000,
    )
    main.get_by_role("slider", name="Exponent").press("Home")
    guest.sees(re.compile(r"rate 0\.001: not run yet, rate 0\.01: not run yet"))
    guest.is_well()
