#!/usr/bin/env bash
# Installs the system packages that the build and the tests need, and nothing else does: Node 26,
# pnpm and every tool come from npm. Does nothing when all are there; starts no daemon.
set -euo pipefail

packages=(
  ca-certificates # npm and pnpm fetch over HTTPS
  git             # turbo asks it which files belong to the repository
  redis-server    # the tests of the store start their own; valkey-server does as well
)

if ! command -v apt-get >/dev/null; then
  echo "setup-debian: no apt-get here; make sure these are installed: ${packages[*]}"
  exit 0
fi

is_installed() {
  if [[ $1 == redis-server ]] && command -v redis-server valkey-server >/dev/null; then return 0; fi
  dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null |
    grep --quiet --line-regexp installed
}

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done

if ((${#missing[@]} == 0)); then
  echo "setup-debian: nothing to install, all there: ${packages[*]}"
  exit 0
fi

if ((EUID != 0)); then
  echo "setup-debian: must install ${missing[*]}; run it as root" >&2
  exit 1
fi

# Packages ask this file whether they may start what they install. One that is there says so for this machine.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

echo "setup-debian: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
apt-get install --quiet --yes --no-install-recommends "${missing[@]}"

# They are not started now; this one would be with the next start of the machine.
if [[ " ${missing[*]} " == *" redis-server "* ]]; then
  if [[ -d /run/systemd/system ]]; then
    systemctl disable --quiet redis-server
  else
    echo "setup-debian: redis-server is installed for tests; where something starts services, disable it"
  fi
fi
