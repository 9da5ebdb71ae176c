FROM scratch

# 正确传递信号
CMD ["gunicorn", "main:app", ...]  # exec 形式

# 设置停机超时
STOPSIGNAL SIGTERM
