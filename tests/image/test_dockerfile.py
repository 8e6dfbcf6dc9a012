"""The rendered Dockerfiles: goldens that a human reviews, and what must hold for all of them."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azdacli import __version__
from azdacli.errors import SpecError
from azdacli.image import catalog
from azdacli.image.dockerfile import PlacedPart, copied, render, shell, value
from azdacli.image.spec import ImageSpec, Target
from tests.image.dockerfile_words import expanded

GOLDEN = Path(__file__).parent.parent / "golden" / "dockerfiles"
CATALOG = catalog.load()
PARTS = (
    PlacedPart(context="assets/0-models", root=PurePosixPath("/custom-assets")),
    PlacedPart(context="assets/0-code", root=PurePosixPath("/custom-assets")),
)
LABELS = {"io.azda.assets": "[]"}


def specs() -> Iterator[tuple[str, ImageSpec]]:
    for release in CATALOG.releases.values():
        for target, hardware in release.hardware.items():
            common = {"release": release.version, "target": target, "platform": hardware.platform}
            name = f"{release.version}-{target.value}"
            for variant in hardware.images:
                yield f"{name}-{variant}", ImageSpec(**common, variant=variant)
            yield f"{name}-slim", ImageSpec(**common, variant="triton", backends=("onnxruntime", "python"))
    yield "cpu", ImageSpec(release=CATALOG.default, target=Target.CPU, platform="linux/amd64")
    yield (
        "everything",
        ImageSpec(
            release="7.1",
            target=Target.JETSON,
            platform="linux/arm64",
            variant="triton",
            backends=("pytorch",),
            run=("pip install scipy==1.11.4", "echo one\necho two"),
            base_registry="mirror.example.com/nvidia-cache",
            labels=(("com.example.team", 'the "edge" $team'),),
            pip_index_url="https://pypi.example.com/simple",
            ca_bundle=True,
            pyds_wheel=("pyds-1.2.0-cp310-cp310-linux_aarch64.whl", "ab" * 32),
        ),
    )


SPECS = dict(specs())
every_spec = pytest.mark.parametrize("name", SPECS)


def rendered(name: str) -> str:
    return render(SPECS[name], CATALOG, parts=PARTS, labels=LABELS).replace(__version__, "VERSION")


def instructions(text: str) -> list[str]:
    """Join continued lines and leave out comments and blank lines, as an engine does."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [line for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


@every_spec
def test_a_dockerfile_is_the_golden_one(name: str) -> None:
    path = GOLDEN / f"{name}.Dockerfile"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(rendered(name), encoding="utf-8")
    assert rendered(name) == path.read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(SPECS)


@every_spec
def test_every_copied_stage_is_named_earlier(name: str) -> None:
    stages: set[str] = set()
    for line in instructions(rendered(name)):
        words = line.split()
        if words[0] == "FROM" and "AS" in words:
            stages.add(words[3])
        for stage in re.findall(r"--from=(\S+)", line):
            assert stage in stages


@every_spec
def test_every_from_is_a_stage_or_comes_from_the_catalog(name: str) -> None:
    spec = SPECS[name]
    images = {i for r in CATALOG.releases.values() for h in r.hardware.values() for i in h.images.values()}
    if spec.base_registry:
        images = {f"{spec.base_registry}/{i.split('/', 1)[1]}" for i in images}
    stages: set[str] = set()
    for line in instructions(rendered(name)):
        words = line.split()
        if words[0] == "FROM":
            assert words[1] in images | stages | {CATALOG.cpu.image}
            stages.update(words[3:])


@every_spec
def test_nothing_unpinned_is_fetched(name: str) -> None:
    for line in instructions(rendered(name)):
        if line.startswith('RUN ["'):
            continue  # the user's own
        assert ":latest" not in line
        assert "--upgrade" not in line
        assert "--pre" not in line.split()
        for url in re.findall(r"https://\S+", line):
            assert line.startswith(("ARG", "LABEL")) or re.search(r"\d+\.\d+|deepstream_python_apps$", url), url
        if "git clone" in line:
            assert "--branch v" in line
            assert "git rev-parse HEAD | grep -q '^" in line
        if "pip install" in line:
            assert "--require-hashes" in line or "--no-index" in line or re.search(r"pyds-[\d.]+-", line)


