"""How a program proves who it is: a bearer token whose login (ApiSession) has not ended."""

from uuid import UUID

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import Token

from accounts.api.shape import LONGEST_TOKEN
from accounts.exceptions import TokenRefused
from accounts.models import User
from accounts.selectors import live_session
from accounts.services import SESSION_CLAIM


class ApiSessionAuthentication(JWTAuthentication):
    def get_validated_token(self, raw_token: bytes) -> Token:
        if len(raw_token) > LONGEST_TOKEN:
            raise InvalidToken(str(TokenRefused.message))
        return super().get_validated_token(raw_token)

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        try:
            session = live_session(UUID(validated_token[SESSION_CLAIM]))
        except (KeyError, ValueError):
            session = None
        if session is None:
            raise InvalidToken(str(TokenRefused.message))
        return session.user
