"""The class names of the COCO data set, as its detectors number them."""

_NAMES = """\
person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant|stop sign|parking meter
bench|bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe|backpack|umbrella|handbag|tie|suitcase|frisbee
skis|snowboard|sports ball|kite|baseball bat|baseball glove|skateboard|surfboard|tennis racket|bottle
wine glass|cup|fork|knife|spoon|bowl|banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake
chair|couch|potted plant|bed|dining table|toilet|tv|laptop|mouse|remote|keyboard|cell phone|microwave|oven
toaster|sink|refrigerator|book|clock|vase|scissors|teddy bear|hair drier|toothbrush"""

# Numbers that the data set's paper names and its annotations never use.
_UNUSED = {
    12: "street sign",
    26: "hat",
    29: "shoe",
    30: "eye glasses",
    45: "plate",
    66: "mirror",
    68: "window",
    69: "desk",
    71: "door",
    83: "blender",
}


def _with_gaps() -> tuple[str, ...]:
    names = iter(COCO_80)
    count = len(COCO_80) + len(_UNUSED) + 1
    return ("unlabeled", *(_UNUSED.get(number) or next(names) for number in range(1, count)))


COCO_80 = tuple(_NAMES.replace("\n", "|").split("|"))
COCO_91 = _with_gaps()
