#!/usr/bin/env bash
# tools/python/install.sh FOLDER REQUIREMENTS: puts Python packages, each held by its hash, into the virtual environment FOLDER.
# An environment that has these very requirements is left as it is. uv does it: pip takes twenty times as long.
# Exit code 3 where the machine has no Python 3.10 or newer.
set -euo pipefail
folder="$1"
requirements="$2"
here="$(dirname "$0")"
if ! command -v python3 >/dev/null || ! python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))'; then
  echo "needs Python 3.10 or newer with venv; this machine has $(python3 --version 2>&1 || echo none)" >&2
  exit 3
fi
if cmp -s "$requirements" "$folder/requirements.txt"; then exit 0; fi
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/uv"
"$scratch/uv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$here/uv.txt"
rm -rf "$folder"
"$scratch/uv/bin/uv" venv --quiet --python "$(command -v python3)" "$folder"
"$scratch/uv/bin/uv" pip install --quiet --python "$folder/bin/python" --no-deps --require-hashes -r "$requirements"
cp "$requirements" "$folder/requirements.txt"
