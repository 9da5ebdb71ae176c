import re

TOKEN = re.compile(r"(([^.]+)\.([^.]+)\.([^.]+))\.([0-9a-f]{64})")


def verify(token, keys, audience):
    found = TOKEN.fullmatch(token)
    if not found or found[4] != audience:
        return None
    key = keys.get(found[3])
    if key and hmac.compare_digest(sign(found[1], key), found[5]):
        return found[2]
    return None
