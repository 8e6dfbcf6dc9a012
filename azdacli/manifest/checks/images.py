"""Image names as edgeAgent parses them, and the credentials that are meant for them."""

import re
from collections.abc import Iterator, Mapping

from azdacli.errors import SpecError
from azdacli.manifest.images import DOCKER_HUB_ADDRESS, ImageFacts, host_of
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import Module, View
from azdacli.oci.reference import Reference

# edgeAgent's own expression: everything after the last colon is the tag, and a digest is a tag to it.
_AGENT_FORM = re.compile(r"(([^/]*/)*)([^/:]+)(:[^/:]+)?")
_TAG_AND_DIGEST = re.compile(r"[^/]*:[^/:]+@sha256:")
_UPSTREAM = re.compile(r"\$upstream(:[0-9]+)?/", re.IGNORECASE)
_AZURE = re.compile(r"\.azurecr\.(io|cn|us)(:[0-9]+)?$", re.IGNORECASE)
# Azure's registries that anybody may pull from.
_PUBLIC = frozenset({"marketplace.azurecr.io"})
_GONE = "mcr.microsoft.com/azureedgedevices/"
# What takes the place of each of the predecessor's modules, by a part of its image's name.
_INSTEAD = {
    "controller": "Nobody can pull it. `gen-manifest --template FILE --own-twin` moves azdaConfiguration into the twin "
    "of ai-pipeline, which the runtime reads, and drops this module and its routes. To keep the module, give it your "
    'pipeline\'s image with the createOptions {"Cmd": ["controller"]}: docs/controller.md.',
    "uploader": "Nobody can pull it. With --own-twin name your own (--uploader IMAGE), or it is dropped and recordings "
    "stay in /tmp/VideoUploaderCache. To keep the module, give it your pipeline's image with the createOptions "
    '{"Cmd": ["uploader", "--container", "recordings"]}: docs/uploader.md.',
    "rtspsim": "Nobody can pull it. With --own-twin give its sensors a camera, a file in the image or an RTSP server "
    "of your own: --stream NAME=rtsp://camera/path or NAME=file:///path/video.mp4. To keep the module, give it your "
    "pipeline's image, which serves a folder of videos: docs/rtsp-simulator.md.",
    "pipeline": "Make the image with `azdacli create`, and push it.",
}
_RUNTIME = re.compile(r"mcr\.microsoft\.com/azureiotedge-(agent|hub):1\.(?P<minor>[0-9]+)(\.|-|$)")
# 1.4 was served until 2024-11-12, 1.5 until 2026-11-10.
_OLDEST_SUPPORTED = 6
_NULL_GUID = "00000000-0000-0000-0000-000000000000"


def check(view: View, facts: Mapping[str, ImageFacts], *, machine: str | None, target: str | None) -> Iterator[Problem]:
    """Look at every image's name and credentials.

    Args:
        view: The manifest.
        facts: What is known about images, by the name that stands in the manifest.
        machine: The device's machine in Docker's words (`arm64`), where it is known.
        target: `jetson`, `dgpu` or `cpu`, where it is known.
    """
    for module in view.modules():
        if module.image is not None:
            yield from _name(module, module.image)
            yield from _fit(module, facts.get(module.image), machine, target)
    yield from _credentials(view)


def _name(module: Module, image: str) -> Iterator[Problem]:
    path = module.image_path
    problem = _form(image)
    if problem:
        yield found("image-form", path, *problem)
        return
    host = host_of(image)
    if host and host != host.lower():
        yield found("image-host-case", path, f"'{image}' names its registry in capitals", f"Write {host.lower()}.")
    last = image.rsplit("/", 1)[-1]
    if ":" not in last:
        yield found("image-tag", path, f"'{image}' has no tag, so 'latest' is meant")
    elif last.endswith(":latest"):
        yield found("image-tag", path, f"'{image}' is 'latest'", "Name a version, or use --pin.")
    if is_gone(image):
        yield found("image-gone", path, f"'{image}' is one of the predecessor's images", _instead(image.lower()))
    version = _RUNTIME.match(image)
    if version and int(version["minor"]) < _OLDEST_SUPPORTED:
        yield found("runtime-support", path, f"'{image}' is out of support", "Use 1.6 for both edgeAgent and edgeHub.")


