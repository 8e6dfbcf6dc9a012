"""Protobuf text reads as protobuf's own library reads it, and each misfit is shown where it stands."""

import json
import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from hypothesis import given
from hypothesis import strategies as st

from dsconfig import protobuf_message, server_schema, triton_schema
from dsconfig.document import FaultKind
from dsconfig.protobuf_schema import FieldType, Schema

FILES = 6000
SCALARS = ("bool", "float", "int32", "int64", "string", "uint32", "uint64")
SCHEMAS = [(server_schema.SCHEMA, server_schema.ROOT), (triton_schema.SCHEMA, triton_schema.ROOT)]
INTEGERS = (
    "0",
    "1",
    "-1",
    "7",
    "0x1F",
    "017",
    "08",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967295",
    "-2147483649",
)
INTEGERS += ("4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616")
FLOATS = (
    "0.5",
    "-0.5",
    ".5",
    "5.",
    "1e3",
    "1E-3",
    "1f",
    "1.5f",
    "inf",
    "-inf",
    "Infinity",
    "nan",
    "1.2.3",
    "0x1",
    "01.5",
)
WORDS = (
    "true",
    "false",
    "True",
    "False",
    "t",
    "f",
    "TRUE",
    "IMAGE_FORMAT_RGB",
    "TYPE_FP32",
    "PROCESS_MODE_CLIP_OBJECTS",
)
STRINGS = (
    '"a"',
    "'a b'",
    '"a\\n\\tb"',
    '"a" "b"',
    "'it\\'s'",
    '"\\303\\244"',
    '"\\xc3\\xa4"',
    '"größe"',
    '""',
    '"\\377"',
    '"a\nb"',
    '"a',
)
# Without an octal number: for an enumeration the Python library takes none, and the C++ library does.
ANY = (*(number for number in INTEGERS if number != "017"), *FLOATS, *WORDS, *STRINGS, "{}", "[]", "")


def pool(schema: Schema) -> descriptor_pool.DescriptorPool:
    """The same schema for protobuf's library. Text knows fields by name alone, so their numbers are counted."""
    file = descriptor_pb2.FileDescriptorProto(name="test.proto", package="test", syntax="proto3")
    for name, words in schema.enums.items():
        enum = file.enum_type.add(name=name)
        for word, number in words.items():
            enum.value.add(name=word, number=number)
    for name, fields in schema.messages.items():
        message = file.message_type.add(name=name)
        choices: dict[int, int] = {}
        for own in fields.values():
            described(message, own, schema, choices)
    made = descriptor_pool.DescriptorPool()
    made.Add(file)
    return made


def described(message: Any, own: FieldType, schema: Schema, choices: dict[int, int]) -> None:
    field = message.field.add(name=own.name, number=len(message.field) + 1)
    field.label = field.LABEL_REPEATED if own.repeated else field.LABEL_OPTIONAL
    if own.kind in SCALARS:
        field.type = getattr(field, f"TYPE_{own.kind.upper()}")
    else:
        field.type = field.TYPE_ENUM if own.kind in schema.enums else field.TYPE_MESSAGE
        field.type_name = f".test.{own.kind}"
    if own.choice is not None:
        if own.choice not in choices:
            choices[own.choice] = len(message.oneof_decl)
            message.oneof_decl.add(name=f"choice_{own.choice}")
        field.oneof_index = choices[own.choice]


class Texts:
    """Texts by the schema, with the mistakes that people make."""

    def __init__(self, schema: Schema, seed: int) -> None:
        self.schema = schema
        self.chance = random.Random(seed)

    def message(self, kind: str, depth: int = 0) -> str:
        fields = list(self.schema.messages[kind].values())
        chosen = self.chance.sample(fields, min(len(fields), self.chance.randint(0, 4)))
        if chosen and self.chance.random() < 0.05:
            chosen.append(self.chance.choice(chosen))
        separator = self.chance.choice((" ", "\n", " # note\n", ", ", "; ", "\n  "))
        return separator.join(self.field(own, depth) for own in chosen)

    def field(self, own: FieldType, depth: int) -> str:
        name = own.name if self.chance.random() < 0.98 else f"{own.name}s"
        colon = self.chance.choice((":", ": ", " : "))
        if own.kind in self.schema.messages:
            colon = self.chance.choice((colon, " "))
        elif self.chance.random() < 0.02:
            colon = " "
        if own.repeated and self.chance.random() < 0.6:
            items = [self.value(own, depth) for _ in range(self.chance.randint(0, 3))]
            return f"{name}{colon}[{self.chance.choice((',', ', ')).join(items)}]"
        return f"{name}{colon}{self.value(own, depth)}"

    def value(self, own: FieldType, depth: int) -> str:
        if self.chance.random() < 0.03:
            return self.chance.choice(ANY)
        if own.kind in self.schema.messages:
            if depth > 5:
                return "{}"
            opening, closing = self.chance.choice(("{}", "{}", "<>"))
            return f"{opening} {self.message(own.kind, depth + 1)} {closing}"
        if own.kind in self.schema.enums:
            return self.chance.choice((*self.schema.enums[own.kind], "0", "1"))
        usual = {"string": STRINGS[:8], "bool": (*WORDS[:6], "0", "1"), "float": (*INTEGERS[:7], *FLOATS[:12])}
        return self.chance.choice(usual.get(own.kind, (*INTEGERS[:7] * 4, *INTEGERS[7:])))  # bounds are rarer


