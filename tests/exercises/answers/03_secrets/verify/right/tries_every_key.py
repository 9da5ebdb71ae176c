def verify(data, signature, keys):
    given, found = signature.encode("latin-1"), False
    for key in keys:
        found |= hmac.compare_digest(sign(data, key).encode("latin-1"), given)
    return found
