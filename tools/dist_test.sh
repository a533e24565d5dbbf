#!/usr/bin/env bash
# Evaluate on several GPUs, or several CPU processes, of this machine.
#
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [options of tools/test.py]
#
# Several machines: run it on each with NNODES, NODE_RANK, MASTER_ADDR, PORT.
set -euo pipefail
usage='usage: dist_test.sh CONFIG CHECKPOINT PROCESSES [options]'
config=${1:?$usage}
checkpoint=${2:?$usage}
processes=${3:?$usage}
exec "${PYTHON:-python}" -m torch.distributed.run \
  --nnodes="${NNODES:-1}" --node-rank="${NODE_RANK:-0}" \
  --master-addr="${MASTER_ADDR:-127.0.0.1}" --master-port="${PORT:-29500}" \
  --nproc-per-node="$processes" \
  "$(dirname "$0")/test.py" "$config" "$checkpoint" --launcher pytorch \
  "${@:4}"
