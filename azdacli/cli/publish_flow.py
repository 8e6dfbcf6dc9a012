"""From the options of a command line to places, logins and layers; then publish, and print what was sent."""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from azdacli.auth import keychain
from azdacli.cli import console, progress
from azdacli.cli.confirm_flow import confirm
from azdacli.cli.locations_flow import Locations, is_layout
from azdacli.cli.publish_answer_flow import Answer, Plan
from azdacli.errors import SpecError
from azdacli.events import Listener
from azdacli.image import assets, label_text
from azdacli.image import labels as asset_index
from azdacli.image.file_tree import FileTree, base_of
from azdacli.image.labels import Listing
from azdacli.image.spec import Target
from azdacli.oci.layout import OciLayout
from azdacli.oci.reference import Reference
from azdacli.oci.registry import RegistryRepository, Resumables
from azdacli.oci.repository import Repository
from azdacli.publish.cache import Memory
from azdacli.publish.plan import Runtime
from azdacli.publish.publisher import Published, Publisher
from azdacli.publish.rehearsal import Rehearsal
from azdacli.util.paths import cache_folder


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishOptions:
    """The options of `publish`, as typed."""

    base: str
    image: str
    add: tuple[str, ...] = ()
    rebase: str = ""
    run: tuple[str, ...] = ()
    build_folder: Path | None = None
    platform: str | None = None
    labels: tuple[str, ...] = ()
    verify: bool = False
    validate: bool = True
    username: str = ""
    read_stdin: Callable[[], str] | None = None
    ask: Callable[[str], str] | None = None
    auth: str = "auto"
    base_auth: str = "auto"
    ca_bundle: Path | None = None
    insecure: bool = False
    sbom: Path | None = None


class Publication:
    """A publishing with its logins found and its assets listed; nothing was written yet.

    Raises:
        SpecError: It is impossible; the hint says what is possible.
        RegistryError: A login that was asked for is not there.
    """

    def __init__(self, options: PublishOptions) -> None:
        _check(options)
        self._labels = dict(label_text.parse(text) for text in options.labels)
        self._options = options
        self._added = assets.find(options.add, options.build_folder)
        self._parts = [part for asset in self._added for part in assets.scan(asset)]
        for asset in self._added:
            console.note(f"adding {asset.source} as {asset.target}")
        self._cache = cache_folder(os.environ)
        self._locations = Locations(options.image, _login_options(options), Resumables(self._cache / "uploads"))
        self._to = self._locations.destination()
        self._base = self._locations.source(options.base, options.platform)
        self._rebased = self._locations.source(options.rebase, options.platform) if options.rebase else None

    @property
    def is_remote(self) -> bool:
        """Whether the image goes to a registry, and not into a folder."""
        return not is_layout(self._options.image)

    def publish(self, over: threading.Event) -> Answer:
        """Do it.

        Args:
            over: When it is set, uploads stop where a later run can go on.

        Raises:
            SpecError: The base and the assets do not match.
            ParserError: A parser does not fit the base.
            RegistryError: A registry is away or refused.
        """
        self._locations.stop_with(over)
        started = time.monotonic()
        with contextlib.closing(self._locations), progress.shown() as listener:
            done = self._run(listener, self._to.repository)
        self._locations.resumables.sweep()
        _notify(done, time.monotonic() - started)
        if isinstance(self._to.repository, RegistryRepository):
            login = self._to.repository.registry.login
            confirm(Reference.parse(self._to.name), done.digest, login, ca_bundle=self._options.ca_bundle)
        bill = self._bill(done)
        return Answer(name=self._to.repository.name, image=self._to.name, published=done, sbom=bill)

    def rehearse(self) -> Plan:
        """Read what the registry holds, and write nothing.

        Raises:
            SpecError: The base and the assets do not match.
            ParserError: A parser does not fit the base.
            RegistryError: A registry is away or refused.
        """
        to = Rehearsal(self._to.repository, lambda source: _shares(self._to.repository, source))
        with contextlib.closing(self._locations), progress.shown() as listener:
            done = self._run(listener, to)
        return Plan(image=self._to.name, published=done, action=to.action)

    def _bill(self, done: Published) -> str | None:
        """Write the bill of materials, and attach it where the image went to a registry."""
        from azdacli.cli import sbom_flow  # only --sbom needs it
        from azdacli.image import sbom  # same

        if self._options.sbom is None:
            return None
        found = sbom.Materials(name=self._to.name, base=self._base.name, base_digest=done.base_digest, files=done.files)
        data = sbom.render(found)
        sbom_flow.save(self._options.sbom, data)
        if not isinstance(self._to.repository, RegistryRepository):
            return None
        return sbom_flow.attach(self._to.repository, done.digest, data)

    def _run(self, listener: Listener, repository: Repository) -> Published:
        options, to = self._options, self._to
        publisher = Publisher(
            repository,
            to.selector,
            memory=Memory(None if options.verify else self._cache / "layers.json"),
            listener=listener,
            interrupted=lambda key: self._locations.resumables.known(to.repository.name, key),
        )
        if self._rebased:
            return publisher.rebase(self._rebased, self._base)
        return publisher.publish(
            self._base,
            self._parts,
            asset_index.targets(self._added),
            labels=self._labels,
            check=self._check if options.validate else None,
        )

    def _check(self, runtime: Runtime, before: Listing) -> None:
        from azdacli.cli import check_flow  # heavy, and only assets that changed need it

        base = base_of(runtime.release, Target.parse(runtime.target))
        image = FileTree(self._parts, listed=[row["path"] for row in before.files], base=base)
        check_flow.validate(self._added, image, release=runtime.release, device_type=runtime.target, runs=None)


