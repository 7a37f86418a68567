#!/bin/sh
# Starts Workbench by a double-click (macOS), in a window of Terminal.
exec "$(dirname "$(readlink -f "$0")")/workbench.sh" --clicked "$@"
