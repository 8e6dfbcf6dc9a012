"""Redaction: whatever the place and the form, a secret doesn't get through, and the rest stays readable."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsconfig.redaction import Known, Level, level_of, redacted, secrets_in

CANARY = "CANARYx1234567"
NAMES = [
    "PASSWORD",
    "DB_PASS",
    "PGPASSWORD",
    "API_KEY",
    "BLOB_STORAGE_ACCOUNT_KEY",
    "SAS_URL",
    "SASTOKEN",
    "TOKEN",
    "GITHUB_PAT",
    "CLIENT_SECRET",
    "IOTHUB_CONNSTR",
    "connectionString",
    "AUTH",
    "pwd",
    "user-pw",
    "Passphrase",
    "primaryKey",
    "tlt-model-key",
    "splunk-token",
    "COOKIE",
    "AWS_SECRET_ACCESS_KEY",
]
TEXTS = [
    f"rtsp://viewer:{CANARY}@10.0.0.5/live",
    f"rtsp://viewer:first@h rtsp://viewer:{CANARY}@h",
    f"rtsp://u:p@{CANARY}@h/x",
    f"rtsp://u:a/{CANARY}@h/x",
    f"rtsp://u:12/{CANARY}@h/x",
    f"rtsp://u:a b{CANARY}@h/x",
    f'rtsp://u:"{CANARY}@h/x',
    f"rtsp:\\/\\/u:{CANARY}@h",
    f"rtsp%3A%2F%2Fu%3A{CANARY}%40h/x",
    f"http://{CANARY}@h/",
    f"u:{CANARY}@proxy:8080",
    f"https://h/m.zip?sv=1&sig={CANARY}&se=1",
    f"https://h/m.zip?anything={CANARY}",
    f"see https://h/p?u=http://x/?a={CANARY}",
    f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={CANARY}==",
    f"HostName=h;DeviceId=d;SharedAccessKey={CANARY}",
    f"AccountKey=abc;SharedAccessKey={CANARY}",
    f"SharedAccessSignature sr=h%2Fd&sig={CANARY}%3D&se=1",
    f"BlobEndpoint=https://a;SharedAccessSignature=sv=2020&sig={CANARY}",
    f"sr%3Dx%26sig%3D{CANARY}%26se%3D1",
    f"Authorization: Bearer {CANARY}",
    f"Bearer {CANARY}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
    f"rtspsrc location=rtsp://h user-pw={CANARY} ! fakesink",
    f'rtspsrc user-pw = "a \\" {CANARY}" ! fakesink',
    f'could not set property "user-pw" in element "source" to "{CANARY} x"',
    f'gstrtspsrc.c(81): open (): /GstPipeline:p/GstRTSPSrc:s:\nFailed. ({{"password": "{CANARY}"}})',
    f'{{\\"password\\": \\"a {CANARY}\\"}}',
    f"{{'password': '{CANARY}'}}",
    f"rtsp://viewer:{CANARY}",
    f"rtsp://viewer:{CANARY}…",
    f"rtmp://h/live/{CANARY}",
    f"--password {CANARY} --verbose",
    f"--client-secret={CANARY}",
    f"password: {CANARY}",
    f'{{"password": "{CANARY}"',
    f'{{"name": "DB_PASSWORD", "value": "a {CANARY}"',
    f'{{\\"Key\\": \\"DB_PASSWORD\\", \\"Value\\": \\"{CANARY}\\"',
    f"- name: DB_PASSWORD\n  value: {CANARY}\n- name: X",
    f"os.environ['PASSWORD'] = '{CANARY}'",
    f'os.environ["PASSWORD"] = "a {CANARY}"',
    f"[password]={CANARY}",
    f"Password := {CANARY}",
    f"Server=h;Pwd=two {CANARY};",
    f"Server=h;Pwd=two {CANARY};Database=d",
    f"Pwd=a;Pwd=two {CANARY};Database=d",
    f"--pass {CANARY}",
    f"--pass={CANARY} x",
    f"<password>a {CANARY}</password>",
    f'<c:password type="x">{CANARY}',
    f"<password><![CDATA[{CANARY}]]></password>",
    f"curl -u me:{CANARY} https://h",
    f"curl --fail --user 'me:a {CANARY}' https://h",
    f"curl -s -ume:{CANARY} https://h",
    f"/usr/bin/curl --proxy-user=me:{CANARY} -U me:{CANARY} https://h",
    f"curl -H 'Authorization: Digest {CANARY}' https://h",
    f'{{"headers": "Proxy-Authorization: Custom {CANARY}"}}',
    f"docker login -u me -p {CANARY} h && docker run -p 80:80 x",
    f"az acr login -n r -u me -p '{CANARY} x'",
    f"sshpass -p{CANARY} ssh h",
    f"mosquitto_pub -u me -P {CANARY} -t x",
    f"mysql -u me -p{CANARY} db",
    f"redis-cli -a {CANARY} ping",
    f"Driver=d;UID=u;PWD={CANARY};Server=h",
    f'{{"x": "rtsp://u:{CANARY}@h", "x": "later"}}',
]
PLAIN = [
    "x/y:1@sha256:" + "a" * 64,
    "rtsp://10.0.0.5:554/live?channel=1&subtype=0",
    "https://h/models/v1.zip",
    "FROM /messages/* INTO $upstream",
    "There are no credentials: log in with `docker login`.",
    "Unexpected token: x",
    'Bearer realm="https://h/token",service="h"',
    "videotestsrc num-buffers=10 pattern=ball ! video/x-raw,width=640 ! x264enc pass=quant ! fakesink",
    "Basic authentication is used.",
    "docker run --user 1000:1000 -u me:you x; mpg pass one",
    "docker run -p 80:80 -P x; mysql -p database; curl -u $USER https://h; mkdir -p /a/b",
    "give <password> as it is, or <name>x</name>",
    "POSTGRES_PASSWORD_FILE=/run/secrets/pw PWD=/home/me OLDPWD='C:\\\\x' --password-file pw.txt",
    "[streammux] width=1; height=2",
    "http://myhost:8080/x and http://localhost:80/@user, http://[::1]:80/",
]
# One of each part that a deployment and our settings have; every leaf and every key of it is a hiding place.
DOCUMENT: dict[str, Any] = {
    "modulesContent": {
        "$edgeAgent": {
            "properties.desired": {
                "schemaVersion": "1.1",
                "runtime": {"settings": {"registryCredentials": {"a": {"username": "u", "address": "h"}}}},
                "systemModules": {"edgeHub": {"settings": {"image": "h/hub:1", "createOptions": "{}"}}},
                "modules": {
                    "azda": {
                        "settings": {
                            "image": "h/azda:1",
                            "createOptions": json.dumps(
                                {
                                    "Cmd": ["serve", "--port", "1"],
                                    "Env": ["A=b", "C=d"],
                                    "Labels": {"l": "v"},
                                    "Healthcheck": {"Test": ["CMD", "curl"]},
                                    "HostConfig": {"LogConfig": {"Type": "splunk", "Config": {"url": "x"}}},
                                }
                            ),
                        },
                        "env": {"LEVEL": {"value": "debug"}},
                    }
                },
            }
        },
        "$edgeHub": {"properties.desired": {"routes": {"r": {"route": "FROM /* INTO $upstream"}}}},
        "azda": {
            "properties.desired": {
                "azdaConfiguration": json.dumps({"p": {"streams": [{"address": "rtsp://h/1", "name": "one"}]}}),
                "list": [["deep", {"down": "here"}]],
            }
        },
    }
}
FORMS = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(NAMES).map(lambda name: {name: CANARY}),
    st.sampled_from(NAMES).map(lambda name: {name: {"value": [CANARY]}}),
    st.sampled_from(["PASSWORD", "api-key"]).map(lambda name: {"name": name, "value": CANARY}),
    st.sampled_from(NAMES).map(lambda name: json.dumps({"deep": [{name: CANARY}]})),
    st.sampled_from(["PASSWORD", "user-pw", "API_KEY"]).map(lambda name: [f"{name}=with blanks {CANARY}"]),
    st.sampled_from(["--password", "--api-key"]).map(lambda name: [name, CANARY, "rest"]),
    st.sampled_from(TEXTS).map(lambda text: {text: 1}),
)


def hide(value: Any, form: Any, draw: Any) -> Any:
    """The document with the form in place of one of its parts, or beside it, also inside JSON text."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: hide(value[key], form, draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], hide(value[index], form, draw), *value[index + 1 :]]
    if isinstance(value, str) and value.startswith(("{", "[")):
        return json.dumps(hide(json.loads(value), form, draw), ensure_ascii=draw(st.booleans()))
    if isinstance(value, str) and isinstance(form, str) and draw(st.booleans()):
        return f"{value} {form}"
    return form


