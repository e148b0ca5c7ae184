"""How the files of a form with a photo come in: in memory, and no more than a photo takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from doctors.photos.limits import LARGEST_FILE, LARGEST_REQUEST

View = Callable[..., HttpResponseBase]


class PhotoUploadHandler(FileUploadHandler):
    """Keeps the first byte that is too much, so that the form can tell, and drops all after it."""

    chunk_size = 64 * 1024
    kept = 0  # bytes of all files of the request

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any) -> None:  # noqa: N803
        if content_length > LARGEST_REQUEST:
            raise RequestDataTooBig

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        part = raw_data[: max(LARGEST_FILE + 1 - self.kept, 0)]
        self.kept += len(part)
        self.file.write(part)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


def takes_photo(view: View) -> View:
    """For views with a photo in their form: nothing is read before its size is limited."""
    guarded = csrf_protect(view)

    @csrf_exempt  # the middleware would read the body first; the same check comes in `guarded`
    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.upload_handlers = [PhotoUploadHandler(request)]
        return guarded(request, *args, **kwargs)

    return limited
