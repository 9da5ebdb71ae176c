import os

# From here on as the document has it.

# 支持多个密钥进行轮换
SECRET_KEYS = os.environ["SECRET_KEYS"].split(",")
CURRENT_KEY = SECRET_KEYS[0]
OLD_KEYS = SECRET_KEYS[1:]


def verify_signature(data, signature):
    # 先用当前密钥验证
    if verify_with_key(data, signature, CURRENT_KEY):
        return True
    # 再用旧密钥验证
    for key in OLD_KEYS:
        if verify_with_key(data, signature, key):
            return True
    return False
