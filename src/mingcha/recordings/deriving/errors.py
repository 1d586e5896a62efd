from __future__ import annotations

from mingcha.common.errors import MingchaError


class MachineMissing(MingchaError):
    """The server has no ffmpeg: what it would make is not offered, and the page says so."""

    status = 503
    code = "ffmpeg-missing"

    def __init__(self) -> None:
        super().__init__(message="服务器没有安装 ffmpeg，不能转换或者处理音像。请管理员安装系统软件包 ffmpeg 后再试。")


class FacesMissing(MingchaError):
    """The face detector is an extra of the installation."""

    status = 503
    code = "faces-missing"

    def __init__(self) -> None:
        super().__init__(
            message="服务器没有安装人脸检测组件（faces），不能自动遮挡人脸。请手工画出遮挡区域，或者请管理员安装后再试。"
        )


class MediaUnreadable(MingchaError):
    """The file is no medium that we read, is broken, or exceeds what one run may take."""

    status = 422
    code = "media-unreadable"


class NotProved(MingchaError):
    """What was made does not show that the marked parts are gone; it is not offered."""

    status = 422
    code = "derivative-not-proved"
