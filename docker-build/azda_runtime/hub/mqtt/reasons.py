"""Why a broker did not do what was asked of it, in words that hold no secret."""

import ssl

# Reason codes of MQTT 5 (OASIS standard, section 2.4) that a user can do something about.
_CODES = {
    128: "it gives no reason",
    130: "it found a fault in what was sent",
    132: "it does not speak MQTT 5",
    133: "it does not take the client's name",
    135: "it does not let this client do so",
    136: "it is not available",
    137: "it is busy",
    138: "it has banned this client",
    139: "it shuts down",
    140: "it does not know this way of authentication",
    141: "it heard nothing for too long",
    142: "another client of the same name has connected; give each its own with --mqtt-name",
    144: "it does not take the topic's name",
    149: "the message is too large for it",
    151: "a quota is used up",
    152: "somebody ended the connection there",
    155: "it does not support QoS 1",
    154: "it does not support retained messages",
    159: "this client connects too often",
}
_REFUSED = 128
_LOGIN = (134, 135)
# Versions 3.1 and 3.1.1 say so by 1.
_OLD = 1
# Two clients of one name take the connection from each other, again and again.
_SHORT_SECONDS = 30.0
# OpenSSL's X509_V_ERR_…: numbers of x509_vfy.h.
_NOT_YET_VALID, _EXPIRED, _OTHER_HOST, _OTHER_ADDRESS = 9, 10, 62, 64


def refused(code: object) -> str:
    """What a reason code refuses; empty where it does not."""
    value = getattr(code, "value", code)
    if not isinstance(value, int) or value < _REFUSED:
        return ""
    return _CODES.get(value, f"it refuses (code {value})")


def not_connected(code: object) -> str:
    """What the answer to a connection refuses; empty where it does not."""
    value = getattr(code, "value", code)
    if value in _LOGIN:  # brokers distinguish the two as they like
        return "it refuses the user's name or the password"
    return _CODES[132] if value == _OLD else refused(code)


def failed(error: Exception, host: str, *, tls: bool) -> str:
    """Why no connection came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, host)
    if isinstance(error, ssl.SSLError) or (tls and isinstance(error, ConnectionResetError)):
        return _handshake(error)
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def lost(name: str, seconds: float) -> str:
    """Why a connection was lost that was up for so long; not every broker says so."""
    another = f"; another client may have the name {name}" if seconds < _SHORT_SECONDS else ""
    return f"the connection is lost{another}"


def cut_off(*, tls: bool) -> str:
    """Why a broker may have closed a connection before it said anything."""
    wish = "a client certificate that it trusts" if tls else "TLS: mqtts://"
    return f"it closed the connection without an answer; it may want {wish}"


def _handshake(error: Exception) -> str:
    if "ALERT" in str(getattr(error, "reason", "")).upper():
        return "it ended the TLS handshake; it may want another client certificate"
    return "it broke off the TLS handshake; mqtt:// speaks without TLS"


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    if error.verify_code in (_OTHER_HOST, _OTHER_ADDRESS):
        return f"its certificate is not one for {host}"
    if error.verify_code in (_EXPIRED, _NOT_YET_VALID):
        return "its certificate is not valid now; or this machine's clock is wrong"
    return "its certificate is not signed by an authority that is trusted; name the authority's file with --mqtt-ca"
