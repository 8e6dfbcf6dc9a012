"""Adding, removing, clearing, copying and locking: lists and counts stay true, and what would dangle raises."""

import copy
import gc
import pickle
import threading
import weakref
from typing import TYPE_CHECKING, Any

import pyds
import pytest
from pyds import _simulator as sim
from pyds._capsules import PyCapsule
from pyds._errors import CorruptionError

if TYPE_CHECKING:
    from collections.abc import Callable

# What hangs where: container -> (acquire, add, remove, list, clear, copy).
KINDS: dict[str, tuple[str, str, str, str, str | None, str | None]] = {
    "frame of batch": (
        "nvds_acquire_frame_meta_from_pool",
        "nvds_add_frame_meta_to_batch",
        "nvds_remove_frame_meta_from_batch",
        "frame_meta_list",
        "nvds_clear_frame_meta_list",
        "nvds_copy_frame_meta_list",
    ),
    "display of frame": (
        "nvds_acquire_display_meta_from_pool",
        "nvds_add_display_meta_to_frame",
        "nvds_remove_display_meta_from_frame",
        "display_meta_list",
        "nvds_clear_display_meta_list",
        "nvds_copy_display_meta_list",
    ),
    "user of batch": (
        "nvds_acquire_user_meta_from_pool",
        "nvds_add_user_meta_to_batch",
        "nvds_remove_user_meta_from_batch",
        "batch_user_meta_list",
        "nvds_clear_batch_user_meta_list",
        "nvds_copy_batch_user_meta_list",
    ),
    "user of frame": (
        "nvds_acquire_user_meta_from_pool",
        "nvds_add_user_meta_to_frame",
        "nvds_remove_user_meta_from_frame",
        "frame_user_meta_list",
        "nvds_clear_frame_user_meta_list",
        "nvds_copy_frame_user_meta_list",
    ),
    "user of object": (
        "nvds_acquire_user_meta_from_pool",
        "nvds_add_user_meta_to_obj",
        "nvds_remove_user_meta_from_object",
        "obj_user_meta_list",
        "nvds_clear_obj_user_meta_list",
        None,
    ),
    "classifier of object": (
        "nvds_acquire_classifier_meta_from_pool",
        "nvds_add_classifier_meta_to_object",
        "nvds_remove_classifier_meta_from_obj",
        "classifier_meta_list",
        None,
        None,
    ),
    "label of classifier": (
        "nvds_acquire_label_info_meta_from_pool",
        "nvds_add_label_info_meta_to_classifier",
        "nvds_remove_label_info_meta_from_classifier",
        "label_info_list",
        None,
        None,
    ),
}


def container_of(kind: str, batch: Any) -> Any:
    place = kind.rpartition(" ")[2]
    acquire: dict[str, Callable[[Any], Any]] = {
        "batch": lambda batch: batch,
        "frame": pyds.nvds_acquire_frame_meta_from_pool,
        "object": pyds.nvds_acquire_obj_meta_from_pool,
        "classifier": pyds.nvds_acquire_classifier_meta_from_pool,
    }
    return acquire[place](batch)


APPENDED = ("frame of batch", "user of batch")
"""The lists that grow at their end; all others grow at their head."""


def listed(container: Any, name: str) -> list[Any]:
    return list(sim.items(getattr(container, name)))


@pytest.fixture
def empty() -> Any:
    return pyds.nvds_create_batch_meta(4)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_added_is_listed_in_the_librarys_order_and_removed_alone(kind: str, empty: Any) -> None:
    acquire, add, remove, head, _, _ = KINDS[kind]
    container = container_of(kind, empty)
    made = [getattr(pyds, acquire)(empty) for _ in range(3)]
    for meta in made:
        getattr(pyds, add)(container, meta)
    appended = kind in APPENDED
    assert listed(container, head) == (made if appended else made[::-1])
    node = getattr(container, head).next
    getattr(pyds, remove)(container, made[1])
    assert (node.data, node.next, node.prev) == (None, None, None)
    assert listed(container, head) == ([made[0], made[2]] if appended else [made[2], made[0]])
    assert getattr(container, head).next.prev is getattr(container, head)
    with pytest.raises(CorruptionError, match=f"{remove}.*is not in the"):
        getattr(pyds, remove)(container, made[1])


@pytest.mark.parametrize("kind", KINDS)
def test_adding_twice_or_after_removal_raises(kind: str, empty: Any) -> None:
    acquire, add, remove, _, _, _ = KINDS[kind]
    container = container_of(kind, empty)
    meta = getattr(pyds, acquire)(empty)
    getattr(pyds, add)(container, meta)
    with pytest.raises(CorruptionError, match=f"{add}.*is in a list already"):
        getattr(pyds, add)(container, meta)
    getattr(pyds, remove)(container, meta)
    with pytest.raises(CorruptionError, match=f"{add}.*went back to its pool"):
        getattr(pyds, add)(container, meta)


