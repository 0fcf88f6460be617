#!/usr/bin/env bash
# Installs the emulators of test/deploy/requirements.txt into a virtual environment below dist/, each package held by its hash.
# An environment that has these very requirements is left as it is.
set -euo pipefail
cd "$(dirname "$0")"
venv=../../dist/engines
if ! command -v python3 >/dev/null || ! python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))'; then
  echo "skipped: the deployment tests need Python 3.10 or newer with venv; this machine has $(python3 --version 2>&1 || echo none)" >&2
  exit 0
fi
if cmp -s requirements.txt "$venv/requirements.txt"; then exit 0; fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
cp requirements.txt "$venv/requirements.txt"
