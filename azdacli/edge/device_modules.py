"""What a device runs, as its edgeAgent reported it to the hub."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from azdacli.edge import hub_call, iot_hub
from azdacli.errors import DeployError
from azdacli.oci.registry.answer import Arriving
from azdacli.oci.registry.transport import session

_OK, _SECONDS = 200, (10, 60)


def images(hub: str, device: str, *, token: iot_hub.TokenSource, ca_bundle: Path | None = None) -> dict[str, str]:
    """Ask the hub for the images of a device's modules.

    Args:
        hub: The hub's host.
        device: The device's id.
        token: Gets the Entra ID token.
        ca_bundle: Certificates to trust besides the usual ones.

    Returns:
        Module -> image, as the device reported them last.

    Raises:
        DeployError: The hub is away or refused.
    """
    wanted = hub_call.Deployment(hub=hub, device=device, content={})
    agent = f"{quote(device, safe='')}/modules/%24edgeAgent"
    url = f"https://{hub}/twins/{agent}?api-version={hub_call.API_VERSION}"
    bearer = token(wanted.scope)
    with session(ca_bundle, iot_hub.PACE) as connection, iot_hub.translated(hub):
        answer = Arriving(
            connection.get(url, auth=iot_hub.Bearer(bearer), timeout=_SECONDS, allow_redirects=False, stream=True)
        ).whole()
    if answer.status_code != _OK:
        raise iot_hub.refusal(wanted, answer, bearer, doing="let you read what a device runs")
    try:
        twin = answer.json()
    except ValueError as error:
        raise DeployError(f"{hub} sent a twin that is not JSON") from error
    return _images(twin)


def _images(twin: Any) -> dict[str, str]:
    reported = _at(_at(twin, "properties"), "reported")
    sections = {**_at(reported, "systemModules"), **_at(reported, "modules")}
    found = {name: _at(module, "settings").get("image") for name, module in sections.items()}
    return {name: image for name, image in found.items() if isinstance(image, str)}


def _at(value: Any, key: str) -> Mapping[str, Any]:
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}
