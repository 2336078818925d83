#!/usr/bin/env bash
# Networks that fail, over NATS: the cable (veth) of driver or actors is pulled for 1 to 60 s, and every fault of the tests' proxy lasts for ten seconds on either side.
# Checks that every rollout is committed exactly once and that the books balance, measures how soon the job is as fast as before, and writes the figures to results/nats-network.md.
# Cables need root and iproute2.
#   tests/campaigns/nats-network.sh [LINK_SECONDS] [FAULT_SECONDS]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
export ROLLOUTS_LINK_SECONDS=${1:-1,3,10,30,60} ROLLOUTS_FAULT_SECONDS=${2:-10}
project=Rollouts.Integration.Tests
program=${ROLLOUTS_CAMPAIGN_PROGRAM:-artifacts/bin/$project/release/$project}
[ -n "${ROLLOUTS_CAMPAIGN_PROGRAM:-}" ] || dotnet build "tests/$project" -c Release -v quiet
output=$(mktemp)
for tests in LinkTests NetworkFaultTests; do
  "$program" -class $project.Nats.Campaigns.$tests -parallelMode none -showLiveOutput -noColor | tee -a "$output" | grep -E "OUTPUT|FAIL|SKIP|Total" || true
done
{
  cat <<'HEADER'
# Network campaign over NATS

What `tests/campaigns/nats-network.sh` has shown: real processes, a real nats-server with its file store, leases of 2 s, three actors with the synthetic engine that finish 37.5 groups of eight a second.

How it is measured: groups that the actors finish (their result is stored and their work acknowledged) are counted in bins of one second. *Before* is the mean of the ten bins before the fault. The job is
*back after k seconds* where the mean of the ten bins from the k-th second after healing on is at least 95% of that; k may be 10 at most. The bins themselves stand beside it.
HEADER
  echo
  echo "## $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD), $(lscpu | sed -n 's/^Model name: *//p' | head -1), $(nproc) threads, load average at the end $(cut -d' ' -f1 /proc/loadavg)"
  echo
  echo "\`tests/campaigns/nats-network.sh $ROLLOUTS_LINK_SECONDS $ROLLOUTS_FAULT_SECONDS\`"
  echo
  sed -n 's/.*\[OUTPUT\] /- /p' "$output"
  sed -n 's/.*\[\(FAIL\|SKIP\)\].*/- **&**/p' "$output"
} >tests/campaigns/results/nats-network.md
rm "$output"
