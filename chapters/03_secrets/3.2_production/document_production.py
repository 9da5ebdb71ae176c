import os

# From here on as the document has it.

# 方式 1: 环境变量
SECRET_KEY = os.environ["SECRET_KEY"]

# 方式 2: 密钥管理服务
# AWS Secrets Manager / HashiCorp Vault / Azure Key Vault

# 方式 3: Docker Secrets
# docker secret create my_secret secret.txt
