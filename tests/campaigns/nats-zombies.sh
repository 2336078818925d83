#!/usr/bin/env bash
# Actors over NATS stopped with SIGSTOP for four leases of 2 s, several at a time, and then continued as if nothing had been: what they say of work that was given to others must not count.
# Checks that every rollout is committed exactly once and nothing stale; appends the figures to results/nats-zombies.md.
#   tests/campaigns/nats-zombies.sh [ZOMBIES] [SEED]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/campaigns/nats-campaign.sh
export ROLLOUTS_ZOMBIES=${1:-100} ROLLOUTS_SEED=${2:-1}
export ROLLOUTS_GROUPS=${ROLLOUTS_GROUPS:-$((ROLLOUTS_ZOMBIES * 30))}
nats_campaign "ZombieTests.*" nats-zombies "tests/campaigns/nats-zombies.sh $ROLLOUTS_ZOMBIES $ROLLOUTS_SEED"