@settings(deadline=None, max_examples=3 * settings().max_examples)
@given(st.data())
def test_no_place_of_a_manifest_shows_a_secret(data: Any) -> None:
    document = hide(DOCUMENT, data.draw(FORMS), data.draw)
    assert CANARY in json.dumps(document)
    assert CANARY not in json.dumps(redacted(document))
    assert CANARY not in redacted(json.dumps(document))
    assert CANARY not in redacted(json.dumps(document)[:-1])  # cut off, as a log cuts it: no document any more
    assert any(CANARY in secret.value for secret in secrets_in(document))


@pytest.mark.parametrize("text", TEXTS)
def test_no_form_shows_a_secret(text: str) -> None:
    assert CANARY not in redacted(text)
    assert CANARY not in redacted(f"before {text}\nafter")
    assert CANARY not in json.dumps(redacted({"message": text}))
    assert CANARY not in redacted(json.dumps({"cut": json.dumps({"message": text, "x": {"y": 1}})})[:-1])


@pytest.mark.parametrize("name", NAMES)
def test_a_field_of_that_name_is_hidden_whole(name: str) -> None:
    document = {name: {"value": CANARY}, "a": [{name: 12345678}, {name: [CANARY]}]}
    assert redacted(document) == {name: {"value": "***"}, "a": [{name: "***"}, {name: ["***"]}]}


