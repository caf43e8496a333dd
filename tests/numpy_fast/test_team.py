"""Threads that share the work: everything is done once, errors are told, and the threads end."""

import gc
import os
import threading
import time

import pytest

from scratchnet.numpy_fast.team import Team, cut


def test_a_team_shares_everything_once_and_tells_of_errors():
    team = Team(3)
    for count in (1, 2, 3, 10):
        parts = [range(count)[team.share(count, member)] for member in range(3)]
        assert [i for part in parts for i in part] == list(range(count))
    ran = []

    def work(member):
        ran.append((member, threading.get_ident()))
        if member == 2 and len(ran) <= 3:
            raise ArithmeticError("no")

    affinity = cores_of_this_thread()
    with pytest.raises(ArithmeticError, match="no"):
        team.run(work)
    team.run(work)
    assert sorted(member for member, _ in ran) == [0, 0, 1, 1, 2, 2]
    assert len({ident for _, ident in ran}) == 3
    assert cores_of_this_thread() == affinity
    with pytest.raises(ValueError, match="at least 1 thread, got 0"):
        Team(0)


def cores_of_this_thread():
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None


def test_a_team_that_was_interrupted_waits_for_all_parts_of_the_next_run():
    team, parts = Team(3), []

    def interrupted(member):
        if member == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        team.run(interrupted)

    def slow(member):
        time.sleep(0.05 * member)
        parts.append(member)

    team.run(slow)
    assert sorted(parts) == [0, 1, 2]


def test_the_threads_of_a_team_end_with_it():
    before = set(threading.enumerate())
    team = Team(3)
    team.run(abs)
    own = set(threading.enumerate()) - before
    assert [(thread.name, thread.daemon) for thread in own] == [("team", True)] * 2  # a program need not dismiss them
    del team
    gc.collect()
    for thread in own:
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_a_team_works_where_it_may_not_choose_its_cores(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    parts = []
    Team(2).run(parts.append)
    assert sorted(parts) == [0, 1]


def machine(monkeypatch, cores):
    """One with these cores. Where its threads are moved: (by this thread?, which thread, to which cores)."""
    made, here = [], threading.get_ident()

    def move(thread, to):
        made.append((threading.get_ident() == here, thread, set(to)))

    monkeypatch.setattr(os, "sched_getaffinity", lambda thread: cores if thread == 0 else {}, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", move, raising=False)
    return made


def test_a_team_as_large_as_the_machine_has_a_core_for_each_thread_while_it_works(monkeypatch):
    moves = machine(monkeypatch, {1, 8})  # as Python has them, 8 is the first
    Team(2).run(abs)
    assert [move for move in moves if move[0]] == [(True, 0, {1}), (True, 0, {1, 8})]
    assert [move for move in moves if not move[0]][:1] == [(False, 0, {8})]


@pytest.mark.parametrize(("cores", "size"), [({1, 8}, 1), ({1, 8}, 3), ({1}, 1)])
def test_the_threads_of_another_team_are_where_the_system_likes(monkeypatch, cores, size):
    moves = machine(monkeypatch, cores)
    Team(size).run(abs)
    assert moves == []


def test_tasks_are_done_once_and_only_one_by_a_member_that_is_slow():
    done, others_done = [], threading.Event()

    def task(number):
        def work(member):
            if member == 1:
                others_done.wait(timeout=60)
            done.append((number, member))
            if sum(member == 0 for _, member in done) == 19:
                others_done.set()

        return work

    Team(2).share_out(task(number) for number in range(20))
    assert sorted(number for number, _ in done) == list(range(20))
    assert sum(member for _, member in done) <= 1


@pytest.mark.parametrize("error", [ArithmeticError, KeyboardInterrupt])
def test_after_an_error_no_more_tasks_are_begun(error):
    done = []

    def fail(member):
        raise error(member)

    team = Team(2)
    with pytest.raises(error):
        team.share_out([fail, *[lambda _: time.sleep(0.05)] * 3, *[done.append] * 1000])
    assert done == []
    team.share_out([done.append] * 3)
    assert len(done) == 3


@pytest.mark.parametrize("count", [1, 3, 8, 100])
def test_pieces_are_all_there_is(count):
    seen = []
    for task in Team(2).pieces(count, lambda at: seen.extend(range(count)[at])):
        task(0)
    assert seen == list(range(count))


def test_parts_differ_by_one_at_most():
    parts = [len(range(10)[at]) for at in cut(10, 4)]
    assert sum(parts) == 10
    assert max(parts) - min(parts) == 1
