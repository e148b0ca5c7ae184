"""What must not stand in a log."""

from __future__ import annotations

import pytest

from docspot.logs import KEY


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/family/invitation/{key}/",
        "/accounts/login/?next=/accounts/family/invitation/{key}/",
        "/accounts/signup/?next=%2Faccounts%2Ffamily%2Finvitation%2F{key}%2F",
    ],
)
def test_key_of_an_invitation_stands_in_no_log(address: str) -> None:
    key = "Ab-_" * 10 + "xyz"
    assert key not in KEY.sub(r"\1...", address.format(key=key))