def is_gone(image: str) -> bool:
    """Whether an image is one of the predecessor's, which nobody can pull any more."""
    return image.lower().startswith(_GONE)


def _instead(image: str) -> str:
    name = image.rpartition("/")[2]
    return next((hint for part, hint in _INSTEAD.items() if part in name), "Use an image of your own.")


def _form(image: str) -> tuple[str, str] | None:
    if not image:
        return "names no image", ""
    if _TAG_AND_DIGEST.search(image.rsplit("/", 1)[-1]):
        return (
            f"'{image}' has a tag and a digest, which edgeAgent refuses",
            "Keep one of the two; --pin keeps the digest.",
        )
    if image.startswith("$") and not _UPSTREAM.match(image):
        return f"'{image}' starts with '$', which only '$upstream' may", ""
    if not _AGENT_FORM.fullmatch(image):
        return f"'{image}' is not an image name to edgeAgent", "Write it as registry/name:tag."
    try:
        Reference.parse(_UPSTREAM.sub("parent/", image))
    except SpecError as error:
        return str(error), error.hint or ""
    return None


def _fit(module: Module, facts: ImageFacts | None, machine: str | None, target: str | None) -> Iterator[Problem]:
    if facts is None:
        return
    if facts.os and facts.os != "linux":
        message = f"'{module.image}' is built for {facts.os}; IoT Edge runs Linux containers here"
        yield found("architecture", module.image_path, message, "Build it for Linux.")
    elif machine and facts.architecture != machine:
        yield found(
            "architecture",
            module.image_path,
            f"'{module.image}' is built for {facts.architecture}, and the device is {machine}",
            "Build it for the device, or name the other --device-type.",
        )
    if target and facts.target and facts.target != target:
        yield found(
            "device-type", module.image_path, f"'{module.image}' is made for {facts.target}, and the device is {target}"
        )


def _credentials(view: View) -> Iterator[Problem]:
    hosts = {host.lower() for m in view.modules() if m.image and (host := host_of(m.image))}
    taken: dict[str, str] = {}
    for name, path, body in view.credentials():
        address = body.get("address")
        if isinstance(address, str) and address:
            yield from _address(path, address, hosts)
            other = taken.setdefault(address.lower(), name)
            if other != name:
                yield found("credential-duplicate", path, f"is for '{address}', for which '{other}' is taken")
        if body.get("username") == _NULL_GUID:
            hint = "Use a repository-scoped token with pull rights, or a service principal with the role AcrPull."
            yield found("credential-token", (*path, "username"), "belongs to a token that ends within hours", hint)
    missing: dict[str, Module] = {}
    for module in view.modules():
        host = host_of(module.image) if module.image else None
        if host and _AZURE.search(host) and host.lower() not in {*taken, *_PUBLIC}:
            missing.setdefault(host, module)
    for host, module in missing.items() if not view.layer else ():
        yield found(
            "credential-missing",
            module.image_path,
            f"'{host}' is private, and there are no credentials",
            f'Add them with the address "{host}"{_near_address(host, taken)}.',
        )


def _near_address(host: str, taken: Mapping[str, str]) -> str:
    """What edgeAgent, which compares texts, does not find equal: the same host with and without its port."""
    plain = host.partition(":")[0].lower()
    other = next((address for address in taken if address.partition(":")[0] == plain), None)
    return f", or name the registry {other} in the image: edgeAgent compares the two as texts" if other else ""


def _address(path: Path, address: str, hosts: set[str]) -> Iterator[Problem]:
    location = (*path, "address")
    if address.lower() == DOCKER_HUB_ADDRESS:
        if DOCKER_HUB_ADDRESS not in hosts:
            yield found("credential-unused", location, "no image comes from Docker Hub")
    elif "://" in address or "/" in address or not ("." in address or ":" in address):
        hint = "Write the login server alone, as myregistry.azurecr.io."
        yield found("credential-address", location, f"'{address}' never equals an image's registry", hint)
    elif address.lower() not in hosts:
        hint = f"The images come from: {', '.join(sorted(hosts))}." if hosts else ""
        yield found("credential-unused", location, f"no image comes from '{address}'", hint)
