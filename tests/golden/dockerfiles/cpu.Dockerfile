# Made by azdacli VERSION: DeepStream 7.1 for CPU.

FROM docker.io/library/debian:12-slim AS system
USER root
# No program may take another user's rights: the runtime needs none, and whoever breaks into it finds none.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        bash \
        ca-certificates \
        gir1.2-gst-plugins-base-1.0 \
        gir1.2-gst-rtsp-server-1.0 \
        gir1.2-gstreamer-1.0 \
        glib-networking \
        gstreamer1.0-libav \
        gstreamer1.0-plugins-bad \
        gstreamer1.0-plugins-base \
        gstreamer1.0-plugins-good \
        gstreamer1.0-plugins-ugly \
        gstreamer1.0-python3-plugin-loader \
        gstreamer1.0-tools \
        gstreamer1.0-x \
        passwd \
        python3 \
        python3-gi \
        python3-gst-1.0 \
        wget \
    && rm -rf /var/lib/apt/lists/* \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +

# Python packages go into a folder of their own: the system's stay as NVIDIA made them.
FROM system AS dependencies
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
COPY ["requirements.txt", "/azda-build/requirements.txt"]
COPY ["simulator/requirements.txt", "/azda-build/simulator-requirements.txt"]
# Wheels alone, but for paho-mqtt 1.6, which is published as source: the system's own setuptools packs it.
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --only-binary=:all: \
        --no-binary=paho-mqtt --use-pep517 --no-build-isolation --require-hashes --target /opt/azda/python \
        -r /azda-build/requirements.txt -r /azda-build/simulator-requirements.txt

FROM system AS runtime
# The runtime needs no root: it reads what is here and writes to its volume. The groups open the device nodes.
RUN set -e; getent group render || groupadd --system render; groupadd --gid 10001 azda; \
    useradd --uid 10001 --gid azda --groups video,render --home-dir /var/lib/azda --create-home --shell /bin/bash azda; \
    install --directory --owner azda --group azda /tmp/VideoUploaderCache; \
    install --directory --mode 1777 /output
COPY --from=dependencies ["/opt/azda/python/", "/opt/azda/python/"]
# DeepStream's elements on a CPU. GStreamer's plugin scanner is a process of its own: PYTHONPATH alone tells it where
# their packages are. ONNX Runtime would report to its maker.
COPY ["simulator/", "/opt/azda/simulator/"]
ENV PYTHONPATH="/opt/azda:/opt/azda/simulator/site-packages:/opt/azda/python" PYTHONUNBUFFERED="1" \
    GST_PLUGIN_PATH="/opt/azda/simulator/plugins" ORT_DISABLE_TELEMETRY="1" AZDA_DEEPSTREAM="7.1"
COPY ["dsconfig/", "/opt/azda/dsconfig/"]
COPY ["azda_runtime/", "/opt/azda/azda_runtime/"]
WORKDIR /opt/azda
# GStreamer's list of plugins is made here, once: whoever runs the image may have no place to write it. It is not
# compared with the files again, because GStreamer asks when the file system got each, which is another time everywhere.
RUN python3 -m compileall -q --invalidation-mode checked-hash /opt/azda/simulator /opt/azda/dsconfig /opt/azda/azda_runtime \
    && mkdir /opt/azda/gstreamer \
    && GST_REGISTRY=/opt/azda/gstreamer/registry.bin python3 /opt/azda/simulator/preflight.py --strict \
    && chmod 644 /opt/azda/gstreamer/registry.bin
ENV GST_REGISTRY="/opt/azda/gstreamer/registry.bin" GST_REGISTRY_UPDATE="no"
COPY ["assets/0-models/", "/custom-assets/"]
COPY ["assets/0-code/", "/custom-assets/"]
COPY ["build/assets.json", "/opt/azda/assets.json"]
USER 10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["python3", "-m", "azda_runtime", "health"]
ENTRYPOINT ["python3", "-m", "azda_runtime"]
CMD ["serve"]
LABEL io.azda.assets="[]" \
      io.azda.python="3.11" \
      io.azda.release="7.1" \
      io.azda.runtime="VERSION" \
      io.azda.target="cpu" \
      io.azda.variant="samples" \
      org.opencontainers.image.base.name="docker.io/library/debian:12-slim"
