"""Proxies, certificates, and whether the registries can be reached."""

import shlex
import sys
from collections.abc import Mapping, Sequence

from azdacli.doctor.facts.machine import BrokenBundle, Trouble, Visit
from azdacli.doctor.finding import Finding, failed, passed, warned
from azdacli.errors import RegistryError
from azdacli.util import proxies

PROXIES, CERTIFICATES, REACH = "proxies", "certificates", "network"
_CODE = RegistryError.exit_code
_NAMES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


def check_proxies(environment: Mapping[str, str]) -> Finding:
    """Whether the variables for proxies are ones that every program reads in the same way."""
    reported = {name: (environment.get(name, ""), environment.get(name.upper(), "")) for name in _NAMES}
    for name, (lower, upper) in reported.items():
        if lower and upper and lower != upper:
            return warned(
                PROXIES,
                f"{name} and {name.upper()} differ: some programs read one, some the other",
                f'export {name.upper()}="${name}"',
            )
        for variable, value in ((name, lower), (name.upper(), upper)):
            if value and name != "no_proxy" and (wrong := proxies.problem(value)):
                cure = f"unset {variable}\nor, behind a proxy: export {variable}=http://HOST:PORT"
                return failed(PROXIES, f"{variable} {wrong}", cure, _CODE)
    set_ones = {name: _shown(lower or upper) for name, (lower, upper) in reported.items() if lower or upper}
    if not set_ones:
        return passed(PROXIES, "none are set")
    return passed(PROXIES, ", ".join(f"{name}={value}" for name, value in set_ones.items()), proxies=set_ones)


def _shown(value: str) -> str:
    return f"***@{value.rpartition('@')[2]}" if "@" in value else value


def check_certificates(
    visits: Sequence[Visit], broken: Sequence[BrokenBundle], bundles: Sequence[str], *, insecure: bool = False
) -> Finding:
    """Whether the certificates that are met are trusted.

    Args:
        visits: To the registries.
        broken: Files of certificates that cannot be used.
        bundles: The files that are trusted.
        insecure: Whether plain http is allowed.
    """
    for bundle in broken:
        named = f", which {bundle.source} names," if bundle.source else ""
        return failed(
            CERTIFICATES,
            f"the certificates in {bundle.path}{named} cannot be used: {bundle.problem}",
            _bundle_cure(bundle),
            _CODE,
        )
    for visit in visits:
        if visit.trouble is Trouble.UNTRUSTED:
            name = visit.host if ":" in visit.host else f"{visit.host}:443"
            return failed(
                CERTIFICATES,
                f"{visit.host} shows a certificate that is not trusted: {visit.detail}",
                f"openssl s_client -showcerts -connect {name} </dev/null    # who signed it? get that certificate\n"
                "export AZDA_CA_BUNDLE=/path/to/it.pem",
                _CODE,
                host=visit.host,
            )
        if visit.trouble is Trouble.PLAIN and not visit.is_loopback and not insecure:
            return failed(
                CERTIFICATES,
                f"{visit.host} does not use TLS: anyone on the network path can read and change the traffic",
                "azdacli doctor --insecure    # on a network that you trust; the other verbs have --insecure too",
                _CODE,
                host=visit.host,
            )
    reached = [visit.host for visit in visits if visit.trouble is None]
    trusted = f"trusting {', '.join(bundles) or 'the system'}"
    return passed(CERTIFICATES, f"{', '.join(reached) or 'none met'}; {trusted}", bundles=list(bundles))


def _bundle_cure(bundle: BrokenBundle) -> str:
    """What the user who named a file can do: name another, or look what is in it."""
    cures = [] if bundle.is_absent else [f"openssl x509 -in {shlex.quote(bundle.path)} -noout -subject -enddate"]
    if bundle.source.startswith("--"):
        cures.append(f"give another file with {bundle.source} FILE (PEM)")
    elif bundle.source:
        cures.append(f"unset {bundle.source}\nor name a file that is there: export {bundle.source}=FILE (PEM)")
    else:  # certifi's own
        cures.append(f"{shlex.quote(sys.executable or 'python3')} -m pip install --force-reinstall certifi")
    return "\n".join(cures)


def check_reach(visits: Sequence[Visit], base: str) -> tuple[Finding, ...]:
    """Whether each registry answers; without the base's, builds use what the engine holds.

    Args:
        visits: To the registries.
        base: The host of the base image's registry.
    """
    return tuple(_reach(visit, is_base=visit.host == base) for visit in visits)


def _reach(visit: Visit, *, is_base: bool) -> Finding:
    via = f" through the proxy {visit.proxy}" if visit.proxy else ""
    if visit.answered:  # what is not trusted has answered; another finding says so
        return passed(REACH, f"{visit.host} answers{via}", host=visit.host, proxy=visit.proxy)
    if visit.at_proxy:
        sentence = f"the proxy {visit.proxy} does not lead to {visit.host}: {visit.detail}"
        cure = f"curl --verbose --head https://{visit.host}/v2/    # wrong proxy? or: export NO_PROXY={visit.host}"
        if visit.trouble is Trouble.DENIED:
            cure = "export HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
    else:
        sentence = f"{visit.host} does not answer{via}: {visit.detail}"
        cure = f"curl --verbose --head https://{visit.host}/v2/"
        if not via:
            cure += "    # behind a proxy: export HTTPS_PROXY=http://HOST:PORT"
    if is_base:
        cure += "\nor take a mirror: azdacli create --base-registry MIRROR"
        return warned(REACH, f"{sentence}; bases that the engine does not hold cannot be pulled", cure, host=visit.host)
    return failed(REACH, sentence, cure, _CODE, host=visit.host)
