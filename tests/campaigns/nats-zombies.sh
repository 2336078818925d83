#!/usr/bin/env bash
# Actors over NATS stopped with SIGSTOP for four leases of 2 s, several at a time, and then continued as if nothing had been: what they say of work that was given to others must not count.
# Checks that every rollout is committed exactly once and nothing stale; appends the figures to results/nats-zombies.md.
#   tests/campaigns/nats-zombies.sh [ZOMBIES] [SEED]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
export ROLLOUTS_ZOMBIES=${1:-100} ROLLOUTS_SEED=${2:-1}
export ROLLOUTS_GROUPS=${ROLLOUTS_GROUPS:-$((ROLLOUTS_ZOMBIES * 50))}
project=Rollouts.Integration.Tests
program=${ROLLOUTS_CAMPAIGN_PROGRAM:-artifacts/bin/$project/release/$project}
[ -n "${ROLLOUTS_CAMPAIGN_PROGRAM:-}" ] || dotnet build "tests/$project" -c Release -v quiet
output=$(mktemp)
"$program" -class $project.Nats.Campaigns.ZombieTests -showLiveOutput -noColor | tee "$output" | grep -E "OUTPUT|FAIL|Total" || true
{
  echo
  echo "## $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD), $(lscpu | sed -n 's/^Model name: *//p' | head -1), $(nproc) threads"
  echo
  echo "\`tests/campaigns/nats-zombies.sh $ROLLOUTS_ZOMBIES $ROLLOUTS_SEED\`"
  echo
  sed -n 's/.*\[OUTPUT\] /- /p' "$output"
  grep -q "Failed: 0" "$output" || echo "- **failed**"
} >>tests/campaigns/results/nats-zombies.md
rm "$output"
