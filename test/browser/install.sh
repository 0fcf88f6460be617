#!/usr/bin/env bash
# Debian's chromium for the tests of the console, where the machine has none yet.
set -euo pipefail
for found in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
  [[ -n "$found" && -x "$found" ]] && exit 0
done
as_root=()
[[ "$(id -u)" -eq 0 ]] || as_root=(sudo)
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -y -q --no-install-recommends chromium
