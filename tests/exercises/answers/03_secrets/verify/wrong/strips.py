def verify(data, signature, keys):
    given = signature.strip().encode()
    return any(hmac.compare_digest(sign(data, key).encode(), given) for key in keys)
