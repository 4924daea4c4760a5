"""Where the crawler may connect to: public addresses, and the servers a recipe names.

Checked when a name is resolved for a connection, on the very addresses that are then connected to,
so that neither a redirect nor a name server that changes its mind leads into a private network.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_DOCUMENTATION = ipaddress.ip_network("3fff::/20")  # newer than Python's own list


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Passes public addresses on."""

    def __init__(self, receiver: Any, refused: set[str], host: str) -> None:  # noqa: ANN401 - a twisted interface
        self._receiver = receiver
        self._refused = refused
        self._host = host

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802 - twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802 - twisted's name
        if is_public(address.host):
            self._receiver.addressResolved(address)
        else:
            self._refused.add(self._host)

    def resolutionComplete(self) -> None:  # noqa: N802 - twisted's name
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves names to public addresses; the hosts of `served_at` to what the recipe says.

    Attributes:
        refused_hosts: those that a private address was refused for.
    """

    def __init__(self, reactor: Any, served_at: Mapping[str, str]) -> None:  # noqa: ANN401 - a twisted interface
        """Guard a reactor's resolver.

        Args:
            reactor: whose resolver does the work.
            served_at: `host:port` that answers for a host, by host.
        """
        self._reactor = reactor
        self._original = reactor.nameResolver
        self._served_at = served_at
        self.refused_hosts: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":  # noqa: ANN401 - Scrapy's
        """Scrapy's way to make one; `DUTAR_SERVED_AT` among its settings is `served_at`."""
        return cls(reactor, crawler.settings.getdict("DUTAR_SERVED_AT"))

    def install_on_reactor(self) -> None:
        """Scrapy's way to put it in place."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - twisted's name
        self,
        resolutionReceiver: Any,  # noqa: ANN401, N803 - twisted's
        hostName: str,  # noqa: N803 - twisted's name
        portNumber: int = 0,  # noqa: N803 - twisted's name
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803 - twisted's name
        transportSemantics: str = "TCP",  # noqa: N803 - twisted's name
    ) -> IHostResolution:
        """Resolve a name for a connection; the port, too, may become another."""
        if hostName in self._served_at:
            hostName, _, port = self._served_at[hostName].rpartition(":")  # noqa: N806
            portNumber, receiver = int(port), resolutionReceiver  # noqa: N806
        else:
            receiver = _PublicOnly(resolutionReceiver, self.refused_hosts, hostName)
        return self._original.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


def is_public(host: str) -> bool:
    """Whether an IP address is reachable for everyone, by the registries of IANA.

    Of an IPv6 address that stands for one of IPv4 (mapped, or translated by NAT64), the inner one
    is judged; what else is no global unicast address of IPv6, or leads through 6to4, is refused.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped or address in _NAT64:
            address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        elif address not in _GLOBAL_UNICAST or address.sixtofour or address in _DOCUMENTATION:
            return False
    return address.is_global and not address.is_multicast