@pytest.mark.parametrize(
    "command",
    [
        ["CMD", "curl", "-u", f"me:a {CANARY}", "https://h"],
        ["/usr/bin/curl", f"-ume:{CANARY}"],
        ["CMD-SHELL", f"curl -u 'me:{CANARY}' https://h || exit 1"],
        ["docker", "--log-level", "debug", "login", "-u", "me", "-p", CANARY, "h"],
        ["sshpass", "-p", f'{CANARY}" x', "ssh", "h"],
        ["mosquitto_sub", "-P", CANARY, 5, None],
    ],
)
def test_a_command_in_pieces_shows_no_password(command: list[object]) -> None:
    assert CANARY not in str(redacted({"Test": command}))
    assert CANARY in str([secret.value for secret in secrets_in({"Test": command})])


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted({"text": [text]}) == {"text": [text]}


def test_a_document_without_secrets_stays_as_it_is() -> None:
    assert redacted(DOCUMENT) == DOCUMENT
    assert not list(secrets_in(DOCUMENT))


@pytest.mark.parametrize(
    "name", ["monkey", "keyframe", "publicKey", "max_tokens", "multipass", "deepstreamPassthrough"]
)
def test_names_that_only_look_like_it(name: str) -> None:
    assert level_of(name) is Level.NONE


def test_a_query_is_hidden_but_only_a_signature_is_reported() -> None:
    found = {secret.value: secret.sure for secret in secrets_in(f"https://h/?view=front&sig={CANARY}")}
    assert found == {"front": False, CANARY: True}


@given(st.text(min_size=4))
def test_a_secret_of_this_run_is_hidden_in_every_spelling(secret: str) -> None:
    known = Known()
    known.add([secret])
    shown = known.redacted({"text": f"<{secret}>", "json": json.dumps({"a": secret}), "list": [secret]})
    assert shown["text"] == "<***>" or secret in "<>" * len(secret) or secret not in shown["text"]
    assert shown["list"] == ["***"]
    assert secret not in json.loads(shown["json"] if shown["json"].startswith("{") else "{}").values()


def test_what_a_document_holds_is_hidden_in_what_is_said_about_it() -> None:
    known = Known()
    known.learn({"camera": {"password": "hunter22"}, "view": "https://h/?view=front"})
    assert known.redacted("wrong: hunter22; front stays") == "wrong: ***; front stays"


def test_deep_and_huge_documents_end() -> None:
    deep: Any = CANARY
    for _ in range(5000):
        deep = [deep]
    assert CANARY not in json.dumps(redacted({"password": deep}))
    text = "[" * 100_000 + f'"rtsp://u:{CANARY}@h"'
    assert CANARY not in redacted(text)