@every_spec
def test_no_syntax_needs_buildkit(name: str) -> None:
    text = rendered(name)
    assert not text.startswith("# syntax")
    for line in instructions(text):
        assert "--mount" not in line
        assert "--link" not in line
        assert "<<" not in line
        assert "--chmod" not in line


@every_spec
def test_the_entrypoint_is_in_exec_form_and_root_does_not_run_it(name: str) -> None:
    lines = instructions(rendered(name))
    entry = [line for line in lines if line.startswith("ENTRYPOINT")]
    assert [json.loads(line.removeprefix("ENTRYPOINT ")) for line in entry] == [["python3", "-m", "azda_runtime"]]
    # Kubernetes tells root by number alone (runAsNonRoot).
    assert [line for line in lines if line.startswith("USER")][-1] == "USER 10001"


@every_spec
def test_it_serves_and_its_health_is_checked(name: str) -> None:
    lines = instructions(rendered(name))
    assert [line for line in lines if line.startswith("CMD")] == ['CMD ["serve"]']
    [check] = [line for line in lines if line.startswith("HEALTHCHECK")]
    assert check.endswith('CMD ["python3", "-m", "azda_runtime", "health"]')


@every_spec
def test_the_simulator_is_for_a_cpu_alone(name: str) -> None:
    assert ("simulator" in rendered(name)) is (SPECS[name].target is Target.CPU)


@every_spec
def test_the_assets_are_the_last_layers_and_each_has_its_own(name: str) -> None:
    changing = [line for line in instructions(rendered(name)) if line.split()[0] in {"RUN", "COPY", "ADD"}]
    assert [line.split('"')[1] for line in changing[-3:]] == ["assets/0-models/", "assets/0-code/", "build/assets.json"]


@every_spec
def test_certificates_stay_out_of_the_final_stage(name: str) -> None:
    final = rendered(name).split("\nFROM ")[-1]
    assert "ca-bundle" not in final


@given(st.text(min_size=1))
def test_a_command_is_always_one_instruction(command: str) -> None:
    assert "\n" not in shell(command)
    assert json.loads(shell(command)) == ["/bin/sh", "-c", command]


# What a reader of Dockerfiles looks at, among all else.
READ = st.sampled_from("\\$'\"{} aé") | st.characters(blacklist_categories=("Cc", "Cs"))
PIECES = st.sampled_from(["$HOME", "${A}", "\\$A", '\\"', "\\\\", "it's", 'a "word"', "\\a"])
TYPED = st.lists(PIECES | st.text(alphabet=READ, min_size=1), min_size=1).map("".join)


@given(TYPED)
def test_a_target_is_always_one_operand(target: str) -> None:
    source, written = json.loads(copied("assets/0-code/", f"/{target}"))
    assert source == "assets/0-code/"
    assert expanded(written).rstrip("/") == f"/{target}".rstrip("/")


@given(TYPED | st.text())
def test_a_value_is_quoted_or_refused(text: str) -> None:
    if re.search(r"[\x00-\x1f\x7f]", text):
        with pytest.raises(SpecError):
            value(text)
    else:
        assert expanded(value(text)) == text


def test_a_backend_that_the_release_lacks_is_an_error_that_lists_what_it_has() -> None:
    spec = ImageSpec(
        release="9.1", target=Target.DGPU, platform="linux/amd64", variant="triton", backends=("tensorflow",)
    )
    with pytest.raises(SpecError, match="no Triton backend 'tensorflow'") as caught:
        render(spec, CATALOG)
    assert "onnxruntime" in str(caught.value.hint)


