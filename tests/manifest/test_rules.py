"""Every rule: a manifest that breaks it is found out at the right place, and one that keeps it is let through."""

import json
from typing import Any

import pytest

from azdacli.manifest import rules
from azdacli.manifest.checks import pipeline_image
from azdacli.manifest.images import ImageFacts
from azdacli.manifest.problems import json_path
from azdacli.manifest.view import View
from tests.manifest import samples as s

CLEAR = "$.modulesContent['$edgeAgent']['properties.desired'].runtime.settings.registryCredentials.shop.password"
DEEP: Any = 1
for _ in range(10):
    DEEP = {"a": DEEP}


def credential(**parts: str) -> dict[str, str]:
    return {"address": "shop.azurecr.io", "username": "puller", "password": "hunter2!", **parts}


def credentials(document: s.Document) -> s.Document:
    return s.agent(document)["runtime"]["settings"]["registryCredentials"]


def route(text: Any) -> s.Change:
    return lambda d: s.hub(d)["routes"].update(up=text)


def image(name: str) -> s.Change:
    return lambda d: s.modules(d)["watcher"]["settings"].update(image=name)


def host(**parts: Any) -> s.Change:
    return lambda d: s.options(d, {"HostConfig": parts})


def hardened(**parts: Any) -> s.Change:
    whole = {"CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"], "ReadonlyRootfs": True, "Memory": 1 << 32}
    user = {"User": parts.pop("User")} if "User" in parts else {}
    return lambda d: s.options(d, {**user, "HostConfig": {**whole, "PidsLimit": 4096, **parts}})


def in_twin(**parts: Any) -> s.Change:
    return lambda d: s.twin(d).update(parts)


def settings(**parts: Any) -> s.Change:
    return lambda d: s.pipeline(d)["settings"].update(parts)


def many(count: int) -> s.Change:
    return lambda d: s.agent(d).update(modules={f"m{n:03}": s.modules(d)["watcher"] for n in range(count)})


def config(path: str) -> s.Change:
    def change(document: s.Document) -> None:
        deepstream = s.twin(document)["azdaConfiguration"]["components"]["deepStream"]
        deepstream["pipelineConfigs"][0]["primaryModelConfigPath"] = path

    return change


def stream(**parts: str) -> s.Change:
    return lambda d: s.twin(d)["azdaConfiguration"]["components"]["deepStream"]["streams"][0].update(parts)