PIECES = [
    *("password=", "http://a/", "http://a:b", "x:@", "?", "a@", "://", 'password=\\"', '"', "%3A%2F%2F", "--password "),
    *(
        "-----BEGIN PRIVATE KEY-----",
        "{",
        "[",
        "\\",
        "'",
        "a.",
        "-",
        "eyJ",
        "Bearer ",
        " ",
        'password={"',
        "password=[",
        '"password=',
        "",
        "\n",
        "a:b",
        "&a=",
        ":",
    ),
    *("<password>", "<password a", "curl ", "curl -u a:b ", "curl -u ", "pwd=a b", ";pwd=a b;", "x['pwd'] := "),
    *("docker ", "docker login ", "docker login -p ", "sshpass -p a ", "Authorization: Basic ", "authorization:"),
    *("name: password, value: ", 'key:"', "name: a" + " " * 40),
    *("rtmp://a/", "rtmp:\\/\\/a/b ", "rtmp://a//"),
    *('property "password" in element "a" to "', "x:" + "y" * 500 + "@", "sig=a&", "password: '\\"),
]


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_every_text_takes_time_in_proportion(piece: str) -> None:
    text = (piece * 1_000_000)[:1_000_000]
    before = time.process_time()
    redacted(text)
    assert time.process_time() - before < 15  # about 1 s for the worst; what is quadratic takes hours


def seconds(value: Any) -> float:
    times = []
    for _ in range(3):
        before = time.process_time()
        redacted(value)
        times.append(time.process_time() - before)
    return min(times)


HOSTILE = {
    "keys that look the same": lambda n: {f"rtsp://u:{number}@h": 1 for number in range(n // 8)},
    "a string without an end": lambda n: "password={" + '\\"' * n,
    "addresses in addresses": lambda n: "rtmp://a/" * (n // 4),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_eight_times_the_size_takes_nothing_like_sixty_four_times_the_time(name: str) -> None:
    small, large = HOSTILE[name](4_000), HOSTILE[name](32_000)
    assert seconds(large) < 30 * seconds(small) + 0.05


def test_keys_that_look_the_same_are_all_kept() -> None:
    document: dict[str, int] = {"rtsp://***@h'1": 0, **{f"rtsp://u:{number}@h": number for number in range(1, 5)}}
    shown = redacted(document)
    assert list(shown.values()) == [0, 1, 2, 3, 4]
    assert not any("u:" in key for key in shown)


def test_an_unclosed_string_hides_the_rest() -> None:
    assert redacted('password={"a\\": } x') == "password=***"


@pytest.mark.parametrize(("name", "value"), [("name", "value"), ("key", "value"), ("Key", "Value")])
def test_the_value_beside_a_secrets_name_is_a_secret(name: str, value: str) -> None:
    assert redacted([{value: CANARY, name: "DB_PASSWORD"}])[0][value] == "***"
    assert [(each.path, each.sure) for each in secrets_in([{name: "DB_PASSWORD", value: CANARY}]) if each.sure] == [
        ((0, value), True)
    ]
    assert redacted({"name": "LEVEL", "value": "debug"}) == {"name": "LEVEL", "value": "debug"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("PASSWORD=two words", "PASSWORD=***"),
        ("A=1\nDB_PASSWORD=two more words\nB=2", "A=1\nDB_PASSWORD=***\nB=2"),
        ("export API_KEY=a b c", "export API_KEY=***"),
        ("PASSWORD=two words USER=bob", "PASSWORD=*** USER=bob"),
        ("user: x\n  password: two words\nhost: y", "user: x\n  password: ***\nhost: y"),
        ("- password: two words", "- password: ***"),
        ("PASSWORD='two words' and more", "PASSWORD='***' and more"),
        ("it says PASSWORD=x failed", "it says PASSWORD=*** failed"),
    ],
)
def test_a_value_with_blanks_ends_with_its_line(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_the_rest_of_a_list_of_pairs_stays() -> None:
    assert redacted("Server=h;Pwd=two words;Data=d; then x") == "Server=h;Pwd=***;Data=d; then x"
    assert redacted("password=x failed; try again") == "password=*** failed; try again"
    assert redacted("<password>x</password><port>1</port>") == "<password>***</password><port>1</port>"
    assert redacted("curl -u me:pw https://h") == "curl -u me:*** https://h"


@pytest.mark.parametrize(
    "name", ["PASSWORD_FILE", "password-file", "SecretPath", "CREDENTIALS_DIR", "PWD", "OLDPWD", "INIT_PWD"]
)
def test_the_name_of_a_place_holds_no_secret(name: str) -> None:
    assert level_of(name) is Level.NONE
    document = {name: {"value": "/run/x"}, "env": [f"{name}=/run/x", {"name": name, "value": "/run/x"}]}
    assert redacted(document) == document


@pytest.mark.parametrize("name", ["pwd", "DB_PWD", "FILE_PASSWORD", "PATH_TOKEN"])
def test_the_name_of_a_secret_with_such_a_word_holds_one(name: str) -> None:
    assert level_of(name) is Level.SURE
