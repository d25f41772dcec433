"""Lesson 6 in a real browser: a run, its text, and one's own text."""

import re


def test_a_run_shows_both_losses_and_a_text(server, visitor):
    knobs = "steps=150&n_embd=16&n_head=2&n_layer=1&block=8"
    guest = visitor().visit(f"{server.url}/gpt?{knobs}")
    guest.press("Train")
    guest.waits_for_status("Done: 150 steps")
    guest.press("Newest")
    guest.settle()
    guest.sees(re.compile(r"Train \d\.\d{4} nats, dev \d\.\d{4}"))
    guest.is_well()


def test_a_text_in_the_making_can_be_stopped_and_stays(server, visitor):
    guest = visitor().visit(f"{server.url}/gpt?n_layer=1&n_embd=16&n_head=2")
    page = guest.page
    write = page.get_by_role("button", name="Write", exact=True)
    write.scroll_into_view_if_needed()
    write.click()
    guest.settle()
    guest.is_well()


def test_no_picture_is_read_aloud_as_undefined(server, visitor):
    guest = visitor().visit(f"{server.url}/gpt")
    lines = guest.page.locator("svg .mark-line")
    lines.first.wait_for(state="attached")  # some are empty, and so hidden
    guest.settle()
    assert not guest.page.locator('[aria-label*="undefined"]').count()
