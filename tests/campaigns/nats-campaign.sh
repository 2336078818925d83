# Sourced by the campaigns over NATS: runs the tests that a filter names and appends what they said to a file of results; what failed, with its reason.
#   nats_campaign FILTER RESULTS COMMAND
nats_campaign() {
  local project=Rollouts.Integration.Tests output program
  program=${ROLLOUTS_CAMPAIGN_PROGRAM:-artifacts/bin/$project/release/$project}
  [ -n "${ROLLOUTS_CAMPAIGN_PROGRAM:-}" ] || dotnet build "tests/$project" -c Release -v quiet
  output=$(mktemp)
  "$program" -method "$project.Nats.Campaigns.$1" -showLiveOutput -noColor | tee "$output" | grep -E "OUTPUT|FAIL|Total" || true
  {
    echo
    echo "## $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD), $(lscpu | sed -n 's/^Model name: *//p' | head -1), $(nproc) threads"
    echo
    echo "\`$3\`"
    echo
    sed -n 's/.*\[OUTPUT\] /- /p' "$output"
    if ! grep -q "Failed: 0" "$output"; then
      echo "- **failed**:"
      echo
      sed -n '/\[FAIL\]/,/Stack Trace/s/^ */    /p' "$output" | cut -c1-2000
    fi
  } >>"tests/campaigns/results/$2.md"
  rm "$output"
}
