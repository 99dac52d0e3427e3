#!/bin/sh
# Installs one archive in this root, and does what a new user does. isolated.sh starts this.
#
#   inside.sh KIND LABEL URL VERSION
# shellcheck disable=SC2317 # `check` calls the functions
set -u

kind=$1 label=$2 url=$3 version=$4
failed=0

# Runs a command, and prints whether it succeeded.
check() { # NAME COMMAND…
  name=$1
  shift
  if "$@" >/tmp/out 2>&1; then
    printf 'ok    %s: %s\n' "$label" "$name"
  else
    printf 'FAIL  %s: %s\n' "$label" "$name"
    sed 's/^/      /' /tmp/out
    failed=1
  fi
}
prints() { # STRING COMMAND…
  expected=$1
  shift
  "$@" >/tmp/printed 2>&1
  cat /tmp/printed
  grep -qF -e "$expected" /tmp/printed
}
absent() { ! command -v "$1"; }
# Whether the string in a file is in none of the other files.
absent_in() { # FILE FILE…
  pattern=$1
  shift
  ! grep -F -f "$pattern" "$@"
}
finds_nothing() { [ -z "$(find "$@")" ]; }
is_empty() { [ -z "$(cat "$1")" ]; }

for program in cargo rustc cc; do check "$program is not installed" absent "$program"; done

case $kind in
  archive)
    prefix=$HOME/.local
    mkdir -p "$prefix"
    check 'tar extracts the archive' \
      tar -xzf "/srv/mcpgen-$version-x86_64-linux.tar.gz" -C "$prefix" --strip-components=1
    PATH=$prefix/bin:$PATH
    zsh=$prefix/share/zsh/site-functions/_mcpgen
    ;;
  debian)
    prefix=/usr
    check 'dpkg installs the package' dpkg -i "/srv/mcpgen_${version}_amd64.deb"
    check 'no installed file differs from the package' dpkg --verify mcpgen
    zsh=/usr/share/zsh/vendor-completions/_mcpgen
    ;;
  npm)
    prefix=
    npm() { node /opt/npm/bin/npm-cli.js --offline --no-audit --no-fund "$@"; }
    mkdir /srv/app && cd /srv/app || exit 1
    check 'npm installs the archives offline' \
      npm install "/srv/mcpgen-npm-linux-x64-$version.tgz" "/srv/mcpgen-npm-$version.tgz"
    check 'npm installs the archives offline for all users' \
      npm install --global --prefix=/opt/global "/srv/mcpgen-npm-linux-x64-$version.tgz" "/srv/mcpgen-npm-$version.tgz"
    check 'the global program runs' prints "mcpgen $version" /opt/global/bin/mcpgen --version
    npx() { node /opt/npm/bin/npx-cli.js --offline "$@"; }
    check 'npx runs the installed package' prints "mcpgen $version" npx mcpgen --version
    PATH=/srv/app/node_modules/.bin:$PATH
    ;;
esac

check 'the program runs' prints "mcpgen $version" mcpgen --version
if [ -n "$prefix" ]; then
  check 'there is a page in the manual' test -s "$(man -w mcpgen)"
  man --warnings mcpgen-apply >/tmp/page 2>/tmp/warnings
  check 'the page has no warning' is_empty /tmp/warnings
  check 'bash loads the completions' \
    bash -c ". '$prefix/share/bash-completion/completions/mcpgen' && complete -p mcpgen"
  check 'the completions of fish and zsh are installed' \
    test -s "$prefix/share/fish/vendor_completions.d/mcpgen.fish" -a -s "$zsh"
  check 'the licences of all crates are installed' \
    grep -rqF '======== libdbus' "$prefix/share/doc/mcpgen"
fi

mkdir -p "$HOME/.cursor" && echo '{}' >"$HOME/.cursor/mcp.json"
check 'init writes a declaration' mcpgen init
secret=$HOME/secret
umask 077
head -c 24 /dev/urandom | md5sum | cut -c1-24 >"$secret"
cat >/srv/server.sh <<'SERVER'
#!/bin/sh
[ "$TOKEN" = "$(cat "$HOME/secret")" ] && echo 'the server has the secret'
SERVER
chmod +x /srv/server.sh
cat >"$HOME/.config/mcpgen/mcp.toml" <<DECLARATION
clients = ["claude-code", "cursor"]

[launch]
bridge = ["mcpgen", "bridge"]

[servers.local]
command = "/srv/server.sh"
secrets = { TOKEN = "file:$secret" }

[servers.remote]
url = "$url"
DECLARATION
check 'check accepts a declaration' mcpgen check --secrets
check 'apply writes the files' mcpgen apply
check 'Claude Code has the servers' prints '"local"' cat "$HOME/.claude.json"
check 'Cursor has the servers' prints '"remote"' cat "$HOME/.cursor/mcp.json"
check 'a second apply changes nothing' mcpgen plan --exit-code
check 'no secret is in a file of a client' absent_in "$secret" "$HOME/.claude.json" "$HOME/.cursor/mcp.json"
check 'exec starts a server with its secret' prints 'the server has the secret' mcpgen exec local
check 'undo restores the files' mcpgen undo

cat >/tmp/requests <<'REQUESTS'
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"try","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
REQUESTS
bridged() { "$@" bridge "$url" --allow-http </tmp/requests; }
check 'the bridge reaches a server' prints '"tools"' bridged mcpgen
[ "$kind" != npm ] || check 'npx runs the bridge' prints '"tools"' bridged npx mcpgen
[ "$kind" != debian ] || {
  check 'dpkg removes the package' dpkg -P mcpgen
  check 'no file of the package remains' finds_nothing /usr -name '*mcpgen*'
}
exit "$failed"
