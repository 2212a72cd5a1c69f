"""What the outside may reach, and what is reached from here: closed, unless the profile says otherwise."""

from __future__ import annotations

import ipaddress

from vortex_tui.doctor.context import Context, Finding
from vortex_tui.escape import one_line


def web(context: Context) -> Finding:
    """Is the web closed, or open to named domains only?"""
    tool, security = context.profile.tools.web, context.profile.security
    if security.allow_download:
        return Finding("warn", "security.allow_download is on", "off, except while a model is fetched")
    if not tool.enabled:
        return Finding("pass", "closed")
    domains = security.web.allowlist_domains
    if not security.web.strict:
        return Finding("warn", "open, and not strict", "security.web.strict = true")
    if not domains:
        return Finding("warn", "open, but no domain is allowed", "security.web.allowlist_domains, or off")
    return Finding("pass", f"open to {one_line(', '.join(domains[:5]))}{' …' if len(domains) > 5 else ''}")


def bind(context: Context) -> Finding:
    """Does the server listen on this machine alone?"""
    host = context.profile.server.host
    told = f"{one_line(host)}:{context.profile.server.port}"
    if _is_own(host):
        return Finding("pass", f"{told}, this machine alone")
    return Finding(
        "warn", f"{told}: others on the network can connect", "127.0.0.1", "set server.host to 127.0.0.1"
    )


def _is_own(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
