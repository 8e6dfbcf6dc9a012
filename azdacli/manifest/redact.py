"""A manifest for other people's eyes: the same, with every secret replaced by asterisks."""

from collections.abc import Mapping
from typing import Any

from azdacli.manifest.template import finished
from azdacli.manifest.whole import with_whole_options
from dsconfig import redaction


def redacted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Replace every secret of a manifest.

    createOptions are opened first and cut into pieces again afterwards, so that a secret that lies across two pieces
    is found too.
    """
    opened = with_whole_options(document)
    certain = {secret.value for secret in redaction.secrets_in(opened) if secret.sure}
    return finished(redaction.redacted(opened, certain))
