"""Count the messages a second of processor time that examples/business-logic takes: 50 objects and 20 regions in each.

Run it at the root of a checkout: `python bench/business_logic.py [--json] [--messages COUNT]`. It prints also how fast
the standard library alone reads the same texts as JSON, in turn with it: the ratio does not depend on the machine.
"""

import argparse
import json
import random
import statistics
import sys
import time

from measure import ROOT, figure, show

sys.path.insert(0, str(ROOT / "examples" / "business-logic"))

from main import Logic  # found through the line above

OBJECTS, REGIONS, ROUNDS = 50, 20, 5


def texts(count: int) -> list[bytes]:
    """Messages as the runtime sends them: people who walk, in regions of six corners."""
    chance = random.Random(1)
    regions = []
    for number in range(REGIONS):
        x, y = round(chance.uniform(0, 0.75), 4), round(chance.uniform(0, 0.75), 4)
        corners = [[x, y], [x + 0.1, y], [x + 0.2, y + 0.1], [x + 0.2, y + 0.2], [x + 0.1, y + 0.25], [x, y + 0.2]]
        regions.append({"sensor": "camera", "label": f"region {number}", "color": "#ff0000", "coordinates": corners})
    people = [[chance.uniform(0, 0.9), chance.uniform(0, 0.8), 0.05, 0.15] for _ in range(OBJECTS)]
    made = []
    for frame in range(count):
        for person in people:
            person[0] = (person[0] + 0.001) % 0.9
        seconds, milliseconds = divmod(frame * 33, 1000)
        clock = f"{12 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"
        source = {"id": "camera", "timestamp": f"2026-11-30T{clock}Z", "width": 1920, "height": 1080}
        detections = [
            {
                "id": f"{frame}-{number}",
                "classId": 0,
                "label": "person",
                "confidence": 0.91,
                "rect": [round(side, 6) for side in rect],
                "unique_component_id": 1,
                "tracking_id": number,
            }
            for number, rect in enumerate(people)
        ]
        inference = {"type": "detection", "id": "People", "sourceInfo": source, "detections": detections}
        whole = {"schemaVersion": "0.1", "events": [], "regionsOfInterest": regions, "inferences": [inference]}
        made.append(json.dumps(whole, separators=(",", ":")).encode())
    return made


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--messages", type=int, default=2000)
    options = parser.parse_args()
    messages = texts(options.messages)
    ours, bare = [], []
    for _ in range(ROUNDS):
        logic = Logic()
        begin = time.process_time()
        for text in messages:
            logic.inference(text)
        middle = time.process_time()
        for text in messages:
            json.loads(text)
        bare.append(time.process_time() - middle)
        ours.append(middle - begin)
        if logic.problems:
            raise SystemExit(logic.problems[0])
    rate = options.messages / statistics.median(ours)
    figures = {
        "messages_a_second": figure(rate, "1/s"),
        "fastest_round": figure(options.messages / min(ours), "1/s"),
        "time_beside_json_loads_alone": figure(statistics.median(ours) / statistics.median(bare), "ratio"),
        "message_size": figure(statistics.mean(map(len, messages)) / 1000, "kB"),
    }
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
