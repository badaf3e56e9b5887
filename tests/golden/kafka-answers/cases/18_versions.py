"""ApiVersions, unknown APIs and versions, SASL where there is none."""

import struct

from session import APIS


def cases(k):
    def frame(key, version, body=b"", client=b"golden", flexible=False):
        return struct.pack(">hhih", key, version, 1, len(client)) + client + (b"\0" if flexible else b"") + body

    def raw(name, data, api=None, layout=None):
        answer = k.exchange(data)
        said = "hangs up" if answer is None else answer[:8].hex() if api is None else k.show(k.decode(api, layout, answer))
        k.note(api or "-", layout if layout is not None else "-", name, said)

    def show(answer):
        for name in ["supported_features", "finalized_features"]:
            # In no order; what is for share and streams groups is not looked at.
            rows = [row for row in answer.get(name, []) if row["name"] not in ("share.version", "streams.version")]
            answer[name] = sorted(rows, key=lambda row: row["name"])
        return k.show(answer)

    row = lambda it: [api for api in it["api_keys"] if api["api_key"] == 18]
    for version in range(0, 5):
        answer = k.ask("ApiVersions", version, {"client_software_name": "golden", "client_software_version": "1"})
        answer["api_keys"] = row(answer)
        k.note("ApiVersions", version, "versions", show(answer))
    for name, version in [("", "1"), ("a b", "1"), ("a", ""), ("-a", "1"), ("a-", "1"), ("a" * 300, "1"), ("a.b-c", "1.2"), ("ä", "1")]:
        answer = k.ask("ApiVersions", 3, {"client_software_name": name, "client_software_version": version})
        k.note("ApiVersions", 3, f"software {name[:9]!r} {version!r}", "hangs up" if answer is None else show({**answer, "api_keys": row(answer)}))
    raw("a version from the future", frame(18, 9, b"\x02a\x021\0", flexible=True), "ApiVersions", 0)
    raw("version -1", frame(18, -1), "ApiVersions", 0)
    raw("ApiVersions, cut off", frame(18, 3, b"\x05a", flexible=True))
    raw("unknown API", frame(999, 0))
    raw("negative API", frame(-1, 0))
    raw("metadata from the future", frame(3, 99))
    raw("metadata, version -1", frame(3, -1))
    raw("metadata cut off", frame(3, 1, b"\0\0"))
    raw("an empty frame", b"")
    raw("half a header", b"\0\3\0")
    raw("bytes behind a request", frame(3, 0, b"\0\0\0\0more"))
    k.case("handshake, PLAIN", "SaslHandshake", mechanism="PLAIN")
    k.case("handshake, nonsense", "SaslHandshake", mechanism="nonsense")
    k.case("authenticate", "SaslAuthenticate", auth_bytes=b"x")
