def verify(data, signature, keys):
    found = False
    for key in keys:
        expected = sign(data, key)
        found = found or (hmac.compare_digest(expected, expected) and expected == signature)
    return found