# rule -> what breaks it, what comes close and keeps it
# createOptions of the right types that an engine refuses, and their like that it takes.
REFUSED: tuple[dict[str, Any], ...] = (
    {"Env": [""]},
    {"Env": ["A=b", "=c"]},
    {"WorkingDir": "app"},
    {"StopSignal": "SIGTRM"},
    {"Healthcheck": {"Test": ["CMD", "x"], "Interval": 30}},
    {"Healthcheck": {"Test": ["CMD", "x"], "Retries": -1}},
    {"NetworkingConfig": {"EndpointsConfig": {"a": {}, "b": {}}}},
)
TAKEN: tuple[dict[str, Any], ...] = (
    {"Env": ["A=b", "B="], "WorkingDir": "/app", "StopSignal": "SIGINT"},
    {"StopSignal": "15", "Healthcheck": {"Test": ["CMD-SHELL", "x"], "Interval": 30_000_000_000, "Timeout": 0}},
    {"StopSignal": "RTMIN+3", "Healthcheck": None, "NetworkingConfig": {"EndpointsConfig": {"azure-iot-edge": {}}}},
)
_MOUNT = {"Type": "bind", "Source": "/a", "Target": "/b"}
REFUSED_OF_HOST: tuple[dict[str, Any], ...] = (
    {"RestartPolicy": {"Name": "allways"}},
    {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 3}},
    {"RestartPolicy": {"Name": "always"}, "AutoRemove": True},
    {"Memory": 1024},
    {"Memory": 1 << 29, "MemorySwap": 1 << 28},
    {"MemorySwap": 1 << 29},
    {"NanoCpus": 10**9, "CpuQuota": 1000},
    {"CpusetCpus": "0-"},
    {"OomScoreAdj": 2000},
    {"ShmSize": -1},
    *({"Ulimits": [each]} for each in ({"Soft": 1, "Hard": 2}, {"Name": "nofile", "Soft": 3, "Hard": 2})),
    {"Ulimits": [{"Name": "nofiles", "Soft": 1, "Hard": 2}]},
    {"CapAdd": ["SYS_ADMN"]},
    {"CapDrop": ["al"]},
    {"SecurityOpt": ["nonewprivileges"]},
    {"IpcMode": "hosts"},
    {"PidMode": "private"},
    {"Devices": [{"PathOnHost": "/dev/a", "PathInContainer": "/dev/a", "CgroupPermissions": "x"}]},
    {"Devices": [{"PathOnHost": "video0", "PathInContainer": "/dev/a", "CgroupPermissions": "rwm"}]},
    {"Devices": [{"PathInContainer": "/dev/a", "CgroupPermissions": "rwm"}]},
    {"DeviceRequests": [{"Count": -1}]},
    {"DeviceRequests": [{"Driver": "nvida", "Count": -1, "Capabilities": [["gpu"]]}]},
    {"DeviceRequests": [{"Count": -1, "Capabilities": [["gpus"]]}]},
    *(
        {"Mounts": [{**_MOUNT, **other}]}
        for other in ({"Type": "binds"}, {"Target": ""}, {"Target": "b"}, {"Source": "a"})
    ),
    {"Mounts": [{"Source": "/a", "Target": "/b"}]},
    {"Mounts": [_MOUNT], "Binds": ["ab:/b"]},
    {"Binds": ["ab:/b", "cd:/b/"]},
    {"Binds": ["ab:/b:rx"]},
    {"Binds": ["ab:/b:ro,rw"]},
    {"Binds": ["ab:/"]},
    {"PortBindings": {"70000/tcp": [{"HostPort": "1"}]}},
    {"PortBindings": {"7000/tcp": [{"HostPort": "99999"}]}},
    {"LogConfig": {"Type": "jsonfile"}},
    *(
        {"LogConfig": {"Type": "json-file", "Config": {name: value}}}
        for name, value in {"max-sizes": "10m", "max-size": "ten", "max-file": "0"}.items()
    ),
    {"ExtraHosts": ["a=1.2.3.4"]},
    {"ExtraHosts": ["camera"]},
)
TAKEN_OF_HOST: tuple[dict[str, Any], ...] = (
    {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}, "Memory": 1 << 29, "MemorySwap": -1},
    {"RestartPolicy": {"Name": ""}, "AutoRemove": True, "CpuQuota": 1000, "CpusetCpus": "0-2,4", "OomScoreAdj": -500},
    {"Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}, {"Name": "memlock", "Soft": -1, "Hard": -1}]},
    {"CapAdd": ["CAP_NET_RAW", "sys_admin"], "CapDrop": ["ALL"], "IpcMode": "container:a", "PidMode": "host"},
    {"SecurityOpt": ["no-new-privileges", "seccomp=unconfined", "label:disable", "apparmor=x"]},
    {"Devices": [{"PathOnHost": "/dev/a", "PathInContainer": "/dev/a"}], "UTSMode": "host"},
    {"DeviceRequests": [{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=all"]}]},
    {"DeviceRequests": [{"Driver": "nvidia", "Count": -1, "Capabilities": [["gpu", "video"], ["compute"]]}]},
    {"Mounts": [_MOUNT, {"Type": "tmpfs", "Target": "/c"}, {"Type": "volume", "Target": "/d"}]},
    {"Binds": ["ab:/b:ro,z", "/c:/c:rshared", "/d:/d:rw,nocopy", "$A:/e:$B"]},
    {"PortBindings": {"7000-7001/udp": [{"HostPort": "65535"}], "1": [{"HostPort": ""}]}},
    {"LogConfig": {"Type": "json-file", "Config": {"max-size": "10.5m", "max-file": "3", "compress": "true"}}},
    {"LogConfig": {"Type": "my/plugin:1", "Config": {"anything": "x"}}},
    {"ExtraHosts": ["a:1.2.3.4", "b:::1", "c:host-gateway", "d:[::1]"]},
)

CASES: dict[str, tuple[list[s.Change], list[s.Change]]] = {
    "shape": (
        [
            lambda d: d.update(extra=1),
            lambda d: d["modulesContent"].pop("$edgeHub"),
            lambda d: s.agent(d).pop("runtime"),
            lambda d: s.agent(d).update(integrity={}),
            lambda d: s.pipeline(d).pop("restartPolicy"),
            lambda d: s.pipeline(d).update(restartPolicy="sometimes"),
            lambda d: s.pipeline(d).update(status="Running"),
            lambda d: s.pipeline(d).update(type="process"),
            lambda d: s.pipeline(d).update(startupOrder=-1),
            lambda d: s.pipeline(d).update(startupOrder=4294967296),
            lambda d: s.pipeline(d).update(startupOrder=True),
            lambda d: s.pipeline(d).update(version=1.0),
            lambda d: s.pipeline(d).update(imagePullPolicy="always"),
            lambda d: s.pipeline(d)["settings"].pop("image"),
            lambda d: s.pipeline(d)["settings"].update(digest="x"),
            lambda d: s.pipeline(d)["env"].update(A={"value": None}),
            lambda d: s.pipeline(d)["env"].update(A="x"),
            lambda d: s.agent(d)["systemModules"]["edgeAgent"].update(restartPolicy="always"),
            lambda d: s.agent(d)["systemModules"]["edgeHub"].pop("status"),
            lambda d: credentials(d)["shop"].pop("password"),
            lambda d: credentials(d).update({"a b": credential()}),
            lambda d: credentials(d)["shop"].update(address=""),
            lambda d: credentials(d)["shop"].update(username=""),
            lambda d: credentials(d)["shop"].update(password=" "),
            lambda d: s.hub(d).pop("routes"),
            lambda d: s.hub(d)["routes"].update(up={"route": "FROM /* INTO $upstream", "priority": 10}),
            lambda d: s.hub(d)["routes"].update(up=7),
            lambda d: s.hub(d).update(storeAndForwardConfiguration={}),
        ],
        [
            lambda d: s.pipeline(d).update(startupOrder=4294967295),
            lambda d: s.pipeline(d).update(imagePullPolicy="never"),
            lambda d: s.pipeline(d)["env"].update(A={"value": 1}, B={"value": True}),
            lambda d: s.hub(d)["routes"].update(up={"route": "FROM /* INTO $upstream", "priority": 9}),
        ],
    ),
    "agent-schema-version": (
        [lambda d, v=v: s.agent(d).update(schemaVersion=v) for v in ("1.2", "1.15", "2.0", 1.1, "")],
        [lambda d: s.agent(d).update(schemaVersion="1.0")],
    ),
    "hub-schema-version": (
        [lambda d, v=v: s.hub(d).update(schemaVersion=v) for v in ("1.3", "1.20", None)],
        [lambda d, v=v: s.hub(d).update(schemaVersion=v) for v in ("1.0", "1.1", "1.2")],
    ),
    "layered": (
        [lambda d: d["modulesContent"]["$edgeAgent"].update({"properties.desired.modules.x": {}})],
        [lambda d: None],
    ),
    "module-name": (
        [
            lambda d, n=n: s.modules(d).update({n: s.modules(d)["watcher"]})
            for n in ("a b", "a.b", "-a", "_a", "a", "ä1", "a\n", "", "edgeHub", "EDGEAGENT")
        ]
        + [lambda d: d["modulesContent"].update({"a b": {"properties.desired": {}}})],
        [lambda d, n=n: s.modules(d).update({n: s.modules(d)["watcher"]}) for n in ("ab", "1-_", "A" * 128)],
    ),
    "module-count": ([many(51)], [many(50)]),
    "env-name": (
        [lambda d, n=n: s.pipeline(d)["env"].update({n: {"value": ""}}) for n in ("A.B", "A B", "$A", "A#", "A+", "")],
        [lambda d: s.pipeline(d)["env"].update({"A__B-C": {"value": ""}})],
    ),
    "image-form": (
        [
            image(n)
            for n in (
                "",
                "r.io/a:1@sha256:" + "0" * 64,
                "$ACR/a:1",
                "${ACR}/a:1",
                "r.io/a:${TAG}",
                "r.io/A:1",
                "r.io/a b:1",
                "r.io/a:",
                "r.io/a@sha256:12",
                "https://r.io/a:1",
                "a:b:c",
            )
        ],
        [image(n) for n in ("r.io/a@sha256:" + "0" * 64, "localhost:5000/a:1", "a/b/c:1", "$upstream:8000/a/b:1")],
    ),
    "image-host-case": (
        [image("Shop.azurecr.io/a:1"), image("GHCR.io/a/b:1")],
        [image("shop.azurecr.io/a:1"), image("a/b:1"), image("a:1")],
    ),
    "image-tag": ([image("r.io/a"), image("r.io:5000/a"), image("r.io/a:latest")], [image("r.io/a:latest-1")]),
    "image-gone": (
        [image("mcr.microsoft.com/azureedgedevices/azdacontroller:0.3.3-ubuntu-amd64")],
        [image("mcr.microsoft.com/azureiotedge-simulated-temperature-sensor:1.5")],
    ),
    "pipeline-image": (
        [settings(image="shop.azurecr.io/watcher:2")],
        [
            image(s.IMAGE),  # what is known of it is that azdacli made it
            lambda d: s.modules(d)["watcher"]["settings"].update(image=f"{s.IMAGE}-1"),
            # a second pipeline
            lambda d: (image(s.IMAGE)(d), d["modulesContent"].update(watcher=d["modulesContent"]["ai-pipeline"])),
        ],
    ),
    "runtime-support": (
        [image(f"mcr.microsoft.com/azureiotedge-{n}") for n in ("agent:1.4", "hub:1.5.44", "hub:1.0-linux-amd64")],
        [image("mcr.microsoft.com/azureiotedge-agent:1.6"), image("mcr.microsoft.com/azureiotedge-agent:1.10.2")],
    ),
    "credential-address": (
        [
            lambda d, a=a: credentials(d)["shop"].update(address=a)
            for a in (
                "https://shop.azurecr.io",
                "shop.azurecr.io/pose",
                "shop",
                "localhost",
                "https://index.docker.io/v2/",
            )
        ],
        [
            lambda d, a=a: credentials(d)["shop"].update(address=a)
            for a in ("SHOP.azurecr.io", "localhost:5000", "https://index.docker.io/v1/")
        ],
    ),
    "credential-duplicate": (
        [lambda d: credentials(d).update(other=credential(address="Shop.azurecr.io"))],
        [lambda d: credentials(d).update(other=credential(address="other.azurecr.io"))],
    ),
    "credential-token": (
        [lambda d: credentials(d)["shop"].update(username="00000000-0000-0000-0000-000000000000")],
        [lambda d: credentials(d)["shop"].update(username="00000000-0000-0000-0000-000000000001")],
    ),
    "credential-missing": (
        [lambda d: credentials(d).clear(), image("other.azurecr.io/a:1"), image("shop.azurecr.io:443/a:1")],
        [image("ghcr.io/a/b:1"), image("marketplace.azurecr.io/nvidia/deepstream51-l4t:1.0")],
    ),
    "credential-unused": (
        [
            lambda d: credentials(d).update(other=credential(address="other.azurecr.io")),
            lambda d: credentials(d).update(other=credential(address="https://index.docker.io/v1/")),
        ],
        [
            lambda d: credentials(d)["shop"].update(address="Shop.AzureCR.io"),
            lambda d: (
                image("me/vision:1")(d),
                credentials(d).update(other=credential(address="https://index.docker.io/v1/")),
            ),
        ],
    ),
    "create-options": (
        [settings(createOptions=o) for o in ("{", "[]", "null", "1", "{'a':1}", '{"a":1,"a":2}', '{"a":NaN}')]
        + [settings(createOptions='{"HostConfig":[]}')],
        [settings(createOptions=o) for o in ("", "  ", "{}", '{"Labels":{"a":"b"}}')],
    ),
    "create-options-chunks": (
        [
            settings(createOptions='{"a":', createOptions02="1}"),
            settings(createOptions='{"a":', createOptions1="1}"),
            lambda d: s.pipeline(d)["settings"].update(createOptions01=s.pipeline(d)["settings"].pop("createOptions")),
            settings(
                createOptions="{" + " " * 1,
                **{f"createOptions{n:02}": " " for n in range(1, 100)},
                createOptions100="}",
            ),
        ],
        [settings(createOptions='{"a":', createOptions01="1}")],
    ),
    "create-options-long": (
        [
            settings(createOptions='{"a":"' + "x" * 600 + '"}'),
            settings(
                createOptions="{" + " " * 9, **{f"createOptions{n:02}": " " for n in range(1, 8)}, createOptions08="}"
            ),
        ],
        [settings(createOptions='{"a":"' + "x" * 504 + '"}')],
    ),
    "gpu-capabilities": (
        [host(DeviceRequests=[{"Capabilities": c}]) for c in (["gpu"], "gpu", [[1]], {})],
        [host(DeviceRequests=[{"Capabilities": [["gpu", "video"]], "Count": -1}]), host(DeviceRequests=None)],
    ),
    "host-network": (
        [
            host(NetworkMode="host"),
            lambda d: s.options(d, {"HostConfig": {"NetworkMode": "host"}, "NetworkingConfig": {}}),
        ],
        [
            host(NetworkMode="bridge"),
            lambda d: s.options(
                d, {"HostConfig": {"NetworkMode": "host"}, "NetworkingConfig": {"EndpointsConfig": {"host": {}}}}
            ),
        ],
    ),
    "binds": (
        [host(Binds=b) for b in (["a"], ["ab:b"], [":/b"], ["ab:/b:ro:x"], [""], ["./cfg:/cfg"], ["~/a:/b"], ["a:/b"])],
        [host(Binds=b) for b in ([], None, ["ab:/b"], ["/a:/b:ro"], ["my_vol-1.2:/b"])],
    ),
    "create-options-type": (
        [
            host(Binds="/a:/b"),
            host(Binds=[1]),
            host(Devices=["/dev/video0:/dev/video0"]),
            host(DeviceRequests=[{"Count": "all"}]),
            host(DeviceRequests=[{"Count": -1, "DeviceIDs": ["0"]}]),
            host(LogConfig={"Type": "json-file", "Config": {"max-file": 3}}),
            host(Memory="512m"),
            host(Memory=0.5),
            host(Memory=2**63),
            host(Privileged="true"),
            host(Privileged=1),
            host(CapAdd=[1]),
            host(Ulimits={"nofile": 1024}),
            host(Mounts=[{"Type": "bind", "ReadOnly": "yes"}]),
            host(RestartPolicy="always"),
            host(Sysctls={"net.core.rmem_max": 1}),
            lambda d: s.options(d, {"hostconfig": {"binds": "/a:/b"}}),
            lambda d: s.options(d, {"Env": {"A": "b"}}),
            lambda d: s.options(d, {"Env": ["A=b", 5]}),
            lambda d: s.options(d, {"Volumes": ["/a:/b"]}),
            lambda d: s.options(d, {"ExposedPorts": ["8554/tcp"]}),
            lambda d: s.options(d, {"Labels": {"a": 1}}),
            lambda d: s.options(d, {"StopTimeout": "10"}),
            lambda d: s.options(d, {"Healthcheck": {"Test": ["NONE"], "Interval": "30s"}}),
            lambda d: s.options(d, {"NetworkingConfig": {"EndpointsConfig": {"host": {"Aliases": "a"}}}}),
        ],
        [
            host(Devices=[{"PathOnHost": "/dev/video0", "PathInContainer": "/dev/video0", "CgroupPermissions": "rwm"}]),
            host(DeviceRequests=[{"Count": 0, "DeviceIDs": ["0"], "Capabilities": [["gpu"]]}]),
            host(Memory=536870912, PidsLimit=None, Init=True, Runtime="nvidia", Tmpfs={"/tmp": "size=64m"}),
            lambda d: s.options(d, {"Cmd": "serve", "Entrypoint": ["a"], "ENV": ["A=b"], "hostConfig": None}),
            lambda d: s.options(d, {"k8s-experimental": {"resources": {}}, "Labels": None, "Volumes": {"/a": {}}}),
        ],
    ),
    "create-options-value": (
        [
            *(lambda d, part=part: s.options(d, part) for part in REFUSED),
            *(host(**part) for part in REFUSED_OF_HOST),
        ],
        [
            *(lambda d, part=part: s.options(d, part) for part in TAKEN),
            *(host(**part) for part in TAKEN_OF_HOST),
        ],
    ),
    "create-options-key": (
        [
            *(lambda d, key=key: s.options(d, {key: "x"}) for key in ("environment", "ports", "network_mode", "gpus")),
            host(shm_size="1g"),
            host(LogConfig={"driver": "json-file"}),
            host(Mounts=[{"Type": "bind", "Source": "/a", "Target": "/b", "Destination": "/b"}]),
            lambda d: s.options(d, {"NetworkingConfig": {"host": {}}}),
            lambda d: s.options(d, {"privileged": True}),
            lambda d: s.options(d, {"ExposedPorts": {"http": {}}}),
            lambda d: s.options(d, {"Healthcheck": {"Test": ["curl", "-f", "localhost"]}}),
            host(Runtme="nvidia"),
            host(Bind=["/a:/b"]),
            host(Nonsense=1),
            lambda d: s.options(d, {"Binds": ["/a:/b"]}),
            lambda d: s.options(d, {"HostConfg": {}}),
            lambda d: s.options(d, {"Healthcheck": {"Tests": ["NONE"]}}),
        ],
        [host(runtime="nvidia"), lambda d: s.options(d, {"k8s-experimental": {}})],
    ),
    "port-bindings": (
        [
            host(PortBindings=p)
            for p in (
                {"rtsp/tcp": [{"HostPort": "8554"}]},
                {"8554/http": [{"HostPort": "8554"}]},
                {"8554/tcp": {"HostPort": "8554"}},
                {"8554/tcp": [{"HostPort": 8554}]},
                {"8554/tcp": [{"HostPort": "x"}]},
                [],
            )
        ],
        [
            host(
                PortBindings={
                    "1/udp": [{"HostPort": ""}],
                    "2/TCP": [{"HostIp": "127.0.0.1", "HostPort": "2-3"}],
                    "3": [],
                    "4-5/tcp": None,
                }
            )
        ],
    ),
    "port-conflict": (
        [lambda d: s.options(d, {"HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8554"}]}}}, "watcher")],
        [
            lambda d: s.options(d, {"HostConfig": {"PortBindings": {"80/udp": [{"HostPort": "8554"}]}}}, "watcher"),
            lambda d: (
                s.options(d, {"HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8554"}]}}}, "watcher"),
                s.modules(d)["watcher"].update(status="stopped"),
            ),
        ],
    ),
    "route-name": (
        [lambda d, n=n: s.hub(d)["routes"].update({n: "FROM /* INTO $upstream"}) for n in ("a b", "a.b", "$a", "a#")],
        [lambda d: s.hub(d)["routes"].update({"a/b:ü": "FROM /* INTO $upstream"})],
    ),
    "route-syntax": (
        [
            route(text)
            for text in (
                "",
                "FROM /* TO $upstream",
                "FROM /*INTO $upstream",
                "FROM messages/* INTO $upstream",
                "FROM /* INTO upstream",
                "FROM /* INTO $upstream;",
                "SELECT body FROM /* INTO $upstream",
                "FROM /* WHERE INTO $upstream",
                "FROM /* WHERE $body.a = 'x INTO $upstream",
                "FROM /* WHERE ($body.a = 1 INTO $upstream",
                "FROM /* WHERE $body.a) = (1 INTO $upstream",
                "FROM /* WHERE $twin.tags.a = 1 INTO $upstream",
                "FROM /* INTO BrokeredEndpoint(\"/modules/watcher/inputs/a')",
                "FROM /* INTO BrokeredEndpoint(/modules/watcher/inputs/a)",
                "FROM /* INTO $upstream" + " " * 5000,
            )
        ],
        [
            route(text)
            for text in (
                "from /* into $UPSTREAM",
                "select * from /messages/* where temperature > 5 AND is_defined($body.a) into $upstream",
                "FROM /messages/* WHERE name = 'INTO' INTO $upstream",
                "\n FROM /* INTO $upstream\n",
            )
        ],
    ),
    "route-source": (
        [
            route(f"FROM {source} INTO $upstream")
            for source in (
                "/message/*",
                "/messages/modules/watcher/inputs/*",
                "/modules/watcher/outputs/*",
            )
        ],
        [
            route(f"FROM {source} INTO $upstream")
            for source in (
                "/*",
                "/twinChangeNotifications",
                "/messages/*",
                "/messages/modules/*",
                "/MESSAGES/modules/WATCHER/outputs/any",
                "/messages/modules/watcher/*",
                "/messages/modules/edgeAgent/*",
            )
        ],
    ),
    "route-silent": (
        [route(f"FROM /messages/modules/{source} INTO $upstream") for source in ("nobody/*", "nobody/outputs/*")],
        [route(f"FROM /messages/modules/{source} INTO $upstream") for source in ("watcher/*", "*")],
    ),
    "route-sink": (
        [
            route(f'FROM /* INTO BrokeredEndpoint("{sink}")')
            for sink in (
                "/modules/nobody/inputs/a",
                "/modules/watcher/outputs/a",
                "/modules/watcher/inputs",
                "/modules/watcher/inputs/a/b",
                "modules/watcher/inputs/a",
                "/modules/watcher/inputs/*?",
                "",
            )
        ],
        [route(f'FROM /* INTO brokeredendpoint( "{sink}" )') for sink in ("/modules/Watcher/inputs/a",)],
    ),
    "route-endpoint": (
        [
            route("FROM /messages/modules/ai-pipeline/outputs/inferences INTO $upstream"),
            route('FROM /messages/modules/watcher/* INTO BrokeredEndpoint("/modules/ai-pipeline/inputs/in")'),
        ],
        [
            route("FROM /messages/modules/ai-pipeline/outputs/INFERENCE INTO $upstream"),
            route('FROM /messages/modules/watcher/* INTO BrokeredEndpoint("/modules/ai-pipeline/inputs/controller")'),
            route('FROM /messages/modules/ai-pipeline/* INTO BrokeredEndpoint("/modules/watcher/inputs/whatever")'),
        ],
    ),
    "route-endpoint-unknown": (
        [
            lambda d: (
                s.twin(d).clear(),
                route("FROM /messages/modules/ai-pipeline/outputs/inferences INTO $upstream")(d),
            )
        ],
        [lambda d: s.twin(d).clear()],
    ),
    "route-object": (
        [lambda d: s.hub(d).update(schemaVersion="1.0")],
        [lambda d: (s.hub(d).update(schemaVersion="1.0"), s.hub(d)["routes"].pop("ask"))],
    ),
    "time-to-live": (
        [lambda d: s.hub(d).pop("storeAndForwardConfiguration")],
        [lambda d: (s.hub(d).update(schemaVersion="1.0"), s.hub(d).pop("storeAndForwardConfiguration"))],
    ),
    "mqtt-broker": ([lambda d: s.hub(d).update(mqttBroker={})], [lambda d: None]),
    "module-section": (
        [lambda d: d["modulesContent"].update({"ai-pipelin": {"properties.desired": {}}})],
        [lambda d: d["modulesContent"].update({"watcher": {"properties.desired": {}}})],
    ),
    "restart-policy": (
        [lambda d, p=p: s.pipeline(d).update(restartPolicy=p) for p in ("on-failure", "on-unhealthy")],
        [lambda d: s.pipeline(d).update(restartPolicy="never")],
    ),
    # 8 bytes of keys, and texts of at most 4096 bytes
    "twin-size": (
        [
            lambda d: d["modulesContent"].update(
                watcher={"properties.desired": {f"k{n}": "x" * 4094 for n in range(8)} | {"y": 1}}
            )
        ],
        [lambda d: d["modulesContent"].update(watcher={"properties.desired": {f"k{n}": "x" * 4094 for n in range(8)}})],
    ),
    "twin-nearly-full": (
        [in_twin(**{f"k{n}": "ü" * 2047 for n in range(7)})],
        [in_twin(**{f"k{n}": "\n" * 4000 for n in range(9)})],
    ),
    "twin-depth": ([in_twin(a={"b": DEEP}), in_twin(a=[[[[[[[[[[[1]]]]]]]]]]])], [in_twin(a=DEEP)]),
    "twin-key": (
        [in_twin(**{key: 1}) for key in ("a.b", "a b", "$a", "a\n", "", "k" * 1025, "ü" * 513)],
        [in_twin(**{"k" * 1024: 1, "ü-_": 1})],
    ),
    "twin-string": (
        [in_twin(a="x" * 4097), in_twin(a="ü" * 2049), in_twin(a="\ud800")],
        [in_twin(a="ü" * 2048)],
    ),
    "twin-number": ([in_twin(a=2**52 + 1), in_twin(a=[-(2**52) - 1])], [in_twin(a=2**52), in_twin(a=1e300)]),
    "settings": (
        [stream(configId="nobody"), in_twin(azdaConfiguration=[]), config("../x.txt")],
        [stream(uname="")],
    ),
    "settings-doubt": ([config("")], [lambda d: None]),
    "recording": (
        [
            *(in_twin(outputVideoLength=length) for length in (0, -1, 3601, "long", [], {})),
            *(in_twin(autoStopRecordingTime=time) for time in (-1, 86401, "never", {})),
        ],
        [
            in_twin(outputVideoLength=10, autoStopRecordingTime=0),
            in_twin(outputVideoLength="30"),
            in_twin(startRecording=3),
        ],
    ),
    "asset-path": (
        [
            config(name)
            for name in (
                *("/custom-assets/pgie.tx", "pgie.tx", "more/pgie.txt", "/custom-assets/pgie.txt/more"),
                "/opt/nvidia/deepstream/deepstream-5.1/samples/x.txt",
            )
        ],
        [
            config("/custom-assets/pgie.txt"),
            config("pgie.txt"),
            config("./pgie.txt"),
            config("/opt/nvidia/deepstream/deepstream/samples/x.txt"),
        ],
    ),
    "asset-path-doubt": (
        [config("/models/pgie.txt"), config("/opt/nvidia/deepstream/deepstream/sample/x.txt")],
        [config("/custom-assets/pgie.tx")],
    ),
    "hardening": (
        [
            lambda d: s.options(d, {}),
            *(
                hardened(**part)
                for part in (
                    {"Privileged": True},
                    {"CapDrop": ["NET_RAW"]},
                    {"SecurityOpt": []},
                    {"ReadonlyRootfs": False},
                    {"Memory": 0},
                    {"PidsLimit": -1},
                )
            ),
            hardened(User="0:0"),
        ],
        [
            hardened(SecurityOpt=["no-new-privileges:true"]),
            lambda d: s.modules(d)["watcher"]["settings"].update(createOptions="{}"),
        ],
    ),
    "secret-in-clear": (
        [
            stream(uname="u", password="p"),
            in_twin(link="rtsp://user:pass@camera/live"),
            in_twin(link="https://x.blob.core.windows.net/m.zip?sv=1&sig=abc"),
            lambda d: s.pipeline(d)["env"].update(BLOB_STORAGE_ACCOUNT_KEY={"value": "k"}),
            lambda d: s.options(d, {"Env": ["DB_PASSWORD=k"]}),
            lambda d: s.options(d, {"Cmd": ["--camera", "rtsp://viewer:hunter2@10.0.0.5/live"]}),
            lambda d: s.options(d, {"Cmd": ["serve", "--password", "hunter2"]}),
            lambda d: s.options(d, {"Labels": {"api-key": "hunter2"}}),
            lambda d: s.options(d, {"HostConfig": {"LogConfig": {"Config": {"splunk-token": "hunter2"}}}}),
            lambda d: s.pipeline(d)["env"].update(X={"value": "SharedAccessSignature sr=h%2Fd&sig=hunter2%3D&se=1"}),
            lambda d: s.pipeline(d)["env"].update(X={"value": "AccountKey=one;SharedAccessKey=two"}),
            in_twin(deep={"down": json.dumps({"client_secret": "hunter2"})}),
            in_twin(deep=[{"name": "DB_PASSWORD", "value": "hunter2"}]),
        ],
        [lambda d: credentials(d)["shop"].update(password="")],
    ),
}
# These need something beside the manifest and have tests of their own.
ELSEWHERE = {
    "unresolved-variable",
    "unknown-variable-form",
    "module-image",
    "architecture",
    "device-type",
    "secret-in-template",
    "assets-unknown",
    "pipeline-image-doubt",
}


