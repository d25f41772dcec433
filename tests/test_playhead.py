"""The playhead: where one visitor stands in the records of a run."""

import pytest

from pages.parts.playhead import WHOLE, Playhead

LAST = 399  # a run of 400 records, all there


def play(head, seconds, last=LAST, began=1000.0):
    """Look eight times a second for so long: exact in binary."""
    for tick in range(int(seconds * 8) + 1):
        head.advance(began + tick / 8, last, LAST + 1)
    return head


def test_it_follows_the_newest_record():
    head = Playhead()
    for last in (0, 7, 399):
        head.advance(float(last), last, 400)
        assert head.at == last


@pytest.mark.parametrize("speed", [0.25, 1.0, 4.0])
def test_a_run_plays_in_ten_seconds_at_speed_one(speed):
    head, half = Playhead(speed=speed), WHOLE / speed / 2
    assert WHOLE == 10
    head.from_start()
    assert play(head, half).at == 200
    assert play(head, half, began=1000 + half).at == LAST
    assert not head.moves(LAST, growing=False)


def test_it_plays_no_further_than_what_is_recorded():
    head = Playhead()
    head.from_start()
    assert play(head, 5, last=30).at == 30
    assert head.moves(30, growing=True)
    # it goes on from there, 40 records a second, and does not leap
    assert play(head, 0.5, began=1005).at == 50


def test_a_pause_holds_and_its_time_does_not_count():
    head = Playhead()
    head.from_start()
    held = play(head, 2).at
    head.pause()
    assert play(head, 60, began=1002).at == held
    assert not head.moves(LAST, growing=True)
    head.play()
    assert play(head, 0, began=5000).at == held
    assert play(head, 1, began=5000).at == held + 40  # 400 in ten seconds


def test_one_record_on_or_back_stays_there():
    head = Playhead(mode="play", at=7.6)  # record 7 is in view
    head.step(1)
    assert play(head, 5).at == 8
    head.step(-1)
    assert play(head, 5).at == 7


def test_it_stays_within_the_records():
    head = Playhead()
    head.scrub(0)
    head.step(-1)
    assert play(head, 1).at == 0
    head.scrub(LAST)
    head.step(1)
    assert play(head, 1).at == LAST
    assert play(Playhead(), 1, last=-1).at == 0  # no record yet


def test_it_stays_where_the_slider_sends_it():
    head = play(Playhead(), 1)
    head.scrub(123)
    assert play(head, 5).at == 123


def test_play_at_the_very_end_starts_again():
    head = play(Playhead(), 1)
    head.play()
    assert play(head, 0).at == 0
    assert head.moves(LAST, growing=False)


def test_following_moves_only_while_the_run_grows():
    head = play(Playhead(), 1)
    assert head.moves(LAST, growing=True)
    assert not head.moves(LAST, growing=False)


def test_all_but_the_slider_counts_as_a_turn():
    head = Playhead()
    acts = [head.from_start, head.pause, head.follow]
    acts += [lambda: head.play(), lambda: head.step(1)]
    for count, act in enumerate(acts, start=1):
        act()
        assert head.turns == count
    head.scrub(5)
    play(head, 1)
    assert head.turns == len(acts)


def test_first_stands_still_at_the_first_record():
    head = Playhead()
    head.advance(0.0, LAST, LAST + 1)
    head.first()
    assert play(head, 3).at == 0 and not head.moves(LAST, growing=True)