@pytest.mark.parametrize("kind", KINDS)
def test_mixing_batches_raises(kind: str, empty: Any) -> None:
    acquire, add, _, _, _, _ = KINDS[kind]
    stranger = getattr(pyds, acquire)(pyds.nvds_create_batch_meta(1))
    with pytest.raises(CorruptionError, match="not acquired from the same batch"):
        getattr(pyds, add)(container_of(kind, empty), stranger)


@pytest.mark.parametrize("kind", [kind for kind, names in KINDS.items() if names[4]])
def test_a_list_is_cleared(kind: str, empty: Any) -> None:
    acquire, add, _, head, clear, _ = KINDS[kind]
    container = container_of(kind, empty)
    for _ in range(2):
        getattr(pyds, add)(container, getattr(pyds, acquire)(empty))
    function = getattr(pyds, str(clear))
    function(container, getattr(container, head))
    assert getattr(container, head) is None
    function(container, None)
    foreign = pyds.GList()
    with pytest.raises(CorruptionError, match=f"{clear}.*the list is not"):
        function(container, foreign)


@pytest.mark.parametrize("kind", [kind for kind, names in KINDS.items() if names[5]])
def test_a_list_is_copied_behind_what_is_there(kind: str, empty: Any) -> None:
    acquire, add, _, head, _, copy = KINDS[kind]
    container = container_of(kind, empty)
    for _ in range(2):
        getattr(pyds, add)(container, getattr(pyds, acquire)(empty))
    other_batch = pyds.nvds_create_batch_meta(4)
    other = container_of(kind, other_batch)
    for _ in range(2):
        getattr(pyds, str(copy))(getattr(container, head), other)
    # user metadata without a copy function are left out
    assert len(listed(other, head)) == (0 if kind.startswith("user") else 4)
    assert not set(map(id, listed(other, head))) & set(map(id, listed(container, head)))


def test_copied_objects_keep_their_values_lose_their_parents_and_come_out_reversed(batch: Any, frame: Any) -> None:
    parent = pyds.nvds_acquire_obj_meta_from_pool(batch)
    parent.rect_params.left, parent.text_params.display_text = 2.5, "text"
    pyds.nvds_add_obj_meta_to_frame(frame, parent, None)
    child = pyds.nvds_acquire_obj_meta_from_pool(batch)
    pyds.nvds_add_obj_meta_to_frame(frame, child, parent)
    target = pyds.nvds_acquire_frame_meta_from_pool(pyds.nvds_create_batch_meta(1))
    pyds.nvds_copy_obj_meta_list(frame.obj_meta_list, target)
    new_parent, new_child = listed(target, "obj_meta_list")
    assert new_child.parent is None
    assert new_parent.rect_params.left == 2.5
    assert pyds.get_string(new_parent.text_params.display_text) == "text"
    assert new_parent.text_params.display_text != parent.text_params.display_text
    assert target.num_obj_meta == 2
    assert new_parent.base_meta.batch_meta is target.base_meta.batch_meta


def test_clear_meta_list_empties_any_list_of_the_batch(batch: Any, frame: Any) -> None:
    pyds.nvds_add_obj_meta_to_frame(frame, pyds.nvds_acquire_obj_meta_from_pool(batch), None)
    assert batch.obj_meta_pool.num_full_elements == 1
    frame.obj_meta_list = pyds.nvds_clear_meta_list(batch, frame.obj_meta_list, batch.obj_meta_pool)
    assert (frame.obj_meta_list, frame.num_obj_meta) == (None, 0)
    assert batch.obj_meta_pool.num_full_elements == 0
    assert batch.obj_meta_pool.meta_type == pyds.NvDsMetaType.NVDS_OBJ_META


def test_removing_a_frame_takes_its_objects_along(batch: Any, frame: Any) -> None:
    made = pyds.nvds_acquire_obj_meta_from_pool(batch)
    pyds.nvds_add_obj_meta_to_frame(frame, made, None)
    pyds.nvds_remove_frame_meta_from_batch(batch, frame)
    assert (batch.frame_meta_list, batch.num_frames_in_batch) == (None, 0)
    assert (frame.obj_meta_list, frame.num_obj_meta) == (None, 0)
    assert made.class_id == 0


