#!/usr/bin/env bash
# Changed files of a model folder, seeded: config.json (four families, loaded with their weights), tokenizer.json, safetensors headers and whole files, chat templates; and of message bodies.
# Each must be read or refused with a typed error, within bounds of time and memory.
#   tests/campaigns/fuzz.sh [MUTATIONS] [SEED]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
export ROLLOUTS_FUZZ_MUTATIONS=${1:-10000} ROLLOUTS_FUZZ_SEED=${2:-1}
for tests in Models.Tests/Fuzzing Data.Tests/Bodies; do
  project=Rollouts.${tests%/*}
  dotnet build "tests/$project" -c Release -v quiet
  "artifacts/bin/$project/release/$project" -namespace "$project.${tests#*/}" -showLiveOutput -noColor | grep -E "OUTPUT|FAIL|mutation|Total"
done
