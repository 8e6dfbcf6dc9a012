"""The property table of nvurisrcbin."""

from simulator.support.properties import (
    GPU_ID,
    MAX_INT,
    PLACEMENT,
    REFUSED,
    boolean,
    choice,
    enumeration,
    integer,
    text,
    unsigned,
    unsigned64,
)

MEMORY = enumeration(
    "GstNvUriSrcBinCudaDecMemType",
    (
        (0, "Memory type Device", "memtype_device"),
        (1, "Memory type Host Pinned", "memtype_pinned"),
        (2, "Memory type Unified", "memtype_unified"),
    ),
)
SOURCE_TYPE = enumeration(
    "GstNvSourceType",
    (
        (0, "Select source type based on URI scheme", "auto"),
        (1, "Supports any URI supported by GStreamer", "uri"),
        (2, "Customize for RTSP, supports smart recording", "rtsp"),
    ),
)
SKIP = enumeration(
    "GstNvUriSrcSkipFrames",
    (
        (0, "Decode all frames", "decode_all"),
        (1, "Decode non-ref frames", "decode_non_ref"),
        (2, "decode key frames", "decode_key"),
    ),
)
BUFFER_MODE = enumeration(
    "GstNvUriSrcBufferMode",
    (
        (0, "Only use RTP timestamps", "unknown"),
        (1, "Slave receiver to sender clock", "slave"),
        (2, "Do low/high watermark buffering", "buffer"),
        (3, "Choose mode depending on stream live", "auto"),
        (4, "Synchronized sender and receiver clocks", "synced"),
    ),
)
PROTOCOL = enumeration(
    "GstNvUriSrcRtpProtocol",
    (
        (0, "unknown", "rtp-unknown"),
        (1, "udp", "rtp-udp"),
        (2, "udp-mcast", "rtp-udp-mcast"),
        (4, "tcp", "rtp-tcp"),
        (7, "udp-udpmcast-tcp", "rtp-udp-udpmcast-tcp"),
        (16, "http", "rtp-http"),
        (32, "tls", "rtp-tls"),
    ),
)
LEAKY = enumeration(
    "GstNvUriSrcLeaky",
    ((0, "No Leak", "no-leak"), (1, "Upstream Leak", "upstream-leak"), (2, "Downstream Leak", "downstream-leak")),
)
SMART = enumeration(
    "GstNvUriSrcSmartRecord",
    (
        (0, "Disable Smart Record", "smart-rec-disable"),
        (1, "Trigger Smart Record through cloud messages only", "smart-rec-cloud"),
        (2, "Trigger Smart Record through cloud and local events", "smart-rec-multi"),
    ),
)
TABLE = (
    text("uri"),
    unsigned("num-extra-surfaces", 1, PLACEMENT),
    GPU_ID,
    choice("cudadec-memtype", MEMORY, 0, PLACEMENT),
    unsigned("drop-frame-interval", 0, bounds=(0, 30)),
    choice("type", SOURCE_TYPE, 0),
    choice("dec-skip-frames", SKIP, 0, REFUSED),
    choice("buffer-mode", BUFFER_MODE, 3),
    integer("rtsp-reconnect-attempts", -1),
    choice("select-rtp-protocol", PROTOCOL, 7),
    choice("leaky", LEAKY, 0, REFUSED),
    unsigned("max-size-buffers", 200, PLACEMENT),
    boolean("file-loop", False),
    boolean("disable-passthrough", False, PLACEMENT),
    boolean("disable-audio", True),
    choice("smart-record", SMART, 0, REFUSED),
    text("smart-rec-dir-path", None, PLACEMENT),
    text("smart-rec-file-prefix", "Smart_Record", PLACEMENT),
    unsigned("smart-rec-video-cache", 20, PLACEMENT),
    unsigned("smart-rec-cache", 20, PLACEMENT),
    unsigned("smart-rec-container", 0, PLACEMENT, bounds=(0, 1)),
    unsigned("smart-rec-mode", 0, PLACEMENT, bounds=(0, 2)),
    unsigned("smart-rec-default-duration", 20, PLACEMENT),
    unsigned("rtsp-reconnect-interval", 0),
    unsigned("init-rtsp-reconnect-interval", 0),
    unsigned("latency", 100),
    integer("source-id", -1, PLACEMENT, bounds=(-1, MAX_INT)),
    unsigned("udp-buffer-size", 524_288),
    boolean("extract-sei-type5-data", False, REFUSED),
    boolean("low-latency-mode", False, PLACEMENT),
    text("sei-uuid", None, REFUSED),
    boolean("drop-on-latency", True),
    boolean("ipc-buffer-timestamp-copy", False, REFUSED),
    text("ipc-socket-path", None, REFUSED),
    integer("ipc-connection-attempts", -1, PLACEMENT, bounds=(-1, MAX_INT)),
    unsigned64("ipc-connection-interval", 1_000_000, PLACEMENT),
    unsigned("simulate-fps-interval-ms", 0, REFUSED, bounds=(0, 1000)),
)
