"""Options about an MQTT broker, each with a variable of the environment, as containers are given them."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from azda_runtime.hub.mqtt.broker import DEFAULT_NAME, Broker, Topics, address

# Option -> its variable, what it takes, what it is.
_OPTIONS: Mapping[str, tuple[str, str, str]] = {
    "--mqtt": ("AZDA_MQTT", "URL", "connect to this broker: mqtts://HOST:PORT, or mqtt:// without TLS"),
    "--mqtt-name": ("AZDA_MQTT_NAME", "NAME", f"the client's name, its own at each broker; default: {DEFAULT_NAME}"),
    "--mqtt-topics": ("AZDA_MQTT_TOPICS", "PREFIX", "what topics begin with; default: azda/NAME"),
    "--mqtt-ca": ("AZDA_MQTT_CA", "FILE", "PEM of the authorities to trust; default: the system's"),
    "--mqtt-certificate": ("AZDA_MQTT_CERTIFICATE", "FILE", "PEM of the client's own certificate"),
    "--mqtt-key": ("AZDA_MQTT_KEY", "FILE", "its private key; default: in the certificate's file"),
    "--mqtt-user": ("AZDA_MQTT_USER", "NAME", f"the user's name; the password is in {'AZDA_MQTT_PASSWORD'}"),
    "--mqtt-password-file": ("AZDA_MQTT_PASSWORD_FILE", "FILE", "or in this file"),
    "--mqtt-token-file": (
        "AZDA_MQTT_TOKEN_FILE",
        "FILE",
        "a Kubernetes service account token, for Azure IoT Operations",
    ),
}
_PASSWORD = "AZDA_MQTT_PASSWORD"  # noqa: S105 # the variable's name


def add_mqtt_options(parser: argparse.ArgumentParser) -> None:
    """Add them; the environment gives the defaults."""
    for option, (variable, metavar, help_) in _OPTIONS.items():
        parser.add_argument(
            option, metavar=metavar, default=os.environ.get(variable) or None, help=f"{help_} [{variable}]"
        )


def broker(options: argparse.Namespace, environment: Mapping[str, str], *, reads_settings: bool) -> Broker | None:
    """The broker that was named; None where none was.

    Raises:
        InvalidValueError: It cannot be one.
    """
    if not options.mqtt:
        return None
    host, port, tls = address(options.mqtt)
    name = options.mqtt_name or DEFAULT_NAME
    return Broker(
        host=host,
        port=port,
        tls=tls,
        name=name,
        topics=Topics(prefix=options.mqtt_topics or f"azda/{name}"),
        ca=_path(options.mqtt_ca),
        certificate=_path(options.mqtt_certificate),
        key=_path(options.mqtt_key),
        username=options.mqtt_user,
        password=environment.get(_PASSWORD) or None,
        password_file=_path(options.mqtt_password_file),
        token_file=_path(options.mqtt_token_file),
        reads_settings=reads_settings,
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