def cases(which: int) -> list[Any]:
    return [
        pytest.param(rule, change, id=f"{rule}-{number}")
        for rule, pair in CASES.items()
        for number, change in enumerate(pair[which])
    ]


def test_the_good_manifest_keeps_every_rule_but_the_one_about_its_password() -> None:
    assert [(p.rule, json_path(p.path)) for p in s.problems(s.good())] == [("secret-in-clear", CLEAR)]


def test_every_rule_has_a_manifest_that_breaks_it_and_one_that_keeps_it() -> None:
    assert set(CASES) | ELSEWHERE == {name for name, _, _ in rules.listed()}
    assert all(breaking and keeping for breaking, keeping in CASES.values())


@pytest.mark.parametrize(("rule", "change"), cases(0))
def test_a_broken_rule_is_found(rule: str, change: s.Change) -> None:
    document = s.changed(change)
    known = {json_path(p.path) for p in s.problems(s.good()) if p.rule == rule}
    found = [p for p in s.problems(document) if p.rule == rule and json_path(p.path) not in known]
    assert found
    severity = {name: severity for name, severity, _ in rules.listed()}[rule]
    assert {p.severity for p in found} == {severity}


@pytest.mark.parametrize(("rule", "change"), cases(1))
def test_a_rule_that_is_kept_is_not_complained_of(rule: str, change: s.Change) -> None:
    assert rule not in s.rules(s.changed(change))


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        (ImageFacts(os="linux", architecture="amd64"), "architecture"),
        (ImageFacts(os="linux", architecture="arm64", target="dgpu"), "device-type"),
    ],
)
def test_an_image_for_another_device_is_found(facts: ImageFacts, rule: str) -> None:
    assert rule in s.rules(s.good(), facts={s.IMAGE: facts})
    assert rule not in s.rules(s.good(), facts={s.IMAGE: facts}, machine=None, target=None)