def _shares(to: Repository, source: Repository) -> bool:
    """Whether a place can take over another's blobs without moving them."""
    if isinstance(to, RegistryRepository) and isinstance(source, RegistryRepository):
        return to.registry.name == source.registry.name
    return isinstance(to, OciLayout) and isinstance(source, OciLayout)


def _check(options: PublishOptions) -> None:
    if options.run:
        raise SpecError(
            "publish runs no commands: it only adds files",
            hint="Put --run into `azdacli create` for the runtime image, push that, then publish on it.",
        )
    if options.platform is not None and options.platform.count("/") not in (1, 2):
        raise SpecError(
            f"--platform '{options.platform}' is not a platform",
            hint="Write linux/arm64 for Jetson, linux/amd64 for dGPU.",
        )
    if bool(options.add) == bool(options.rebase):
        raise SpecError(
            "publish takes either --add or --rebase",
            hint='Write --add "./custom-assets /custom-assets", or --rebase with the image that has the assets.',
        )


def _login_options(options: PublishOptions) -> keychain.LoginOptions:
    """Say whom a login is for: the image's registry, or, when the image goes to a folder, the first that is read."""
    names = [name for name in (options.image, options.base, options.rebase) if name and not is_layout(name)]
    auth = keychain.Auth.parse(options.auth)
    elsewhere = keychain.Auth.parse(options.base_auth, option="--base-auth")
    return keychain.LoginOptions(
        registry=Reference.parse(names[0]).registry if names else "",
        auth=auth,
        username=options.username,
        read_stdin=options.read_stdin,
        ask=options.ask,
        ca_bundle=options.ca_bundle,
        insecure=options.insecure,
        elsewhere=auth if auth is keychain.Auth.ANONYMOUS and elsewhere is keychain.Auth.AUTO else elsewhere,
    )


def _notify(done: Published, seconds: float) -> None:
    console.note(f"base: {done.runtime}, {done.platform}")
    console.note(
        f"sent {progress.size(done.sent)} in {seconds:.1f} s; "
        f"{progress.size(max(0, done.total - done.sent))} of {progress.size(done.total)} were there already"
    )
