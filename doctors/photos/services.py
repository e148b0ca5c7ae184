"""What happens to the photograph of a doctor. The only writer of it."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256
from io import BytesIO
from threading import Lock
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from doctors.exceptions import PhotoRefused
from doctors.models import Doctor
from doctors.photos.limits import LARGEST_FILE, MOST_PIXELS, SHORTEST_SIDE, SIDE
from doctors.photos.models import DoctorPhoto

KINDS = ("JPEG", "PNG", "WEBP")
MAY_MOVE = ("PNG", "WEBP")  # a JPEG of several pictures is a photo with its previews
HEAD_ROOM = (0.5, 0.35)  # where the middle of the square is: heads are above the middle of a photo
QUALITY = 82
WHITE = (255, 255, 255)
ONE_AT_A_TIME = Lock()  # in each process: decoding takes memory
# What Pillow raises for files that are broken, or made to break it.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    NotImplementedError,
    struct.error,
    zlib.error,
    Warning,  # where warnings are errors
)
# No picture of more pixels is decoded by anything here, whatever the size of its file.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def prepare(*, upload: IO[bytes]) -> bytes:
    """The photo in a file that somebody sent, as a small square JPEG with nothing else in it.

    Turned as the camera was held; place, time and all else that came with it are gone. Raises
    PhotoRefused.
    """
    data = upload.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise PhotoRefused(_("Choose a photo of at most 5 MB"))
    try:
        with ONE_AT_A_TIME:
            return _squared(_opened(data))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoRefused(_too_many_pixels()) from error
    except BROKEN as error:
        raise PhotoRefused(_("Choose another photo: this file is damaged")) from error


def _opened(data: bytes) -> Image.Image:
    """The picture, not decoded yet, if it is one to go on with."""
    try:
        image = Image.open(BytesIO(data), formats=KINDS)
    except Image.UnidentifiedImageError as error:
        raise PhotoRefused(_("Choose a photo in JPEG, PNG or WebP format")) from error
    if image.width * image.height > MOST_PIXELS:
        raise PhotoRefused(_too_many_pixels())
    if min(image.size) < SHORTEST_SIDE:
        raise PhotoRefused(_("Choose a larger photo, of at least 120 by 120 pixels"))
    if image.format in MAY_MOVE and getattr(image, "is_animated", False):
        raise PhotoRefused(_("Choose a photo that does not move"))
    return image


def _too_many_pixels() -> str:
    return _("Choose a photo with fewer pixels: at most 25 megapixels")


def _squared(image: Image.Image) -> bytes:
    image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a large JPEG is decoded small at once
    seen = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # All that follows is done with a picture that is small.
    seen = ImageOps.exif_transpose(seen.reduce(max(min(seen.size) // (2 * SIDE), 1)))
    image = Image.new("RGB", seen.size, WHITE)
    image.paste(seen, mask=seen.getchannel("A") if seen.mode == "RGBA" else None)
    square = ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.LANCZOS, centering=HEAD_ROOM)
    # Into a new picture: what a file says besides its pixels would come along.
    clean = Image.new("RGB", square.size)
    clean.paste(square)
    jpeg = BytesIO()
    clean.save(jpeg, "JPEG", quality=QUALITY, optimize=True)
    return jpeg.getvalue()


@transaction.atomic
def set_photo(*, doctor: Doctor, jpeg: bytes) -> Doctor:
    """Show this, from `prepare`, wherever the doctor is shown."""
    doctor = _lock(doctor)
    DoctorPhoto.objects.update_or_create(doctor=doctor, defaults={"jpeg": jpeg})
    doctor.photo_digest = sha256(jpeg).hexdigest()[:16]
    doctor.save(update_fields=["photo_digest"])
    return doctor


@transaction.atomic
def remove_photo(*, doctor: Doctor) -> Doctor:
    """Show the doctor's initials again; without a photo there is nothing to do."""
    doctor = _lock(doctor)
    DoctorPhoto.objects.filter(doctor=doctor).delete()
    doctor.photo_digest = ""
    doctor.save(update_fields=["photo_digest"])
    return doctor


def _lock(doctor: Doctor) -> Doctor:
    return Doctor.objects.select_for_update(no_key=True).get(pk=doctor.pk)
