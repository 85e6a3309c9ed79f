#!/bin/sh
# Explores further than `make test` does, or changes the code for the worse on purpose, and writes docs/proof.md.
set -eu
cd "$(dirname "$0")/.."
. tools/env.sh
case "${1:-}" in
  exploration) test=deeper ;;
  mutants) test=every_mutant_is_caught ;;
  *) echo "usage: $0 exploration|mutants" >&2; exit 2 ;;
esac
exec cargo test --locked --quiet --profile prove --test proof -- --ignored --exact "$test" --nocapture