def test_an_image_for_windows_is_found_whatever_the_device() -> None:
    facts = {s.IMAGE: ImageFacts(os="windows", architecture="arm64")}
    assert "architecture" in s.rules(s.good(), facts=facts, machine=None, target=None)


def test_the_image_of_a_pipeline_is_one_of_ours_or_doubtful() -> None:
    other, ours = (ImageFacts(os="linux", architecture="arm64", release=release) for release in (None, "7.1"))
    assert "pipeline-image-doubt" in s.rules(s.good(), facts={s.IMAGE: other})
    assert "pipeline-image-doubt" not in s.rules(s.good(), facts={s.IMAGE: ours})
    assert "pipeline-image-doubt" not in s.rules(s.good(), facts={})
    for name in ("nvcr.io/nvidia/deepstream:7.1-samples-multiarch", "mcr.microsoft.com/azureiotedge-hub:1.6"):
        foreign = s.changed(lambda d, name=name: s.pipeline(d)["settings"].update(image=name))
        assert "pipeline-image-doubt" in s.rules(foreign, facts={})
    shared = s.changed(lambda d: s.modules(d)["watcher"]["settings"].update(image=s.IMAGE))
    assert "pipeline-image" not in s.rules(shared, facts={s.IMAGE: ours})
    assert "pipeline-image" in s.rules(shared, facts={s.IMAGE: other})
    assert "pipeline-image" in s.rules(shared, facts={})


