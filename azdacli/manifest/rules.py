"""Every rule that a manifest is held against: its name, how bad breaking it is, and what happens on the device.

The documentation's table of rules is written from here, and a test breaks and keeps each one.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from azdacli.manifest.problems import Path, Problem, Severity

ERRORS: Mapping[str, str] = MappingProxyType(
    {
        # the document
        "shape": "The agent or the hub refuses the whole deployment when a key is missing, unknown or of another type.",
        "agent-schema-version": "edgeAgent takes 1.0 and 1.1 and answers 412 to anything newer.",
        "hub-schema-version": "edgeHub takes 1.0, 1.1 and 1.2; 1.3, for signed manifests, is not checked here.",
        "layered": "Keys such as properties.desired.modules.x belong to layered deployments, which one device refuses.",
        # names
        "module-name": "A module's name is its container's: letters, digits, '_' and '-', a letter or digit first.",
        "module-count": "A device has at most 50 modules.",
        "env-name": "A variable's name without blanks, '.', '$', '#' and '+' reaches the container.",
        # variables
        "unresolved-variable": "A variable that is set nowhere would reach the device as text and fail at the pull.",
        "module-image": "A ${MODULES.x} placeholder needs modules/x/module.json with that platform.",
        # images
        "image-form": "edgeAgent takes name, name:tag or name@sha256:digest, but not a tag and a digest together.",
        "credential-address": "Credentials are matched by host; an address with a scheme or a path matches no image.",
        "credential-duplicate": "edgeAgent takes the first credential with the image's host and never the second.",
        "credential-token": "A registry's refresh token ends within hours, and a device pulls for years.",
        "architecture": "An image for another machine starts with 'exec format error'.",
        "pipeline-image": "Another module's image, such as the business logic's, runs no pipeline.",
        "device-type": "A Jetson image does not run on a server's GPU, nor the reverse.",
        # createOptions
        "create-options": "createOptions is a JSON object as text; edgeAgent creates no container from anything else.",
        "create-options-type": "The engine refuses a value of another type ('cannot unmarshal'): no container is made.",
        "create-options-value": "The engine refuses the value: no container is made, or it never starts.",
        "create-options-chunks": "The pieces of createOptions are numbered 01, 02, ... without a gap, 100 at most.",
        "gpu-capabilities": "Capabilities of a DeviceRequest is a list of lists; the engine refuses a flat list.",
        "host-network": "Without an EndpointsConfig for 'host' edgeAgent adds its own, which the engine refuses.",
        "binds": "A bind is source:target or source:target:mode: a volume or an absolute path, and an absolute target.",
        "port-bindings": "A port binding is 'port/protocol' with a list of HostPort texts.",
        "port-conflict": "Two modules cannot have the same port of the device: the second never starts.",
        # routes
        "route-name": "A route's name holds no '.', '$', '#' or blank.",
        "route-syntax": "A route is FROM source [WHERE condition] INTO sink; edgeHub drops one that it cannot read.",
        "route-source": "A route whose source matches no message never carries anything.",
        "route-sink": 'A sink is $upstream or BrokeredEndpoint("/modules/name/inputs/input") of a deployed module.',
        "route-endpoint": "The pipeline runtime has a fixed set of inputs and outputs.",
        "route-object": "A route with a priority or a time to live needs schema version 1.1 or newer.",
        "time-to-live": "edgeHub fails on a schema version of 1.1 or newer without storeAndForwardConfiguration.",
        # twins
        "twin-size": "Desired properties are at most 32 KB per module; all modules share $edgeAgent's 32 KB.",
        "twin-depth": "A twin is at most ten levels deep.",
        "twin-key": "A twin's key is at most 1 KB, without '.', '$', blanks and control characters.",
        "twin-string": "A text in a twin is at most 4 KB of valid Unicode.",
        "twin-number": "A whole number in a twin is between -2^52 and 2^52.",
        # the pipeline
        "settings": "The pipeline runtime itself refuses this configuration.",
        "recording": "An impossible length or time is ignored: recordings are cut as if it were not set.",
        "asset-path": "A file that is not in the image is noticed only on the device, when the pipeline starts.",
    }
)

WARNINGS: Mapping[str, str] = MappingProxyType(
    {
        "unknown-variable-form": "${...} that is not a plain name is left unchanged.",
        "module-section": "Desired properties of a module that is not deployed have no effect.",
        "restart-policy": "Only 'never' and 'always' are effective by IoT Edge's documentation.",
        "image-host-case": "Host names ignore case, but Azure's registries refuse tokens for a host in capitals.",
        "route-silent": "A route from a module that is not deployed carries nothing; another deployment may bring it.",
        "image-tag": "Without a tag of its own an image is 'latest': what runs depends on the day of the pull.",
        "image-gone": "The predecessor's images can no longer be counted on; the hint says what takes their place.",
        "pipeline-image-doubt": "An image that azdacli did not make may hold no pipeline runtime.",
        "runtime-support": "This version of the IoT Edge runtime is out of support.",
        "credential-missing": "A private registry refuses a pull without credentials.",
        "credential-unused": "Credentials that no image uses expose a secret without need.",
        "create-options-key": "The engine ignores a key that it does not know: the module runs without what was meant.",
        "create-options-long": "More than 8 pieces, or pieces of more than 512 characters, are refused by other tools.",
        "mqtt-broker": "The MQTT broker was a preview and is not in edgeHub since 1.3.",
        "twin-nearly-full": "A twin close to 32 KB leaves no room, and edgeAgent's report must fit 32 KB too.",
        "route-endpoint-unknown": "A module of this name is usually the runtime, which has no such input or output.",
        "settings-doubt": "The pipeline runtime warns about this configuration.",
        "asset-path-doubt": "The image's list of assets does not show this file; a --run command may have made it.",
        "assets-unknown": "The image could not be inspected, so its architecture and files are not checked.",
        "secret-in-clear": "Anyone who may read the deployment or the twin can read this secret.",
        "secret-in-template": "A secret that is written in the template travels with it into version control.",
    }
)


NOTES: Mapping[str, str] = MappingProxyType(
    {
        "hardening": "A faulty parser, a malicious model file or an intruder then reaches more than the pipeline.",
    }
)

_SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {**dict.fromkeys(ERRORS, "error"), **dict.fromkeys(WARNINGS, "warning"), **dict.fromkeys(NOTES, "note")}
)


def found(rule: str, path: Path, message: str, hint: str = "") -> Problem:
    """A finding of a rule, as bad as the rule says."""
    return Problem(rule=rule, path=path, message=message, hint=hint, severity=_SEVERITIES[rule])


def listed() -> Iterator[tuple[str, Severity, str]]:
    """Every rule: name, severity, what happens."""
    for name, text in {**ERRORS, **WARNINGS, **NOTES}.items():
        yield name, _SEVERITIES[name], text
