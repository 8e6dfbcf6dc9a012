"""What Azure says of an image that was just stored: asked through Microsoft's own client, as a second reader."""

import contextlib
from pathlib import Path

from azdacli.auth.acr_inventory import AzureInventory
from azdacli.cli import console
from azdacli.errors import RegistryError
from azdacli.oci.credential import Credential, is_azure
from azdacli.oci.reference import Reference


def confirm(reference: Reference, digest: str, login: Credential | None, *, ca_bundle: Path | None = None) -> None:
    """Hold the digest of a tag against what Azure says; any other registry, and any other login, has no such client.

    Raises:
        RegistryError: The tag is another image there.
    """
    by_entra = login is not None and login.renew is not None
    if not by_entra or not is_azure(reference.registry) or reference.tag is None:
        return
    try:
        azure = AzureInventory(reference.registry, reference.repository, ca_bundle=ca_bundle)
        with contextlib.closing(azure):
            found = azure.digest(reference.tag)
    except RegistryError as error:  # it is stored, and our own reading of it was right
        console.note(f"Azure's own client does not confirm it: {error}")
        return
    if found != digest:
        raise RegistryError(
            f"Azure says that {reference} is {found or 'not there'}, and {digest} was stored",
            hint="Somebody else stored the same tag at the same time: use a tag of your own.",
        )
    console.note(f"Azure confirms {reference} as {digest}")
