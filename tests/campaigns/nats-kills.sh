#!/usr/bin/env bash
# kill -9 of anything over NATS, seeded: actors, a node agent, nats-server with its file store, the driver, two at once. Synthetic engine or the tiny model, groups of 8.
# Checks that every rollout is committed exactly once, that the books balance, and that nothing was run again but what a killed process held; appends the figures to results/nats-kills.md.
#   tests/campaigns/nats-kills.sh [KILLS] [SEED] [ROLLOUTS] [synthetic|tiny]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
export ROLLOUTS_KILLS=${1:-1000} ROLLOUTS_SEED=${2:-1} ROLLOUTS_GROUPS=$((${3:-200000} / 8)) ROLLOUTS_TOKENS_PER_SECOND=${ROLLOUTS_TOKENS_PER_SECOND:-60}
engine=${4:-synthetic}
case $engine in synthetic) test=Run_AnythingKilled ;; tiny) test=Run_TinyModel ;; *) echo "no engine $engine: synthetic or tiny" >&2; exit 2 ;; esac
project=Rollouts.Integration.Tests
program=${ROLLOUTS_CAMPAIGN_PROGRAM:-artifacts/bin/$project/release/$project}
[ -n "${ROLLOUTS_CAMPAIGN_PROGRAM:-}" ] || dotnet build "tests/$project" -c Release -v quiet
output=$(mktemp)
"$program" -method "$project.Nats.Campaigns.NatsKillTests.$test*" -showLiveOutput -noColor | tee "$output" | grep -E "OUTPUT|FAIL|Total" || true
{
  echo
  echo "## $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD), $(lscpu | sed -n 's/^Model name: *//p' | head -1), $(nproc) threads"
  echo
  echo "\`tests/campaigns/nats-kills.sh $ROLLOUTS_KILLS $ROLLOUTS_SEED $((ROLLOUTS_GROUPS * 8)) $engine\`"
  echo
  sed -n 's/.*\[OUTPUT\] /- /p' "$output"
  grep -q "Failed: 0" "$output" || echo "- **failed**"
} >>tests/campaigns/results/nats-kills.md
rm "$output"
