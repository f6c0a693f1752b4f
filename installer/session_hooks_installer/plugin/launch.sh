#!/bin/sh
# Run one of the plugin's programs: launch.sh PROGRAM [ARGUMENT...], an event's JSON on stdin.
#
# It comes from the environment that was made for this plugin; else from an installation that is on
# the PATH; else from the environment of the version before. Without the first two a start has the
# environment made in the background; no other event waits for it or speaks of it.
#
# The client waits for this at each event: in an environment that is there, no process is started.

environment=@ENVIRONMENT@
program=$1
shift

# Claude's own shell has the plugin's bin/ on its PATH, but isn't told of the folder for data.
data=${CLAUDE_PLUGIN_DATA:-}
if [ -z "$data" ]; then
  for found in "${CLAUDE_CONFIG_DIR:-$HOME/.claude}"/plugins/data/session-hooks-*; do
    [ -d "$found" ] && data=$found
    [ -e "$found/$environment/ready" ] && break
  done
fi

# The first is dangling where that Python is gone; the second is written last.
works() { [ -x "$1/bin/python" ] && [ -e "$1/ready" ] && [ -x "$1/bin/$program" ]; }

works "$data/$environment" && exec "$data/$environment/bin/$program" "$@"

# Not $program: of agent-session it would find the plugin's own, which is this.
found=$(command -v session-start-hook) && [ -x "${found%/*}/$program" ] &&
  exec "${found%/*}/$program" "$@"

former=
for ready in "$data"/*/ready; do
  works "${ready%/ready}" && former=${ready%/ready}
done

if [ "$program" = session-start-hook ] && [ -n "${CLAUDE_PLUGIN_DATA:-}" ]; then
  for python in python3 python3.14 python3.13 python3.12 python3.11; do
    "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
      exec "$python" -I "${0%/*}/environment.py" "$data/$environment" "$former"
  done
  [ -n "$former" ] ||
    echo '{"systemMessage": "Session hooks need Python 3.11 or newer, and none is found. Install it, for example: sudo apt install python3 python3-venv"}'
fi

[ -n "$former" ] && exec "$former/bin/$program" "$@"
if [ "$program" = agent-session ]; then
  echo "agent-session: its environment is not made yet; the start of a conversation says why" >&2
  exit 2
fi
