# Made by azdacli VERSION: DeepStream 9.2 for Jetson.

FROM ghcr.io/nvidia/deepstream:9.2-triton-multiarch AS system
USER root
# NVIDIA's own script puts back the codecs that its images leave out (software encoding needs them).
RUN DEBIAN_FRONTEND=noninteractive /opt/nvidia/deepstream/deepstream/user_additional_install.sh \
    && rm -rf /var/lib/apt/lists/* /root/.cache/gstreamer-1.0
# No program may take another user's rights: the runtime needs none, and whoever breaks into it finds none.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        bash \
        ca-certificates \
        gir1.2-gst-rtsp-server-1.0 \
        glib-networking \
        passwd \
        python3 \
        python3-gi \
        python3-gst-1.0 \
        wget \
    && rm -rf /var/lib/apt/lists/* \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +

# No pyds wheel is published for this release: it is built here, from the tagged source.
FROM system AS bindings
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        build-essential cmake git libcairo2-dev libgirepository1.0-dev libglib2.0-dev libglib2.0-dev-bin \
        libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev meson ninja-build python-gi-dev python3-build python3-dev \
        python3-pip python3-setuptools python3-wheel \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/nvidia/deepstream/deepstream-9.2/sources
RUN git clone --branch v1.2.2 https://github.com/NVIDIA-AI-IOT/deepstream_python_apps deepstream_python_apps \
    && cd deepstream_python_apps \
    && git rev-parse HEAD | grep -q '^6fdeefb71' \
    && git submodule update --init \
    && python3 bindings/3rdparty/git-partial-submodule/git-partial-submodule.py restore-sparse \
    && cd bindings/3rdparty/gstreamer/subprojects/gst-python \
    && meson setup build && ninja -C build && ninja -C build install
RUN cd deepstream_python_apps/bindings \
    && CMAKE_BUILD_PARALLEL_LEVEL="$(nproc)" python3 -m build --wheel --no-isolation \
    && python3 -m pip install --no-deps --no-index --target /opt/azda/python dist/pyds-*.whl

# Python packages go into a folder of their own: the system's stay as NVIDIA made them.
FROM system AS dependencies
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
COPY ["requirements.txt", "/azda-build/requirements.txt"]
# Wheels alone, but for paho-mqtt 1.6, which is published as source: the system's own setuptools packs it.
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --only-binary=:all: \
        --no-binary=paho-mqtt --use-pep517 --no-build-isolation --require-hashes --target /opt/azda/python \
        -r /azda-build/requirements.txt

FROM system AS runtime
# The runtime needs no root: it reads what is here and writes to its volume. The groups open the device nodes.
RUN set -e; getent group render || groupadd --system render; groupadd --gid 10001 azda; \
    useradd --uid 10001 --gid azda --groups video,render --home-dir /var/lib/azda --create-home --shell /bin/bash azda; \
    install --directory --owner azda --group azda /tmp/VideoUploaderCache
# A folder that anyone may download sample videos into.
RUN mkdir -p /opt/nvidia/deepstream/deepstream-9.2/samples/streams && chmod 1777 /opt/nvidia/deepstream/deepstream-9.2/samples/streams
COPY --from=dependencies ["/opt/azda/python/", "/opt/azda/python/"]
COPY --from=bindings ["/opt/azda/python/", "/opt/azda/python/"]
ENV PYTHONPATH="/opt/azda:/opt/azda/python" PYTHONUNBUFFERED="1"
COPY ["dsconfig/", "/opt/azda/dsconfig/"]
COPY ["azda_runtime/", "/opt/azda/azda_runtime/"]
WORKDIR /opt/azda
COPY ["assets/0-models/", "/custom-assets/"]
COPY ["assets/0-code/", "/custom-assets/"]
COPY ["build/assets.json", "/opt/azda/assets.json"]
USER 10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["python3", "-m", "azda_runtime", "health"]
ENTRYPOINT ["python3", "-m", "azda_runtime"]
CMD ["serve"]
LABEL io.azda.assets="[]" \
      io.azda.python="3.12" \
      io.azda.release="9.2" \
      io.azda.runtime="VERSION" \
      io.azda.target="jetson" \
      io.azda.variant="triton" \
      org.opencontainers.image.base.name="ghcr.io/nvidia/deepstream:9.2-triton-multiarch"
