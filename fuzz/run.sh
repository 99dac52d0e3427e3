#!/usr/bin/env bash
# Runs fuzz targets: each one over its corpus, and then for some seconds over new inputs. Without names, runs all of
# them, as many at the same time as there are processors. --minimize replaces each corpus by a smaller one that covers
# as much, together with the inputs that earlier runs found. SEED makes two runs try the same inputs.
#   [SEED=N] fuzz/run.sh SECONDS [TARGET…]
#   fuzz/run.sh --minimize [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
shift
targets=("$@")
if [ $# -eq 0 ]; then mapfile -t targets < <(basename -s .rs fuzz/src/bin/*.rs); fi

directory=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
# The flags of cargo-fuzz without a sanitizer, which stable Rust has. The program contains no unsafe code.
flags=(-Cpasses=sancov-module --cfg fuzzing)
for option in level=4 inline-8bit-counters pc-table trace-compares; do
  flags+=("-Cllvm-args=-sanitizer-coverage-$option")
done
RUSTFLAGS=${flags[*]} cargo build --quiet --locked --manifest-path fuzz/Cargo.toml --target "$host" \
  --target-dir "$directory"

export seconds directory bin=$directory/$host/debug
run() {
  local new=$directory/new/$1 finds=$directory/finds/$1/ log=$directory/$1.log
  mkdir -p "$new" "$finds" "fuzz/corpus/$1"
  if [ "$seconds" = --minimize ]; then
    local kept=$directory/kept/$1
    rm -rf "$kept"
    mkdir -p "$kept"
    "$bin/$1" -merge=1 -timeout=25 -max_len=4096 "$kept" "fuzz/corpus/$1" "$new" >"$log" 2>&1
    rm -rf "fuzz/corpus/$1"
    mv "$kept" "fuzz/corpus/$1"
    return
  fi
  if "$bin/$1" -seed="${SEED:-0}" -max_total_time="$seconds" -timeout=25 -max_len=4096 -print_final_stats=1 -artifact_prefix="$finds" \
    "$new" "fuzz/corpus/$1" >"$log" 2>&1; then
    printf '%s: %s inputs in %s s\n' "$1" "$(sed -n 's/^stat::number_of_executed_units: //p' "$log")" "$seconds"
  else
    tail -40 "$log" >&2
    printf '%s: failed; the input is in %s\n' "$1" "$finds" >&2
    return 255
  fi
}
export -f run
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I '{}' bash -c 'set -euo pipefail; run "{}"'