def test_a_variant_that_the_release_lacks_is_an_error_that_lists_the_variants() -> None:
    spec = ImageSpec(release="9.1", target=Target.DGPU, platform="linux/amd64", variant="gc-triton-devel")
    with pytest.raises(SpecError, match="no 'gc-triton-devel' image") as caught:
        render(spec, CATALOG)
    assert "samples, triton" in str(caught.value.hint)
    assert "7.1 (samples, triton, gc-triton-devel)" in str(caught.value.hint)


def final_layers(text: str) -> list[str]:
    """The instructions that make the image itself: of the last stage, and of those that it stands on."""
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]
    named = {match[2]: stage for stage in stages if (match := re.match(r"(\S+) AS (\S+)", stage))}
    found, stage = [], stages[-1]
    while True:
        found.append(stage)
        base = stage.split(maxsplit=1)[0]
        if base not in named:
            return [line for part in reversed(found) for line in instructions(part)]
        stage = named[base]


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if not spec.run])
def test_the_image_has_no_pip_no_compiler_and_no_program_with_anothers_rights(name: str) -> None:
    installed = [line for line in final_layers(rendered(name)) if "apt-get install" in line]
    assert len(installed) == 1
    assert not re.search(r"python3-pip|build-essential|gcc|g\+\+|cmake|ninja", installed[0])
    # In the instruction that installs: a later one would leave them in the layer below.
    assert installed[0].endswith("-perm /6000 -exec chmod a-s {} +")


def test_pip_is_there_for_the_commands_of_run_and_does_not_stay() -> None:
    spec = ImageSpec(release="7.1", target=Target.DGPU, platform="linux/amd64", run=("pip install scipy",))
    lines = final_layers(render(spec, CATALOG, parts=PARTS, labels=LABELS))
    run = next(number for number, line in enumerate(lines) if "pip install scipy" in line)
    assert "python3-pip" in lines[run - 1]
    assert "dpkg --purge python3-pip" in lines[run + 1]
    everything = final_layers(rendered("everything"))
    assert not any("python3-pip" in line for line in everything)  # the commands run in a stage of their own


@pytest.mark.parametrize(
    "image",
    ["--platform=linux/arm64", "-x", "a b", "debian\nRUN id", "debian:12\n", "$IMAGE", '"debian"', "", "a" * 600],
)
def test_a_base_image_is_a_name_and_never_a_flag(image: str) -> None:
    with pytest.raises(SpecError, match="--base-image"):
        ImageSpec(release="7.1", target=Target.CPU, platform="linux/amd64", base_image=image)


@pytest.mark.parametrize("registry", ["--x", "a b", "a\n", "https://mirror.example", "$X", "", "a/b/../c d"])
def test_a_mirror_is_a_name_and_never_a_flag(registry: str) -> None:
    with pytest.raises(SpecError, match="--base-registry"):
        ImageSpec(release="7.1", target=Target.DGPU, platform="linux/amd64", base_registry=registry)


@pytest.mark.parametrize("image", ["debian:12-slim", "[::1]:5000/a/b:1", "localhost:5000/a@sha256:" + "a" * 64])
def test_a_base_image_of_any_kind_of_name_is_taken(image: str) -> None:
    spec = ImageSpec(release="7.1", target=Target.CPU, platform="linux/amd64", base_image=image)
    assert f"FROM {image} AS system" in render(spec, CATALOG)


@pytest.mark.parametrize(
    ("name", "text"), [("abc\n", "v"), ("", "v"), ("a b", "v"), ("a", "one\ntwo"), ("a", "\x1b[2J")]
)
def test_a_label_has_a_name_and_one_line(name: str, text: str) -> None:
    with pytest.raises(SpecError, match="label"):
        ImageSpec(release="7.1", target=Target.CPU, platform="linux/amd64", labels=((name, text),))


@pytest.mark.parametrize("backend", ["python\n", "../python", "Python", ""])
def test_a_backend_is_a_name(backend: str) -> None:
    with pytest.raises(SpecError, match="Triton backend"):
        ImageSpec(release="7.1", target=Target.DGPU, platform="linux/amd64", variant="triton", backends=(backend,))
