#!/bin/sh
# Makes the virtual environment ($VENV, .venv) and installs a requirements file into it.
# Says in one plain line what is missing, because this is the first thing a newcomer meets.
# Plain sh: it has to run where Python is too old or absent. Skips the install while the files are unchanged.
set -eu

cd "$(dirname "$0")/.."
requirements=${1:-requirements.txt}
venv=${VENV:-.venv}
oldest="3.11"

say() { printf '%s\n' "$*" >&2; }

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        # Asked for by name: no other is taken in its place.
        if new_enough "$PYTHON"; then echo "$PYTHON"; return 0; fi
        return 1
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
            echo "$candidate"; return 0
        fi
    done
    return 1
}

explain_python() {
    found=$("${PYTHON:-python3}" -V 2>&1) || found="no ${PYTHON:-python3}"
    say "Sync Health needs Python $oldest or newer; found here: $found."
    say "Install one, or name one that you have:  make PYTHON=/path/to/python3.11 run"
}

# Debian ships python3 without ensurepip; a virtual environment needs it.
venv_package() {
    "$1" -c 'import sys; print("python3-venv" if sys.executable in ("/usr/bin/python3", "") else "python%d.%d-venv" % sys.version_info[:2])'
}

install_venv_module() {
    package=$(venv_package "$1")
    if ! command -v apt-get >/dev/null 2>&1; then
        say "Python's venv module cannot make a virtual environment here: ensurepip is missing."
        say "Install the package of your system that brings it (often named $package), then try again."
        return 1
    fi
    if [ "$(id -u)" != 0 ]; then
        say "Python's venv module is missing. One command puts it right, then try again:"
        say "    sudo apt-get install -y $package"
        return 1
    fi
    say "Python's venv module is missing: installing $package (this needs root, which you are)."
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 && return 0
    # A machine that never updated its package lists does not know the package yet.
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null; then
        return 0
    fi
    say "apt-get could not install $package; its words are above. Install it by hand, then try again."
    return 1
}

# The stamp names everything that decides what is installed, so a new lock or a new Python installs again.
stamp_of() {
    files=requirements.txt
    [ "$1" = requirements-dev.txt ] && files="requirements.txt requirements-dev.txt"
    # shellcheck disable=SC2086
    { cat $files; "$venv/bin/python" -V; } | cksum
}

works() {
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null && new_enough "$venv/bin/python"
}

installed() {
    [ -f "$venv/.installed-$1" ] && [ "$(cat "$venv/.installed-$1")" = "$(stamp_of "$1")" ]
}

if works && installed "$requirements"; then
    exit 0
fi

if ! works; then
    python=$(find_python) || { explain_python; exit 1; }
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_venv_module "$python" || exit 1
    say "Making a virtual environment in $venv ($("$python" -V))."
    "$python" -m venv --clear "$venv" || { say "The virtual environment could not be made; the reason is above."; exit 1; }
fi

say "Installing what $requirements names (10 to 40 seconds, once)."
if ! "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input -r "$requirements"; then
    say "pip could not install $requirements; the reason is above. A package index must be reachable."
    exit 1
fi
stamp_of "$requirements" > "$venv/.installed-$requirements"
# The development set holds the other one.
if [ "$requirements" = requirements-dev.txt ]; then
    stamp_of requirements.txt > "$venv/.installed-requirements.txt"
fi
