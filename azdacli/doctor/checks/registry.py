"""Whether we are somebody to a registry."""

from azdacli.doctor.facts.registry import SignIn
from azdacli.doctor.finding import Finding, failed, passed, warned
from azdacli.errors import RegistryError

SIGN_IN = "registry"


def check_sign_in(sign_in: SignIn) -> Finding:
    """Whether a registry takes our login."""
    details = {"registry": sign_in.registry, "way": sign_in.way}
    cure = _cure(sign_in)
    if sign_in.problem:
        return failed(SIGN_IN, sign_in.problem, cure, RegistryError.exit_code, **details)
    if not sign_in.way:
        return warned(SIGN_IN, f"{sign_in.registry} answers, but no login for it is stored here", cure, **details)
    return passed(SIGN_IN, f"{sign_in.registry} takes the login ({sign_in.way})", **details)


def _cure(sign_in: SignIn) -> str:
    if sign_in.is_away:
        look = "azdacli doctor network certificates --container-registry " + sign_in.registry
        return f"{look}\n{sign_in.hint}" if sign_in.hint else look
    if sign_in.is_azure:
        name = sign_in.registry.partition(".")[0]
        cure = f"az login && az acr login --name {name}"
        return f"{cure}\n{sign_in.hint}" if sign_in.hint else cure
    cure = f"docker login {sign_in.registry}"
    return f"{cure}\n{sign_in.hint}" if sign_in.hint and sign_in.hint != cure else cure
