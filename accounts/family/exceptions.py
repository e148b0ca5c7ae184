"""What the rules about acting for others refuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal


class NotYours(Refusal):
    code = "not-yours"
    status = 403
    message = _("You do not act for this person, or no longer.")


class NotForYou(Refusal):
    code = "not-for-you"
    status = 403
    message = _("This is not for you to decide. Ask the person, a parent, or the clinic.")


class EndedAlready(Refusal):
    code = "ended-already"
    message = _("This had already ended.")


class TooManyPeople(Refusal):
    code = "too-many-people"
    message = _("You act for as many people as one account can. Call the clinic to add another.")


class AddedAlready(Refusal):
    code = "added-already"
    message = _("You already act for a person with this name and date of birth.")


class NoBirthday(Refusal):
    """A child whose age is not known."""

    code = "no-birthday"
    message = _("Enter the date of birth of the child.")


class NoChild(Refusal):
    code = "no-child"
    message = _(
        "Who is 18 or older is not added as a child. Check the date of birth, or choose another "
        "answer."
    )


class ChildStaysOne(Refusal):
    """To whoever acts for a child and is no parent."""

    code = "child-stays-one"
    message = _(
        "They are a child by the date of birth that we know. Call the clinic if this is wrong."
    )


class BirthdayFixed(Refusal):
    code = "birthday-fixed"
    message = _(
        "We have told you that they soon come of age. Call the clinic if the date of birth is "
        "wrong."
    )


class InvitesThemself(Refusal):
    code = "invites-themself"
    message = _("This is your own email address. Enter the address of the other person.")


class ActsAlready(Refusal):
    code = "acts-already"
    message = _("Who has this email address may act for them already.")


class InvitedAlready(Refusal):
    code = "invited-already"
    message = _(
        "This address has an invitation that waits for an answer. You can send it again, or "
        "withdraw it."
    )


class HandedOverAlready(InvitedAlready):
    code = "handed-over-already"
    message = _(
        "Another address has an invitation to take this over, which waits for an answer. Withdraw "
        "it to send one to this address."
    )


class TooManyInvitations(Refusal):
    code = "too-many-invitations"
    status = 429
    message = _("You have sent many invitations today. Wait until tomorrow, then try again.")


class InvitationGone(Refusal):
    """There is none at this address, or it is answered, withdrawn or too old: all the same."""

    code = "invitation-gone"
    status = 404
    message = _("This invitation has been answered or withdrawn, or is too old.")


class ForAnotherAddress(Refusal):
    code = "for-another-address"
    status = 403
    message = _(
        "This invitation was sent to another email address than the one you are logged in with. "
        "Log out, then open the link again and log in, or create an account, with that address."
    )


class HasOwnRecord(Refusal):
    code = "has-own-record"
    message = _(
        "Your account has a record of its own that is in use. Call the clinic: it can bring both "
        "together. Nothing has been changed."
    )
