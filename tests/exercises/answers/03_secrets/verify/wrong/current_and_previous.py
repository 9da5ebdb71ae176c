def verify(data, signature, keys):
    given = signature.encode()
    return any(hmac.compare_digest(sign(data, key).encode(), given) for key in keys[:2])
