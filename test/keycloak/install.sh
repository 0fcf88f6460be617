#!/usr/bin/env bash
# Keycloak, a real issuer that nobody here wrote, from Maven Central into .artifacts/keycloak (git ignores it). Without Java,
# Maven, a network or the right bytes it leaves the reason in .artifacts/keycloak/reason, and the tests say it and are skipped.
# May run in the background: another call waits for it.
set -uo pipefail
cd "$(dirname "$0")/../.."

# The newest that Maven Central serves whole and that runs on Java 17.
version=26.7.3
sha256=27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f
home=".artifacts/keycloak"
server="$home/keycloak-$version"

mkdir -p "$home"
exec 9>"$home/lock"
flock 9
rm -f "$home/reason"
[[ -f "$server/built" ]] && exit 0

without() {
  echo "$1" | tee "$home/reason"
  exit 0
}

for program in java mvn unzip openssl sha256sum; do
  command -v "$program" >/dev/null || without "there is no $program here"
done
java="$(java -version 2>&1 | sed -nE 's/.* version "([0-9]+).*/\1/p' | head -1)"
[[ "${java:-0}" -ge 17 ]] || without "Java ${java:-of no version} is older than 17"

zip="$home/keycloak-quarkus-dist-$version.zip"
[[ -f "$zip" ]] ||
  timeout 150 mvn -q -B -Dstyle.color=never dependency:copy -DoutputDirectory="$PWD/$home" \
    "-Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip" ||
  without "Maven could not fetch Keycloak $version"
echo "$sha256  $zip" | sha256sum --check --status || without "the bytes of Keycloak $version are not those that were pinned"

rm -rf "$server"
unzip -q "$zip" -d "$home" || without "Keycloak $version could not be unpacked"
JAVA_OPTS_APPEND="-XX:TieredStopAtLevel=1" "$server/bin/kc.sh" build --db=dev-mem --health-enabled=false >"$home/build.log" 2>&1 ||
  without "Keycloak $version does not build here: $home/build.log"
touch "$server/built"
rm -f "$zip"
