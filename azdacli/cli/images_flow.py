"""What `images` does: find the repository and who lists it, say what is used, then delete and lock."""

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import typer

from azdacli.auth import keychain
from azdacli.auth.acr_inventory import AzureInventory, NoIdentityError
from azdacli.cli import console, images_table, manifest_flow
from azdacli.edge import device_modules, hub_call, iot_hub, versions
from azdacli.errors import RegistryError, SpecError
from azdacli.manifest.view import View
from azdacli.oci import registry as oci_registry
from azdacli.oci.credential import is_azure
from azdacli.oci.reference import Reference
from azdacli.oci.registry.inventory import TagInventory
from azdacli.oci.versions import Inventory, Removal, Version, newest_first, removal, roots

_SHARED = "mcr.microsoft.com"  # where edgeAgent and edgeHub come from: nobody's own repository
_SHORTEST = 6  # digits of a digest that are taken for one


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is to be done besides listing."""

    keep: int | None = None
    untagged: bool = False
    lock: tuple[str, ...] = ()
    unlock: tuple[str, ...] = ()
    yes: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the verb prints."""

    reference: Reference
    versions: tuple[Version, ...]
    lists_untagged: bool
    removal: Removal
    deleted: bool
    now: datetime

    def as_json(self) -> dict[str, Any]:
        """The object of `data/schemas/images.json`."""
        digests = list(self.removal.digests)
        return {
            "ok": True,
            "repository": self.reference.name,
            "untaggedListed": self.lists_untagged,
            "versions": [images_table.as_json(version) for version in self.versions],
            "deleted": digests if self.deleted else [],
            "wouldDelete": [] if self.deleted else digests,
            "spared": [{"digest": version.digest, "reason": why} for version, why in self.removal.spared],
        }

    def as_text(self) -> str:
        """A table."""
        return images_table.table(self.versions, self.now)


def uses(manifest: Path | None, device: str, hub: str, *, ca_bundle: Path | None) -> dict[str, str]:
    """Say which images are in use: `module ai-pipeline` -> image.

    Raises:
        SpecError: A device is named without its hub.
        ManifestError: The manifest cannot be read.
        DeployError: The hub is away or refused.
    """
    found: dict[str, str] = {}
    if manifest is not None:
        modules = View(document=manifest_flow.read(manifest)).modules()
        found |= {f"{module.name} in {manifest.name}": module.image for module in modules if module.image}
    if device or hub:
        if not (device and hub):
            raise SpecError("--device and --hub go together", hint="Write --device my-jetson --hub my-hub.")
        running = device_modules.images(hub_call.host(hub), device, token=iot_hub.entra_token, ca_bundle=ca_bundle)
        found |= {f"{module} on {device}": image for module, image in running.items()}
    return found


def repository_of(name: str, used: Mapping[str, str]) -> Reference:
    """Find the repository: the one that is named, or the only one that is used.

    Raises:
        SpecError: It is none, or there are several.
    """
    if name:
        reference = Reference.parse(name)
        if "@" in name or ":" in name.rpartition("/")[2]:
            raise SpecError(f"'{name}' names one version", hint=f"Write {reference.name} to list all of them.")
        return reference
    found = {one.name: one for one in _references(used).values() if one.registry != _SHARED}
    if len(found) == 1:
        return next(iter(found.values()))
    raise SpecError(
        "the repository is not named" if not found else f"several repositories are in use: {', '.join(sorted(found))}",
        hint="Write it as myregistry.azurecr.io/pose.",
    )


@contextlib.contextmanager
def opened(reference: Reference, login: keychain.LoginOptions) -> Iterator[tuple[Inventory, list[Version]]]:
    """Open a repository and read its versions: Azure's through Microsoft's client, any other by its tags.

    Raises:
        RegistryError: The registry is away or refuses.
    """
    credential = keychain.find(reference.registry, reference.repository, login, log=console.note)
    registry = oci_registry.connect(
        reference.registry, credential, ca_bundle=login.ca_bundle, insecure=login.insecure, log=console.note
    )
    repository = registry.repository(reference.repository)
    with contextlib.ExitStack() as stack:
        stack.callback(registry.close)
        inventory: Inventory = TagInventory(repository)
        listed = None
        own = reference.registry in (login.registry, login.preset_for)  # named by the user, not by a file or a device
        if own and is_azure(reference.registry) and login.auth in (keychain.Auth.AUTO, keychain.Auth.ENTRA):
            try:
                azure = stack.enter_context(
                    contextlib.closing(
                        AzureInventory(reference.registry, reference.repository, ca_bundle=login.ca_bundle)
                    )
                )
                listed, inventory = azure.listed(), azure
            except NoIdentityError as error:
                if login.auth is keychain.Auth.ENTRA:
                    raise
                console.note(f"{error}: versions without a tag are not listed")
        yield inventory, versions.described(repository, inventory.listed() if listed is None else listed)


