"""A Deployment of Kubernetes for one container."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azdacli.manifest.kinds.container import Container
from azdacli.manifest.kinds.source import holds_secrets, secret_variables

# Made by whoever owns the cluster: docs/manifests.md says how.
MQTT_SECRET, SECRETS, PULL_SECRET = "azda-mqtt", "azda-secrets", "azda-registry"

_FOLDER, _CERTIFICATES = "/etc/azda", "/etc/azda-mqtt"
_HEALTH = ["python3", "-m", "azda_runtime", "health"]
_TMPFS_SIZE = re.compile(r"(?:^|,)size=(\d+)([kmg]?)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """A container that is to run in a cluster.

    Attributes:
        name: Of the Deployment.
        container: What runs.
        broker: The MQTT broker's URL.
        twin: The settings, where it runs pipelines.
        ids: The pipelines' ids.
    """

    name: str
    container: Container
    broker: str
    twin: Mapping[str, Any] | None = None
    ids: tuple[str, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """What its Service finds it by."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/part-of": "azda"}

    @property
    def settings(self) -> str:
        """The name of the ConfigMap or Secret with its settings."""
        return f"{self.name}-settings"


def deployment(work: Workload, claims: Mapping[str, str]) -> dict[str, Any]:
    """The Deployment: one replica, for two would open each camera twice.

    Args:
        work: What runs.
        claims: A volume's name on a device -> its claim.
    """
    volumes, mounts = _volumes(work, claims)
    user = str(work.container.options.get("User") or "").partition(":")[0]
    security: dict[str, Any] = {"seccompProfile": {"type": "RuntimeDefault"}}
    if user.isdigit() and int(user):
        security |= {"runAsNonRoot": True, "runAsUser": int(user), "runAsGroup": int(user), "fsGroup": int(user)}
    pod: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "securityContext": security,
        "imagePullSecrets": [{"name": PULL_SECRET}],
        "containers": [_container(work, mounts)],
        "volumes": volumes,
    }
    if work.container.runtime:
        pod["runtimeClassName"] = work.container.runtime
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": work.name, "labels": work.labels},
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": work.labels},
            "template": {"metadata": {"labels": work.labels}, "spec": pod},
        },
    }


def _container(work: Workload, mounts: list[dict[str, Any]]) -> dict[str, Any]:
    container, host = work.container, work.container.host
    limits: dict[str, Any] = {"memory": str(host["Memory"])} if host.get("Memory") else {}
    if container.gpus:
        limits["nvidia.com/gpu"] = str(max(container.gpus, 1))
    capabilities = {"drop": host.get("CapDrop"), "add": host.get("CapAdd")}
    security = {
        "allowPrivilegeEscalation": not container.no_new_privileges,
        "readOnlyRootFilesystem": bool(host.get("ReadonlyRootfs")),
        "capabilities": {key: list(value) for key, value in capabilities.items() if value},
    }
    given = {
        "name": work.name,
        "image": container.image,
        "command": container.options.get("Entrypoint"),
        "args": ["serve", "--settings", f"{_FOLDER}/settings.json"] if work.twin else container.options.get("Cmd"),
        "env": _environment(work),
        "ports": [{"containerPort": port} for port in container.reached],
        "resources": {"limits": limits} if limits else None,
        "securityContext": security,
        "volumeMounts": mounts,
        **(_probes(container) if work.twin is not None else {}),
    }
    return {key: value for key, value in given.items() if value not in (None, [], {})}


def _environment(work: Workload) -> list[dict[str, Any]]:
    hidden = secret_variables(work.container.env)
    plain = {name: value for name, value in work.container.env.items() if name not in hidden}
    plain |= {"AZDA_MQTT": work.broker, "AZDA_MQTT_NAME": work.name}
    if work.twin is not None and work.container.reached:
        plain.setdefault("AZDA_RTSP_HOST", "0.0.0.0")  # noqa: S104 # the pod's own network
    if work.broker.startswith("mqtts://"):
        plain["AZDA_MQTT_CA"] = f"{_CERTIFICATES}/ca.crt"
    return [
        *({"name": name, "value": value} for name, value in plain.items()),
        *(_referred(name, SECRETS, name) for name in hidden),
        _referred("AZDA_MQTT_USER", MQTT_SECRET, "username", optional=True),
        _referred("AZDA_MQTT_PASSWORD", MQTT_SECRET, "password", optional=True),
    ]


def _referred(name: str, secret: str, key: str, *, optional: bool = False) -> dict[str, Any]:
    reference: dict[str, Any] = {"name": secret, "key": key, **({"optional": True} if optional else {})}
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}


def _probes(container: Container) -> dict[str, Any]:
    """Ill health takes it from its Service; only a supervisor that hangs is started again, not one without cameras."""
    interval, timeout = container.seconds("Interval", 30), container.seconds("Timeout", 10)
    times = {"periodSeconds": interval, "timeoutSeconds": timeout}
    return {
        "readinessProbe": {"exec": {"command": _HEALTH}, **times, "failureThreshold": 3},
        "livenessProbe": {
            "exec": {"command": [*_HEALTH, "--alive"]},
            "initialDelaySeconds": 60,
            **times,
            "failureThreshold": 3,
        },
    }


def _volumes(work: Workload, claims: Mapping[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    volumes: list[dict[str, Any]] = []
    mounts: list[dict[str, Any]] = []

    def add(body: Mapping[str, Any], path: str, *, read_only: bool = False) -> None:
        name = f"v{len(volumes)}"
        volumes.append({"name": name, **body})
        mounts.append({"name": name, "mountPath": path, **({"readOnly": True} if read_only else {})})

    if work.twin is not None:
        kind, key = ("secret", "secretName") if holds_secrets(work.twin) else ("configMap", "name")
        add({kind: {key: work.settings}}, _FOLDER, read_only=True)
    if work.broker.startswith("mqtts://"):
        items = [{"key": "ca.crt", "path": "ca.crt"}]
        add({"secret": {"secretName": MQTT_SECRET, "items": items}}, _CERTIFICATES, read_only=True)
    for volume in work.container.volumes:
        body: Mapping[str, Any] = (
            {"hostPath": {"path": volume.source}}
            if volume.is_path
            else {"persistentVolumeClaim": {"claimName": claims[volume.source]}}
        )
        add(body, volume.target, read_only=volume.read_only)
    for path, options in work.container.tmpfs.items():
        add({"emptyDir": {"medium": "Memory", **_limit(options)}}, path)
    if size := work.container.host.get("ShmSize"):
        add({"emptyDir": {"medium": "Memory", "sizeLimit": str(size)}}, "/dev/shm")  # noqa: S108 # the kernel's
    return volumes, mounts


def _limit(options: str) -> dict[str, str]:
    match = _TMPFS_SIZE.search(options)
    return {"sizeLimit": f"{match[1]}{match[2].upper()}{'i' if match[2] else ''}"} if match else {}