def test_a_removed_structure_is_zeros_also_through_what_was_taken_out_of_it(batch: Any, frame: Any) -> None:
    made = pyds.nvds_acquire_obj_meta_from_pool(batch)
    made.class_id, made.obj_label, made.confidence = 5, "car", 0.5
    made.text_params.display_text = "text"
    made.misc_obj_info[1] = 7
    box, colour, misc = made.rect_params, made.rect_params.border_color, made.misc_obj_info
    box.left, colour.red = 3, 1
    pyds.nvds_add_obj_meta_to_frame(frame, made, None)
    pyds.nvds_remove_obj_meta_from_frame(frame, made)
    assert (made.class_id, made.obj_label, made.confidence, made.text_params.display_text) == (0, "", 0, 0)
    assert (box.left, colour.red, misc.tolist()) == (0, 0, [0, 0, 0, 0])


def test_a_pool_gives_out_what_came_back_last(batch: Any, frame: Any) -> None:
    made = [pyds.nvds_acquire_obj_meta_from_pool(batch) for _ in range(3)]
    for each in made:
        pyds.nvds_add_obj_meta_to_frame(frame, each, None)
    for each in made[:2]:
        pyds.nvds_remove_obj_meta_from_frame(frame, each)
    assert pyds.nvds_acquire_obj_meta_from_pool(batch) is made[1]
    assert pyds.nvds_acquire_obj_meta_from_pool(batch) is made[0]
    assert pyds.nvds_acquire_obj_meta_from_pool(batch) not in made


def test_nothing_hangs_on_what_was_removed(batch: Any, frame: Any) -> None:
    made = pyds.nvds_acquire_obj_meta_from_pool(batch)
    pyds.nvds_add_obj_meta_to_frame(frame, made, None)
    pyds.nvds_remove_obj_meta_from_frame(frame, made)
    with pytest.raises(CorruptionError, match=r"NvDsObjectMeta was removed and went back to its pool"):
        pyds.nvds_add_classifier_meta_to_object(made, pyds.nvds_acquire_classifier_meta_from_pool(batch))


def test_metadata_are_copied_by_the_library_alone(batch: Any) -> None:
    for function in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"cannot pickle 'pyds\.NvDsObjectMeta' object"):
            function(pyds.nvds_acquire_obj_meta_from_pool(batch))


def test_a_member_of_an_enumeration_takes_no_attribute() -> None:
    member = pyds.NvDsMetaType.NVDS_USER_META
    for name in ("x", "value", "_value"):
        with pytest.raises(AttributeError, match="NvDsMetaType"):
            setattr(member, name, 1)
    assert copy.deepcopy(member) == pickle.loads(pickle.dumps(member)) == member


def test_numbers_have_the_types_of_the_headers() -> None:
    colour, custom, rectangle = pyds.NvOSD_ColorParams(), pyds.CustomDataStruct(), pyds.RectDim()
    colour.set(0.1, 0, 0, 1)
    colour.green = 0.7
    custom.structId = rectangle.tracking_id = rectangle.roi_status = -1
    assert (colour.red, colour.green) == (0.1, 0.7)
    assert (custom.structId, rectangle.tracking_id, rectangle.roi_status) == (-1, -1, -1)
    assert pyds.NvDsInferDims().d.dtype == "uint32"
    assert pyds.NvBufSurfacePlaneParams().pitch.dtype == "int32"


def test_a_structure_assigned_to_a_field_is_copied_by_value(batch: Any) -> None:
    made = pyds.nvds_acquire_obj_meta_from_pool(batch)
    rect = pyds.NvOSD_RectParams()
    rect.left = 3.5
    rect.border_color.set(1, 0, 0, 1)
    made.rect_params = rect
    rect.left, rect.border_color.red = 9, 0.5
    assert (made.rect_params.left, made.rect_params.border_color.red) == (3.5, 1)


def test_a_batch_made_in_python_has_no_pools() -> None:
    with pytest.raises(CorruptionError, match="nvds_create_batch_meta"):
        pyds.nvds_acquire_frame_meta_from_pool(pyds.NvDsBatchMeta())


def test_a_destroyed_batch_takes_its_metadata_along(batch: Any, frame: Any) -> None:
    copy = pyds.NvDsBatchMeta.cast(pyds.nvds_batch_meta_copy_func(PyCapsule(batch), None))
    assert pyds.nvds_destroy_batch_meta(batch) == 1
    for use in (lambda: frame.frame_num, lambda: pyds.nvds_acquire_obj_meta_from_pool(batch)):
        with pytest.raises(CorruptionError, match=r"NvDs(Frame|Batch)Meta"):
            use()
    assert copy.num_frames_in_batch == 1
    pyds.nvds_batch_meta_release_func(PyCapsule(copy), None)
    with pytest.raises(CorruptionError, match=r"NvDsBatchMeta\.num_frames_in_batch"):
        _ = copy.num_frames_in_batch


