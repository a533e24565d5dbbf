#!/usr/bin/env bash
# Train as a Slurm job.
#
#   [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS=...] \
#     tools/slurm_train.sh PARTITION JOB_NAME CONFIG [options of tools/train.py]
set -euo pipefail
usage='usage: slurm_train.sh PARTITION JOB_NAME CONFIG [options]'
partition=${1:?$usage}
job_name=${2:?$usage}
config=${3:?$usage}
# shellcheck disable=SC2086  # SRUN_ARGS holds several words
exec srun --partition="$partition" --job-name="$job_name" \
  --ntasks="${GPUS:-8}" --ntasks-per-node="${GPUS_PER_NODE:-8}" \
  --gres="gpu:${GPUS_PER_NODE:-8}" --cpus-per-task="${CPUS_PER_TASK:-5}" \
  --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
  "${PYTHON:-python}" -u "$(dirname "$0")/train.py" "$config" \
  --launcher slurm "${@:4}"
