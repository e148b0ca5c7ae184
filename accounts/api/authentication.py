"""How a program proves who it is: a bearer token whose login (ApiSession) has not ended."""

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import Token

from accounts.api.shape import LONGEST_TOKEN
from accounts.exceptions import TokenRefused
from accounts.models import ApiSession, User
from accounts.services import SESSION_CLAIM, is_live


class ApiSessionAuthentication(JWTAuthentication):
    def get_validated_token(self, raw_token: bytes) -> Token:
        if len(raw_token) > LONGEST_TOKEN:
            raise InvalidToken(str(TokenRefused.message))
        return super().get_validated_token(raw_token)

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        session = (
            ApiSession.objects.select_related("user")
            .filter(pk=validated_token.get(SESSION_CLAIM))
            .first()
        )
        if session is None or not is_live(session):
            raise InvalidToken(str(TokenRefused.message))
        return session.user