def test_the_lock_is_recursive_and_keeps_other_threads_out(batch: Any) -> None:
    pyds.nvds_acquire_meta_lock(batch)
    pyds.nvds_acquire_meta_lock(batch)
    entered = threading.Event()

    def other() -> None:
        pyds.nvds_acquire_meta_lock(batch)
        entered.set()
        pyds.nvds_release_meta_lock(batch)

    thread = threading.Thread(target=other)
    thread.start()
    pyds.nvds_release_meta_lock(batch)
    assert not entered.is_set()
    pyds.nvds_release_meta_lock(batch)
    thread.join()
    assert entered.is_set()
    with pytest.raises(CorruptionError, match="does not hold"):
        pyds.nvds_release_meta_lock(batch)


@pytest.mark.parametrize(
    ("function", "owner"),
    [
        ("glist_get_nvds_batch_meta", "NvDsBatchMeta"),
        ("glist_get_nvds_frame_meta", "NvDsFrameMeta"),
        ("glist_get_nvds_object_meta", "NvDsObjectMeta"),
        ("glist_get_nvds_classifier_meta", "NvDsClassifierMeta"),
        ("glist_get_nvds_label_info", "NvDsLabelInfo"),
        ("glist_get_nvds_display_meta", "NvDsDisplayMeta"),
        ("glist_get_nvds_user_meta", "NvDsUserMeta"),
        ("glist_get_nvds_tensor_meta", "NvDsInferTensorMeta"),
        ("glist_get_nvds_event_msg_meta", "NvDsEventMsgMeta"),
        ("glist_get_nvds_person_object", "NvDsPersonObject"),
        ("glist_get_nvds_vehicle_object", "NvDsVehicleObject"),
        ("glist_get_nvds_Surface_Params", "NvBufSurfaceParams"),
    ],
)
def test_the_older_casts_still_work(function: str, owner: str) -> None:
    struct = getattr(pyds, owner)()
    assert getattr(pyds, function)(PyCapsule(struct)) is struct
    with pytest.raises(CorruptionError, match=owner):
        getattr(pyds, function)(PyCapsule(pyds.NvDsPayload()))


def test_a_released_batch_leaves_nothing_to_the_cycle_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        batch = sim.new_batch(2)
        for _ in range(2):
            frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
            pyds.nvds_add_frame_meta_to_batch(batch, frame)
            parent = None
            for _ in range(3):
                made = pyds.nvds_acquire_obj_meta_from_pool(batch)
                made.base_meta.meta_type = pyds.NvDsMetaType.NVDS_OBJ_META
                made.text_params.font_params.font_name = "Serif"
                pyds.nvds_add_obj_meta_to_frame(frame, made, parent)
                parent = made
            display = pyds.nvds_acquire_display_meta_from_pool(batch)
            display.text_params[3].display_text = "text"
            pyds.nvds_add_display_meta_to_frame(frame, display)
            sim.add_user_data(frame, pyds.NvDsMetaType.NVDS_USER_META, pyds.NvDsPayload())
        watched = [weakref.ref(item) for item in (batch, *batch._issued)]
        sim.release_batch(batch)
        del batch, frame, parent, made, display
        assert [reference() for reference in watched if reference() is not None] == []
    finally:
        gc.enable()


def test_a_small_integer_and_an_equal_colour_are_stored_as_floats() -> None:
    rect, colour = pyds.NvOSD_RectParams(), pyds.NvOSD_ColorParams()
    rect.left, rect.top = 3, 2**24 + 1
    colour.set(1, 0, 0, 0.1)
    colour.set(1.0, 0.0, 0.0, 0.1)
    assert [type(value) for value in (rect.left, rect.top, colour.red)] == [float] * 3
    assert (rect.left, rect.top, colour.alpha) == (3.0, 16777216.0, 0.1)


@pytest.mark.parametrize("channels", [("1", 0, 0, 1), (None, 0, 0, 1), ([], 0, 0, 1), (10**400, 0, 0, 1)])
def test_a_colour_of_something_else_is_refused_each_time(channels: tuple[object, ...]) -> None:
    for _ in range(2):
        with pytest.raises(TypeError, match="set"):
            pyds.NvOSD_ColorParams().set(*channels)


def test_the_memory_of_a_text_lives_until_its_structure_ends_however_often_the_text_changes() -> None:
    batch = pyds.nvds_create_batch_meta(1)
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
    pyds.nvds_add_frame_meta_to_batch(batch, frame)
    obj = pyds.nvds_acquire_obj_meta_from_pool(batch)
    pyds.nvds_add_obj_meta_to_frame(frame, obj, None)
    text = obj.text_params
    text.display_text = "first"
    first = text.display_text
    text.display_text = "second"
    text.display_text = "third"
    third = text.display_text
    assert (pyds.get_string(first), pyds.get_string(third)) == ("first", "third")
    pyds.nvds_destroy_batch_meta(batch)
    for address in (first, third):
        with pytest.raises(CorruptionError, match="no such buffer"):
            pyds.free_buffer(address)
