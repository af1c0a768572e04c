"""A person leaves: what only they had is deleted, what the accounts must keep is kept without their name.

The ledger and the bare rows of jobs stay, as the law wants of accounts. Everything that was said, heard or uploaded
goes: the reaper deletes it from the stores within moments, and goes on where it was broken off.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from apps.chat.models import Conversation
from apps.jobs.models import Batch, Job
from apps.voices.models import Voice
from apps.webhooks.models import AccountSecret, Delivery, Endpoint
from ttsplatform.errors import ApiError

from .models import Account, ApiKey, Membership, User


def user_delete(user: User) -> None:
    """Delete the person, and close the accounts that only they belong to.

    Raises conflict where others would be left in an account without an owner; then nothing has changed.
    """
    with transaction.atomic():
        closing = []
        for account in Account.objects.filter(memberships__user=user).order_by("pk"):
            others = account.memberships.exclude(user=user)
            if not others.exists():
                closing.append(account)
            elif not others.filter(role=Membership.Role.OWNER).exists():
                raise ApiError(
                    "conflict",
                    f"Others use the account {account.name}, and you are its only owner. Ask the operator of "
                    "this server to make one of them an owner first.",
                )
            # Whoever leaves may have written down the keys that they made.
            ApiKey.objects.filter(account=account, created_by=user, revoked_at=None).update(
                revoked_at=timezone.now()
            )
        for account in closing:
            _close(account)
        user.delete()


def _close(account: Account) -> None:
    now = timezone.now()
    ApiKey.objects.filter(account=account, revoked_at=None).update(revoked_at=now)
    Endpoint.objects.filter(account=account).delete()
    Delivery.objects.filter(account=account).delete()
    AccountSecret.objects.filter(account=account).delete()
    # The reaper takes these three from here: jobs that run are cancelled and refunded, then their files go.
    Job.objects.filter(account=account, purged_at=None).update(purge_at=now, webhook_url="")
    Voice.everything.filter(lane=f"account:{account.pk}").update(deleting_at=now, clone_id=None)
    Conversation.objects.filter(account=account).update(expires_at=now)
    Batch.objects.filter(account=account).update(webhook_url="")
    Account.objects.filter(pk=account.pk).update(is_active=False, name="Closed account")
