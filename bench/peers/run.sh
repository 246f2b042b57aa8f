#!/usr/bin/env bash
# Installs the libraries of Debian 12 that peers measures, where they are
# missing, and runs it with the arguments given.
set -euo pipefail
cd "$(dirname "$0")"

need=()
for package in gcc libc6-dev libopenblas0-pthread libblis4-pthread libdnnl-dev; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || need+=("$package")
done
if [ ${#need[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    printf 'run.sh: error: missing packages\nhint: as root, apt-get install %s\n' "${need[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends "${need[@]}" >&2
fi

# Not go run, which would report every failure as exit code 1.
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
go build -o "$bin/peers" .
"$bin/peers" "$@"
