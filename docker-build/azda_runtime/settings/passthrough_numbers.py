"""Properties of the elements that a passthrough pipeline may hold: numbers, truth values and choices.

They are those of GStreamer 1.22 and DeepStream 9.1 that touch no file, no descriptor and no host.

Left out on purpose: `dump` and `debug` (print frames), `fd`, `raw-output-file-write`, `smart-rec*`, `download` and
`faststart` (write files), `pass` and `multipass-mode` (write statistics; the harmless values are in passthrough.py).
"""

_NAMES = """
adaptive-quantization add-borders add-reference-timestamp-meta adjust-base aelock aggregate-mode
align-first-buffer align-inputs alignment allocation-meta-flags allow-not-linked allow-odd-crop allow-replace
alpha alpha-mode alpha-value alternate-scan analyse angle animation-mode apply-gain apply-tick-ramp aq-mode
arnr-maxframes arnr-strength arnr-type aspect-ratio async async-handling async-process attach-sys-ts aud
audio-level-meta auto-alt-ref auto-flush-bus auto-header-extension auto-multicast auto-resize autocrop
automatic-redirect automatic-request-sync-point-flags automatic-request-sync-points autopaint-colorkey
autoremove av-offset average-period awblock b-adapt b-pyramid b-qfactor b-qoffset b-sensitivity b-strategy
background background-color background-detection batch-size batched-push-timeout bframes bidir-refine bitrate
bitrate-tolerance bits-per-pixel bl-output black-sensitivity blocksize blur-bbox border-alpha border-mask bottom
brd-scale brightness bufapi-version buffer-duration buffer-initial-size buffer-mode buffer-optimal-size
buffer-pool-size buffer-size bufsize byte-stream cabac cache-buffer cache-buffer-timeout cache-buffers
can-activate-pull can-activate-push can-scale cap-overflow cap-underflow caps-change-mode check-imperfect-offset
check-imperfect-timestamp chroma-elim-threshold chroma-mode chroma-resampler chroma-sample-location class-id
clip-object-outside-roi clock-color clock-font-size close-socket cluster-timestamp-offset cmp color colorkey
columns comp-id complexity compress compression-level compute-hw config-interval connection-speed connector-id
contiguous-buffers contrast control-rate convert-to copy-hw cpu-used cq-level create-window crop-bottom
crop-left crop-objects-to-roi-boundary crop-right crop-top cudadec-memtype current-audio current-text
current-video dark-mask data data-partitioning datarate dc dct dct8x8 deadline deblocking deblocking-level
dec-skip-frames default-rtsp-version delay deltax deltay dewarper-lib-version dia-size direct-rendering
disable-audio disable-dpb disable-passthrough discard-corrupted-frames display-bbox display-clock display-mask
display-text display-tracking-id dither dither-quantization dithering dithering-threshold do-lost do-query
do-retransmission do-rtcp do-rtsp-keep-alive do-sync-event do-timestamp double-buffer draw-borders draw-outline
draw-shadow drop drop-allocation drop-backward-sei drop-backwards drop-buffer-flags drop-frame-interval
drop-frames drop-messages-interval drop-mode drop-on-latency drop-only drop-orphans drop-out-of-segment
drop-pipeline-eos drop-probability dropframe-threshold dts-method dummy-payload ee-mode ee-strength emit-signals
emit-stats enable enable-denoise enable-frame-skip enable-last-sample enable-max-performance enable-padding
Enableperf EnableTwopassCBR end-usage envelope eos-after err-detect error-after error-rate error-resilient
export-side-data expose-all-streams exposurecompensation extra-size-buffers extra-size-bytes extra-size-time
extract-sei-sim-time extract-sei-type5-data failsafe-flush-count faststart-min-packets field-order fields
file-loop fill filltype flags2 flip flip-method flush-on-eos force-aspect-ratio force-chunks
force-create-timecode-trak force-duplicated-matrix force-live force-sw-decoders foreground-color format
forward-sticky-events fps-measurement-interval-sec fps-update-interval fragment-duration fragment-mode
frame-duration frame-interval frame-num-reset-on-eos frame-num-reset-on-stream-reset frame-packing
frame-parallel-decoding freq fullscreen gamma gamma-decode gamma-mode global-quality gop-size gop-split gpu-id
gpu-on halignment handle-events handle-expose has-chain height high-percent high-watermark
horizontal-scaling-mode horizontal-speed hue huffman i-qfactor i-qoffset idct idct-method idrinterval
iframeinterval ignore-eos ignore-error ignore-inactive-pads ignore-length ignore-notlinked ignore-notnegotiated
ignore-obscure ignore-pcr ignore-pt ignore-scr ignore-x-server-reply ildctcmp index infer-on-gie-id
init-rtsp-reconnect-interval input-tensor-meta insert-aud insert-sps-pps insert-vui instant-uri interlaced
interleave-bytes interleave-time interpolation-method interval intra-penalty intra-refresh io-mode ip-factor
iradio-mode is-live k0 keep-alive key-int-max keyframe-auto keyframe-force keyframe-freq keyframe-max-dist
keyframe-mode keyint-min kt kt2 kx kx2 kxt kxy ky ky2 kyt lag-in-frames last-pred latency leaky left
line-alignment live-source lmax lmin locking loop low-latency-mode low-percent low-watermark lowres
luma-elim-threshold lumi-mask m2ts-mode marker-tick-period marker-tick-volume matrix-mode max-backtrack-distance
max-bframes max-bitrate max-closing-segment-duplication-duration max-cluster-duration max-delay max-dropout-time
max-duplication-time max-errors max-gap-time max-in-flight-frames max-intra-bitrate max-latency max-lateness
max-misorder-time max-page-delay max-pixels max-ptime max-quantizer max-rate max-raw-audio-drift max-reorder
max-rtcp-rtp-time-diff max-size-buffers max-size-bytes max-size-time max-slice-size max-streams max-threads
max-tolerance max-ts-offset max-ts-offset-adjustment maxperf-enable maxrate mb-tree mbcmp mbd mblmax mblmin me
me-range mepc mepre message-forward method min-cluster-duration min-force-key-unit-interval min-index-interval
min-interleave-time min-latency min-ptime min-quantizer min-threshold-buffers min-threshold-bytes
min-threshold-time min-ts-offset min-upstream-latency minimum minrate mjpeg mode motion motion-est
movie-timescale mpeg-quant mpv-flags msg2p-newapi mtu multi-thread multiple-payloads mute mv0-threshold
n-threads nat-method new-api new-pref noise-level noise-reduction noise-sensitivity noise-shaping norm nssew
ntp-sync ntp-time-source num-B-Frames num-batch-buffers num-buffers num-extra-surfaces num-output-buffers
num-Ref-Frames num-slices num-surfaces-per-frame nvbuf-memory-type offset-to-zero onvif-mode
onvif-no-rate-control onvif-rate-control operate-on-gie-id operate-on-seg-meta-id original-background
outline-color output-buffers output-corrupt output-instance-mask output-tensor-meta overshoot p-mask
pad-negotiation-mode parentsize parse-private-sections parse-streams pat-interval pattern payload-type pb-factor
pcr-interval peak-bitrate peak-falloff peak-ttl per-stream-eos perfect-rtptime phase-inversion picture-id-mode
picture-id-offset plane-id plc pmt-interval port post-drop-messages post-messages post-processing
post-processing-flags post-stream-topology pre-dia-size precmp prefer-passthrough presentation-time preset-id
preset-level primaries-mode probation process-mode process-on-frame processing-deadline profile program-number
protocols ps psy-tune pt ptime-multiple pull-mode qblur qcomp qdiff qmax qmin qos qp qp-max qp-min qp-step
qsquish quality quantizer quantizer-noise-shaping rate rate-buffer rate-control rc-buf-aggressivity rc-init-cplx
rc-init-occupancy rc-lookahead rc-max-vbv-use rc-min-vbv-use rc-qmod-amp rc-qmod-freq ref refs render-delay
request-keyframe resample-method resend-latest reserved-bytes-per-sec reserved-max-duration
reserved-moov-update-period reserved-prefill resize-allowed resize-down-threshold resize-up-threshold retries
retry reuse rfc7273-sync right ring-buffer-max-size rotate-method row-mt rows rtcp-sync rtcp-sync-interval
rtcp-sync-send-time rtp-blocksize rtp-profile rtsp-reconnect-attempts rtsp-reconnect-interval rtx-deadline
rtx-delay rtx-delay-reorder rtx-max-retries rtx-min-delay rtx-min-retry-timeout rtx-next-seqnum rtx-retry-period
rtx-retry-timeout rtx-stats-timeout samplesperbuffer saturation sc-threshold scale-mode scale-pixel-aspect-ratio
scale-rtptime scene-change-detection scplx-mask scte-35-null-interval scte-35-pid select-rtp-protocol
send-scte35-events sensor-id sensor-mode seqnum-offset shaded-background shading-value sharpen sharpness
short-header show-fps show-latency show-preroll-frame show-source show-times-as-dates si-interval sigma
signal-fps-measurements signal-handoffs silent simulate-fps-interval-ms sinc-filter-auto-threshold
sinc-filter-interpolation sinc-filter-mode sine-periods-per-tick single-segment single-stream sizemax sizemin
sizetype skeleton skip-backwards-streams skip-cmp skip-exp skip-factor skip-frame skip-frames skip-threshold
skip-to-first skip-vsync sleep-time slice-header-spacing slice-mode sliced-threads slices snapshot sort-batch
source-id source-info speed-level speed-preset sps-id square-seq-grid ssl-strict ssl-use-system-ca-file ssrc
start-gap-threshold start-index start-time start-time-selection state-error static-threshold std-compliance
stop-index streamable strict strongly-typed sub-batch-err-recovery-trial-cnt subcmp subme subq sync
sync-by-running-time sync-inputs sync-inputs-ntp sync-interval sync-lookahead sync-mode sync-streams
sync-timeout sync-to-first synchronous target-b target-bitrate target-g target-r tcp-timeout tcplx-mask
teardown-timeout temporal-scalability-number-layers temporal-scalability-periodicity tensor-meta-gie-id
text-offset text-overlay tff thread-type threads throttle-time tick-interval ticks-per-frame tile-columns
tile-rows time-mode timebase timecodescale timeout timestamp-offset tls-validation-flags tnr-mode tnr-strength
token-partitions tolerance top tracker-height tracker-width tracking-id-reset-mode tracking-surface-type
trak-timescale trellis ts-offset ts-offset-smoothing-factor tune tuning tuning-info-id twopass-vbr-bias
twopass-vbr-maxsection twopass-vbr-minsection type typefind udp-buffer-size udp-reconnect undershoot unique-id
unlinked-cache-time update-freq update-ntp64-header-ext update-timecode usage-type use-bitrate-query
use-buffering use-inband-fec use-interleave use-pipeline-clock use-rate-estimate use-tags-bitrate
user-meta-pool-size valignment vbv-buf-capacity vbv-size version vertical-render vertical-scaling-mode
video-direction video-multiview-flags video-multiview-mode visualize-bit-usage visualize-macroblock-modes
visualize-motion-vectors visualize-quantization-modes volume vp3-compatible wait-for-keyframe wait-text wave
wbmode weightb white-sensitivity width window-height window-width window-x window-y wrap-mode x-absolute
x-clock-offset xoffset xpad xpos y-absolute y-clock-offset yoffset ypad ypos zero-size-is-unscaled
"""

NUMBERS = frozenset(_NAMES.split())
