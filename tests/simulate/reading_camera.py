"""An RTSP camera on a free port that plays a video slowly, for the user guard with a password; prints its address.

Usage: reading_camera.py VIDEO (basic | digest)
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # after require_version

# A quarter of the video's 30 frames per second: two models on two cores keep up with that.
LAUNCH = (
    "( filesrc location={} ! qtdemux ! h264parse ! avdec_h264 ! videorate rate=0.25 ! video/x-raw,framerate=8/1 "
    "! x264enc tune=zerolatency key-int-max=8 bitrate=4000 ! rtph264pay name=pay0 pt=96 )"
)


def main() -> None:
    Gst.init(None)
    video, method = sys.argv[1:]
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service="0")
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "guard")
    if method == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest("guard", "s3 cret@home", token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("guard", "s3 cret@home"), token)
    server.set_auth(auth)
    factory = GstRtspServer.RTSPMediaFactory(launch=LAUNCH.format(video))
    factory.add_role_from_structure(
        Gst.Structure.from_string("guard,media.factory.access=true,media.factory.construct=true")[0]
    )
    server.get_mount_points().add_factory("/text", factory)
    server.attach(None)
    print(f"rtsp://127.0.0.1:{server.get_bound_port()}/text", flush=True)  # its answer
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
