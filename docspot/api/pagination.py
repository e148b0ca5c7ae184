"""Long lists in pages: the body stays an array, `Link` names the other pages (RFC 8288)."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

NO_PAGE = _("There is no such page. The Link header of the first names the last.")
LARGEST_PAGE = 100


class LinkHeaderPagination(PageNumberPagination):
    page_size = LARGEST_PAGE
    max_page_size = LARGEST_PAGE
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get(self.page_size_query_param, "")
        if not given:
            return self.page_size
        if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= LARGEST_PAGE:
            raise ValidationError({"page_size": [_("Write a number from 1 to 100.")]})
        return int(given)

    def get_page_number(self, request: Request, paginator: Paginator) -> str:
        given = str(super().get_page_number(request, paginator))
        if not given.isascii() or not given.isdigit() or len(given) > 9:
            raise NotFound(NO_PAGE)
        return given

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.invalid_page_message = str(NO_PAGE)
        return super().paginate_queryset(queryset, request, view) or []

    def get_paginated_response(self, data: Any) -> Response:
        response = Response(data)
        if links := self.links():
            response["Link"] = ", ".join(f'<{url}>; rel="{name}"' for name, url in links.items())
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema

    def links(self) -> dict[str, str]:
        """The addresses of the other pages by their relation; none if this is the only page."""
        page = cast("Page[Any]", self.page)
        here = cast(Request, self.request).build_absolute_uri()
        last = page.paginator.num_pages
        if last == 1:
            return {}
        pages = {"first": 1, "last": last}
        if page.has_previous():
            pages["prev"] = page.number - 1
        if page.has_next():
            pages["next"] = page.number + 1
        return {
            name: replace_query_param(here, self.page_query_param, number)
            for name, number in pages.items()
        }
