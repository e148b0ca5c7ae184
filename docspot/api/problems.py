"""placeholder, being written"""
from django.http import JsonResponse


def problem_response(status, **kw): return JsonResponse({"status": status}, status=status, content_type="application/problem+json")
