def verify(data, signature, keys):
    given = signature.encode()
    for key in keys:
        if not hmac.compare_digest(sign(data, key).encode(), given):
            return False
    return True
