"""Kubernetes objects: a Deployment for each group of pipelines, with its settings, volumes, probes and GPU."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.errors import SpecError
from azdacli.manifest.kinds.container import Container, Volume
from azdacli.manifest.kinds.groups import groups
from azdacli.manifest.kinds.pod import Workload, deployment
from azdacli.manifest.kinds.source import Source, holds_secrets, settings_text

# Devices and networks of the machine are the cluster's affair: device plugins and Services.
REFUSED = ("Devices", "NetworkMode")
STATE = "/var/lib/azda"

_LONGEST_NAME = 50
_STATE_SIZE, _SIZE = "10Gi", "20Gi"


def objects(source: Source) -> list[dict[str, Any]]:
    """Say a manifest as objects of Kubernetes.

    Raises:
        SpecError: No broker is named, or two workloads would have one name.
    """
    if not source.broker:
        raise SpecError(
            "--kind kubernetes needs the cluster's MQTT broker",
            hint="Name it with --mqtt mqtts://HOST:PORT; Azure IoT Operations' is mqtts://aio-broker:18883.",
        )
    works = [work for container, twin in source.containers() for work in _workloads(container, twin, source.broker)]
    names = [work.name for work in works]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise SpecError(f"two workloads would be named '{twice}'", hint="Give pipelines and modules names that differ.")
    found = [one for work in works for one in _of(work)]
    return [*_claims(works), *found]


def _workloads(container: Container, twin: Mapping[str, Any] | None, broker: str) -> Iterator[Workload]:
    base = name_of(container.name)
    if twin is None:
        yield Workload(name=base, container=container, broker=broker)
        return
    parted = groups(twin)
    for group in parted:
        name = base if len(parted) == 1 else name_of(f"{container.name}-{'-'.join(group.ids)}")
        yield Workload(name=name, container=container, broker=broker, twin=group.twin, ids=group.ids)


def _of(work: Workload) -> Iterator[dict[str, Any]]:
    if work.twin is not None:
        text = {"settings.json": settings_text(work.twin)}
        secret = holds_secrets(work.twin)
        body = {"type": "Opaque", "stringData": text} if secret else {"data": text}
        yield {
            "apiVersion": "v1",
            "kind": "Secret" if secret else "ConfigMap",
            "metadata": {"name": work.settings, "labels": work.labels},
            **body,
        }
    yield deployment(work, {volume.source: _claim(work, volume) for volume in _named(work)})
    if work.container.reached:
        ports = [{"name": f"p{port}", "port": port, "targetPort": port} for port in work.container.reached]
        # A port of each node, which the cluster chooses: no two workloads could have the same.
        outside = {"type": "NodePort"} if work.container.ports else {}
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": work.name, "labels": work.labels},
            "spec": {**outside, "selector": work.labels, "ports": ports},
        }


def _claims(works: list[Workload]) -> Iterator[dict[str, Any]]:
    users: dict[str, list[tuple[Workload, Volume]]] = {}
    for work in works:
        for volume in _named(work):
            users.setdefault(_claim(work, volume), []).append((work, volume))
    for name, uses in users.items():
        size = _STATE_SIZE if uses[0][1].target == STATE else _SIZE
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "azda"}},
            "spec": {
                "accessModes": ["ReadWriteMany" if len(uses) > 1 else "ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
            },
        }


def _named(work: Workload) -> list[Volume]:
    return [volume for volume in work.container.volumes if not volume.is_path]


def _claim(work: Workload, volume: Volume) -> str:
    """The claim's name: a runtime's state is its own, all else is shared as on a device."""
    return name_of(f"{work.name}-state" if volume.target == STATE else volume.source)


def name_of(text: str) -> str:
    """A name as Kubernetes takes it (RFC 1123): lower case, digits and `-`, short enough for what is appended.

    Raises:
        SpecError: Nothing is left of it.
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text)
    name = re.sub(r"[^a-z0-9]+", "-", spaced.lower()).strip("-")[:_LONGEST_NAME].strip("-")
    if not name:
        raise SpecError(f"'{text}' makes no name that Kubernetes takes", hint="Use letters of a to z and digits in it.")
    return name if name[0].isalpha() else f"p-{name}"
