"""Agents' accounts put into a node the way the product does it, but by plain HTTP and for tests alone."""

import secrets

import aiohttp

from fernamt.demo.phones import PhoneAccount
from fernamt.node.process import AsteriskNode
from fernamt.node.settings import bracketed


async def provision(node: AsteriskNode, user: str, **endpoint: str) -> PhoneAccount:
    """The node knows the account, with a random password; returns what a phone needs to be it.

    `endpoint` are further fields of its endpoint.
    """
    password = secrets.token_urlsafe(12)
    settings = node.settings
    objects = {
        "auth": {"auth_type": "userpass", "username": user, "password": password},
        "aor": {"max_contacts": "1", "remove_existing": "yes", "qualify_frequency": "5"},
        "endpoint": {
            "context": "from-agents",
            "disallow": "all",
            "allow": "alaw",
            "auth": user,
            "aors": user,
            "direct_media": "no",
            "allow_transfer": "no",
            "rtp_timeout": "5",
            "media_address": settings.bind_address,
            "bind_rtp_to_media_address": "yes",
            **endpoint,
        },
    }
    authorization = aiohttp.encode_basic_auth(node.credentials.ari_user, node.credentials.ari_password)
    async with aiohttp.ClientSession(headers={"Authorization": authorization}) as session:
        for kind, fields in objects.items():
            url = f"{settings.ari_url}/asterisk/config/dynamic/res_pjsip/{kind}/{user}"
            body = {"fields": [{"attribute": key, "value": value} for key, value in fields.items()]}
            async with session.put(url, json=body) as answer:
                assert answer.status == 200, await answer.text()
    return PhoneAccount(user=user, password=password, server=f"{bracketed(settings.bind_address)}:{settings.sip_port}")