def theirs(text: str, maker: Callable[[], Any], own_pool: Any) -> Any:
    try:
        return written(text_format.Parse(text, maker(), descriptor_pool=own_pool))
    except (text_format.ParseError, ValueError):
        return "refused"


def written(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, value in message.ListFields():
        items = value if field.is_repeated else [value]
        plain = [written(item) if field.type == field.TYPE_MESSAGE else item for item in items]
        found[field.name] = plain if field.is_repeated else plain[0]
    return found


def ours(text: str, schema: Schema, root: str) -> Any:
    reading = protobuf_message.read(text, schema, root)
    return "refused" if reading.faults else reading.message.as_dict()


def same(our: Any, their: Any) -> bool:
    """Protobuf lists no empty lists and no defaults of fields without presence, and keeps floats in 32 bits."""
    if isinstance(our, dict) and isinstance(their, dict):
        return set(their) <= set(our) and all(
            same(value, their[key]) if key in their else value in ([], 0, "", False) for key, value in our.items()
        )
    if isinstance(our, list) and isinstance(their, list):
        return len(our) == len(their) and all(map(same, our, their))
    if isinstance(our, float) and isinstance(their, float):
        return (math.isnan(our) and math.isnan(their)) or math.isclose(our, their, rel_tol=1e-6) or our == their
    return bool(our == their)


@pytest.mark.parametrize(("schema", "root"), SCHEMAS, ids=[root for _, root in SCHEMAS])
def test_texts_read_as_protobuf_itself_reads_them(schema: Schema, root: str) -> None:
    own_pool = pool(schema)
    maker = message_factory.GetMessageClass(own_pool.FindMessageTypeByName(f"test.{root}"))
    texts = Texts(schema, seed=20261130)
    counts = {True: 0, False: 0}
    for _ in range(FILES):
        text = texts.message(root)
        our, their = ours(text, schema, root), theirs(text, maker, own_pool)
        counts[their == "refused"] += 1
        assert same(our, their), f"{text}\nours: {json.dumps(our)}\ntheirs: {their}"
    assert min(counts.values()) > FILES / 10, f"the texts must be of both kinds: {counts}"


@pytest.mark.parametrize(
    ("text", "kind", "line", "column", "said"),
    [
        ("infer_config {\n  unique_idd: 1\n}", FaultKind.UNKNOWN_KEY, 2, 3, "no field 'unique_idd' in 'infer_config'"),
        ("infer_config {\n  unique_id: -1\n}", FaultKind.BAD_VALUE, 2, 14, "an integer of 0 or more, not -1"),
        ("infer_config { unique_id: 1 unique_id: 2 }", FaultKind.BAD_VALUE, 1, 29, "stands here twice"),
        (
            "input_control { interval: 1 secondary_reinfer_interval: 2 }",
            FaultKind.BAD_VALUE,
            1,
            29,
            "exclude each other",
        ),
        ("infer_config {\n unique_id: 1\n", FaultKind.UNREADABLE, 2, 13, "opened and not closed"),
        (
            "infer_config { backend { triton { model_name: yolo } } }",
            FaultKind.BAD_VALUE,
            1,
            47,
            "a text in quotes, not yolo",
        ),
        ("infer_config { preprocess { network_format: RGB } }", FaultKind.BAD_VALUE, 1, 45, "IMAGE_FORMAT_RGB"),
        ("infer_config { gpu_ids: 0, max_batch_size: [1] }", FaultKind.BAD_VALUE, 1, 28, "one value, not a list"),
        ("infer_config 1", FaultKind.UNREADABLE, 1, 1, "':' is missing"),
        ("infer_config: 1", FaultKind.BAD_VALUE, 1, 1, "takes a message"),
        ('a: "x', FaultKind.UNREADABLE, 1, 4, "not closed"),
        ("$", FaultKind.UNREADABLE, 1, 1, "no meaning"),
    ],
)
def test_a_misfit_is_shown_where_it_stands(text: str, kind: FaultKind, line: int, column: int, said: str) -> None:
    reading = protobuf_message.read(text, server_schema.SCHEMA, server_schema.ROOT)
    [fault] = reading.faults
    assert (fault.kind, fault.line, fault.column) == (kind, line, column)
    assert said in fault.message


def test_a_near_name_is_offered() -> None:
    reading = protobuf_message.read("infer_config { unique_idd: 1 }", server_schema.SCHEMA, server_schema.ROOT)
    assert reading.faults[0].hint == "Did you mean 'unique_id'?"


def test_what_is_not_written_has_protobufs_defaults() -> None:
    message = protobuf_message.read("infer_config { gpu_ids: [0] }", server_schema.SCHEMA, server_schema.ROOT).message
    infer = message.infer_config
    assert (infer.gpu_ids, infer.unique_id, infer.backend.triton.model_name) == ([0], 0, "")
    assert (infer.has("backend"), infer.postprocess.one_of("detection", "other")) == (False, None)
    with pytest.raises(AttributeError, match="no field 'unique'"):
        _ = infer.unique


@given(st.text(max_size=200) | st.text("{}<>[]:,;\"'\\ \n#-0infer_config", max_size=60))
def test_any_text_is_a_message_or_has_faults(text: str) -> None:
    for schema, root in SCHEMAS:
        reading = protobuf_message.read(text, schema, root)
        assert all(fault.message and fault.line >= 1 for fault in reading.faults)
