# Docker 停止命令
docker stop --time 30 container_name
