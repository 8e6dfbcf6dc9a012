"""What `publish` writes, read by skopeo: from Debian's registry, and from an image layout on disk."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import runtimes
from support.registries import Registry

from azdacli.oci.credential import Credential

pytestmark = pytest.mark.registry


def test_skopeo_reads_what_is_published_and_copies_a_layout(registry: Callable[..., Registry], tmp_path: Path) -> None:
    one = registry("token")
    login = Credential(host=one.host, username=one.username, password=one.password)
    runtimes.put_runtime(runtimes.connect(one.host, login).repository("runtime", push=True), "1")
    (tmp_path / "custom-assets").mkdir()
    (tmp_path / "custom-assets" / "labels.txt").write_text("person\n")

    def publish(image: str) -> str:
        words = ["--base", f"{one.host}/runtime:1", "--image", image, "--add", "./custom-assets /custom-assets"]
        environment = {
            **os.environ,
            "AZDA_CACHE_DIR": str(tmp_path / "cache"),
            "AZDA_REGISTRY_USERNAME": one.username,
            "AZDA_REGISTRY_PASSWORD": one.password,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        command = [sys.executable, "-m", "azdacli", "publish", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip().rpartition("@")[2]

    digest = publish(f"{one.host}/pose:1")
    inspect = ["skopeo", "inspect", "--tls-verify=false", "--creds", f"{one.username}:{one.password}"]
    seen = subprocess.run([*inspect, f"docker://{one.host}/pose:1"], capture_output=True, check=True)
    assert json.loads(seen.stdout)["Digest"] == digest

    layout, copied = tmp_path / "layout", tmp_path / "copied"
    publish(f"oci:{layout}:1")
    subprocess.run(["skopeo", "copy", f"oci:{layout}:1", f"dir:{copied}"], check=True, capture_output=True)
    manifest = json.loads((copied / "manifest.json").read_bytes())
    assert all((copied / entry["digest"].removeprefix("sha256:")).is_file() for entry in manifest["layers"])
