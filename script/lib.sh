# What the scripts share: where a build goes, and stages that say how long they took.
# shellcheck shell=bash

# A fresh clone on a machine that has built before finds its dependencies built.
if [ "${CI:-}" = true ] && [ -z "${CARGO_TARGET_DIR:-}" ]; then
  CARGO_TARGET_DIR="${XDG_CACHE_HOME:-$HOME/.cache}/yorisoi/target"
fi
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"

minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# stage NAME COMMAND…: runs it, says its minutes, stops the script when it fails.
stage() {
  local name=$1 began=$SECONDS
  shift
  printf '── %s\n' "$name"
  "$@" || { printf '── %s failed after %s\n' "$name" "$(minutes $((SECONDS - began)))"; exit 1; }
  printf '── %s %s\n' "$name" "$(minutes $((SECONDS - began)))"
}
