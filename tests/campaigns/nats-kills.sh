#!/usr/bin/env bash
# kill -9 of anything over NATS, seeded: actors, a node agent, nats-server with its file store, the driver, two at once. Synthetic engine or the tiny model, groups of 8.
# Checks that every rollout is committed exactly once, that the books balance, and that nothing was run again but what a killed process held; appends the figures to results/nats-kills.md.
#   tests/campaigns/nats-kills.sh [KILLS] [SEED] [ROLLOUTS] [synthetic|tiny]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/campaigns/nats-campaign.sh
export ROLLOUTS_KILLS=${1:-1000} ROLLOUTS_SEED=${2:-1} ROLLOUTS_GROUPS=$((${3:-200000} / 8)) ROLLOUTS_TOKENS_PER_SECOND=${ROLLOUTS_TOKENS_PER_SECOND:-60}
engine=${4:-synthetic}
case $engine in synthetic) test=Run_AnythingKilled ;; tiny) test=Run_TinyModel ;; *) echo "no engine $engine: synthetic or tiny" >&2; exit 2 ;; esac
nats_campaign "NatsKillTests.$test*" nats-kills "tests/campaigns/nats-kills.sh $ROLLOUTS_KILLS $ROLLOUTS_SEED $((ROLLOUTS_GROUPS * 8)) $engine"
