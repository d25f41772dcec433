"""The playhead: where one visitor stands in the records of a run."""

import pytest

from pages.parts.playhead import WHOLE, Playhead

LAST = 399  # a run of 400 records, all there


def play(head, seconds, last=LAST, total=LAST + 1, began=1000.0):
    """Look eight times a second for so long: exact in binary."""
    for tick in range(int(seconds * 8) + 1):
        head.advance(began + tick / 8, last, total)
    return head


def test_it_follows_the_newest_record():
    head = Playhead()
    for last in (0, 7, 399):
        head.advance(float(last), last, 400)
        assert head.at == last


@pytest.mark.parametrize("speed", [0.25, 1.0, 4.0])
def test_a_run_plays_in_ten_seconds_at_speed_one(speed):
    head = Playhead(speed=speed)
    head.from_start()
    play(head, WHOLE / speed / 2)
    assert head.at == 200
    play(head, WHOLE / speed / 2, began=head.looked)
    assert head.at == LAST and not head.moves(LAST, growing=False)


def test_it_plays_no_further_than_what_is_recorded():
    head = Playhead()
    head.from_start()
    play(head, 5, last=30)
    assert head.at == 30
    assert head.moves(30, growing=True)
    play(head, 0.5, last=LAST, began=head.looked)
    assert 30 < head.at < 60  # it goes on from there, it does not leap


def test_a_pause_holds_and_its_time_does_not_count():
    head = Playhead()
    head.from_start()
    play(head, 2)
    head.pause()
    held = head.at
    play(head, 60, began=head.looked)
    assert head.at == held and not head.moves(LAST, growing=True)
    head.play(LAST)
    head.advance(5000.0, LAST, LAST + 1)
    assert head.at == held
    head.advance(5001.0, LAST, LAST + 1)
    assert head.at == held + 40  # 400 records in 10 s


def test_one_record_on_or_back_stays_there():
    head = Playhead(mode="play", at=7.6)  # record 7 is in view
    head.step(1)
    assert play(head, 5).at == 8
    head.step(-1)
    assert play(head, 5).at == 7


def test_it_stays_within_the_records():
    head = Playhead()
    head.jump(0)
    head.step(-1)
    assert play(head, 1).at == 0
    head.jump(LAST)
    head.step(1)
    assert play(head, 1).at == LAST
    assert play(Playhead(), 1, last=-1).at == 0  # no record yet


def test_a_jump_stays_where_it_was_sent():
    head = Playhead()
    head.jump(123)
    assert play(head, 5).at == 123


def test_play_at_the_very_end_starts_again():
    head = play(Playhead(), 1)
    head.play(LAST)
    head.advance(2000.0, LAST, LAST + 1)
    assert head.at == 0 and head.moves(LAST, growing=False)


def test_following_moves_only_while_the_run_grows():
    head = play(Playhead(), 1)
    assert head.moves(LAST, growing=True)
    assert not head.moves(LAST, growing=False)
