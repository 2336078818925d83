#!/usr/bin/env bash
# Changed files of a model folder, seeded: config.json (four families, loaded with their weights), tokenizer.json, safetensors headers and whole files, chat templates.
# Each must be read or refused with a typed error, within bounds of time and memory.
#   tests/campaigns/fuzz.sh [MUTATIONS] [SEED]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
dotnet build tests/Rollouts.Models.Tests -c Release -v quiet
ROLLOUTS_FUZZ_MUTATIONS=${1:-10000} ROLLOUTS_FUZZ_SEED=${2:-1} \
  artifacts/bin/Rollouts.Models.Tests/release/Rollouts.Models.Tests -namespace Rollouts.Models.Tests.Fuzzing -showLiveOutput -noColor | grep -E "OUTPUT|FAIL|mutation|Total"
