"""A docker compose file: the same modules, Mosquitto in the place of edgeHub."""

from collections.abc import Mapping
from typing import Any

from azdacli.manifest.kinds.container import Container
from azdacli.manifest.kinds.source import SETTINGS_FILE, Source, secret_variables, settings_text

# Inline `content` of configs needs compose 2.23.1 (docs.docker.com/reference/compose-file/configs).
_MOSQUITTO = "eclipse-mosquitto:2"
_BROKER = "mqtt://mqtt:1883"
_CONFIGURATION = """# Reached from the containers of this file alone: no port of the machine leads here.
# For clients from elsewhere add a listener with a certificate and a password_file.
listener 1883
allow_anonymous true
persistence true
persistence_location /mosquitto/data/
"""
_LOGGING = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


def compose_file(source: Source) -> dict[str, Any]:
    """Say a manifest as a compose file."""
    services: dict[str, Any] = {} if source.broker else {"mqtt": _mosquitto()}
    configs: dict[str, Any] = {} if source.broker else {"mosquitto": {"content": _CONFIGURATION}}
    volumes: dict[str, Any] = {} if source.broker else {"mqtt-data": {}}
    for container, twin in source.containers():
        service = _service(container, source.broker or _BROKER, pipelines=twin is not None)
        if not source.broker:
            service["depends_on"] = {"mqtt": {"condition": "service_healthy"}}
        if twin is not None:
            name = f"{container.name}-settings"
            configs[name] = {"content": _literal(settings_text(twin))}
            service["configs"] = [{"source": name, "target": SETTINGS_FILE}]
        services[container.name] = service
        volumes |= {volume.source: {} for volume in container.volumes if not volume.is_path}
    return {"name": "azda", "services": services, "configs": configs, "volumes": volumes}


def _mosquitto() -> dict[str, Any]:
    return {
        "image": _MOSQUITTO,
        "restart": "always",
        "configs": [{"source": "mosquitto", "target": "/mosquitto/config/mosquitto.conf"}],
        "volumes": ["mqtt-data:/mosquitto/data"],
        "healthcheck": {
            "test": ["CMD", "mosquitto_sub", "-t", "$$SYS/broker/uptime", "-C", "1", "-W", "5"],
            "interval": "10s",
            "timeout": "10s",
            "retries": 6,
        },
        "logging": _LOGGING,
    }


def _service(container: Container, broker: str, *, pipelines: bool) -> dict[str, Any]:
    options, host = container.options, container.host
    given: dict[str, Any] = {
        "image": container.image,
        "restart": "always",
        "command": ["serve", "--settings", SETTINGS_FILE] if pipelines else options.get("Cmd"),
        "entrypoint": options.get("Entrypoint"),
        "working_dir": options.get("WorkingDir"),
        "user": options.get("User"),
        "environment": _environment(container, broker, pipelines=pipelines),
        "labels": options.get("Labels"),
        "volumes": [f"{v.source}:{v.target}{':ro' if v.read_only else ''}" for v in container.volumes],
        "tmpfs": [f"{path}:{text}" if text else path for path, text in container.tmpfs.items()],
        "devices": [
            f"{each['PathOnHost']}:{each.get('PathInContainer') or each['PathOnHost']}"
            for each in host.get("Devices") or ()
        ],
        "ports": [f"{outside}:{inside}/{protocol}" for outside, inside, protocol in container.ports],
        "expose": [str(port) for port in container.exposed],
        "cap_add": host.get("CapAdd"),
        "cap_drop": host.get("CapDrop"),
        "security_opt": host.get("SecurityOpt"),
        "read_only": host.get("ReadonlyRootfs"),
        "pids_limit": host.get("PidsLimit"),
        "mem_limit": host.get("Memory"),
        "shm_size": host.get("ShmSize"),
        "network_mode": host.get("NetworkMode"),
        "runtime": container.runtime,
        "healthcheck": _health(container),
        "logging": _logging(host),
    }
    if host.get("DeviceRequests"):
        device = {"driver": "nvidia", "count": "all" if container.gpus < 0 else container.gpus, "capabilities": ["gpu"]}
        given["deploy"] = {"resources": {"reservations": {"devices": [device]}}}
    return {key: value for key, value in given.items() if value not in (None, "", [], {})}


def _environment(container: Container, broker: str, *, pipelines: bool) -> dict[str, str]:
    """Variables; those that hold a secret come from the shell or the `.env` file beside the compose file."""
    hidden = secret_variables(container.env)
    own = {k: f"${{{k}:?set {k} in .env}}" if k in hidden else _literal(v) for k, v in container.env.items()}
    if pipelines and container.reached:
        own.setdefault("AZDA_RTSP_HOST", "0.0.0.0")  # noqa: S104 # the network of this file's containers
    return {**own, "AZDA_MQTT": broker, "AZDA_MQTT_NAME": container.name}


def _health(container: Container) -> dict[str, Any]:
    check = container.options.get("Healthcheck")
    if not isinstance(check, Mapping):
        return {}
    times = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
    found: dict[str, Any] = {"test": check["Test"]} if check.get("Test") else {}
    found |= {key: f"{container.seconds(name, 0)}s" for key, name in times.items() if check.get(name)}
    return {**found, **({"retries": check["Retries"]} if check.get("Retries") else {})}


def _logging(host: Mapping[str, Any]) -> dict[str, Any]:
    found = host.get("LogConfig")
    if not isinstance(found, Mapping):
        return {}
    return {"driver": found.get("Type") or "json-file", "options": dict(found.get("Config") or {})}


def _literal(text: str) -> str:
    """A text in which compose replaces nothing."""
    return text.replace("$", "$$")
