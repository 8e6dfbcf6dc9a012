"""Whatever a program does with metadata, counts equal lists, links agree both ways and no parent dangles."""

from collections import Counter
from typing import Any

import pyds
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from pyds import _simulator as sim
from pyds._errors import CorruptionError
from pyds._metadata import REMOVED
from pyds._release import COUNTS, LISTS


def members(container: Any, slot: str) -> list[Any]:
    return list(sim.items(getattr(container, slot)))


class Metadata(RuleBasedStateMachine):
    """Random adding, removing, clearing and copying, in one batch."""

    frames = Bundle("frames")
    objects = Bundle("objects")
    classifiers = Bundle("classifiers")
    users = Bundle("users")

    def __init__(self) -> None:
        super().__init__()
        self.batch = sim.new_batch(4)
        self.released: list[int] = []
        self.attached = 0

    @rule(target=frames)
    def add_frame(self) -> Any:
        frame = pyds.nvds_acquire_frame_meta_from_pool(self.batch)
        pyds.nvds_add_frame_meta_to_batch(self.batch, frame)
        return frame

    @rule(target=objects, frame=frames, number=st.integers(0, 9))
    def add_object(self, frame: Any, number: int) -> Any:
        made = pyds.nvds_acquire_obj_meta_from_pool(self.batch)
        made.class_id = number
        pyds.nvds_add_obj_meta_to_frame(frame, made, None)
        return made

    @rule(target=objects, frame=frames, parent=objects)
    def add_child(self, frame: Any, parent: Any) -> Any:
        made = pyds.nvds_acquire_obj_meta_from_pool(self.batch)
        pyds.nvds_add_obj_meta_to_frame(frame, made, parent)
        return made

    @rule(target=classifiers, owner=objects, labels=st.integers(0, 3))
    def add_classifier(self, owner: Any, labels: int) -> Any:
        made = pyds.nvds_acquire_classifier_meta_from_pool(self.batch)
        if owner._place is REMOVED:
            with pytest.raises(CorruptionError, match="went back to its pool"):
                pyds.nvds_add_classifier_meta_to_object(owner, made)
            return multiple()
        for _ in range(labels):
            label = pyds.nvds_acquire_label_info_meta_from_pool(self.batch)
            pyds.nvds_add_label_info_meta_to_classifier(made, label)
        pyds.nvds_add_classifier_meta_to_object(owner, made)
        return made

    @rule(target=users, frame=frames)
    def add_user(self, frame: Any) -> Any:
        made = pyds.nvds_acquire_user_meta_from_pool(self.batch)
        pyds.user_releasefunc(made, lambda data, _user: self.released.append(id(pyds.NvDsUserMeta.cast(data))))
        pyds.nvds_add_user_meta_to_frame(frame, made)
        self.attached += 1
        return made

    @rule(frame=frames, victim=consumes(objects))
    def remove_object(self, frame: Any, victim: Any) -> None:
        before = members(frame, "_obj_meta_list")
        if victim in before:
            pyds.nvds_remove_obj_meta_from_frame(frame, victim)
            assert members(frame, "_obj_meta_list") == [item for item in before if item is not victim]
            return
        try:
            pyds.nvds_remove_obj_meta_from_frame(frame, victim)
        except CorruptionError:
            assert members(frame, "_obj_meta_list") == before
        else:
            raise AssertionError("an object was removed from a frame that did not have it")

    @rule(frame=frames)
    def clear_objects(self, frame: Any) -> None:
        pyds.nvds_clear_obj_meta_list(frame, frame.obj_meta_list)
        assert frame.obj_meta_list is None

    @rule(frame=consumes(frames))
    def remove_frame(self, frame: Any) -> None:
        if frame in members(self.batch, "_frame_meta_list"):
            pyds.nvds_remove_frame_meta_from_batch(self.batch, frame)

    @rule(target=objects, source=frames, destination=frames)
    def copy_objects(self, source: Any, destination: Any) -> Any:
        before = members(destination, "_obj_meta_list")
        copied = members(source, "_obj_meta_list")
        pyds.nvds_copy_obj_meta_list(source.obj_meta_list, destination)
        after = members(destination, "_obj_meta_list")
        made = after[: len(copied)]
        assert after[len(copied) :] == before
        assert [item.class_id for item in made] == [item.class_id for item in reversed(copied)]
        assert all(item.parent is None for item in made)
        return multiple(*made)

    @rule()
    def copy_the_batch(self) -> None:
        copy = sim.copy_batch(self.batch)
        mine, theirs = self.walk(self.batch), self.walk(copy)
        kinds = [Counter(type(item).__name__ for item in found) for found in (mine, theirs)]
        del kinds[0]["NvDsUserMeta"]  # none has a copy function
        assert kinds[0] == kinds[1]
        assert not set(map(id, mine)) & set(map(id, theirs))
        self.check(copy)
        sim.release_batch(copy)
        assert len(self.released) <= self.attached

    def walk(self, container: Any) -> list[Any]:
        found = [container]
        for slot in LISTS.get(type(container).__name__, ()):
            for item in members(container, slot):
                found += self.walk(item)
        return found

    def check(self, batch: Any) -> None:
        living = self.walk(batch)
        for container in living:
            for slot in LISTS.get(type(container).__name__, ()):
                self.check_list(container, slot)
        for item in living:
            parent = getattr(item, "_parent", None)
            assert parent is None or parent.base_meta.batch_meta is batch
            assert item is batch or item.base_meta.batch_meta is batch

    def check_list(self, container: Any, slot: str) -> None:
        node, before, count = getattr(container, slot), None, 0
        while node is not None:
            assert node.prev is before
            node, before, count = node.next, node, count + 1
        assert slot not in COUNTS or getattr(container, COUNTS[slot]) == count
        found = members(container, slot)
        assert len(set(map(id, found))) == count
        assert all(item._place is container for item in found)

    @invariant()
    def everything_agrees(self) -> None:
        self.check(self.batch)
        assert len(self.released) <= self.attached

    def teardown(self) -> None:
        living = self.walk(self.batch)
        sim.release_batch(self.batch)
        assert len(self.released) == self.attached
        for item in living:
            try:
                _ = item.base_meta
            except CorruptionError:
                continue
            raise AssertionError(f"{type(item).__name__} outlived its batch")


TestMetadata = Metadata.TestCase
TestMetadata.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
