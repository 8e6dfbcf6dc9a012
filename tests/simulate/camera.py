"""An RTSP camera on this machine; prints its address.

The port may be given, and the password of the user guard; else the system chooses one, and it is `s3 cret@home`.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # after require_version

LAUNCH = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=15/1 "
    "! x264enc tune=zerolatency key-int-max=15 ! rtph264pay name=pay0 pt=96 )"
)


def main(port: str = "0", password: str = "s3 cret@home") -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "guard")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic("guard", password), token)
    server.set_auth(auth)
    factory = GstRtspServer.RTSPMediaFactory(launch=LAUNCH, shared=True)
    factory.add_role_from_structure(
        Gst.Structure.from_string("guard,media.factory.access=true,media.factory.construct=true")[0]
    )
    server.get_mount_points().add_factory("/door", factory)
    server.attach(None)
    print(f"rtsp://127.0.0.1:{server.get_bound_port()}/door", flush=True)  # its answer
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
