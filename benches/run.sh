#!/usr/bin/env bash
# Measures the time and memory that mcpgen needs, how both grow, and what other tools need for the same work.
# Writes docs/measurements/performance.md, and fails if a bound of report.py is missed.
#
#   benches/run.sh            everything, a few minutes
#   benches/run.sh --quick    fewer repetitions, no instruction counts; does not write the document
#
# The other tools come from npm and PyPI, once, into $MCPGEN_PEERS (default: mcpgen-peers in the user's cache directory).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(dirname "$here")
peers=${MCPGEN_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-peers}
case ${1-} in
  "") runs=50 few=15 quick= ;;
  --quick) runs=10 few=3 quick=yes ;;
  *) echo "usage: benches/run.sh [--quick]" >&2 && exit 2 ;;
esac

for program in hyperfine valgrind strace /usr/bin/time curl python3 node npm cargo; do
  if ! command -v "$program" >/dev/null; then
    echo "bench: \`$program\` is not installed; on Debian: apt-get install curl hyperfine strace time valgrind" >&2
    exit 1
  fi
done

# Installs a pinned package if necessary, and prints the path of its command.
peer() { # PACKAGE VERSION COMMAND
  local folder there
  folder=$peers/$(printf %s "${1#@}" | tr / -)
  there=$(node -p "require('$folder/node_modules/$1/package.json').version" 2>/dev/null || true)
  if [ "$there" != "$2" ]; then
    echo "bench: installing $1@$2" >&2
    mkdir -p "$folder"
    if ! npm install --prefix "$folder" --save-exact --no-audit --no-fund "$1@$2" >/dev/null 2>&1; then
      echo "bench: cannot install: npm install --prefix $folder $1@$2" >&2
      exit 1
    fi
  fi
  printf %s "$folder/node_modules/.bin/$3"
}

# Installs a pinned package from PyPI if necessary, and prints the path of its command.
python_peer() { # PACKAGE VERSION COMMAND
  local folder=$peers/$1-$2
  if [ ! -x "$folder/bin/$3" ]; then
    echo "bench: installing $1==$2" >&2
    python3 -m venv "$folder"
    if ! "$folder/bin/pip" install --quiet "$1[cli]==$2" >/dev/null 2>&1; then
      echo "bench: cannot install: $folder/bin/pip install '$1[cli]==$2'" >&2
      exit 1
    fi
  fi
  printf %s "$folder/bin/$3"
}

declare -A versions=([rulesync]=17.0.0 [ruler]=0.3.44 [add-mcp]=2.4.0 [agent-config-kit]=0.13.1)

fastmcp=$peers/$(node -p "require('$root/tests/lib/pins.json').fastmcp.directory")/bin/python
if [ ! -x "$fastmcp" ]; then
  echo "bench: fastmcp is not installed; run \`just login\`" >&2
  exit 1
fi

scratch=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/mcpgen-bench.XXXXXX")" && pwd -P)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$scratch"' EXIT
mkdir "$scratch/results"

# Runs cargo, and measures the seconds that pass and those of the processors.
timed_cargo() { # NAME COMMAND OPTIONS…
  local name=$1 command=$2
  shift 2
  echo "bench: building ($name)" >&2
  CARGO_TARGET_DIR=$target /usr/bin/time -f '%e %U %S' -o "$scratch/results/$name.seconds" \
    cargo "$command" --locked --quiet --manifest-path "$root/Cargo.toml" "$@" >/dev/null
}

# A clean release build, whose result is measured below, and the first command of README.md.
cargo fetch --quiet --locked --manifest-path "$root/Cargo.toml"
target=${CARGO_TARGET_DIR:-$root/target}
if [ -z "$quick" ]; then target=$scratch/target; fi
timed_cargo build build --release
mcpgen=$target/release/mcpgen
stat --format=%s "$mcpgen" >"$scratch/results/bytes"
if [ -z "$quick" ]; then
  timed_cargo readme run -- render -f "$root/examples/atlassian.toml" --out "$scratch/readme"
