#!/usr/bin/env bash
# Networks that fail, over NATS: the cable (veth) of driver or actors is pulled for 1 to 60 s, and every fault of the tests' proxy lasts for ten seconds on either side.
# Checks that every rollout is committed exactly once and that the books balance, measures how soon the job is as fast as before; appends the figures to results/nats-network.md.
# Cables need root and iproute2. A machine that does other work meanwhile has no even speed to come back to.
#   tests/campaigns/nats-network.sh [LINK_SECONDS] [FAULT_SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/campaigns/nats-campaign.sh
export ROLLOUTS_LINK_SECONDS=${1:-1,3,10,30,60} ROLLOUTS_FAULT_SECONDS=${2:-10}
for tests in LinkTests NetworkFaultTests; do
  nats_campaign "$tests.*" nats-network "tests/campaigns/nats-network.sh $ROLLOUTS_LINK_SECONDS $ROLLOUTS_FAULT_SECONDS ($tests)"
done
