# Made by azdacli VERSION: DeepStream 7.1 for Jetson.

# Triton's server and the chosen backends, taken out of the full image.
FROM mirror.example.com/nvidia-cache/nvidia/deepstream:7.1-triton-multiarch AS triton
USER root
RUN set -e; cd /; mkdir /azda-triton; \
    cp -a --parents opt/tritonserver/bin opt/tritonserver/lib opt/tritonserver/backends/pytorch /azda-triton; \
    for path in opt/tritonserver/LICENSE opt/tritonserver/TRITON_VERSION opt/tritonserver/NVIDIA_Deep_Learning_Container_License.pdf \
        opt/tritonserver/include opt/tritonserver/repoagents opt/tritonserver/caches opt/tritonclient \
        opt/hpcx/ucc/lib opt/hpcx/ucx/lib opt/nvidia/nvidia_entrypoint.sh usr/lib/*/libdcgm.so*; do \
        if [ -e "$path" ]; then cp -a --parents "$path" /azda-triton; fi; \
    done

FROM mirror.example.com/nvidia-cache/nvidia/deepstream:7.1-samples-multiarch AS system
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
        libb64-0d \
        libcurl4-openssl-dev \
        libgfortran5 \
        libgomp1 \
        libgoogle-perftools-dev \
        libjemalloc-dev \
        libnuma-dev \
        libre2-9 \
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
COPY ["build/ca-bundle.pem", "/azda-build/ca-bundle.pem"]
ENV PIP_CERT="/azda-build/ca-bundle.pem" SSL_CERT_FILE="/azda-build/ca-bundle.pem" REQUESTS_CA_BUNDLE="/azda-build/ca-bundle.pem" CURL_CA_BUNDLE="/azda-build/ca-bundle.pem" GIT_SSL_CAINFO="/azda-build/ca-bundle.pem"
ARG PIP_INDEX_URL="https://pypi.example.com/simple"
COPY ["requirements.txt", "/azda-build/requirements.txt"]
# Wheels alone, but for paho-mqtt 1.6, which is published as source: the system's own setuptools packs it.
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --only-binary=:all: \
        --no-binary=paho-mqtt --use-pep517 --no-build-isolation --require-hashes --target /opt/azda/python \
        -r /azda-build/requirements.txt
COPY ["build/pyds-1.2.0-cp310-cp310-linux_aarch64.whl", "/azda-build/pyds-1.2.0-cp310-cp310-linux_aarch64.whl"]
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-index \
        --target /opt/azda/python "pyds @ file:///azda-build/pyds-1.2.0-cp310-cp310-linux_aarch64.whl#sha256=abababababababababababababababababababababababababababababababab"

FROM system AS runtime
# The runtime needs no root: it reads what is here and writes to its volume. The groups open the device nodes.
RUN set -e; getent group render || groupadd --system render; groupadd --gid 10001 azda; \
    useradd --uid 10001 --gid azda --groups video,render --home-dir /var/lib/azda --create-home --shell /bin/bash azda; \
    install --directory --owner azda --group azda /tmp/VideoUploaderCache
# A folder that anyone may download sample videos into.
RUN mkdir -p /opt/nvidia/deepstream/deepstream-7.1/samples/streams && chmod 1777 /opt/nvidia/deepstream/deepstream-7.1/samples/streams
COPY --from=triton ["/azda-triton/", "/"]
ENV LD_LIBRARY_PATH="/opt/tritonserver/lib:/opt/tritonclient/lib:/opt/hpcx/ucc/lib:/opt/hpcx/ucx/lib:${LD_LIBRARY_PATH}"
COPY --from=dependencies ["/opt/azda/python/", "/opt/azda/python/"]
ENV PYTHONPATH="/opt/azda:/opt/azda/python" PYTHONUNBUFFERED="1"
COPY ["dsconfig/", "/opt/azda/dsconfig/"]
COPY ["azda_runtime/", "/opt/azda/azda_runtime/"]
WORKDIR /opt/azda

# The commands of --run see the certificates here; only the files that they make or change go on.
FROM runtime AS commands
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
COPY ["build/ca-bundle.pem", "/azda-build/ca-bundle.pem"]
ENV PIP_CERT="/azda-build/ca-bundle.pem" SSL_CERT_FILE="/azda-build/ca-bundle.pem" REQUESTS_CA_BUNDLE="/azda-build/ca-bundle.pem" CURL_CA_BUNDLE="/azda-build/ca-bundle.pem" GIT_SSL_CAINFO="/azda-build/ca-bundle.pem"
COPY ["build/changes.py", "/azda-build/changes.py"]
RUN ["python3", "/azda-build/changes.py", "note"]
ARG PIP_INDEX_URL="https://pypi.example.com/simple"
RUN ["/bin/sh", "-c", "pip install scipy==1.11.4"]
RUN ["/bin/sh", "-c", "echo one\necho two"]
RUN ["python3", "/azda-build/changes.py", "collect"]

FROM runtime
COPY --from=commands ["/azda-build/changes/", "/"]
COPY ["assets/0-models/", "/custom-assets/"]
COPY ["assets/0-code/", "/custom-assets/"]
COPY ["build/assets.json", "/opt/azda/assets.json"]
USER 10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["python3", "-m", "azda_runtime", "health"]
ENTRYPOINT ["python3", "-m", "azda_runtime"]
CMD ["serve"]
LABEL com.example.team="the \"edge\" \$team" \
      io.azda.assets="[]" \
      io.azda.backends="pytorch" \
      io.azda.jetpack="6.1" \
      io.azda.python="3.10" \
      io.azda.release="7.1" \
      io.azda.runtime="VERSION" \
      io.azda.target="jetson" \
      io.azda.variant="triton" \
      org.opencontainers.image.base.name="mirror.example.com/nvidia-cache/nvidia/deepstream:7.1-samples-multiarch"