fi
rulesync=$(peer rulesync "${versions[rulesync]}" rulesync)
ruler=$(peer @intellectronica/ruler "${versions[ruler]}" ruler)
ADD_MCP=$(peer add-mcp "${versions[add-mcp]}" add-mcp)
agent_kit=$(python_peer agent-config-kit "${versions[agent-config-kit]}" agent-kit)

python3 "$here/generate.py" "$scratch" "$mcpgen" "$root/tests/golden"

cut -d' ' -f1 /proc/loadavg >"$scratch/results/load"
node --version >"$scratch/results/node"

# Runs before each measured run. hyperfine needs it as a program.
cat >"$scratch/prepare" <<'PREPARE'
#!/bin/sh
set -e
case $1 in
  fresh) # the home as before the first run
    rm -rf "$HOME"
    cp -r "$2/home" "$HOME" ;;
  turn) # everything applied, then the declaration changed
    cp "$2/one.toml" "$HOME/.config/mcpgen/mcp.toml"
    "$MCPGEN" apply >/dev/null 2>&1
    cp "$2/other.toml" "$HOME/.config/mcpgen/mcp.toml" ;;
esac
PREPARE
chmod +x "$scratch/prepare"

# Runs a command in the home of a case, with a minimal environment.
at_home() { # CASE COMMAND…
  local home=$scratch/$1/home.now
  shift
  (cd "$scratch" && env -i HOME="$home" PATH="$PATH" MCPGEN="$mcpgen" ADD_MCP="$ADD_MCP" "$@")
}

# Measures the time, the peak memory and, for mcpgen, the instructions of a command. With `may_fail`, the command may
# exit with a code other than 0, as `status` does if nobody has signed in.
may_fail=
measure() { # NAME CASE RUNS fresh|turn|none COMMAND…
  local name=$1 case=$2 runs=$3 how=$4 prepare=()
  shift 4
  echo "bench: $name" >&2
  local result=$scratch/results/$name ready=("$scratch/prepare" "$how" "$scratch/$case")
  if [ "$how" != none ]; then prepare=(--prepare "${ready[*]}"); fi
  if ! at_home "$case" hyperfine -N --style none ${may_fail:+--ignore-failure} --warmup 2 --runs "$runs" \
    --export-json "$result.time" "${prepare[@]}" "$*" >"$scratch/said" 2>&1; then
    cat "$scratch/said" >&2
    exit 1
  fi
  for _ in 1 2 3; do
    at_home "$case" "${ready[@]}"
    at_home "$case" /usr/bin/time -f %M -a -o "$result.memory" "$@" >/dev/null 2>&1 || [ "$may_fail" ]
  done
  if [ -z "$quick" ] && [ "$1" = "$mcpgen" ]; then
    at_home "$case" "${ready[@]}"
    at_home "$case" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
      sed -n 's/.*Collected : *//p' >"$result.instructions" || [ "$may_fail" ]
  fi
}

# Counts the requests with which an apply waits for the disk.
syncs() { # CASE
  at_home "$1" "$scratch/prepare" fresh "$scratch/$1"
  at_home "$1" strace -f -qq -e trace=fsync,fdatasync,syncfs,sync_file_range -o "$scratch/syncs" "$mcpgen" apply 2>/dev/null
  grep -c 'sync' "$scratch/syncs" >"$scratch/results/$1.syncs"
}

# One case: a first apply, one with nothing to do, and one where every entry differs.
three() { # CASE
  measure "$1.first" "$1" "$few" fresh "$mcpgen" apply
  measure "$1.again" "$1" "$runs" none "$mcpgen" apply
  measure "$1.other" "$1" "$few" turn "$mcpgen" apply
}

measure start fresh-5 "$runs" fresh "$mcpgen" --version
measure fresh-5.render fresh-5 "$runs" none "$mcpgen" render

