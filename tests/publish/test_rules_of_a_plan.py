"""What may be published on what."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from azdacli.errors import SpecError
from azdacli.publish import plan
from azdacli.publish.plan import Runtime

OLD = Runtime(release="7.1", target="dgpu", python="3.10", variant="samples")


def test_assets_move_to_a_runtime_of_their_own_kind() -> None:
    plan.check_rebase(OLD, replace(OLD))


@pytest.mark.parametrize(
    "change", [{"release": "7.0"}, {"release": "8.0"}, {"target": "cpu"}, {"python": "3.12"}, {"variant": "triton"}]
)
def test_assets_move_to_no_runtime_of_another_kind_older_or_newer(change: dict[str, str]) -> None:
    new = replace(OLD, **change)
    with pytest.raises(SpecError) as caught:
        plan.check_rebase(OLD, new)
    assert str(caught.value) == f"the image was published for {OLD}, the new base is {new}"
    assert "--add" in str(caught.value.hint)


@pytest.mark.parametrize(("there", "more", "fits"), [(120, 5, True), (125, 0, True), (125, 1, False), (1, 125, False)])
def test_an_image_has_no_more_layers_than_an_engine_runs(there: int, more: int, fits: bool) -> None:
    image: Any = SimpleNamespace(layers=(None,) * there)
    if fits:
        plan.check_depth(image, more)
        return
    with pytest.raises(SpecError, match=f"would have {there + more} layers, and engines run 125 at most"):
        plan.check_depth(image, more)
