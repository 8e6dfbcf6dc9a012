"""What `create` and `publish` do before an image has a name: check the parsers and configurations among the assets."""

import sys
from collections.abc import Sequence

from azdacli import parser_check
from azdacli.cli import console
from azdacli.errors import ParserError
from azdacli.image.file_tree import FileTree
from azdacli.image.spec import Asset, Target
from azdacli.parser_check.report import text


def validate(
    added: Sequence[Asset], image: FileTree, *, release: str, device_type: str, runs: Sequence[str] | None
) -> None:
    """Show what is wrong, and stop when it would fail on the device.

    Args:
        added: The assets.
        image: The files of the image, in which the paths of configurations are resolved.
        release: DeepStream's; the default one when it is empty.
        device_type: As the user or the base's label has it.
        runs: What `--run` gets; None for a base of which nobody knows what was installed.

    Raises:
        ParserError: A parser or a configuration breaks its contract.
        SpecError: There is no such release or device type.
    """
    if not added:
        return
    report = parser_check.check_assets(
        [asset.source for asset in added],
        release=release or None,
        target=Target.parse(device_type),
        runs=runs,
        image=image,
    )
    if report.findings:
        console.rendered(text.render(report, colour=console.coloured(sys.stderr)))
    if report.failed(strict=False):
        raise ParserError(
            f"the assets would not work on the device: {report.summary}",
            hint="Fix the findings above, or continue without the check with --no-validate.",
        )
