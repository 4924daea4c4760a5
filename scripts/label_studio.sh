#!/usr/bin/env bash
# Label Studio in a virtual environment of its own (its Django is not ours), then what
# scripts/label_studio.py is asked to do with it. Idempotent.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/uv.sh

LABEL_STUDIO="label-studio>=1.23.2,<1.24"
stamp=".venv-label-studio/.setup-$(echo "$LABEL_STUDIO" | cksum | cut -d' ' -f1)"

if [ ! -f "$stamp" ] && [ "${1:-}" != stop ]; then
  printf '\033[1mInstalling %s (about 800 MB)\033[0m\n' "$LABEL_STUDIO"
  if [ -x .venv/bin/uv ]; then
    let_uv_follow_pip
    [ -x .venv-label-studio/bin/python ] || .venv/bin/uv venv --quiet --python .venv/bin/python .venv-label-studio
    VIRTUAL_ENV="$PWD/.venv-label-studio" .venv/bin/uv pip install --quiet "$LABEL_STUDIO"
  else
    .venv/bin/python -m venv .venv-label-studio
    .venv-label-studio/bin/python -m pip install --quiet --disable-pip-version-check "$LABEL_STUDIO"
  fi
  touch "$stamp"
fi
[ "${1:-}" = install ] || exec .venv/bin/python scripts/label_studio.py "$@"
