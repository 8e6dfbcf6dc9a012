"""What a hub hands over waits in its order, and never without bound."""

from azda_runtime.hub.base import DesiredProperties, InputMessage
from azda_runtime.supervisor.arrivals import Arrivals, Waiting


def test_of_twins_in_a_row_the_last_waits_alone_and_messages_keep_their_place() -> None:
    waiting: list[Waiting] = []
    arrivals = Arrivals(waiting.append, lambda: None)
    twins = [DesiredProperties(properties={"number": number}) for number in range(1000)]
    message = InputMessage(input="Controller", text=b"{}")
    for arrival in (*twins[:500], message, *twins[500:]):
        arrivals.put(arrival)

    assert [arrivals.take(each) for each in waiting] == [twins[499], message, twins[999]]

    arrivals.put(twins[0])
    assert arrivals.take(waiting[-1]) is twins[0]


def test_messages_beyond_a_hundred_are_dropped_and_told_of_until_some_were_taken() -> None:
    waiting: list[Waiting] = []
    dropped: list[bool] = []
    arrivals = Arrivals(waiting.append, lambda: dropped.append(True))
    message = InputMessage(input="recordingInput", text=b"{}")
    for _ in range(150):
        arrivals.put(message)
    assert (len(waiting), len(dropped)) == (100, 50)

    arrivals.take(waiting[0])
    arrivals.put(message)
    assert (len(waiting), len(dropped)) == (101, 50)