def run(
    reference: Reference, inventory: Inventory, found: Sequence[Version], used: Mapping[str, str], asked: Asked
) -> Answer:
    """Lock what is to be locked, then delete what is to go, unless nobody agrees.

    Raises:
        SpecError: A version that is named is not there, or the registry cannot do what is asked for.
        RegistryError: The registry is away or refuses.
    """
    if asked.untagged and not inventory.lists_untagged:
        raise SpecError(
            f"{reference.registry} does not list what has no tag",
            hint="The distribution API names tags alone; the registry's own garbage collection finds the rest.",
        )
    owned = [replace(version, used_by=_users(version, reference, used)) for version in found]
    owned = _locked(inventory, owned, asked)
    going = removal(owned, keep=asked.keep, untagged=asked.untagged)
    for version, why in going.spared:
        console.note(f"{images_table.name(version)} stays: {why}")
    agreed = bool(going.versions) and _agreed(going, asked)
    if agreed:
        _delete(inventory, going.digests)
    gone = set(going.digests) if agreed else set()
    left = tuple(v for v in newest_first(roots(owned)) if v.digest not in gone)
    return Answer(
        reference=reference,
        versions=left,
        lists_untagged=inventory.lists_untagged,
        removal=going,
        deleted=agreed,
        now=datetime.now(timezone.utc),
    )


def _delete(inventory: Inventory, digests: Sequence[str]) -> None:
    """Delete one after the other; where that ends midway, what is gone already is said."""
    count = 0
    try:
        for digest in digests:
            inventory.delete(digest)
            count += 1
    except RegistryError as error:
        if not count:
            raise
        hint = " ".join(filter(None, (error.hint, "Run the same command again for the rest.")))
        raise RegistryError(f"{error}; {count} of {len(digests)} manifests were deleted before", hint=hint) from error


def _locked(inventory: Inventory, found: list[Version], asked: Asked) -> list[Version]:
    locking, unlocking = ({_named(found, name).digest: name for name in names} for names in (asked.lock, asked.unlock))
    if both := [name for digest, name in locking.items() if digest in unlocking]:
        raise SpecError(f"'{both[0]}' cannot be locked and unlocked at once", hint="Leave out --lock or --unlock.")
    chosen = {**dict.fromkeys(locking, True), **dict.fromkeys(unlocking, False)}
    for digest, locked in chosen.items():
        inventory.lock(digest, locked=locked)
        console.note(f"{'locked' if locked else 'unlocked'} {digest}")
    return [replace(v, listed=replace(v.listed, locked=chosen[v.digest])) if v.digest in chosen else v for v in found]


def _named(found: Sequence[Version], name: str) -> Version:
    """The version of a tag, a digest, or the beginning of one."""
    bare = name.removeprefix("sha256:")
    matching = [
        v for v in found if name in v.tags or (len(bare) >= _SHORTEST and v.digest.startswith(f"sha256:{bare}"))
    ]
    if len(matching) != 1:
        tags = ", ".join(tag for v in newest_first(found) for tag in v.tags)
        raise SpecError(f"there is no single version '{name}'", hint=f"There are: {tags or 'none with a tag'}.")
    return matching[0]


def _agreed(going: Removal, asked: Asked) -> bool:
    for version in going.versions:
        console.note(f"{'deleting' if asked.yes else 'to delete'}: {images_table.name(version)} {version.digest}")
    if asked.yes:
        return True
    if not sys.stdin.isatty():
        console.note("nothing was deleted: add --yes to delete")
        return False
    return typer.confirm(f"Delete {len(going.versions)} for good?", err=True)


def _users(version: Version, reference: Reference, used: Mapping[str, str]) -> tuple[str, ...]:
    own = {version.digest, *version.parts, *version.tags}
    return tuple(
        user for user, image in _references(used).items() if image.name == reference.name and image.selector in own
    )


def _references(used: Mapping[str, str]) -> dict[str, Reference]:
    """The images whose names can be read; a name with a variable in it says nothing."""
    found: dict[str, Reference] = {}
    for user, image in used.items():
        with contextlib.suppress(SpecError):
            found[user] = Reference.parse(image)
    return found
