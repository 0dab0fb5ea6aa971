#!/bin/sh
# Makes what the project needs out of nothing: its own virtual environment, uv, the locked packages, the pages.
#   tools/bootstrap.sh demo    what `make demo` runs on (one Debian package: mosquitto)
#   tools/bootstrap.sh test    the same, and what the tests need
set -eu
cd "$(dirname "$0")/.."
role=$1
venv=.venv

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

python_is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && python_is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found. On Debian 12: sudo apt-get install python3"
}

apt_install() {
    as_root=
    if [ "$(id -u)" != 0 ]; then
        as_root=sudo
        command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; } ||
            fail "Debian packages are missing and only root may install them. Run: apt-get install $*"
    fi
    command -v apt-get >/dev/null ||
        fail "These packages are missing, and there is no apt-get to install them with: $*"
    say "Installing Debian packages: $*"
    lists=$(mktemp)
    { $as_root apt-get update -q >"$lists" 2>&1 &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" \
            >>"$lists" 2>&1; } ||
        { tail -n 20 "$lists" >&2; rm -f "$lists"; fail "apt-get could not install: $*"; }
    rm -f "$lists"
}

have() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }

missing=
need() { # need PROGRAM-OR-FILE PACKAGE...
    thing=$1
    shift
    case $thing in
    /*) [ -e "$thing" ] || missing="$missing $*" ;;
    *) have "$thing" || missing="$missing $*" ;;
    esac
}

python=$(find_python)
"$python" -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
need mosquitto mosquitto
if [ "$role" = test ]; then
    need chromium chromium
    need chromium-headless-shell chromium-headless-shell
    need firefox-esr firefox-esr
    need Xvfb xvfb
    need turnserver coturn
    need caddy caddy
    need nginx nginx
    need pulseaudio pulseaudio
    need pactl pulseaudio-utils
    need /usr/include/portaudio.h portaudio19-dev
    need gcc build-essential
    need ip iproute2
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
    ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so >/dev/null 2>&1 || missing="$missing libasound2-plugins"
    headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    [ -e "$headers/Python.h" ] || missing="$missing python3-dev"
fi
# shellcheck disable=SC2086
[ -z "$missing" ] || apt_install $missing
case " $missing " in
*" coturn "*) # Debian starts it at once, open to the network; the tests run their own
    [ ! -d /run/systemd/system ] || ${as_root:-} systemctl disable --quiet --now coturn || true
    ;;
esac
for front in caddy nginx; do
    case " $missing " in
    *" $front "*) # likewise; the tests run their own
        [ ! -d /run/systemd/system ] || ${as_root:-} systemctl disable --quiet --now $front || true
        ;;
    esac
done
case " $missing " in
*" postgresql "*) # Debian makes a database at once and starts it; the tests make and run their own
    for version in /usr/lib/postgresql/*; do
        ${as_root:-} pg_dropcluster --stop "${version##*/}" main || true
    done
    ;;
esac

if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
    say "Making the virtual environment $venv"
    "$python" -m venv --clear "$venv"
fi
uv_version=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)
if [ "$("$venv/bin/uv" --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
fi

say "Installing the locked Python packages and building the pages (a minute the first time)"
extras=demo
groups=
if [ "$role" = test ]; then
    extras=demo,sound-card
    groups="--group dev --group bench"
fi
# shellcheck disable=SC2086
VIRTUAL_ENV=$venv "$venv/bin/uv" pip install --quiet --constraint requirements.lock --build-constraint requirements.lock \
    --reinstall-package av1-telepresence $groups --editable ".[$extras]"
mkdir -p .build
touch ".build/$role"