@pytest.mark.parametrize("role", ["controller", "rtsp-simulator", "uploader"])
def test_a_pipelines_image_may_have_another_role_beside_it(role: str) -> None:
    options = {"image": s.IMAGE, "createOptions": json.dumps({"Cmd": [role]})}
    beside = s.changed(lambda d: s.modules(d)["watcher"].update(settings=options))
    assert "pipeline-image" not in s.rules(beside, facts={})


def test_an_image_that_nobody_has_is_found_where_somebody_was_asked() -> None:
    assert "assets-unknown" in s.rules(s.good(), facts={}, asked=True)
    assert "assets-unknown" not in s.rules(s.good(), facts={})
    assert "assets-unknown" not in s.rules(s.good(), asked=True)


def test_a_controllers_configuration_is_read_by_the_pipelines_image() -> None:
    def handed_on(document: s.Document) -> None:
        content = document["modulesContent"]
        content["controllermodule"] = content.pop("ai-pipeline")
        s.modules(document)["controllermodule"] = s.modules(document)["watcher"]

    view = View(document=s.changed(handed_on))
    (problem,) = pipeline_image.unknown(view, {})
    assert (problem.rule, s.IMAGE in problem.message) == ("assets-unknown", True)
    assert "ai-pipeline" in problem.path


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("azdacontroller:0.3.3-ubuntu-amd64", "azdaConfiguration"),
        ("azdacontroller:0.3.3-ubuntu-amd64", '{"Cmd": ["controller"]}: docs/controller.md'),
        ("videouploader:0.0.1-amd64", "/tmp/VideoUploaderCache"),
        ("videouploader:0.0.1-amd64", "docs/uploader.md"),
        ("azdartspsim:0df729a-amd64", "file:///"),
        ("azdartspsim:0df729a-amd64", "docs/rtsp-simulator.md"),
    ],
)
def test_what_takes_the_place_of_the_predecessors_image_is_said(name: str, word: str) -> None:
    found = s.problems(s.changed(image(f"mcr.microsoft.com/azureedgedevices/{name}")))
    assert [word in p.hint for p in found if p.rule == "image-gone"] == [True]


