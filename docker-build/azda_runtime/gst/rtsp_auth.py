"""Who may look, as GStreamer's RTSP server asks it."""

import threading
from typing import Any

import gi

from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.rtsp_clients import hang_up
from azda_runtime.rtsp_access import Access, Certificate

gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, GstRtsp, GstRtspServer  # after require_version

ROLE = "viewer"
# Each refusal is remembered for a while (its nonce), so nobody gets many on one connection.
_MOST_REFUSALS = 5
_URL = "auth.check.url"
_ANY_LOGIN = "auth.check.transport.client-settings"


class Auth(GstRtspServer.RTSPAuth):  # type: ignore[misc] # gi has no types
    """Wants the password before it says whether there is a video; closes a connection that goes on without."""

    def __init__(self) -> None:
        super().__init__()
        self._refused: dict[Any, int] = {}
        self._lock = threading.Lock()

    def do_check(self, context: Any, check: str) -> bool:
        """Ask for the password at each request but OPTIONS, also for what does not exist."""
        parent: Any = GstRtspServer.RTSPAuth
        if check == _URL and context.method != GstRtsp.RTSPMethod.OPTIONS:
            parent.do_check(self, context, _ANY_LOGIN)  # answers 401 where nobody has logged in
            return context.token is not None
        return bool(parent.do_check(self, context, check))

    def do_generate_authenticate_header(self, context: Any) -> None:
        """Say how to log in, so many times."""
        parent: Any = GstRtspServer.RTSPAuth
        parent.do_generate_authenticate_header(self, context)
        client = context.client
        with self._lock:
            known = client in self._refused
            count = self._refused[client] = self._refused.get(client, 0) + 1
        if not known:
            client.connect("closed", self._forget)
        if count >= _MOST_REFUSALS:
            hang_up(client)

    def _forget(self, client: Any) -> None:
        with self._lock:
            self._refused.pop(client, None)


def protect(server: Any, access: Access | None, certificate: Certificate | None) -> None:
    """Let a server ask for a password, over TLS where there is a certificate.

    Without TLS the password is never sent, only a digest of it (RFC 2326, RFC 2617).

    Raises:
        PipelineError: The certificate cannot be used.
    """
    if access is None and certificate is None:
        return
    auth: Any = Auth() if access is not None else GstRtspServer.RTSPAuth()
    auth.set_realm("azda")
    if certificate is not None:
        auth.set_tls_certificate(_loaded(certificate))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    if access is None:
        auth.set_default_token(token)
    else:
        methods = GstRtsp.RTSPAuthMethod.DIGEST
        auth.set_supported_methods(methods)
        auth.add_digest(access.username, access.password, token)
    server.set_auth(auth)


def permit(factory: Any) -> None:
    """Let whoever has logged in watch a video."""
    permissions = GstRtspServer.RTSPPermissions()
    for right in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role(ROLE, right, True)  # GStreamer's own call
    factory.set_permissions(permissions)


def _loaded(certificate: Certificate) -> Any:
    if not Gio.TlsBackend.get_default().supports_tls():
        raise PipelineError("TLS is not used here.", hint="apt-get install glib-networking")
    try:
        return Gio.TlsCertificate.new_from_files(str(certificate.certificate), str(certificate.key))
    except GLib.Error as error:
        raise PipelineError(
            f"The certificate {certificate.certificate} cannot be used: {error.message}.",
            hint="Name a certificate and its unencrypted key, both in PEM.",
        ) from None
