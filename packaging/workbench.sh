#!/bin/sh
# Starts Workbench by a click (Linux; Workbench.command is that of macOS). The first time, it sets
# it up. Folders that are dropped on it are opened.
here=$(dirname "$(readlink -f "$0")")

in_terminal() {
    command -v "$1" >/dev/null && exec "$@"
}

if [ "$1" = --clicked ]; then
    clicked=yes
    shift
elif ! [ -t 1 ]; then
    # nobody would see how far it is, or what is wrong
    again="$here/workbench.sh"
    in_terminal x-terminal-emulator -e "$again" --clicked "$@"
    in_terminal gnome-terminal -- "$again" --clicked "$@"
    in_terminal ptyxis -- "$again" --clicked "$@"
    in_terminal kgx -- "$again" --clicked "$@"
    in_terminal konsole -e "$again" --clicked "$@"
    in_terminal xfce4-terminal -x "$again" --clicked "$@"
    in_terminal xterm -e "$again" --clicked "$@"
fi

end() {
    if [ -n "$clicked" ]; then
        printf '\nPress Enter to close this window. '
        read -r _
    fi
    exit "$1"
}

for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        "$python" "$here/bootstrap.py" start "$@"
        code=$?
        [ $code = 0 ] || end $code
        exit 0
    fi
done
echo 'Workbench needs Python 3.11 or newer, and there is none on this computer.'
if [ "$(uname)" = Darwin ]; then
    echo 'Get one from python.org, install it, and start this once more.'
else
    echo 'Install the package python3 of your system and start this once more.'
    echo 'On Ubuntu and Debian, type: sudo apt install python3 python3-venv'
fi
end 1
