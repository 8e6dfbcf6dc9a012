"""What is told about a camera that stays away, and when it is tried again."""

from azda_runtime.plan.cameras import CameraStatus, CameraWatch


def watched() -> CameraWatch:
    return CameraWatch("door", 0.0)


def test_a_camera_that_works_is_not_worth_a_word(logged: list[str]) -> None:
    watch = watched()
    for second in range(600):
        watch.saw(30 * second, second)

    assert (logged, watch.state.status, watch.interval) == ([], CameraStatus.LIVE, 10)


def test_a_problem_is_told_at_once_then_seldom_and_its_end_too(logged: list[str]) -> None:
    watch = watched()
    at = []
    for second in range(4000):
        before = len(logged)
        if second % 10 == 0:
            watch.warned("Unauthorized", second)
        watch.saw(0, second)
        at += [second] * (len(logged) - before)

    assert at == [0, 60, 180, 420, 900, 1860, 3780]
    assert set(logged) == {"warning: The camera door sends no video: Unauthorized. The connection is retried."}
    assert (watch.state.status, watch.state.problem) == (CameraStatus.WAITING, "Unauthorized")

    watch.saw(1, 4000)

    assert logged[-1] == "The camera door sends video now."
    assert (watch.state.status, watch.state.problem) == (CameraStatus.LIVE, "")


def test_a_camera_that_falls_silent_without_a_word_is_gone_after_ten_seconds(logged: list[str]) -> None:
    watch = watched()
    watch.saw(1, 1)
    for second in range(2, 11):
        watch.saw(1, second)
    assert (logged, watch.state.status) == ([], CameraStatus.LIVE)

    watch.saw(1, 11)

    assert logged == ["warning: The camera door sends no video. The connection is retried."]
    assert watch.state.status is CameraStatus.GONE


def test_a_warning_while_pictures_come_is_not_the_cameras_end(logged: list[str]) -> None:
    watch = watched()
    watch.saw(30, 1)
    watch.warned("Some packets were late.", 1.5)
    watch.saw(60, 2)

    assert (logged, watch.state.status) == ([], CameraStatus.LIVE)


def test_the_attempts_grow_rarer_and_begin_anew_once_the_camera_is_back() -> None:
    watch = watched()
    intervals = []
    for second in range(300):
        watch.saw(0, second)
        intervals.append(watch.interval)

    assert sorted(set(intervals)) == [10, 20, 40, 60]
    assert intervals == sorted(intervals)
    watch.saw(1, 300)
    assert watch.interval == 10
