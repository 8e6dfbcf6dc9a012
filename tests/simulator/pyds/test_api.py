"""The whole surface of pyds 1.2.0, name by name: what exists, what it reads, what it takes and what it refuses."""

import inspect
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyds
import pytest
from pyds import _enums, _generate, _page
from pyds._capsules import PyCapsule
from pyds._enum_base import Enum
from pyds._errors import CorruptionError, api

API = api()

# `char *` and number pointers that the compiled bindings let point to freed memory when they are assigned.
DANGLING = {
    "NvDsLabelInfo.pResult_label",
    "NvDsObjectSignature.signature",
    "NvOSD_MaskParams.data",
    *(
        f"{owner}.{name}"
        for owner in ("NvDsVehicleObjectExt", "NvDsPersonObjectExt", "NvDsFaceObjectWithExt")
        for name, recorded in API["classes"][owner]["attributes"].items()
        if recorded["get"].endswith("-> str")
    ),
}
# Pools follow from what was acquired; replacing one would release its metadata twice.
FIXED = {f"NvDsBatchMeta.{name}" for name in API["classes"]["NvDsBatchMeta"]["attributes"] if name.endswith("_pool")}
# C types that the compiled bindings never registered: TypeError on every access there.
UNREGISTERED = {"NvDsBatchMeta.meta_mutex", "NvDsMeta.meta"}


def attributes() -> Iterator[Any]:
    for owner, recorded in API["classes"].items():
        for name, attribute in recorded["attributes"].items():
            yield pytest.param(owner, name, attribute, id=f"{owner}.{name}")


def make(owner: str) -> Any:
    if owner == "NvDsBatchMeta":
        return pyds.nvds_create_batch_meta(1)
    return getattr(pyds, owner)._fresh()


def returned(attribute: dict[str, Any]) -> str:
    return str(attribute["get"]).rpartition("-> ")[2].removeprefix("pyds.").removeprefix("_")


def test_nothing_public_is_missing_and_nothing_is_added() -> None:
    names = {*API["classes"], *API["functions"], *API["enums"], *API["constants"]}
    public = {name for name in vars(pyds) if not name.startswith("_")}
    assert public == names


def test_the_committed_enums_are_what_the_generator_writes() -> None:
    assert Path(_enums.__file__).read_text(encoding="utf-8") == _generate.source()


def test_the_documentations_page_lists_every_name_as_it_stands() -> None:
    page = Path(__file__).parents[3] / "docs" / "simulator" / "pyds.md"
    text = page.read_text(encoding="utf-8")
    assert text == _page.source(), "write it again: python -m pyds._page > docs/simulator/pyds.md"
    for name in (*API["classes"], *API["functions"], *API["constants"]):
        assert f"`{name}`" in text


@pytest.mark.parametrize(("name", "members"), list(API["enums"].items()))
def test_an_enumeration_has_its_members_by_both_spellings(name: str, members: dict[str, int]) -> None:
    enum = getattr(pyds, name)
    assert {key: int(member) for key, member in enum.__members__.items()} == members
    for key, number in members.items():
        member = getattr(enum, key)
        assert getattr(pyds, key) == member == number == member.value
        assert repr(enum(number)) == f"<{name}.{enum(number).name}: {number}>"


def test_every_constant_has_its_number() -> None:
    assert {name: int(getattr(pyds, name)) for name in API["constants"]} == API["constants"]


@pytest.mark.parametrize(("owner", "name", "attribute"), list(attributes()))
def test_an_attribute_reads_as_its_type(owner: str, name: str, attribute: dict[str, Any]) -> None:
    full, struct = f"{owner}.{name}", make(owner)
    if full in UNREGISTERED:
        with pytest.raises(TypeError, match="Unable to convert function return value"):
            getattr(struct, name)
        return
    value, kind = getattr(struct, name), returned(attribute)
    plain = {"int": int, "float": float, "str": str, "bool": bool, "numpy.ndarray": np.ndarray}
    if value is None:
        assert kind in {"GList", "capsule"} or full in DANGLING or kind.startswith(("Nv", "float", "int"))
    elif kind in plain:
        assert type(value) is plain[kind]
    elif kind.startswith(("dict", "list")):
        assert type(value).__name__ == kind.partition("[")[0]
    else:
        assert type(value).__name__ == {"capsule": "PyCapsule"}.get(kind, kind)


@pytest.mark.parametrize(("owner", "name", "attribute"), list(attributes()))
def test_an_attribute_takes_its_type_and_refuses_the_rest(owner: str, name: str, attribute: dict[str, Any]) -> None:
    full, struct = f"{owner}.{name}", make(owner)
    if attribute["set"] is None:
        with pytest.raises(AttributeError):
            setattr(struct, name, 1)
        return
    if full in FIXED:
        with pytest.raises(CorruptionError, match=full):
            setattr(struct, name, pyds.NvDsMetaPool())
        return
    with pytest.raises(TypeError, match=re.escape(attribute["set"])):
        setattr(struct, name, object())
    takes = str(attribute["set"]).partition(", arg")[2]
    if full in UNREGISTERED or not takes:
        return
    kind = takes[3:].partition(")")[0].removeprefix("pyds.").removeprefix("_")
    good = sample(kind)
    if full in DANGLING:
        with pytest.raises(CorruptionError, match=full):
            setattr(struct, name, good)
        return
    setattr(struct, name, good)
    read = getattr(struct, name)
    if (
        kind in {"int", "float", "bool"}
        or kind.startswith(("dict", "list"))
        or (kind == "str" and returned(attribute) == "str")
    ):
        assert read == good
    elif kind == "str":
        assert pyds.get_string(read) == good
    elif isinstance(good, Enum):
        assert read == good


