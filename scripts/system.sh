#!/usr/bin/env bash
# Install what Flowroom needs from the system, saying what and why. Works as root and with sudo.
#
#   scripts/system.sh venv   what creating a virtual environment needs
#   scripts/system.sh test   what the tests need: a browser and fonts for it, and the servers they start for themselves
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

# Run apt-get as someone who may.
apt() {
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "Run as root, or install yourself: apt-get $*" >&2; exit 1; }
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get -qq "$@" >/dev/null
}

install() {
    local missing=()
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null; then
        echo "Flowroom needs these packages, and apt is not here to install them: ${missing[*]}" >&2
        exit 1
    fi
    apt update
    for at in "${!missing[@]}"; do
        missing[at]=$(available "${missing[at]}")
    done
    echo "Installing from apt: ${missing[*]}"
    apt install -y --no-install-recommends "${missing[@]}"
}

# A package, or what does its work where a distribution has none: the browser without windows is only quicker.
available() {
    if [ "$1" = chromium-headless-shell ] && ! apt-cache show "$1" >/dev/null 2>&1; then
        echo chromium
    else
        echo "$1"
    fi
}

case "${1:-}" in
    venv) "${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null || install python3-venv ;;
    test)
        install chromium-headless-shell fonts-dejavu-core fonts-liberation fonts-noto-color-emoji \
            redis-server postgresql nginx-light ;;
    *) echo "usage: $0 venv|test" >&2; exit 2 ;;
esac
