def verify(data, signature, keys):
    given = signature.encode("ascii")
    return any(hmac.compare_digest(sign(data, key).encode(), given) for key in keys)