def sample(kind: str) -> Any:
    plain: dict[str, Any] = {
        "int": 1,
        "float": 0.5,
        "str": "abc",
        "bool": True,
        "capsule": PyCapsule(pyds.NvDsPayload()),
        "dict[int, int]": {3: 4},
        "dict[str, int]": {"a": 4},
        "dict[str, bool]": {"a": True},
        "list[str]": ["a", "b"],
    }
    if kind in plain:
        return plain[kind]
    made = getattr(pyds, kind)
    return made(1) if kind in API["enums"] else make(kind)


@pytest.mark.parametrize(("owner", "methods"), [(k, v["methods"]) for k, v in API["classes"].items()])
def test_a_class_constructs_and_casts_as_recorded(owner: str, methods: dict[str, Any]) -> None:
    made = getattr(pyds, owner)
    assert made.__module__ == "pyds"
    if "__init__" in methods:
        assert type(made()) is made
    else:
        with pytest.raises(TypeError, match="No constructor defined"):
            made()
    struct = make(owner)
    if "cast" not in methods:
        assert not hasattr(made, "cast")
        return
    assert made.cast(PyCapsule(struct)) is struct
    assert made.cast(struct) is struct
    address = pyds.get_ptr(PyCapsule(struct))
    if isinstance(methods["cast"], list):
        assert made.cast(address) is struct
        assert made.cast(0) is None
        with pytest.raises(CorruptionError, match=owner):
            made.cast(12345)
    else:
        with pytest.raises(TypeError, match="incompatible function arguments"):
            made.cast(address)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        made.cast("a")
    other = pyds.NvDsPayload() if owner != "NvDsPayload" else pyds.NvDsEvent()
    with pytest.raises(CorruptionError, match=owner):
        made.cast(PyCapsule(other))


@pytest.mark.parametrize(("owner", "methods"), [(k, v["methods"]) for k, v in API["classes"].items()])
def test_a_class_has_its_methods(owner: str, methods: dict[str, Any]) -> None:
    for name in methods:
        assert callable(getattr(getattr(pyds, owner), name))


@pytest.mark.parametrize(("name", "recorded"), list(API["functions"].items()))
def test_a_function_takes_the_recorded_arguments(name: str, recorded: Any) -> None:
    line = recorded if isinstance(recorded, str) else recorded[0].partition(". ")[2]
    inside = line[line.index("(") + 1 : line.rindex(") ->")]
    names = re.findall(r"(?:^|, )([A-Za-z_]\w*): ", inside)
    parameters = inspect.signature(getattr(pyds, name)).parameters
    assert len(parameters) == len(names)
    by_name = [key for key, value in parameters.items() if value.kind is not inspect.Parameter.POSITIONAL_ONLY]
    assert by_name == [key for key in names if not re.fullmatch(r"arg\d", key)]


NEEDS_HARDWARE = {name for name in API["functions"] if name.startswith("NvBufSurface")} | {"get_nvds_buf_surface_gpu"}


@pytest.mark.parametrize("name", sorted(set(API["functions"])))
def test_a_function_refuses_strangers_or_says_what_it_needs(name: str) -> None:
    function = getattr(pyds, name)
    count = len(inspect.signature(function).parameters)
    if name in NEEDS_HARDWARE:
        with pytest.raises(RuntimeError, match=rf"^{name}\(\) needs "):
            function(*[0] * count)
    elif count:
        with pytest.raises(TypeError, match=rf"^{name}\(\): incompatible function arguments"):
            function(*[object()] * count)


def test_an_enum_member_equals_its_number_and_is_no_int() -> None:
    member = pyds.NvDsMetaType.NVDS_OBJ_META
    assert not isinstance(member, int)
    assert (member == 3, member == 4, member is None, member == pyds.NVDS_OBJ_META) == (True, False, False, True)
    assert {member: 1}[pyds.NvDsMetaType(3)] == 1
    assert (str(member), member.name, [10, 11, 12, 13][member]) == ("NvDsMetaType.NVDS_OBJ_META", "NVDS_OBJ_META", 13)
    assert pickle.loads(pickle.dumps(member)) == member
    assert pyds.NvDsMetaType(8200).name == "???"
    with pytest.raises(TypeError, match="incompatible constructor arguments"):
        pyds.NvDsMetaType(3.0)


def test_an_enum_attribute_refuses_a_number() -> None:
    base = pyds.NvDsBaseMeta()
    with pytest.raises(TypeError, match=re.escape("(self: pyds.NvDsBaseMeta, arg0: pyds.NvDsMetaType) -> None")):
        base.meta_type = 7
    base.meta_type = pyds.NvDsMetaType(8200)
    assert base.meta_type == 8200
