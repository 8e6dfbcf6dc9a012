"""What is told about a camera that stays away, and when it is tried again."""

from azda_runtime.plan.cameras import CameraStatus, CameraWatch


def watched() -> tuple[CameraWatch, list[str]]:
    told: list[str] = []
    return CameraWatch("door", told.append, 0.0), told


def test_a_camera_that_works_is_not_worth_a_word() -> None:
    watch, told = watched()
    for second in range(600):
        watch.saw(30 * second, second)

    assert (told, watch.state.status, watch.interval) == ([], CameraStatus.LIVE, 10)


def test_a_problem_is_told_at_once_then_seldom_and_its_end_too() -> None:
    watch, told = watched()
    at = []
    for second in range(4000):
        before = len(told)
        if second % 10 == 0:
            watch.warned("Unauthorized", second)
        watch.saw(0, second)
        at += [second] * (len(told) - before)

    assert at == [0, 60, 180, 420, 900, 1860, 3780]
    assert set(told) == {"The camera door gives no picture: Unauthorized. It is tried again and again."}
    assert (watch.state.status, watch.state.problem) == (CameraStatus.WAITING, "Unauthorized")

    watch.saw(1, 4000)

    assert told[-1] == "The camera door gives a picture now."
    assert (watch.state.status, watch.state.problem) == (CameraStatus.LIVE, "")


def test_a_camera_that_falls_silent_without_a_word_is_gone_after_ten_seconds() -> None:
    watch, told = watched()
    watch.saw(1, 1)
    for second in range(2, 11):
        watch.saw(1, second)
    assert (told, watch.state.status) == ([], CameraStatus.LIVE)

    watch.saw(1, 11)

    assert told == ["The camera door gives no picture. It is tried again and again."]
    assert watch.state.status is CameraStatus.GONE


def test_a_warning_while_pictures_come_is_not_the_cameras_end() -> None:
    watch, told = watched()
    watch.saw(30, 1)
    watch.warned("Some packets were late.", 1.5)
    watch.saw(60, 2)

    assert (told, watch.state.status) == ([], CameraStatus.LIVE)


def test_the_attempts_grow_rarer_and_begin_anew_once_the_camera_is_back() -> None:
    watch, _ = watched()
    intervals = []
    for second in range(300):
        watch.saw(0, second)
        intervals.append(watch.interval)

    assert sorted(set(intervals)) == [10, 20, 40, 60]
    assert intervals == sorted(intervals)
    watch.saw(1, 300)
    assert watch.interval == 10
