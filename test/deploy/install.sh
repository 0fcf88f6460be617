#!/usr/bin/env bash
# Puts the emulators of test/deploy/requirements.txt into dist/engines. Without Python the deployment tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
code=0
tools/python/install.sh dist/engines test/deploy/requirements.txt || code=$?
if [[ "$code" -eq 3 ]]; then
  echo "skipped: the deployment tests cannot run here" >&2
  exit 0
fi
exit "$code"
