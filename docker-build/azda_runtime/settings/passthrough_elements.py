"""What a passthrough pipeline may be made of: elements by their names.

They are GStreamer's and DeepStream's that read, change, show and encode video. Whatever is not here is refused, also
when a later release brings it.
"""

# What it is -> the elements.
_GROUPS = {
    "What passes, joins and divides": (
        "queue queue2 multiqueue tee capsfilter identity funnel valve concat input-selector output-selector "
        "typefind clocksync errorignore progressreport watchdog bin pipeline imagefreeze "
    ),
    "Test pictures, files, cameras and addresses; where they read is looked at": (
        "videotestsrc audiotestsrc fakesrc filesrc v4l2src rtspsrc souphttpsrc udpsrc "
        "tcpclientsrc urisourcebin uridecodebin uridecodebin3 playbin playbin3 decodebin decodebin3 "
        "parsebin nvurisrcbin nvarguscamerasrc nvv4l2camerasrc nvvideotestsrc "
    ),
    "Pictures and sound": (
        "videoconvert videoscale videoconvertscale videorate videoflip videocrop videobox videobalance "
        "videomixer compositor deinterlace aspectratiocrop alpha gamma gaussianblur clockoverlay "
        "timeoverlay textoverlay audioconvert audioresample audiorate volume level "
    ),
    "Parsers": (
        "h264parse h265parse mpegvideoparse mpeg4videoparse jpegparse pngparse av1parse vp9parse aacparse "
        "mpegaudioparse ac3parse opusparse flacparse rawvideoparse videoparse "
    ),
    "Encoders": (
        "x264enc x265enc vp8enc vp9enc jpegenc pngenc openh264enc avenc_mpeg4 avenc_mjpeg theoraenc opusenc vorbisenc "
    ),
    "Decoders": (
        "avdec_h264 avdec_h265 avdec_mjpeg avdec_mpeg4 avdec_mpeg2video avdec_vp8 avdec_vp9 avdec_aac "
        "avdec_mp3 jpegdec pngdec vp8dec vp9dec av1dec openh264dec libde265dec theoradec vorbisdec opusdec "
        "flacdec mpeg2dec "
    ),
    "Containers": (
        "qtdemux matroskademux tsdemux avidemux flvdemux oggdemux multipartdemux mpegpsdemux wavparse qtmux "
        "mp4mux matroskamux webmmux mpegtsmux flvmux avimux multipartmux oggmux "
    ),
    "RTP": (
        "rtph264pay rtph265pay rtpjpegpay rtpvp8pay rtpvp9pay rtpmp4vpay rtpmp2tpay rtph264depay "
        "rtph265depay rtpjpegdepay rtpvp8depay rtpvp9depay rtpmp4vdepay rtpmp2tdepay rtpjitterbuffer "
    ),
    "What shows, and what takes without showing; the last two send to hosts that the device allows": (
        "fakesink fakevideosink fakeaudiosink autovideosink autoaudiosink xvimagesink ximagesink "
        "waylandsink kmssink glimagesink fpsdisplaysink nveglglessink nv3dsink nvdrmvideosink "
        "nvegltransform udpsink tcpclientsink "
    ),
    "DeepStream": (
        "nvstreammux nvstreamdemux nvinfer nvinferserver nvtracker nvdsosd nvmultistreamtiler "
        "nvvideoconvert nvvidconv nvv4l2decoder nvv4l2h264enc nvv4l2h265enc nvjpegenc nvjpegdec nvdewarper "
        "nvdsanalytics nvdspreprocess nvmsgconv nvsegvisual nvosdbin nvdslogger nvcompositor nvof nvofvisual "
    ),
}
_INTERNAL = (
    "playsink streamsynchronizer subtitleoverlay rtpbin rtpsession rtpssrcdemux rtpptdemux rtpstorage "
    "rtprtxqueue rtprtxreceive rtpfunnel rtpdec icydemux id3demux apedemux srtpdec srtpenc testsrcbin "
)

ELEMENTS = frozenset(" ".join(_GROUPS.values()).split())
INTERNAL = frozenset(_INTERNAL.split())
"""What those make inside themselves."""
