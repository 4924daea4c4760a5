#!/usr/bin/env bash
# Other people's sentence aligners for `python -m benchmarks.aligners`, each list of requirements in
# a virtual environment of its own under .peers/. One that cannot be installed is left out, and the
# benchmark says so. Idempotent.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/uv.sh
let_uv_follow_pip

find_python() { # prints a Python of at least this minor version; else a version for uv to fetch
  local candidate
  for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 "$HOME"/.pyenv/versions/3.*/bin/python; do
    if "$candidate" -c "import sys; sys.exit(sys.version_info < (3, $1))" 2>/dev/null; then
      echo "$candidate"; return
    fi
  done
  echo "3.$1"
}

build() { # requirements, environment
  local backend=""
  # CUDA is of no use to a benchmark on one thread; a folder of wheels decides for itself
  if grep -q '^torch==' "$1" && [ "$(uname -s)" = Linux ] && [ -z "$UV_FIND_LINKS" ]; then
    backend="--torch-backend=cpu"
  fi
  .venv/bin/uv venv --quiet --clear --python "$(find_python "$(sed -n 's/^# python >= 3\.//p' "$1")")" "$2" &&
    .venv/bin/uv pip install --quiet --compile-bytecode $backend --python "$2/bin/python" -r "$1"
}

for requirements in benchmarks/peers/requirements-*.txt; do
  name=$(basename "${requirements#*requirements-}" .txt)
  environment=".peers/$name"
  stamp="$environment/.installed-$(cksum <"$requirements" | cut -d' ' -f1)"
  [ ! -f "$stamp" ] || continue
  printf '\033[1mInstalling %s\033[0m\n' "$name"
  if build "$requirements" "$environment"; then
    touch "$stamp"
  else
    rm -rf "$environment"
    echo "$name cannot be installed here and is left out" >&2
  fi
done
