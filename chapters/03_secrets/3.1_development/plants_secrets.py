"""
Makes up secrets of many kinds, so that none stands in this course for a scanner to find.
"""

import base64
import json
import random
import string

HEX, WORD = "0123456789abcdef", string.ascii_letters + string.digits
BASE32 = string.ascii_uppercase + "234567"  # what the names of AWS' keys are made of


def plants(seed):
    """Each kind: the line in which it stands, and the secret in it."""
    chance = random.Random(seed)

    def random_text(letters, length):
        return "".join(chance.choices(letters, k=length))

    def coded(claims):
        return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")

    aws = "AKIA" + random_text(BASE32, 16)
    github = "ghp_" + random_text(WORD, 36)
    stripe = "sk_live_" + random_text(WORD, 24)
    token = f"{coded({'alg': 'HS256'})}.{coded({'sub': 'admin'})}.{random_text(WORD, 43)}"
    private = "\n".join(random_text(WORD, 64) for _ in range(4))
    named, nameless, spoken = random_text(HEX, 64), random_text(WORD, 40), "correct horse 7"
    password, command = random_text(WORD, 12), random_text(WORD, 32)
    hidden, halves = random_text(WORD, 32), random_text(WORD, 32)
    block = f"-----BEGIN {'RSA'} PRIVATE KEY-----\n{private}\n-----END {'RSA'} PRIVATE KEY-----"
    return {
        "AWS access key": (f"aws_key = {aws}", aws),
        "GitHub token": (f"url: https://{github}@github.com", github),
        "Stripe key": (f"billing: {stripe}", stripe),
        "JWT": (f"curl -H 'Authorization: Bearer {token}'", token),
        "private key": (block, private),
        "SECRET_KEY=hex": (f"SECRET_KEY={named}", named),
        "random, no name": (f"value: {nameless}", nameless),
        "password in a URL": (f"DATABASE_URL=postgresql://app:{password}@db/my", password),
        "password of words": (f"the login is {spoken}", spoken),
        "in a CMD": (f"CMD gunicorn --env SECRET_KEY={command} main:app", command),
        "as base64": (f"auth: {base64.b64encode(f'app:{hidden}'.encode()).decode()}", hidden),
        "in two halves": (f"key = '{halves[:16]}' + '{halves[16:]}'", halves),
        "placeholder": ("PASSWORD=changeme-please", "nothing secret"),
    }
