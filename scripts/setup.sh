#!/usr/bin/env bash
# Installs what is missing on a Debian machine, then the Python environment in .venv; for tests, Node's tools too.
# Usage: scripts/setup.sh demo|test. A second run finds its stamp and ends at once.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-demo}
asked=$(cat setup.cfg scripts/setup.sh | sha256sum | cut -c1-16)
stamp=".venv/.clew-$what-$asked"
# The tests' environment has all that the demo needs.
[ -f ".venv/.clew-test-$asked" ] && stamp=".venv/.clew-test-$asked"
# The linter of the console's scripts is put in anew only when package-lock.json changes.
node_stamp="node_modules/.clew-$(sha256sum <package-lock.json | cut -c1-16)"
[ "$what" = test ] || node_stamp=""
[ -f "$stamp" ] && { [ -z "$node_stamp" ] || [ -f "$node_stamp" ]; } && exit 0

say() { printf '%s\n' "$*" >&2; }
fail() { say ""; say "✗ $*"; exit 1; }

# 1. Debian packages: only those that are not there yet.
wanted=(python3 python3-venv python3-dev gcc libc6-dev libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk)
if [ "$what" = test ]; then
  wanted+=(chromium chromium-driver poppler-utils)
  # Who has Node from elsewhere keeps it: Debian's npm would not stand beside it.
  command -v node >/dev/null || wanted+=(nodejs)
  command -v npm >/dev/null || wanted+=(npm)
fi
missing=()
if command -v dpkg-query >/dev/null; then
  for package in "${wanted[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
  done
else
  say "This is no Debian machine: make sure that Pango, a CJK font, a C compiler and Python's headers are there."
fi
if [ ${#missing[@]} -gt 0 ]; then
  sudo=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && sudo="sudo -n" ||
      { command -v sudo >/dev/null && [ -t 0 ] && sudo="sudo"; } ||
      fail "These Debian packages are missing, and this user may not install them. Ask for:
    apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "Installing Debian packages: ${missing[*]}"
  log=$(mktemp)
  # By `env`: sudo drops what was exported, and a package's question would wait where nobody sees it.
  install() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >"$log" 2>&1
  }
  install || { $sudo apt-get update -q >"$log" 2>&1 && install; } ||
    { tail -n 5 "$log" >&2; fail "apt-get could not install them (the lines above say why). Is the network there?"; }
  rm -f "$log"
fi

# 2. A Python from 3.11 to 3.13.
python=""
for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
  if command -v "$name" >/dev/null && "$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
    python=$name
    break
  fi
done
[ -n "$python" ] || fail "Clew needs Python 3.11, 3.12 or 3.13 with venv; found: $(python3 --version 2>&1 || echo none). Set PYTHON=/path/to/python3.12."

# 3. The environment. durable-rules is built from source; the flag lets it import on Python 3.13.
if [ ! -f "$stamp" ]; then
  # One that was left half made, or whose Python was upgraded, is none.
  .venv/bin/python -c 'import pip, sys; sys.exit(sys.prefix == sys.base_prefix)' 2>/dev/null ||
    "$python" -m venv --clear .venv
  say "Installing Python packages into .venv (about half a minute the first time)"
  export CPPFLAGS="${CPPFLAGS:-} -DPyEval_CallObject=PyObject_CallObject" PIP_DISABLE_PIP_VERSION_CHECK=1
  extras=""
  [ "$what" = test ] && extras="[dev]"
  log=$(mktemp)
  .venv/bin/python -m pip install -q -e ".$extras" >"$log" 2>&1 || {
    grep -v '^WARNING' "$log" | tail -n 15 >&2
    fail "pip could not install Clew (the lines above say why). No network? No C compiler (gcc, python3-dev)?"
  }
  rm -f "$log" .venv/.clew-"$what"-*
  touch "$stamp"
fi

# 4. For tests: the linter of the console's scripts, a single binary (package.json).
if [ -n "$node_stamp" ] && [ ! -f "$node_stamp" ]; then
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' ||
    fail "The scripts' tests need Node 18 or later; found: $(node --version)."
  say "Installing the scripts' linter into node_modules"
  log=$(mktemp)
  npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1 || {
    tail -n 15 "$log" >&2
    fail "npm could not install what package-lock.json names (the lines above say why). Is the network there?"
  }
  rm -f "$log" node_modules/.clew-*
  touch "$node_stamp"
fi
