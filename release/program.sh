# shellcheck shell=bash
# The program of a release, what it is made of, and the licences of that. build.sh reads this file.
# shellcheck disable=SC2154 # build.sh sets the variables

# The program may have this many bytes. If it becomes longer, find out what is worth its bytes; if all of it is, raise
# the number, and give the reason in the commit message.
budget=7800000

# What makes the program smaller: relocations in a short form, which musl reads, identical functions once, and no tables
# for unwinding, which the program never does. Of the linkers that Rust uses, only the one that comes with Rust knows the
# first two.
lld=$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld
smaller=("-Clink-arg=-B$lld" '-Clink-arg=-fuse-ld=lld')
smaller+=('-Clink-arg=-Wl,--icf=all' '-Clink-arg=-Wl,-z,pack-relative-relocs')
smaller+=('-Clink-arg=-Wl,--no-eh-frame-hdr' "-Clink-arg=-Wl,-T,$PWD/release/without-unwinding.ld")

# Builds the static program. Its bytes do not depend on the directories of the checkout and of Cargo.
build_program() {
  local registry bytes flags=("${smaller[@]}")
  cargo fetch --quiet --locked --target "$triple"
  for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
    flags+=("--remap-path-prefix=${registry%/}=/crates")
  done
  flags+=("--remap-path-prefix=$PWD=/mcpgen")
  [[ $target == "$PWD"/* ]] || flags+=("--remap-path-prefix=$target=/mcpgen/target")
  CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && printf '%s' "${flags[*]}") \
    cargo build --release --locked --target "$triple" --target-dir "$target"
  program=$target/$triple/release/mcpgen
  if readelf --program-headers "$program" | grep -q INTERP; then
    fail "$program is not static"
  fi
  if readelf --sections --wide "$program" | grep -q ' \.symtab '; then
    fail "$program has symbols: does \`strip\` in Cargo.toml take effect?"
  fi
  bytes=$(stat --format=%s "$program")
  [ "$bytes" -le "$budget" ] || fail "the program has $bytes bytes; release/program.sh has a budget of $budget"
}

# Prints the name and version of each crate in the program.
crates() {
  cargo tree --locked --target "$triple" --edges normal --prefix none --format '{p}' | cut -d' ' -f1,2 | sort -u
}

# Prints a list of what is in the program, in the format of CycloneDX.
sbom() {
  jq --arg normal "$(crates)" --rawfile lock Cargo.lock --arg epoch "$SOURCE_DATE_EPOCH" --from-file release/sbom.jq \
    <<<"$metadata"
}

# Prints the licence files of every crate in the program, and of the C libraries that two of them contain.
notices() {
  local name version manifest directory
  printf 'mcpgen contains these crates and the standard library of Rust (MIT or Apache-2.0), which contains musl (MIT).\n'
  jq --raw-output '.packages[] | select(.source) | [.name, .version, .manifest_path] | join(" ")' <<<"$metadata" | sort |
    join -j 1 -o 1.1,1.2,1.3,2.2 - <(crates) |
    while read -r name version manifest directory; do
      [ "v$version" = "$directory" ] || continue
      directory=$(dirname "$manifest")
      printf '\n======== %s %s\n' "$name" "$version"
      find "$directory" -maxdepth 1 -type f \( -iname 'licen[sc]e*' -o -iname 'copying*' -o -iname 'notice*' \) |
        sort | xargs -rd '\n' cat
      if [ -f "$directory/vendor/dbus/COPYING" ]; then
        printf '\n======== libdbus, in %s\n' "$name"
        cat "$directory/vendor/dbus/COPYING"
      fi
      if [ "$name" = libmimalloc-sys ]; then
        printf '\n======== mimalloc, in %s\n' "$name"
        cat "$directory/c_src/mimalloc/v3/LICENSE"
      fi
    done
}
