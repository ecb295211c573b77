#!/usr/bin/env bash
# Installs the system packages that the build and the tests need, and nothing else does: Node 26,
# pnpm and every tool come from npm. Does nothing when all are there; starts no daemon.
set -euo pipefail

packages=(
  ca-certificates # npm and pnpm fetch over HTTPS
  git             # turbo asks it which files belong to the repository
)

if ! command -v apt-get >/dev/null; then
  echo "setup-debian: no apt-get here; make sure these are installed: ${packages[*]}"
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null |
    grep --quiet --line-regexp installed || missing+=("$package")
done

if ((${#missing[@]} == 0)); then
  echo "setup-debian: nothing to install, all there: ${packages[*]}"
  exit 0
fi

if ((EUID != 0)); then
  echo "setup-debian: must install ${missing[*]}; run it as root" >&2
  exit 1
fi

echo "setup-debian: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