def test_a_secret_that_stands_in_the_template_is_told_apart_from_one_that_came_from_a_variable() -> None:
    template = s.good()
    assert "secret-in-template" in s.rules(s.good(), template=template)
    credentials(template)["shop"]["password"] = "$CONTAINER_REGISTRY_PASSWORD"
    assert "secret-in-template" not in s.rules(s.good(), template=template)


def test_the_place_of_a_finding_is_a_jsonpath() -> None:
    document = s.changed(stream(configId="nobody"))
    locations = [json_path(p.path) for p in s.problems(document) if p.rule == "settings"]
    base = "$.modulesContent['ai-pipeline']['properties.desired'].azdaConfiguration.components.deepStream"
    assert f"{base}.streams[0].configId" in locations


def test_no_secret_is_in_a_finding() -> None:
    document = s.changed(stream(uname="u", password="swordfish"))
    document["modulesContent"]["$edgeAgent"]["properties.desired"]["modules"]["hunter2!"] = {}
    from azdacli.manifest import checks, generate  # only this test goes through the outer door

    reported = " ".join(str(p.as_json()) for p in generate.check(document, checks.Knowledge(reader=s.reader)))
    assert "secret-in-clear" in reported
    assert "swordfish" not in reported
    assert "hunter2" not in reported
