"""Redaction: one function takes the secrets out of any value, before anybody sees it.

A secret is known by the field that it stands in, by the part of an address that it is, by the forms that Azure gives
it, or because this run was given it. `redacted` takes a text or a whole document; JSON inside a text is read too.

What is hidden and what is called a secret are two things: a query's values are all hidden, for nobody knows which of
them opens a door, and only those that do are reported (`Secret.sure`).
"""

from dsconfig.redaction.document import Secret, redacted, secrets_in
from dsconfig.redaction.known import RUN, Known
from dsconfig.redaction.names import Level, is_secret_name, level_of

__all__ = ["RUN", "Known", "Level", "Secret", "is_secret_name", "level_of", "redacted", "secrets_in"]
