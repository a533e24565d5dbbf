#!/usr/bin/env bash
# Train on several GPUs, or several CPU processes, of this machine.
#
#   tools/dist_train.sh CONFIG PROCESSES [options of tools/train.py]
#
# Several machines: run it on each with NNODES, NODE_RANK, MASTER_ADDR, PORT.
set -euo pipefail
config=${1:?usage: dist_train.sh CONFIG PROCESSES [options]}
processes=${2:?usage: dist_train.sh CONFIG PROCESSES [options]}
exec "${PYTHON:-python}" -m torch.distributed.run \
  --nnodes="${NNODES:-1}" --node-rank="${NODE_RANK:-0}" \
  --master-addr="${MASTER_ADDR:-127.0.0.1}" --master-port="${PORT:-29500}" \
  --nproc-per-node="$processes" \
  "$(dirname "$0")/train.py" "$config" --launcher pytorch "${@:3}"