# Every row of the client table, including those of other systems.
measure everyone.render everyone "$runs" fresh "$mcpgen" render
at_home everyone "$mcpgen" apply 2>/dev/null
measure everyone.again everyone "$runs" none "$mcpgen" apply
cp "$scratch/everyone.count" "$scratch/here.count" "$scratch/results"

three three
measure three.render three "$runs" none "$mcpgen" render
syncs fresh-5
syncs lived-5

for count in 1 5 50 500; do
  three "fresh-$count"
  three "lived-$count"
done
three claude-start
three claude-end
for case in fresh-500 lived-500; do
  measure "$case.diff" "$case" "$few" turn "$mcpgen" plan --diff
done
measure lived-500.json lived-500 "$few" turn "$mcpgen" plan --json
at_home lived-500 "$mcpgen" apply >/dev/null 2>&1
may_fail=yes
for command in render check status list doctor; do
  measure "lived-500.$command" lived-500 "$few" none "$mcpgen" "$command"
done

# Forty clients with 25 servers each, written by mcpgen and read back. doctor finds problems here, and exits with 1.
at_home doctor "$scratch/prepare" fresh "$scratch/doctor"
at_home doctor "$mcpgen" apply 2>/dev/null
measure doctor doctor "$runs" none "$mcpgen" doctor
may_fail=

# A server started by exec, with secrets of two kinds, and the same program started directly.
measure exec.direct exec "$runs" fresh /bin/true
measure exec.exec exec "$runs" none "$mcpgen" exec secret-0000

# A sign-in with a real server that approves immediately. curl is the browser, and its time is included.
"$fastmcp" "$root/tests/lib/oauth_server.py" 3600 >"$scratch/server" 2>/dev/null &
until [ -s "$scratch/server" ]; do sleep 0.1; done
python3 "$here/generate.py" login "$scratch" "$(cat "$scratch/server")"
# shellcheck disable=SC2016 # the script itself expands `$1`
printf '#!/bin/sh\nexec curl -sL -o /dev/null "$1"\n' >"$scratch/browser"
chmod +x "$scratch/browser"
measure login login "$few" fresh env BROWSER="$scratch/browser" "$mcpgen" login one
measure token login "$runs" none "$mcpgen" token one

# The other tools, each compared with mcpgen for the same clients in the same scope.
beside() { # PEER MCPGEN-FLAGS…
  local case=beside-$1
  shift
  measure "$case.first" "$case" "$few" fresh "$mcpgen" apply "$@"
  measure "$case.again" "$case" "$runs" none "$mcpgen" apply "$@"
}
other() { # PEER PROGRAM COMMAND…
  local name=$1 program=$2
  shift 2
  measure "$name.start" "$name" "$few" fresh "$program" --version
  measure "$name.first" "$name" "$few" fresh "$@"
  measure "$name.again" "$name" "$few" none "$@"
}
beside rulesync
other rulesync "$rulesync" "$rulesync" generate --global --features mcp --silent \
  --input-roots "$scratch/rulesync/src/.rulesync" --targets "$(cat "$scratch/rulesync.clients")"
beside ruler --project "$scratch/beside-ruler/home.now/src"
other ruler "$ruler" "$ruler" apply --local-only --no-gitignore --no-backup --no-skills \
  --project-root "$scratch/ruler/home.now/src" --agents "$(cat "$scratch/ruler.clients")"
beside add-mcp
other add-mcp "$ADD_MCP" "$scratch/add-mcp.sh" five
beside agent-config-kit
other agent-config-kit "$agent_kit" "$agent_kit" apply --no-diff "$scratch/agent-config-kit/manifest.toml"
measure add-mcp.one add-mcp "$few" fresh "$scratch/add-mcp.sh" one

cut -d' ' -f1 /proc/loadavg >>"$scratch/results/load"
for name in "${!versions[@]}"; do
  echo "${versions[$name]}" >"$scratch/results/$name.version"
  cp "$scratch/$name.clients" "$scratch/results"
done
python3 "$here/report.py" "$scratch/results" ${quick:+--quick} "$root/docs/measurements/performance.md"
